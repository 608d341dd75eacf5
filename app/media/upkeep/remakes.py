"""Making media anew from their originals: asked for, begun a few at a time, switched in one commit.

The wish is a column of the medium, so that a command that asks for a hundred thousand may be cut and run again. A
remake is a version that takes over when it is whole; what it replaced stays for a grace, and then goes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import Exists, func, select, update
from sqlalchemy.orm import aliased

from app.core.clock import now
from app.core.ids import secret, uuid7
from app.core.storage import storage
from app.extensions import db
from app.media import gate
from app.media.models import Medium, MediumState, Version, VersionState
from app.media.services import planning, removal
from app.media.upkeep import originals

BATCH = 500

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How many media wait to be made anew, are being made, and could not be."""

    waiting: int
    making: int
    failed: int


def ask_for_remakes(*, public_ids: Sequence[str] | None = None, below_ladder: int | None = None) -> Iterator[int]:
    """Ask for everything that plays, for some media, or for those of an older ladder; the count of each batch.

    Those that wait already keep their place. Commits after each batch.
    """
    after: UUID | None = None
    while True:
        query = select(Medium.id).join(Version, Version.id == Medium.version_id)
        query = query.where(
            Medium.remake_asked_at.is_(None),
            Medium.state != MediumState.REMOVED,
            Version.state == VersionState.READY,
            ~_newest_is_unfinished(),
        )
        if public_ids is not None:
            query = query.where(Medium.public_id.in_(public_ids))
        if below_ladder is not None:
            query = query.where(Version.ladder < below_ladder)
        if after is not None:
            query = query.where(Medium.id > after)
        ids = db.session.scalars(query.order_by(Medium.id).limit(BATCH)).all()
        if not ids:
            db.session.rollback()
            return
        db.session.execute(update(Medium).where(Medium.id.in_(ids)).values(remake_asked_at=now()))
        db.session.commit()
        yield len(ids)
        after = ids[-1]


def take_back_wishes() -> int:
    """Forget what was asked for and not begun; returns how many. The caller commits."""
    waiting = update(Medium).where(Medium.remake_asked_at.is_not(None)).values(remake_asked_at=None)
    return int(db.session.execute(waiting).rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def find_progress() -> Progress:
    """Where the remakes stand."""
    count = select(Version.state, func.count()).where(Version.is_remake).group_by(Version.state)
    states = {state: number for state, number in db.session.execute(count)}  # noqa: C416 - rows are no pairs to mypy
    waiting = select(func.count()).select_from(Medium).where(Medium.remake_asked_at.is_not(None))
    return Progress(
        waiting=db.session.scalar(waiting) or 0,
        making=states.get(VersionState.PROCESSING, 0),
        failed=states.get(VersionState.FAILED, 0),
    )


def are_waiting() -> bool:
    """Whether anything waits to be made anew."""
    waiting = select(Medium.id).where(Medium.remake_asked_at.is_not(None)).limit(1)
    return db.session.scalar(waiting) is not None


def list_failed(limit: int = 100) -> list[tuple[str, str]]:
    """The media that could not be made anew, by public id, and why."""
    query = select(Medium.public_id, Version.failure_sentence).join(Version, Version.medium_id == Medium.id)
    failed = query.where(Version.is_remake, Version.state == VersionState.FAILED).order_by(Version.id).limit(limit)
    return [(public_id, sentence or "") for public_id, sentence in db.session.execute(failed)]


def begin_remakes(at_once: int) -> int:
    """Begin what waits, the longest first, until ``at_once`` are being made; returns how many were begun. Commits."""
    begun = 0
    seen: set[UUID] = set()
    while find_progress().making < at_once:
        query = select(Medium.id).where(Medium.remake_asked_at.is_not(None), Medium.id.not_in(seen))
        medium_id = db.session.scalar(query.order_by(Medium.remake_asked_at, Medium.id).limit(1))
        db.session.rollback()
        if medium_id is None or len(seen) >= BATCH:
            break
        seen.add(medium_id)
        begun += _begin(medium_id)
    db.session.rollback()
    return begun


def drop_retired(grace: timedelta, limit: int = 100) -> int:
    """Drop the versions that were replaced by a remake so long ago; returns how many. Commits."""
    query = (
        select(Version.id, Version.medium_id).where(Version.retired_at <= now() - grace).order_by(Version.retired_at)
    )
    dropped = 0
    for version_id, medium_id in db.session.execute(query.limit(limit)).all():
        medium = db.session.get(Medium, medium_id, with_for_update=True, populate_existing=True)
        version = db.session.get(Version, version_id, with_for_update=True, populate_existing=True)
        if medium is not None and version is not None and medium.version_id != version_id:
            removal.drop_versions([version])
            dropped += 1
        db.session.commit()
    return dropped


def _newest_is_unfinished() -> Exists:
    """Whether a medium has a file newer than the ``Version`` of the query that is being made or is no remake."""
    newer = aliased(Version)
    return (
        select(newer.id)
        .where(
            newer.medium_id == Medium.id,
            newer.number > Version.number,
            (newer.state == VersionState.PROCESSING) | ~newer.is_remake,
        )
        .exists()
    )


def _begin(medium_id: UUID) -> bool:
    """Begin one, if its original is at hand; else it waits behind the others."""
    row = db.session.execute(
        select(Version.original_key, Version.cold_at)
        .join(Medium, Medium.version_id == Version.id)
        .where(Medium.id == medium_id)
    ).one_or_none()
    db.session.rollback()
    if row is not None and row.cold_at is not None and not _brought_back(row.original_key):
        db.session.execute(update(Medium).where(Medium.id == medium_id).values(remake_asked_at=now()))
        db.session.commit()
        return False
    medium = db.session.get(Medium, medium_id, with_for_update=True, populate_existing=True)
    if medium is None or medium.remake_asked_at is None:
        db.session.rollback()
        return False
    medium.remake_asked_at = None
    begun = _begin_from(medium)
    db.session.commit()
    return begun


def _begin_from(medium: Medium) -> bool:
    versions = db.session.scalars(
        select(Version).where(Version.medium_id == medium.id).order_by(Version.number).with_for_update()
    ).all()
    playing = next((one for one in versions if one.id == medium.version_id), None)
    newer = [one for one in versions if playing is not None and one.number > playing.number]
    if playing is None or playing.state is not VersionState.READY or medium.state is MediumState.REMOVED:
        return False
    if any(one.state is VersionState.PROCESSING or not one.is_remake for one in newer):
        return False
    if storage().size_bytes(playing.original_key) is None:
        log.warning("remake_without_original", medium=medium.public_id)
        return False
    removal.drop_versions(newer)  # remakes that failed
    remake = Version(
        id=uuid7(),
        medium_id=medium.id,
        number=versions[-1].number + 1,
        delivery_key=secret(),
        exposed=gate.is_open_to_all(medium),
        is_remake=True,
        original_key=playing.original_key,
        original_name=playing.original_name,
        content_type=playing.content_type,
        size_bytes=playing.size_bytes,
        parts_sha256=playing.parts_sha256,
        sha256=playing.sha256,
    )
    playing.original_used_at = now()
    db.session.add(remake)
    db.session.flush()
    planning.plan_inspection(remake)
    return True


def _brought_back(key: str) -> bool:
    try:
        return originals.bring_back(key)
    except FileNotFoundError:
        return True  # it is nowhere: that is told when the remake is to begin
