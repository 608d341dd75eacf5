"""What happens in conversations. Ids and times only: who may read what is asked when it is read."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class MessageSent(Event):
    """Somebody wrote. ``is_request``: it lies apart with its reader, and nothing rings."""

    message_id: UUID
    conversation_id: str
    """Its public id."""
    sender_id: UUID
    reader_id: UUID
    is_request: bool


@dataclass(frozen=True, kw_only=True)
class ConversationChanged(Event):
    """One of the two read, accepted, declined or deleted something: their own pages show it, some of it the other's."""

    conversation_id: str
    """Its public id."""
    person_id: UUID


@dataclass(frozen=True, kw_only=True)
class MessageReported(Event):
    """Somebody asks the moderators to look."""

    report_id: UUID
