"""What happens with filters."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class ChildSafetyHit(Event):
    """A filter for child safety found something: the operators are to be told at once."""

    hit_id: UUID


@dataclass(frozen=True, kw_only=True)
class RescanAsked(Event):
    """What is there is to be looked through by a list."""

    rule_id: UUID


@dataclass(frozen=True, kw_only=True)
class TrialAsked(Event):
    """A rule is to be tried against the last 30 days."""

    trial_id: UUID
