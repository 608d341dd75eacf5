"""What can go wrong between people."""

from app.core.errors import DomainError, NotFound


class SubjectNotFound(NotFound):
    """There is no such thing, or the asker may not know of it."""


class NotAllowed(DomainError):
    """Somebody may see a thing, and may not do this with it."""

    status = 403
    sentence = "You may not do that here."


class NotYourself(DomainError):
    """Somebody wants to follow, mute or block themselves."""

    sentence = "That does not work with yourself."
