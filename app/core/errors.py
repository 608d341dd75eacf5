"""Errors that people read: each carries an HTTP status and a sentence. ``app/web/errors.py`` turns them into pages."""

from typing import ClassVar


class DomainError(Exception):
    """Something a person asked for cannot be done. ``sentence`` says why, in words they can act on."""

    status: ClassVar[int] = 422
    sentence: str = "That did not work."

    def __init__(self, sentence: str | None = None) -> None:
        if sentence is not None:
            self.sentence = sentence
        super().__init__(self.sentence)


class NotFound(DomainError):
    """It does not exist, or the asker may not know that it does: the answer is the same."""

    status = 404
    sentence = "There is nothing at this address."


class Gone(DomainError):
    """It was here for the asker, and is not any more."""

    status = 410
    sentence = "This was here, and is not any more."


class Forbidden(DomainError):
    """The asker is known, and may not do this."""

    status = 403
    sentence = "You may not do that."


class Conflict(DomainError):
    """The request does not fit the present state, often because somebody was quicker."""

    status = 409
    sentence = "Something changed in the meantime. Look again, then repeat it."


class TooLarge(DomainError):
    """More bytes than the asker may send."""

    status = 413
    sentence = "That is larger than you may upload."


class StorageFull(DomainError):
    """No room for what was about to be accepted."""

    status = 507
    sentence = "There is no room for this file here at the moment. The operators can see that; please try again later."


class Unavailable(DomainError):
    """A part of the installation that the request needs does not answer."""

    status = 503
    sentence = "A part of this place is taking a break. Please try again in a minute."
