"""Jobs of media: what a rung doorbell or a reaction starts. Each may run twice."""

import shutil
import time
from uuid import UUID

from sqlalchemy import select

from app.core.ids import secret
from app.core.pictures import Picture
from app.core.storage import storage
from app.extensions import db
from app.media.making.runner import run_next_task, work_root
from app.media.models import Medium, Version

STALE_SECONDS = 24 * 3600


def work_on_media() -> None:
    """Do the most urgent task that is free. With nothing to do, do nothing."""
    run_next_task()


def delete_objects(prefix: str) -> None:
    """Delete what nothing in the database names any more."""
    storage().delete_prefix(prefix)


def free_upload(storage_key: str, multipart_id: str) -> None:
    """Free the parts of an upload that was given up."""
    storage().abort_multipart(storage_key, multipart_id)


def move_to_new_keys(medium_id: str) -> None:
    """Give a restricted medium's files new addresses, so that whoever kept the old ones finds nothing.

    Copies first, then changes the rows, then deletes: a death in between leaves files too many, never too few.
    """
    medium = db.session.get(Medium, UUID(medium_id))
    if medium is None:
        return
    old_prefixes = []
    for version in db.session.scalars(select(Version).where(Version.medium_id == medium.id).with_for_update()):
        old_prefix = version.storage_prefix
        version.delivery_key = secret()
        storage().copy_prefix(old_prefix, version.storage_prefix)
        old_prefixes.append(old_prefix)
    medium = db.session.get_one(Medium, medium.id, with_for_update=True)
    artwork = medium.artwork_id and db.session.get(Picture, medium.artwork_id)
    if artwork:
        old_prefix = artwork.storage_prefix
        artwork.key = secret()
        storage().copy_prefix(old_prefix, artwork.storage_prefix)
        old_prefixes.append(old_prefix)
    db.session.commit()
    for prefix in old_prefixes:
        storage().delete_prefix(prefix)


def sweep_work_folder() -> None:
    """Delete fetched originals and scratch folders that nobody touched for a day: their workers are gone."""
    oldest = time.time() - STALE_SECONDS
    for path in work_root().iterdir():
        if path.stat().st_mtime < oldest:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
