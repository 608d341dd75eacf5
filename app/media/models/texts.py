"""Words that run along a medium: captions and chapters."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.columns import enum_column
from app.core.ids import uuid7
from app.extensions import Model


class CaptionKind(StrEnum):
    """What a text track is: words for the deaf, translated words, or a song's lyrics."""

    CAPTIONS = "captions"
    SUBTITLES = "subtitles"
    LYRICS = "lyrics"


class Caption(Model):
    """A text track in one language, kept as safe WebVTT."""

    __tablename__ = "captions"
    __table_args__ = (
        UniqueConstraint("medium_id", "version_id", "language", "kind", "label", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    medium_id: Mapped[UUID] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    language: Mapped[str]
    """A BCP 47 tag."""
    label: Mapped[str]
    kind: Mapped[CaptionKind] = mapped_column(enum_column(CaptionKind))
    webvtt: Mapped[str]
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), index=True)
    """The file that brought it: it shows while that file plays, and goes with it. Empty for what a person added."""
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def from_file(self) -> bool:
        """Whether an uploaded file brought it, so that a replacement may replace it."""
        return self.version_id is not None


class Chapter(Model):
    """A named point in a medium that people can jump to."""

    __tablename__ = "chapters"
    __table_args__ = (
        UniqueConstraint("medium_id", "starts_at_ms"),
        CheckConstraint("starts_at_ms >= 0", name="not_negative"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    medium_id: Mapped[UUID] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    starts_at_ms: Mapped[int]
    title: Mapped[str]
