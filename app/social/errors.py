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


class PostNotFound(NotFound):
    """There is no such post, or the asker may not know of it."""

    sentence = "There is no such post."


class ChannelNeeded(DomainError):
    """Posts are written by people with a channel."""

    status = 403
    sentence = "Posts are written by artists. Open a channel in your account's settings, then write one."


class PostRefused(DomainError):
    """A post cannot be as it was sent. ``field`` is the field of the form that wants another look."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class PollClosed(DomainError):
    """The clock of a poll has run out."""

    status = 409
    sentence = "This poll is closed. Your vote came after its end."


class VoteStands(DomainError):
    """Someone votes again, for something else."""

    status = 409
    sentence = "You voted in this poll already, and a vote stands."


class NotOpenToAll(NotAllowed):
    """What is passed on would be a closed door to most."""

    sentence = "Only what is open to everyone can be reposted."


class CaptionTooLong(DomainError):
    """More words than fit beside a repost."""

    sentence = "That is too long to stand beside a repost: 280 characters fit."


class CommentRefused(DomainError):
    """Words that cannot be kept as a comment; the sentence says why."""


class CommentsClosed(CommentRefused):
    """The owner of the thing lets this person write nothing."""
