"""The files that a medium is made of: its versions, their rungs, and the work of making them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import now
from app.core.columns import enum_column
from app.core.ids import uuid7
from app.core.storage.naming import PUBLIC
from app.extensions import Model
from app.media.models.publications import Kind, Medium

LADDER = 2
"""The number of the present ladder. Raise it whenever the rungs, or how they are encoded, become worth making anew
what is there. 1 chose its rungs by size alone."""


class VersionState(StrEnum):
    """How far one file of a medium has come. A failed one names its reason."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class Version(Model):
    """One uploaded file of a medium and everything that is made from it, under one storage key."""

    __tablename__ = "versions"
    __table_args__ = (
        UniqueConstraint("medium_id", "number"),
        Index("ix_versions_original_key", "original_key"),
        Index("ix_versions_unexposed", "medium_id", postgresql_where=text("NOT exposed")),
        Index("ix_versions_retired", "retired_at", postgresql_where=text("retired_at IS NOT NULL")),
        Index(
            "ix_versions_warm", "original_used_at", "id", postgresql_where=text("state = 'ready' AND cold_at IS NULL")
        ),
        Index("ix_versions_wanted", "original_used_at", postgresql_where=text("original_used_at > cold_at")),
        Index("ix_versions_remakes", "state", postgresql_where=text("is_remake")),
        Index("ix_versions_in_making", "medium_id", "id", postgresql_where=text("state = 'processing'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    medium_id: Mapped[UUID] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    number: Mapped[int]
    delivery_key: Mapped[str] = mapped_column(unique=True)
    """Where its derivatives lie and what their addresses hold; changed when a public medium becomes restricted."""
    exposed: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether its derivatives lie where nginx and CDNs hand them to anyone; ``services/places.py`` keeps that true to
    the gate, which is asked wherever it is not."""
    state: Mapped[VersionState] = mapped_column(enum_column(VersionState), default=VersionState.PROCESSING)
    failure_sentence: Mapped[str | None]

    is_remake: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Made anew from the original of an earlier version: it plays once it is whole, and says nothing new."""
    ladder: Mapped[int] = mapped_column(default=LADDER, server_default="1")
    """Which ladder it was planned by, so that what an older one made can be made anew."""
    retired_at: Mapped[datetime | None]
    """Since when a remake plays in its place; after a grace, in which open players finish, it goes."""

    original_key: Mapped[str]
    """Where the uploaded file lies. A remake shares it with the version that it was made from."""
    cold_at: Mapped[datetime | None]
    """Since when the original lies in the colder place; empty while it lies with everything else."""
    original_used_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    """When somebody last wanted the original; one that nobody wanted for long moves to the colder place."""
    original_name: Mapped[str]
    content_type: Mapped[str] = mapped_column(default="", server_default="")
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    parts_sha256: Mapped[str] = mapped_column(default="", server_default="")
    """SHA-256 over the digests of its parts, in base64, as the uploader and the storage both computed it."""
    sha256: Mapped[str | None]
    """SHA-256 of the whole file in hexadecimal, computed when the file is inspected."""
    probe: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    tags: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    """What the file said of itself: title, artist, album, number, date, genre, of which it has."""
    artwork_id: Mapped[UUID | None] = mapped_column(ForeignKey("pictures.id", ondelete="SET NULL"), index=True)
    """The picture that a replacement brings for a medium without one; the medium's once the replacement is whole."""
    duration_ms: Mapped[int] = mapped_column(default=0, server_default="0")
    width: Mapped[int | None]
    height: Mapped[int | None]

    loudness_lufs: Mapped[float | None]
    gain_db: Mapped[float] = mapped_column(default=0.0, server_default="0")
    poster_names: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """The names of the frames that the artist may choose a poster from."""
    bars: Mapped[bytes] = mapped_column(LargeBinary, default=b"", server_default=text("''"))
    """Its waveform in small; the medium shows that of the version that plays."""
    peaks_name: Mapped[str | None]
    storyboard_name: Mapped[str | None]
    progressive_name: Mapped[str | None]
    progressive_bytes: Mapped[int | None] = mapped_column(BigInteger)
    """The size of the plain file; empty for those made before it was kept, until a feed has asked storage for it."""
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
        return f"{PUBLIC if self.exposed else 'media/'}{self.delivery_key}/"

    @property
    def own_names(self) -> set[str]:
        """The names of its objects that are no rendition's."""
        names = {*self.poster_names, self.peaks_name, self.progressive_name, self.storyboard_name}
        if self.storyboard_name is not None:
            names.add(self.storyboard_name.removesuffix(".vtt") + ".jpg")
        return {name for name in names if name}


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
        Index(
            "ix_tasks_free", "later", "turn", "urgency", "id", postgresql_where=text("state IN ('queued', 'running')")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"))
    kind: Mapped[TaskKind] = mapped_column(enum_column(TaskKind))
    position: Mapped[int] = mapped_column(default=0)
    """The chunk's number for video, the stretch's for sound, 0 for the rest."""
    later: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether it can play without this: then it waits for everything, of everyone, that plays after it."""
    turn: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """Whose turn it is, the smaller, the sooner: see ``services/turns.py``."""
    urgency: Mapped[int] = mapped_column(default=0)
    """The smaller, the sooner, within a turn."""
    span: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """For video and sound: where the piece begins and ends, as the planner said."""
    state: Mapped[TaskState] = mapped_column(enum_column(TaskState), default=TaskState.QUEUED)
    progress_pct: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it was begun."""
    deaths: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of these ended without a word: the worker died, or hung until its lease was over."""
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
