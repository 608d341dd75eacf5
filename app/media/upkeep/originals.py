"""Originals that nobody wanted for long move to a colder place, and come back when somebody does.

Copies first, then changes the rows, then deletes: a death in between leaves a copy too many, which prune removes. One
lock an original keeps two movers from each other; it goes with the process that holds it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from sqlalchemy import exists, select, text, update
from sqlalchemy.orm import aliased

from app.core.clock import now
from app.core.storage import storage
from app.extensions import db
from app.media.errors import OriginalResting
from app.media.models import Version, VersionState

BATCH = 100
WISH_NOTED_FOR = timedelta(days=1)
ROUND_SECONDS = 240.0
"""A round begins nothing new after that: other work waits behind it."""

log = structlog.get_logger()


def chill_unwanted(unwanted_for: timedelta) -> int:
    """Move originals that nobody wanted for so long, for some minutes; returns how many. Commits after each."""
    if not storage().has_cold_place:
        return 0
    moved, over_at = 0, time.monotonic() + ROUND_SECONDS
    for key in _unwanted(unwanted_for):
        if time.monotonic() < over_at:
            moved += _chill(key, unwanted_for)
    return moved


def fetch_wanted() -> int:
    """Bring back the originals that somebody wanted since they were moved; returns how many are back. Commits."""
    wanted = select(Version.original_key).where(Version.original_used_at > Version.cold_at)
    keys = db.session.scalars(wanted.order_by(Version.original_used_at).limit(BATCH)).all()
    db.session.rollback()
    return sum(bring_back(key) for key in keys)


def are_wanted() -> bool:
    """Whether somebody wanted an original since it was moved."""
    return db.session.scalar(select(Version.id).where(Version.original_used_at > Version.cold_at).limit(1)) is not None


def note_wish(version: Version) -> bool:
    """Note that somebody wants the original; says whether that was worth writing down. The caller commits."""
    if version.cold_at is None and version.original_used_at > now() - WISH_NOTED_FOR:
        return False
    version.original_used_at = now()
    return True


def require_at_hand(version: Version) -> None:
    """Let those go on whose original can be read now; a colder place was asked for the others.

    Raises:
        OriginalResting: it takes a while.
    """
    if version.cold_at is not None and not storage().is_at_hand(version.original_key):
        raise OriginalResting


def bring_back(key: str) -> bool:
    """Put an original back where everything is; False where the archive was only asked for it. Commits."""
    with locked(key) as ours:
        if not ours or not storage().thaw(key):
            return False
        _note(key, cold_at=None, original_used_at=now())
        storage().keep_only(key, cold=False)
        log.info("original_back", key=key)
    return True


def keep_named(key: str) -> None:
    """Delete the copy of an original that is not where its row says."""
    with locked(key) as ours:
        cold_at = db.session.execute(select(Version.cold_at).where(Version.original_key == key).limit(1)).first()
        db.session.rollback()
        if ours and cold_at is not None:
            storage().keep_only(key, cold=cold_at[0] is not None)


@contextmanager
def locked(key: str) -> Iterator[bool]:
    """Whether this process may move the original ``key`` until the block ends: nobody else does."""
    name = text("SELECT pg_try_advisory_lock(hashtextextended(:key, 0))").bindparams(key=key)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        ours = bool(connection.scalar(name))
        try:
            yield ours
        finally:
            if ours:
                connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:key, 0))").bindparams(key=key))


def _unwanted(unwanted_for: timedelta) -> list[str]:
    busy = aliased(Version)
    query = (
        select(Version.original_key)
        .where(
            Version.state == VersionState.READY,
            Version.cold_at.is_(None),
            Version.original_used_at <= now() - unwanted_for,
            ~exists().where(busy.original_key == Version.original_key, busy.state == VersionState.PROCESSING),
        )
        .order_by(Version.original_used_at, Version.id)
        .limit(BATCH)
    )
    keys = list(dict.fromkeys(db.session.scalars(query)))
    db.session.rollback()
    return keys


def _chill(key: str, unwanted_for: timedelta) -> bool:
    with locked(key) as ours:
        if not ours:
            return False
        try:
            storage().chill(key)
        except FileNotFoundError:
            log.warning("original_missing", key=key)
            return False
        still = select(Version.id).where(
            Version.original_key == key,
            (Version.state == VersionState.PROCESSING) | (Version.original_used_at > now() - unwanted_for),
        )
        named = db.session.scalar(select(Version.id).where(Version.original_key == key).limit(1)) is not None
        if not named:
            storage().delete_exactly([key])  # deleted while we copied: so is the copy
        elif db.session.scalar(still.limit(1)) is None:
            _note(key, cold_at=now())
            storage().keep_only(key, cold=True)
            return True
        else:  # somebody wanted it while we copied
            storage().thaw(key)
            storage().keep_only(key, cold=False)
        db.session.rollback()
        return False


def _note(key: str, **values: object) -> None:
    db.session.execute(
        update(Version).where(Version.original_key == key).values(**values).execution_options(synchronize_session=False)
    )
    db.session.commit()
