"""What can go wrong between two who write to each other."""

from app.core.errors import DomainError, NotFound


class ConversationNotFound(NotFound):
    """There is no such conversation, the asker is none of the two, or a block stands between them."""


class CannotWrite(DomainError):
    """A message that is not sent, for a reason that its sender can be told."""

    status = 422


class MessageEmpty(CannotWrite):
    """Neither words nor anything attached."""

    sentence = "Write something first."


class MessageTooLong(CannotWrite):
    """More than one message holds."""

    sentence = "A message has 4,000 characters at most. Send it in parts."


class AttachmentNotFound(CannotWrite):
    """What was to be attached is not there, or not open to its sender."""

    sentence = (
        "There is nothing at the address that you wanted to attach. Copy it from the page of a track, video or set."
    )


class WritesToThemselves(CannotWrite):
    """The sender is the reader."""

    sentence = "That is you. Pick somebody else to write to."


class PersonIsLeaving(CannotWrite):
    """The reader's account is on its way out, or gone."""

    sentence = "This person has left. Nobody would read it."


class NotYet(CannotWrite):
    """More than a new account may write to strangers."""

    status = 429


class TakesNoMessages(CannotWrite):
    """The reader's own choice."""

    status = 403
    sentence = "This person takes no messages from people whom they do not follow."


class RequestWaits(CannotWrite):
    """A stranger has one message until it is accepted."""

    status = 403
    sentence = "Your first message is waiting. You can write more as soon as it is accepted."


class AlreadyReported(DomainError):
    """The same was reported by the same person before."""

    status = 409
    sentence = "You have reported this already. The moderators have it."
