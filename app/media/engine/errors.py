"""What can be wrong with a file, said in sentences for the person who uploaded it."""

from app.core.errors import DomainError


class MediaError(DomainError):
    """Something is wrong with a file or with the work on it.

    Attributes:
        sentence: what is wrong, in plain language, shown to the owner as it stands.
        retryable: whether the same file may succeed on another try.
    """

    retryable = False

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class UnsupportedType(MediaError):
    """The content is not one of the kinds that Soundstage takes."""


class UnreadableMedia(MediaError):
    """The content has a known kind, but nothing in it can be read."""


class TruncatedMedia(MediaError):
    """The file ends earlier than it says it does."""


class MediaTooLong(MediaError):
    """The recording runs longer than is allowed."""


class PictureRefused(MediaError):
    """A picture is of a wrong kind, too large, or damaged."""


class TextTrackRefused(MediaError):
    """A caption, subtitle or lyrics file breaks its own format; the sentence names the line."""


class EncodingFailed(MediaError):
    """An encoder's output is not what was asked for."""

    retryable = True


class TookTooLong(MediaError):
    """A program ran past its deadline or its share of processor time."""

    retryable = True


class OutOfRoom(EncodingFailed):
    """There was no room left to write an output."""
