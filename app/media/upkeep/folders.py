"""Everything that lies in storage against the rows: folders and originals that no row knows, second copies."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy import select

from app.core.events import OutboxEntry
from app.core.evidence import kept_as_evidence
from app.core.pictures import PictureDropped
from app.core.storage import KeptObject, storage
from app.core.storage.naming import PUBLIC
from app.extensions import db
from app.media.events import ObjectsDropped
from app.media.models import Upload, UploadState, Version
from app.media.upkeep import inventory, pictures
from app.media.upkeep.findings import Orphan

FOLDERS = ("media/", PUBLIC, "pictures/")
ORIGINALS = "originals/"
BATCH = 500
T = TypeVar("T")
SECOND_COPY = "The original lies in the other place, too."


def look_at_folders(*, before: datetime) -> Iterator[Orphan]:
    """What lies in storage since before ``before``, and no row knows."""
    for folder in FOLDERS:
        for names in _batches(storage().walk_names(folder)):
            for name in _unknown(names, folder):
                yield from _orphans_in(name, before=before)
    for names in _batches(storage().walk_names(ORIGINALS)):
        for name in _unknown_originals(names):
            yield from _orphans_in(name, before=before)
    yield from _second_copies(before=before)


def on_its_way_out(prefixes: Sequence[str]) -> set[str]:
    """Which of these were dropped by a transaction whose errand has not been done yet."""
    kinds = (ObjectsDropped.__name__, PictureDropped.__name__)
    waiting = select(OutboxEntry.payload["prefix"].as_string()).where(
        OutboxEntry.finished_at.is_(None),
        OutboxEntry.name.in_(kinds),
        OutboxEntry.payload["prefix"].as_string().in_(prefixes),
    )
    found = set(db.session.scalars(waiting))
    db.session.rollback()
    return found


def _unknown(names: Sequence[str], folder: str) -> list[str]:
    keys = [name.removeprefix(folder).rstrip("/") for name in names]
    known = inventory.find_prefixes(keys) | pictures.find_prefixes(keys)
    db.session.rollback()
    return [name for name in names if name not in known]


def _unknown_originals(names: Sequence[str]) -> list[str]:
    known = set(db.session.scalars(select(Version.original_key).where(Version.original_key.in_(names))))
    known |= set(
        db.session.scalars(
            select(Upload.storage_key).where(Upload.storage_key.in_(names), Upload.state == UploadState.OPEN)
        )
    )
    known |= kept_as_evidence(set(names) - known)
    db.session.rollback()
    return [name for name in names if name not in known]


def _orphans_in(name: str, *, before: datetime) -> Iterator[Orphan]:
    what = "No version, upload or picture has it."
    empty = True
    for one in storage().walk_objects(name):
        empty = False
        if one.changed_at < before:
            yield Orphan(key=one.key, size_bytes=one.size_bytes, since=one.changed_at, what=what, cold=one.cold)
    path = storage().local_path(name) if empty and name.endswith("/") else None
    if path is not None and path.is_dir():
        since = datetime.fromtimestamp(path.stat().st_ctime, UTC)
        if since < before:
            yield Orphan(key=name.rstrip("/"), size_bytes=0, since=since, what="An empty folder.")


def _second_copies(*, before: datetime) -> Iterator[Orphan]:
    """Copies in the colder place whose rows are gone or say that the original is back; and those that stayed behind."""
    for batch in _batches(storage().walk_cold(ORIGINALS)):
        keys = [one.key for one in batch]
        rows = db.session.execute(select(Version.original_key, Version.cold_at).where(Version.original_key.in_(keys)))
        is_cold = {key: cold_at is not None for key, cold_at in rows}
        evidence = kept_as_evidence(set(keys) - is_cold.keys())
        db.session.rollback()
        for one in batch:
            warm = next((other for other in storage().walk_objects(one.key) if other.key == one.key), None)
            if one.key in evidence or one.changed_at >= before or (warm is not None and warm.changed_at >= before):
                continue
            if one.key not in is_cold:
                yield _copy(one, "Its version is gone.")
            elif warm is not None and warm.size_bytes == one.size_bytes:
                second = warm if is_cold[one.key] else one
                yield _copy(second, SECOND_COPY)


def _copy(one: KeptObject, what: str) -> Orphan:
    return Orphan(key=one.key, size_bytes=one.size_bytes, since=one.changed_at, what=what, cold=one.cold)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    waiting = iter(items)
    while batch := list(islice(waiting, BATCH)):
        yield batch
