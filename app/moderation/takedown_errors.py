"""What can be wrong with a takedown, in words for the people who ask."""

from app.core.errors import Conflict, DomainError, Forbidden, Gone, NotFound


class NoticeNotFound(NotFound):
    """No such notice, or none that the asker has to do with."""

    sentence = "There is no such notice, or it is not for you to see."


class NoticeLinkEnded(Gone):
    """A link to confirm a notice came too late."""

    sentence = (
        "This notice was never confirmed, and has lapsed. Send it once more; it takes effect once you confirm it."
    )


class NoticeRefused(DomainError):
    """A notice cannot be sent like this. ``field`` names what wants another look."""

    def __init__(self, field: str, sentence: str) -> None:
        self.field = field
        super().__init__(sentence)


class NotYoursToDecide(Forbidden):
    """The owner of the thing is an equal or a superior of whoever wants to decide, or the matter is their own."""

    sentence = "Only somebody who ranks above everyone concerned, and has no part in it, may decide this."


class NothingToAnswer(Conflict):
    """Nothing of theirs stands in the notice any more, or the time for an answer is over."""

    sentence = "There is nothing left to answer in this notice, or the time for it is over."


class NothingChosen(DomainError):
    """A decision about nothing."""

    sentence = "Choose what to do with at least one of the things."
