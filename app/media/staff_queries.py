"""A medium as staff see it: every file of it, what they take, and what went wrong in the making."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.media import links
from app.media.errors import MediumNotFound
from app.media.models import EncodedChunk, Medium, Rendition, Task, TaskKind, TaskState, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOf:
    """One file of a medium, and how its making went. ``made_bytes`` is what was made of it."""

    number: int
    state: str
    plays: bool
    is_remake: bool
    name: str
    content_type: str
    size_bytes: int
    made_bytes: int
    rungs: Sequence[str]
    ladder: int
    is_cold: bool
    created_at: datetime
    playable_after_s: int | None
    finished_after_s: int | None
    failure: str
    tasks_waiting: int
    tasks_failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the making that failed for good."""

    id: UUID
    version: int
    kind: TaskKind
    position: int
    attempts: int
    deaths: int
    failure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediumDossier:
    """All of it."""

    medium: Medium
    url: str
    files: Sequence[FileOf]
    failed: Sequence[Step]


def get_dossier(public_id: str) -> MediumDossier:
    """The medium with its files, in four statements.

    Raises:
        MediumNotFound: there is none.
    """
    medium = db.session.scalar(
        select(Medium)
        .options(joinedload(Medium.owner), joinedload(Medium.artwork))
        .where(Medium.public_id == public_id)
    )
    if medium is None:
        raise MediumNotFound
    versions = db.session.scalars(
        select(Version).where(Version.medium_id == medium.id).order_by(Version.number.desc()).limit(50)
    ).all()
    ids = [version.id for version in versions]
    waiting = func.sum(case((Task.state.in_([TaskState.QUEUED, TaskState.RUNNING]), 1), else_=0))
    failed = func.sum(case((Task.state == TaskState.FAILED, 1), else_=0))
    counts = {
        row.version_id: row
        for row in db.session.execute(
            select(Task.version_id, waiting.label("waiting"), failed.label("failed"))
            .where(Task.version_id.in_(ids))
            .group_by(Task.version_id)
        )
    }
    made = {
        row.version_id: row
        for row in db.session.execute(
            select(
                Rendition.version_id,
                func.array_agg(func.distinct(Rendition.name)).label("names"),
                func.coalesce(func.sum(EncodedChunk.size_bytes), 0).label("size_bytes"),
            )
            .outerjoin(EncodedChunk, EncodedChunk.rendition_id == Rendition.id)
            .where(Rendition.version_id.in_(ids))
            .group_by(Rendition.version_id)
        )
    }
    numbers = {version.id: version.number for version in versions}
    steps = db.session.scalars(
        select(Task).where(Task.version_id.in_(ids), Task.state == TaskState.FAILED).order_by(Task.id.desc()).limit(50)
    ).all()
    return MediumDossier(
        medium=medium,
        url=links.medium_url(medium.owner.username, medium.slug),
        files=[_file(version, medium, counts.get(version.id), made.get(version.id)) for version in versions],
        failed=[
            Step(
                id=task.id, version=numbers[task.version_id], kind=task.kind, position=task.position,
                attempts=task.attempts, deaths=task.deaths, failure=task.failure_sentence or "",
            )
            for task in steps
        ],
    )  # fmt: skip


def _file(version: Version, medium: Medium, counts: object, made: object) -> FileOf:
    def after(moment: datetime | None) -> int | None:
        return round((moment - version.created_at).total_seconds()) if moment is not None else None

    return FileOf(
        number=version.number, state=version.state.value, plays=version.id == medium.version_id,
        is_remake=version.is_remake, name=version.original_name, content_type=version.content_type,
        size_bytes=version.size_bytes,
        made_bytes=int(getattr(made, "size_bytes", 0)) + (version.progressive_bytes or 0),
        rungs=sorted(getattr(made, "names", None) or ()), ladder=version.ladder, is_cold=version.cold_at is not None,
        created_at=version.created_at, playable_after_s=after(version.playable_at),
        finished_after_s=after(version.finished_at), failure=version.failure_sentence or "",
        tasks_waiting=int(getattr(counts, "waiting", 0) or 0), tasks_failed=int(getattr(counts, "failed", 0) or 0),
    )  # fmt: skip
