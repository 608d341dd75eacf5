"""The tables of media: what people published, and the files it is made of."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.clock import now
from app.core.columns import enum_column
from app.core.ids import public_id, uuid7
from app.core.pictures import Picture
from app.extensions import Model


class Kind(StrEnum):
    """Whether a medium is heard or watched."""

    AUDIO = "audio"
    VIDEO = "video"


class MediumState(StrEnum):
    """How far the making of a medium has come."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"
    REMOVED = "removed"


class Visibility(StrEnum):
    """Who may know of a published medium. The gate gives these their meaning."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"


class Realm(Model):
    """A room of the place, with its own theme, home layout and defaults for uploads."""

    __tablename__ = "realms"

    slug: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    tagline: Mapped[str]
    theme: Mapped[str]
    """The name of its token overrides: ``static/css/realms/<theme>.css``."""
    layout: Mapped[str]
    """How its home is laid out: ``waveforms``, ``cinema`` or ``episodes``."""
    position: Mapped[int]
    genres: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")


class Medium(Model):
    """A track, video or episode at its address, whatever files it is made of at the moment."""

    __tablename__ = "media"
    __table_args__ = (
        UniqueConstraint("owner_id", "slug"),
        CheckConstraint("(visibility = 'unlisted') <= (link_secret IS NOT NULL)", name="unlisted_has_secret"),
        Index("ix_media_newest", "published_at", "id", postgresql_where=text("listed")),
        Index("ix_media_newest_by_realm", "realm_slug", "published_at", "id", postgresql_where=text("listed")),
        Index("ix_media_newest_by_owner", "owner_id", "published_at", "id", postgresql_where=text("listed")),
        Index("ix_media_newest_by_kind", "owner_id", "kind", "published_at", "id", postgresql_where=text("listed")),
        Index("ix_media_by_owner", "owner_id", "id"),
        Index("ix_media_title_search", "search", postgresql_using="gin"),
        Index("ix_media_due", "publish_at", postgresql_where=text("publish_at IS NOT NULL")),
        Index("ix_media_expiring", "available_until", postgresql_where=text("available_until IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[Kind] = mapped_column(enum_column(Kind))
    realm_slug: Mapped[str] = mapped_column(ForeignKey("realms.slug", onupdate="CASCADE"))
    slug: Mapped[str]
    title: Mapped[str]
    description_markdown: Mapped[str] = mapped_column(default="", server_default="")
    genre: Mapped[str] = mapped_column(default="", server_default="")
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    language: Mapped[str] = mapped_column(default="", server_default="")
    """A BCP 47 tag, or empty when nobody said."""
    licence: Mapped[str] = mapped_column(default="all-rights-reserved", server_default="all-rights-reserved")
    explicit: Mapped[bool] = mapped_column(default=False, server_default="false")
    credits: Mapped[list[list[str]]] = mapped_column(JSONB, default=list, server_default="[]")
    """Pairs of role and name, in the artist's order."""
    release_date: Mapped[date | None]
    downloads_allowed: Mapped[bool] = mapped_column(default=False, server_default="false")

    visibility: Mapped[Visibility] = mapped_column(enum_column(Visibility), default=Visibility.PUBLIC)
    link_secret: Mapped[str | None]
    publish_at: Mapped[datetime | None]
    """When a scheduled medium is due; empty once it is published."""
    published_at: Mapped[datetime | None]
    """When it was first published; empty for a draft."""
    available_until: Mapped[datetime | None]
    listed: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether strangers find it in listings: public, published, playable, not removed and not run out. Kept by
    ``services/publishing.py`` in the transaction that changes any of these, so that listings need one partial index."""

    withheld: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether its owner's account is on its way out: nobody else finds it, until the owner comes back."""
    state: Mapped[MediumState] = mapped_column(enum_column(MediumState), default=MediumState.PROCESSING)
    version_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("versions.id", ondelete="SET NULL", use_alter=True, name="fk_media_version_id_versions"), index=True
    )
    """The version that plays; a replacement takes over when its first chunk is done."""
    artwork_id: Mapped[UUID | None] = mapped_column(ForeignKey("pictures.id", ondelete="SET NULL"), index=True)
    duration_ms: Mapped[int] = mapped_column(default=0, server_default="0")
    bars: Mapped[bytes] = mapped_column(LargeBinary, default=b"", server_default=text("''"))
    """The waveform in small for cards and pages: a byte a bar, 0 to 255."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed("to_tsvector('simple'::regconfig, title || ' ' || genre)", persisted=True), deferred=True
    )

    owner: Mapped[User] = relationship(lazy="raise_on_sql")
    realm: Mapped[Realm] = relationship(lazy="raise_on_sql")
    version: Mapped["Version | None"] = relationship(foreign_keys=[version_id], lazy="raise_on_sql", post_update=True)
    artwork: Mapped[Picture | None] = relationship(lazy="raise_on_sql")
    captions: Mapped[list["Caption"]] = relationship(
        lazy="raise_on_sql", order_by="Caption.language", passive_deletes=True
    )
    chapters: Mapped[list["Chapter"]] = relationship(
        lazy="raise_on_sql", order_by="Chapter.starts_at_ms", cascade="all, delete-orphan", passive_deletes=True
    )


class FormerSlug(Model):
    """An address that a medium had: it leads to the present one."""

    __tablename__ = "former_slugs"

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    slug: Mapped[str] = mapped_column(primary_key=True)
    medium_id: Mapped[UUID] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), index=True)


class VersionState(StrEnum):
    """How far one file of a medium has come. A failed one names its reason."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class Version(Model):
    """One uploaded file of a medium and everything that is made from it, under one storage key."""

    __tablename__ = "versions"
    __table_args__ = (UniqueConstraint("medium_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    medium_id: Mapped[UUID] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    number: Mapped[int]
    delivery_key: Mapped[str] = mapped_column(unique=True)
    """Where its derivatives lie and what their addresses hold; changed when a public medium becomes restricted."""
    state: Mapped[VersionState] = mapped_column(enum_column(VersionState), default=VersionState.PROCESSING)
    failure_sentence: Mapped[str | None]

    original_key: Mapped[str]
    original_name: Mapped[str]
    content_type: Mapped[str] = mapped_column(default="", server_default="")
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    parts_sha256: Mapped[str] = mapped_column(default="", server_default="")
    """SHA-256 over the digests of its parts, in base64, as the uploader and the storage both computed it."""
    sha256: Mapped[str | None]
    """SHA-256 of the whole file in hexadecimal, computed when the file is inspected."""
    probe: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    duration_ms: Mapped[int] = mapped_column(default=0, server_default="0")
    width: Mapped[int | None]
    height: Mapped[int | None]

    loudness_lufs: Mapped[float | None]
    gain_db: Mapped[float] = mapped_column(default=0.0, server_default="0")
    poster_names: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """The names of the frames that the artist may choose a poster from."""
    peaks_name: Mapped[str | None]
    storyboard_name: Mapped[str | None]
    progressive_name: Mapped[str | None]
    playable_at: Mapped[datetime | None]
    """When the first chunk was done."""
    finished_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    medium: Mapped[Medium] = relationship(foreign_keys=[medium_id], lazy="raise_on_sql")
    renditions: Mapped[list["Rendition"]] = relationship(
        lazy="raise_on_sql", order_by="Rendition.position", passive_deletes=True
    )
    tasks: Mapped[list["Task"]] = relationship(lazy="raise_on_sql", order_by="Task.position", passive_deletes=True)

    @property
    def storage_prefix(self) -> str:
        """Where its derivatives lie in storage."""
        return f"media/{self.delivery_key}/"


class RenditionState(StrEnum):
    """How far one rung has come, derived from its chunks."""

    QUEUED = "queued"
    ENCODING = "encoding"
    READY = "ready"
    FAILED = "failed"


class Rendition(Model):
    """One rung of a version's ladder: a picture size, or a sound bit rate."""

    __tablename__ = "renditions"
    __table_args__ = (
        UniqueConstraint("version_id", "name"),
        CheckConstraint("progress_pct BETWEEN 0 AND 100", name="progress_pct_range"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str]
    """``240p`` or ``aac-96``; also how its objects are named."""
    kind: Mapped[Kind] = mapped_column(enum_column(Kind))
    rung: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What the planner decided: size, bit rate, codecs, frame rate."""
    state: Mapped[RenditionState] = mapped_column(enum_column(RenditionState), default=RenditionState.QUEUED)
    progress_pct: Mapped[int] = mapped_column(default=0)


class TaskKind(StrEnum):
    """What a task does; the order of urgency is in ``services/tasks.py``."""

    INSPECT = "inspect"
    PICTURES = "pictures"
    WAVEFORM = "waveform"
    AUDIO = "audio"
    VIDEO = "video"
    STORYBOARD = "storyboard"
    PROGRESSIVE = "progressive"


class TaskState(StrEnum):
    """Where a task stands. A running task whose lease ran out is free again."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Task(Model):
    """A piece of the making that one worker does at a time: one look at the file, one chunk of every video rung."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("version_id", "kind", "position"),
        CheckConstraint("progress_pct BETWEEN 0 AND 100", name="progress_pct_range"),
        Index("ix_tasks_free", "urgency", "id", postgresql_where=text("state IN ('queued', 'running')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"))
    kind: Mapped[TaskKind] = mapped_column(enum_column(TaskKind))
    position: Mapped[int] = mapped_column(default=0)
    """The chunk's number for video, 0 for the rest."""
    urgency: Mapped[int] = mapped_column(default=0)
    """The smaller, the sooner."""
    span: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """For video: where the chunk begins and ends, as the planner said."""
    state: Mapped[TaskState] = mapped_column(enum_column(TaskState), default=TaskState.QUEUED)
    progress_pct: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_number: Mapped[int] = mapped_column(default=0)
    """Grows with every claim, so that a worker that slept through its lease cannot commit over its successor."""
    lease_expires_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    """A failed try waits until then."""
    failure_sentence: Mapped[str | None]
    finished_at: Mapped[datetime | None]

    version: Mapped[Version] = relationship(lazy="raise_on_sql", overlaps="tasks")


class EncodedChunk(Model):
    """One object in storage: a chunk of one rung, with the byte ranges of its segments."""

    __tablename__ = "encoded_chunks"
    __table_args__ = (UniqueConstraint("rendition_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    rendition_id: Mapped[UUID] = mapped_column(ForeignKey("renditions.id", ondelete="CASCADE"))
    position: Mapped[int]
    object_name: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    manifest: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What ``engine.hls`` needs to list it: init bytes, segments, codecs, bandwidths."""


class CaptionKind(StrEnum):
    """What a text track is: words for the deaf, translated words, or a song's lyrics."""

    CAPTIONS = "captions"
    SUBTITLES = "subtitles"
    LYRICS = "lyrics"


class Caption(Model):
    """A text track in one language, kept as safe WebVTT."""

    __tablename__ = "captions"
    __table_args__ = (UniqueConstraint("medium_id", "language", "kind", "label"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    medium_id: Mapped[UUID] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    language: Mapped[str]
    """A BCP 47 tag."""
    label: Mapped[str]
    kind: Mapped[CaptionKind] = mapped_column(enum_column(CaptionKind))
    webvtt: Mapped[str]
    from_file: Mapped[bool] = mapped_column(default=False)
    """Whether the uploaded file brought it, so that a replacement may replace it."""
    created_at: Mapped[datetime] = mapped_column(default=now)


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
