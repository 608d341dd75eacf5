"""What can be wrong with filters, in words for the people who write them."""

from app.core.errors import Conflict, DomainError, NotFound


class FilterInvalid(DomainError):
    """A rule that cannot be as it was sent. ``field`` is the field of the form that wants another look."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class FilterNotFound(NotFound):
    """There is no such rule."""

    sentence = "There is no such rule. Perhaps somebody deleted it."


class HitNotFound(NotFound):
    """There is nothing of this reference."""

    sentence = "There is nothing of this reference."


class FilterChanged(Conflict):
    """Somebody else changed the rule since the form was drawn."""

    sentence = "Somebody else changed this rule meanwhile. Below is how it is now; what you wrote was not saved."


class NeedsConfirmation(DomainError):
    """A rule would hold much; whoever turns it on says that they mean it."""

    status = 409


class HitDecided(Conflict):
    """Somebody was quicker."""

    sentence = "Somebody has decided about this already."
