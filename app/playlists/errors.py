"""What can go wrong with sets."""

from app.core.errors import NotFound


class SetNotFound(NotFound):
    """There is no such set, or the asker may not know of it."""
