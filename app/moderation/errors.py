"""What can go wrong in moderation, in words for the people who ask."""

from app.core.errors import Conflict, DomainError, Forbidden, NotFound


class ThingNotFound(NotFound):
    """There is no such thing, or the asker may not know of it."""

    sentence = "There is nothing at this address, or it is not for you to see."


class CaseNotFound(NotFound):
    """No such case."""

    sentence = "There is no such case."


class DecisionNotFound(NotFound):
    """No such decision, or none that concerns the asker."""

    sentence = "There is no such decision."


class MayNotDecide(Forbidden):
    """Whoever wants to decide has no right to: it is their own case, or about somebody not below them."""

    sentence = "You may not decide about this person. Someone above both of you has to."


class OwnCase(Forbidden):
    """Nobody decides about themselves, about what is theirs, or about what they reported."""

    sentence = "This is a case of your own: you reported it, or it is yours. Somebody else decides it."


class SameReviewer(Forbidden):
    """An appeal goes to somebody who had no part in the decision."""

    sentence = "You made this decision, or have a part in it. Somebody else looks at the appeal."


class DoesNotFit(DomainError):
    """An action that this kind of thing cannot have, or without what it needs."""

    sentence = "That cannot be done to this kind of thing."


class ReasonsMissing(DomainError):
    """A decision without reasons is none."""

    sentence = "Say why. Whoever is concerned reads it."


class NotNow(Conflict):
    """The state of the case, the appeal or the decision does not allow it any more, or not yet."""

    sentence = "Somebody was quicker, or this is settled already. Look again."


class ClaimedByAnother(NotNow):
    """Somebody else is at it."""

    sentence = "Somebody else has this case at the moment. It is free again in a quarter of an hour."


class TooLate(DomainError):
    """The time to appeal is over."""

    sentence = "The time to appeal against this decision is over."


class AlreadyAppealed(Conflict):
    """One appeal a decision."""

    sentence = "You have appealed against this decision already. Below is what became of it."


class NotAppealable(DomainError):
    """There is nothing to appeal against."""

    sentence = "There is nothing left of this decision to appeal against."


class ReportRefused(DomainError):
    """A report that cannot be taken as it is."""

    sentence = "That report could not be taken."
