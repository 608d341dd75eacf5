"""Asking for one's data, and making the archive: a row with a state and a lease, begun anew by who finds it free."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, cast
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import ColumnElement, func, or_, select, update

from app.accounts.events import AccountNotice
from app.accounts.models import User
from app.core import audit, options
from app.core.clock import now
from app.core.errors import Conflict, DomainError, NotFound
from app.core.events import publish
from app.core.storage import storage
from app.extensions import db
from app.media.events import ObjectsDropped
from app.media.models import Medium, Version
from app.media.upkeep import originals
from app.rights.archive import StorageSink, write_archive
from app.rights.events import ExportMade
from app.rights.models import Export, ExportState
from app.rights.retention import EXPORT_DAYS

LEASE: Final = timedelta(minutes=10)
RENEWED_EVERY_S: Final = 60.0
MOST_ATTEMPTS: Final = 5
A_DAY: Final = timedelta(days=1)
SPARE_BYTES: Final = 512 * 1024 * 1024
"""What must stay free beside an archive, for uploads that come in meanwhile."""

log = structlog.get_logger()


class ExportTooSoon(Conflict):
    """One a day is enough for anybody."""

    sentence = "You asked for your data less than a day ago. The archive from then has it, or ask again tomorrow."


class NoRoomForExport(DomainError):
    """The archive would not fit beside everything else."""

    status = 507
    sentence = "There is not enough room here for your archive at the moment. We are sorry: try again tomorrow."


class LeaseLost(Exception):
    """Another worker has it."""


def list_exports(user: User, limit: int = 10) -> Sequence[Export]:
    """What somebody asked for, the latest first."""
    query = select(Export).where(Export.user_id == user.id).order_by(Export.created_at.desc()).limit(limit)
    return db.session.scalars(query).all()


def ask_for_export(user: User) -> Export:
    """Let an archive be made of everything of ``user``. The caller commits, and rings.

    Raises:
        ExportTooSoon: there is one in the making, or one that was asked for less than a day ago and did not fail.
        NoRoomForExport: it would not fit.
    """
    db.session.get(User, user.id, with_for_update={"of": User})  # one at a time
    recent = select(Export.id).where(
        Export.user_id == user.id, Export.state != ExportState.FAILED, Export.created_at > now() - A_DAY
    )
    if db.session.scalar(recent.limit(1)) is not None:
        raise ExportTooSoon
    free = storage().free_bytes()
    if free is not None and free < 2 * _size_of(user.id) + SPARE_BYTES:  # parts, and what they are joined to
        raise NoRoomForExport
    export = Export(user_id=user.id)
    db.session.add(export)
    audit.record("export.asked", actor=user)
    return export


def find_ready(user: User, export_id: UUID) -> Export:
    """An archive of one's own that can be downloaded now.

    Raises:
        NotFound: it is not one's own, not ready, or its time is over.
    """
    export = db.session.get(Export, export_id)
    is_there = export is not None and export.user_id == user.id and export.state is ExportState.READY
    if export is None or not is_there or (export.expires_at or now()) <= now():
        raise NotFound
    return export


def are_waiting() -> bool:
    """Whether a worker has something to do here."""
    return db.session.scalar(select(Export.id).where(_free()).limit(1)) is not None


def make_next() -> bool:
    """Make the archive that waits longest; says whether there was one. Commits."""
    export = _claim()
    if export is None:
        return False
    export_id, user_id, key, number = export.id, export.user_id, export.storage_key, export.lease_number
    if export.attempts > MOST_ATTEMPTS:
        _end(export_id, number, ExportState.FAILED, failure_sentence="This failed too often. Please ask again.")
        return True
    if _originals_rest(user_id) and export.attempts < MOST_ATTEMPTS:
        db.session.commit()  # they are asked for; with its lease run out, this begins again
        return True
    sink: StorageSink | None = None
    try:
        sink = StorageSink(storage(), key, _renewer(export_id, number))
        db.session.commit()
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        user = db.session.get_one(User, user_id)
        write_archive(user, sink, storage(), str(current_app.config["SETTINGS"].public_url))  # type: ignore[arg-type]  # writes only
        sink.finish()
    except Exception as error:
        db.session.rollback()
        if sink is not None:
            sink.abort()
        if isinstance(error, LeaseLost):
            return True
        log.exception("export_failed", export=str(export_id))
        _end(export_id, number, ExportState.QUEUED)
        return True
    _finish(export_id, number, key, sink.size_bytes)
    return True


def sweep() -> int:
    """Delete the archives whose time is over; says how many. The caller commits."""
    query = select(Export).where(Export.state == ExportState.READY, Export.expires_at <= now()).limit(100)
    over = db.session.scalars(query.with_for_update(skip_locked=True)).all()
    for export in over:
        export.state = ExportState.GONE
        publish(ObjectsDropped(prefix=export.storage_key))
    return len(over)


def _free() -> ColumnElement[bool]:
    is_over = or_(Export.lease_expires_at.is_(None), Export.lease_expires_at <= now())
    return Export.state.in_([ExportState.QUEUED, ExportState.MAKING]) & is_over


def _claim() -> Export | None:
    longest = select(Export.id).where(_free()).order_by(Export.id).limit(1).with_for_update(skip_locked=True)
    claimed = db.session.scalars(
        update(Export)
        .where(Export.id == longest.scalar_subquery())
        .values(
            state=ExportState.MAKING, lease_expires_at=now() + LEASE, lease_number=Export.lease_number + 1,
            attempts=Export.attempts + 1,
        )
        .returning(Export)
    ).one_or_none()  # fmt: skip
    db.session.commit()
    return claimed


def _renewer(export_id: UUID, number: int) -> Callable[[], None]:
    """Prolongs the lease every minute that the making takes.

    The making reads in a transaction of its own, so this one is another.
    """
    renewed = time.monotonic()

    def renew() -> None:
        nonlocal renewed
        if time.monotonic() - renewed < RENEWED_EVERY_S:
            return
        renewed = time.monotonic()
        with db.engine.begin() as connection:
            held = connection.execute(
                update(Export)
                .where(Export.id == export_id, Export.lease_number == number)
                .values(lease_expires_at=now() + LEASE)
            )
        if held.rowcount != 1:
            raise LeaseLost

    return renew


def _finish(export_id: UUID, number: int, key: str, size_bytes: int) -> None:
    """It is there: say so by mail and by notification, in the transaction that says it. Commits."""
    days = timedelta(days=int(options.get(EXPORT_DAYS.name)))
    is_ours = _let_go(
        export_id, number, ExportState.READY, size_bytes=size_bytes, finished_at=now(), expires_at=now() + days
    )
    export = db.session.get(Export, export_id)
    user = db.session.get(User, export.user_id) if export is not None else None
    if is_ours and user is not None:
        publish(AccountNotice(user_id=user.id, email=user.email, notice="export_ready"))
        publish(ExportMade(export_id=export_id, user_id=user.id))
        audit.record("export.made", actor=None, about=user)
    elif export is None:  # its owner was erased meanwhile
        publish(ObjectsDropped(prefix=key))
    db.session.commit()


def _end(export_id: UUID, number: int, state: ExportState, **values: object) -> bool:
    """As ``_let_go``. Commits."""
    is_ours = _let_go(export_id, number, state, **values)
    db.session.commit()
    return is_ours


def _let_go(export_id: UUID, number: int, state: ExportState, **values: object) -> bool:
    """Let go of the lease; False where another worker has it."""
    ended = db.session.execute(
        update(Export)
        .where(Export.id == export_id, Export.lease_number == number)
        .values(state=state, lease_expires_at=None, **values)
    )
    return bool(ended.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def _size_of(user_id: UUID) -> int:
    query = select(func.coalesce(func.sum(Version.size_bytes), 0)).join(Medium, Medium.version_id == Version.id)
    return int(db.session.scalar(query.where(Medium.owner_id == user_id)) or 0)


def _originals_rest(user_id: UUID) -> bool:
    """Whether files of theirs lie in the colder place; if so, they are asked for."""
    query = select(Version).join(Medium, Medium.version_id == Version.id).where(Medium.owner_id == user_id)
    resting = [
        version
        for version in db.session.scalars(query.where(Version.cold_at.is_not(None)))
        if not storage().is_at_hand(version.original_key)
    ]
    return any(cast("list[bool]", [originals.note_wish(version) for version in resting]))
