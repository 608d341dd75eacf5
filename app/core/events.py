"""The outbox: what happened, kept in the transaction in which it happened, and handed on after it."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core import bell
from app.core.clock import now
from app.extensions import Model, db

CHANNEL = "outbox"


class OutboxEntry(Model):
    """An event that waits to be handed to its reactions, in the order of ``id``."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_waiting", "id", postgresql_where=text("delivered_at IS NULL")),
        Index("ix_outbox_unfinished", "delivered_at", postgresql_where=text("finished_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(default=now)
    delivered_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    """When what follows from it was done; a job that was rung for is not done yet."""
    errands: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """The jobs that are still to be done, by their names; empty until they were first rung for."""
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened. Subclasses are named in the past tense and hold ids and times only."""

    registry: ClassVar[dict[str, type["Event"]]] = {}

    def __init_subclass__(cls) -> None:
        """Remember the subclass by its name, under which the outbox keeps it."""
        Event.registry[cls.__name__] = cls

    def to_payload(self) -> dict[str, Any]:
        """The event's fields as JSON-able values."""
        return {
            f.name: str(value) if isinstance(value := getattr(self, f.name), UUID) else value
            for f in dataclasses.fields(self)
        }

    @staticmethod
    def from_outbox(name: str, payload: dict[str, Any]) -> "Event":
        """The event that ``publish`` was given.

        Raises:
            KeyError: no event has this name any more.
        """
        kind = Event.registry[name]
        return kind(
            **{f.name: UUID(payload[f.name]) if f.type is UUID else payload[f.name] for f in dataclasses.fields(kind)}
        )


def publish(event: Event) -> None:
    """Keep ``event`` in the caller's transaction; a rollback takes it along. Wakes the spine after the commit."""
    db.session.add(OutboxEntry(name=type(event).__name__, payload=event.to_payload()))
    db.session.execute(text(f"NOTIFY {CHANNEL}"))


def publish_of_many(event: Event) -> None:
    """As ``publish``, for what hundreds do in one second: the bell wakes the spine, which holds up no commit."""
    db.session.add(OutboxEntry(name=type(event).__name__, payload=event.to_payload()))
    bell.ring_after_commit(db.session())
