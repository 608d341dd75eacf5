"""Files on their way in."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.columns import enum_column
from app.core.ids import uuid7
from app.extensions import Model


class UploadState(StrEnum):
    """Where an upload stands."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    ABORTED = "aborted"
    FAILED = "failed"


class Upload(Model):
    """A file on its way in, part by part. Its parts are known to the storage alone."""

    __tablename__ = "uploads"
    __table_args__ = (
        Index("ix_uploads_open_by_owner", "owner_id", "id", postgresql_where=text("state = 'open'")),
        Index("ix_uploads_expiring", "expires_at", postgresql_where=text("state = 'open'")),
        Index("ix_uploads_given_up", "expires_at", postgresql_where=text("state IN ('aborted', 'failed')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), index=True)
    """The medium whose file this one is to replace; empty for a new medium."""
    medium_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id", ondelete="SET NULL"), index=True)
    """What the confirmed upload became."""
    filename: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    part_size_bytes: Mapped[int] = mapped_column(BigInteger)
    storage_key: Mapped[str] = mapped_column(unique=True)
    multipart_id: Mapped[str]
    """The storage's own name for this multipart upload."""
    state: Mapped[UploadState] = mapped_column(enum_column(UploadState), default=UploadState.OPEN)
    failure_reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
