"""Media: what is published.

Owns uploads, media, versions, renditions, captions, chapters, the pipeline that makes them, and the gate.
"""
