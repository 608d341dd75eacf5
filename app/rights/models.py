"""The tables of exports, and of what archives brought in."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.columns import enum_column
from app.core.ids import secret, uuid7
from app.extensions import Model


class ExportState(StrEnum):
    """Where an export stands."""

    QUEUED = "queued"
    MAKING = "making"
    """A worker is at it; once its lease is over, another begins anew."""
    READY = "ready"
    FAILED = "failed"
    GONE = "gone"
    """It was there for its time, and its file was deleted."""


class Export(Model):
    """An archive of everything of a person, which they asked for."""

    __tablename__ = "exports"
    __table_args__ = (
        Index("ix_exports_by_user", "user_id", "created_at"),
        Index(
            "uq_exports_in_making", "user_id", unique=True, postgresql_where=text("state IN ('queued', 'making')")
        ),
        Index("ix_exports_waiting", "id", postgresql_where=text("state IN ('queued', 'making')")),
        Index("ix_exports_expiring", "expires_at", postgresql_where=text("state = 'ready'")),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    state: Mapped[ExportState] = mapped_column(enum_column(ExportState), default=ExportState.QUEUED)
    storage_key: Mapped[str] = mapped_column(unique=True, default=lambda: f"exports/{secret()}/soundstage.zip")
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    failure_sentence: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    lease_number: Mapped[int] = mapped_column(default=0, server_default="0")
    """Grows with every claim, so that a worker that slept through its lease cannot commit over its successor."""
    lease_expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    """When its file goes."""


class BroughtThing(Model):
    """What an archive brought in: the id that it had where it is from, and what it is here.

    A row without a thing is of a person, or of something that its owner deleted here since: it is not brought again.
    What it says is whose archive said so, so nobody can claim for others what an id stood for.
    """

    __tablename__ = "brought_things"
    __table_args__ = (
        CheckConstraint("num_nonnulls(medium_id, set_id, post_id, comment_id) <= 1", name="one_thing"),
        Index("ix_brought_things_source", "source_id"),
        *(
            Index(f"ix_brought_things_{thing}", f"{thing}_id", postgresql_where=text(f"{thing}_id IS NOT NULL"))
            for thing in ("medium", "set", "post", "comment")
        ),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    source_id: Mapped[UUID] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(default="")
    """The one that it had there."""
    medium_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id", ondelete="SET NULL"))
    set_id: Mapped[UUID | None] = mapped_column(ForeignKey("sets.id", ondelete="SET NULL"))
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
    comment_id: Mapped[UUID | None] = mapped_column(ForeignKey("comments.id", ondelete="SET NULL"))
    brought_at: Mapped[datetime] = mapped_column(default=now)
