"""What every domain stands on: the clock, ids, errors, the outbox, the queue, storage, mail, embedded engines.

Knows nothing of any domain and nothing of the web.
"""
