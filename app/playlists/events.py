"""What happens to sets."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class SetPublished(Event):
    """A set can be found by everyone, for the first time."""

    set_id: UUID


@dataclass(frozen=True, kw_only=True)
class SetChanged(Event):
    """Something that a set's open pages show has changed, or the set is gone."""

    set_id: UUID
    public_id: str


@dataclass(frozen=True, kw_only=True)
class EditorInvited(Event):
    """Someone was invited by name to work on a set."""

    invitation_id: UUID


@dataclass(frozen=True, kw_only=True)
class EditorsChanged(Event):
    """Who works on a set, or is asked to, is not as before."""

    set_id: UUID
    public_id: str
