"""What can be wrong with media and uploads, in words for the people who ask."""

from app.core.errors import Conflict, DomainError, Forbidden, Gone, NotFound, TooLarge, Unavailable


class AgeUnsaid(DomainError):
    """It is for adults, and whoever asks has not said that they are one."""

    status = 403

    def __init__(self, age: int) -> None:
        """``age`` is what one has to be."""
        self.age = age
        super().__init__(f"This is for people of {age} or more. Open its page to say that you are.")


class MediumNotFound(NotFound):
    """No such medium, or none that the asker may know of."""

    sentence = "There is nothing at this address, or it is not for you to see."


class NotMediumOwner(NotFound):
    """Someone tried to change a medium that is not theirs; to them there is none."""

    sentence = "There is nothing of yours at this address."


class MediumRemoved(Forbidden):
    """Moderators removed it: its owner sees it and why, and changes nothing."""

    sentence = "The moderators removed this. Under Settings, My standing, you find why, and can appeal."


class LinkEnded(Gone):
    """A named link was ended by its maker, by time or by plays. What it led to stays unsaid."""

    sentence = "This link has ended. Ask whoever gave it to you for a new one."

    def __init__(self, whom: str = "") -> None:
        super().__init__(f"This link has ended. Ask {whom} for a new one." if whom else None)


class ShareLinkNotFound(NotFound):
    """No such link of this person."""

    sentence = "There is no such link of yours."


class UploadNotFound(NotFound):
    """No such upload of this person."""

    sentence = "There is no such upload, or it is over."


class MayNotUpload(Forbidden):
    """Listeners have no channel to upload to."""

    sentence = "Open a channel first: it takes one click in your account settings."


class FileTooLarge(TooLarge):
    """The file is larger than its owner's role allows."""


class FileEmpty(DomainError):
    """Zero bytes."""

    sentence = "This file is empty."


class MinutesUsedUp(DomainError):
    """The owner's minutes are spent."""


class PartsMissing(Conflict):
    """A confirm came before the last part."""

    sentence = "Some parts of the file have not arrived yet."

    def __init__(self, missing: list[int]) -> None:
        super().__init__()
        self.missing = missing


class WholeMismatch(DomainError):
    """The parts are there, but together they are not the file that the uploader has."""

    sentence = "The file arrived, but not as you sent it. Nothing was kept; please upload it again."


class UploadBusy(Unavailable):
    """Another confirm is still at it."""

    sentence = "Your file is all here and is being put together. That takes a moment for a large one."


class UploadClosed(Conflict):
    """The upload was aborted, failed or ran out."""

    sentence = "This upload is over. Begin a new one."


class SlugTaken(Conflict):
    """Another medium of this person has the address."""

    sentence = "Another of your works has this address."


class ChapterOutOfRange(DomainError):
    """A chapter lies outside its medium."""


class ScheduleInPast(DomainError):
    """A time to publish that is over, or an end before it."""


class NotPlayableYet(Conflict):
    """Asked to publish, but the file could not be made into anything."""

    sentence = "This cannot be published: its file could not be processed."


class KindDiffers(DomainError):
    """A file cannot take the place of another: one is heard, the other watched."""


class OriginalResting(Unavailable):
    """An original lies where it must be fetched from before anyone can have it. It has been asked for."""

    sentence = "This file lies in the archive. We have sent for it, which may take hours. Please come again."


class LeaseLost(Exception):
    """Another worker has taken this task over. What was made here must not be kept."""
