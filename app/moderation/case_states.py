"""The states of cases and appeals, and what may follow from what: pure tables. What is not in them cannot happen."""

from enum import StrEnum
from typing import Final

from app.moderation.errors import NotNow


class CaseState(StrEnum):
    """How far a case has come."""

    OPEN = "open"
    CLAIMED = "claimed"
    """A moderator is at it, until their lease runs out."""
    ESCALATED = "escalated"
    """It waits for an admin."""
    TAKEN_UP = "taken_up"
    """An admin is at what was escalated."""
    DECIDED = "decided"
    DISMISSED = "dismissed"
    REVERSED = "reversed"
    """What was decided was taken back."""


class CaseEvent(StrEnum):
    """What can happen to a case."""

    REPORT = "report"
    """One more report of the same thing."""
    CLAIM = "claim"
    RELEASE = "release"
    ESCALATE = "escalate"
    DECIDE = "decide"
    DISMISS = "dismiss"
    REVERSE = "reverse"


UNSETTLED: Final = frozenset({CaseState.OPEN, CaseState.CLAIMED, CaseState.ESCALATED, CaseState.TAKEN_UP})
"""A thing has one case at most in one of these."""
IN_HAND: Final = frozenset({CaseState.CLAIMED, CaseState.TAKEN_UP})

CASES: Final = {
    (CaseState.OPEN, CaseEvent.REPORT): CaseState.OPEN,
    (CaseState.OPEN, CaseEvent.CLAIM): CaseState.CLAIMED,
    (CaseState.CLAIMED, CaseEvent.REPORT): CaseState.CLAIMED,
    (CaseState.CLAIMED, CaseEvent.CLAIM): CaseState.CLAIMED,
    (CaseState.CLAIMED, CaseEvent.RELEASE): CaseState.OPEN,
    (CaseState.CLAIMED, CaseEvent.ESCALATE): CaseState.ESCALATED,
    (CaseState.CLAIMED, CaseEvent.DECIDE): CaseState.DECIDED,
    (CaseState.CLAIMED, CaseEvent.DISMISS): CaseState.DISMISSED,
    (CaseState.ESCALATED, CaseEvent.REPORT): CaseState.ESCALATED,
    (CaseState.ESCALATED, CaseEvent.CLAIM): CaseState.TAKEN_UP,
    (CaseState.TAKEN_UP, CaseEvent.REPORT): CaseState.TAKEN_UP,
    (CaseState.TAKEN_UP, CaseEvent.CLAIM): CaseState.TAKEN_UP,
    (CaseState.TAKEN_UP, CaseEvent.RELEASE): CaseState.ESCALATED,
    (CaseState.TAKEN_UP, CaseEvent.DECIDE): CaseState.DECIDED,
    (CaseState.TAKEN_UP, CaseEvent.DISMISS): CaseState.DISMISSED,
    (CaseState.DECIDED, CaseEvent.REVERSE): CaseState.REVERSED,
    (CaseState.DISMISSED, CaseEvent.REVERSE): CaseState.REVERSED,
}


class AppealState(StrEnum):
    """What became of an appeal."""

    WAITING = "waiting"
    UPHELD = "upheld"
    """The decision stands."""
    GRANTED = "granted"
    """The decision was reversed."""


class AppealEvent(StrEnum):
    """What can happen to an appeal."""

    UPHOLD = "uphold"
    GRANT = "grant"


APPEALS: Final = {
    (AppealState.WAITING, AppealEvent.UPHOLD): AppealState.UPHELD,
    (AppealState.WAITING, AppealEvent.GRANT): AppealState.GRANTED,
}


def after(state: CaseState, event: CaseEvent) -> CaseState:
    """The state of a case after ``event``.

    Raises:
        NotNow: it cannot happen in this state.
    """
    try:
        return CASES[state, event]
    except KeyError:
        raise NotNow from None


def appeal_after(state: AppealState, event: AppealEvent) -> AppealState:
    """Likewise for an appeal.

    Raises:
        NotNow: it is settled.
    """
    try:
        return APPEALS[state, event]
    except KeyError:
        raise NotNow from None
