"""What of people and their doings can be watched: doors for ``app/web/topics.py``."""
