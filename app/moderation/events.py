"""What happens in moderation."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class DecisionMade(Event):
    """Something was decided: whoever is concerned is to be told, with reasons."""

    decision_id: UUID


@dataclass(frozen=True, kw_only=True)
class DecisionReversed(Event):
    """A decision was taken back."""

    decision_id: UUID


@dataclass(frozen=True, kw_only=True)
class DecisionEnded(Event):
    """The time of a decision about a person ran out."""

    decision_id: UUID


@dataclass(frozen=True, kw_only=True)
class CaseClosed(Event):
    """A case is decided or dismissed: whoever reported is to be told."""

    case_id: UUID


@dataclass(frozen=True, kw_only=True)
class AppealDecided(Event):
    """An appeal was answered."""

    appeal_id: UUID


@dataclass(frozen=True, kw_only=True)
class HoldChanged(Event):
    """What keeps a thing away from others is not as before. ``kind`` is a ``RefKind``."""

    kind: str
    thing_id: UUID
