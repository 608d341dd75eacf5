"""The table of exports."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, text
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
