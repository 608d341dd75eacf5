"""Verify and prune: all findings in one stream, and the deletion of what nobody needs."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from app.core.clock import now
from app.core.pictures import Picture
from app.core.storage import storage
from app.extensions import db
from app.media.services import upload_sweeps
from app.media.upkeep import folders, originals, pictures
from app.media.upkeep.findings import Orphan, Trouble
from app.media.upkeep.versions import look_at_versions

SAFE_AGE = timedelta(hours=48)
"""Longer than anything takes between storing an object and committing the row that names it: an upload may wait as long
as it may stay open, a step of the making six hours, a move to new keys minutes."""
BATCH = 100


def find_troubles(*, older_than: timedelta = SAFE_AGE, deep: bool = False) -> Iterator[Trouble]:
    """Everything that is not as the tables say, in a stream. What a deletion is about to take is no trouble."""
    before = now() - older_than
    everything = _everything(before=before, deep=deep)
    while batch := list(islice(everything, BATCH)):
        prefixes = {prefix for one in batch if isinstance(one, Orphan) for prefix in _prefixes(one)}
        leaving = folders.on_its_way_out(sorted(prefixes)) if prefixes else set()
        for one in batch:
            if isinstance(one, Trouble):
                yield one
            elif leaving.isdisjoint(_prefixes(one)):
                yield one.as_trouble()


def find_troubles_of(public_id: str, *, deep: bool = False) -> Iterator[Trouble]:
    """As ``find_troubles``, for the files of one medium."""
    for one in look_at_versions(before=now() - SAFE_AGE, deep=deep, public_id=public_id):
        yield one if isinstance(one, Trouble) else one.as_trouble()


def find_orphans(*, older_than: timedelta = SAFE_AGE) -> Iterator[Orphan]:
    """Everything that nobody needs, in a stream."""
    for one in _everything(before=now() - older_than, deep=False):
        if isinstance(one, Orphan):
            yield one


def prune(*, older_than: timedelta = SAFE_AGE) -> Iterator[Orphan]:
    """Delete what nobody needs, and tell each. A death in between leaves the rest for the next time."""
    for orphan in find_orphans(older_than=older_than):
        if orphan.picture_id is not None:
            _forget_picture(orphan)
        elif orphan.what == folders.SECOND_COPY:
            originals.keep_named(orphan.key)
        else:
            storage().delete_exactly([orphan.key])
        yield orphan
    upload_sweeps.sweep_parts(older_than_s=int(older_than.total_seconds()))
    db.session.rollback()


def _everything(*, before: datetime, deep: bool) -> Iterator[Trouble | Orphan]:
    yield from look_at_versions(before=before, deep=deep)
    yield from pictures.look_at_pictures(before=before)
    yield from folders.look_at_folders(before=before)


def _forget_picture(orphan: Orphan) -> None:
    """The row first: files without a row are found again, a row without files would be a broken picture."""
    assert orphan.picture_id is not None  # noqa: S101 - the caller has looked
    picture = db.session.get(Picture, orphan.picture_id, with_for_update=True)
    if picture is None or pictures.is_shown(picture.id):
        db.session.rollback()
        return
    prefix = picture.storage_prefix
    db.session.delete(picture)
    db.session.commit()
    storage().delete_prefix(prefix)


def _prefixes(orphan: Orphan) -> set[str]:
    """Under which names a deletion may have announced this object: its own, or its folder's."""
    folder, slash, _name = orphan.key.rstrip("/").rpartition("/")
    return {orphan.key, folder + slash, orphan.key + "/"}
