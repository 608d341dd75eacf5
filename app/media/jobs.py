"""Jobs of media: what a rung doorbell or a reaction starts. Each may run twice."""

import shutil
import time
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import User
from app.accounts.services import portraits
from app.core.clock import now
from app.core.ids import secret
from app.core.pictures import Picture
from app.core.storage import storage
from app.extensions import db
from app.media import gate
from app.media.making.runner import run_next_task
from app.media.making.sources import work_root
from app.media.models import Medium, Version
from app.media.services import editing, publishing, upload_sweeps

STALE_SECONDS = 24 * 3600


def work_on_media() -> None:
    """Do the most urgent task that is free. With nothing to do, do nothing."""
    run_next_task()


def delete_objects(prefix: str) -> None:
    """Delete what nothing in the database names any more."""
    storage().delete_prefix(prefix)


def free_upload(storage_key: str, multipart_id: str) -> None:
    """Free what an upload took that was given up."""
    upload_sweeps.free_upload(storage_key, multipart_id)


def sweep_parts() -> None:
    """Free parts that no row names."""
    upload_sweeps.sweep_parts()


def move_to_new_keys(medium_id: str) -> None:
    """Give a restricted medium's files new addresses, so that whoever kept the old ones finds nothing.

    Copies first, then changes the rows, then deletes: a death in between leaves files too many, never too few.
    """
    medium = db.session.get(Medium, UUID(medium_id), with_for_update=True)
    if medium is None or gate.is_open_to_all(medium):
        return
    old_prefixes = []
    for version in db.session.scalars(select(Version).where(Version.medium_id == medium.id).with_for_update()):
        old_prefix = version.storage_prefix
        version.delivery_key = secret()
        storage().copy_prefix(old_prefix, version.storage_prefix)
        old_prefixes.append(old_prefix)
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


def follow_account(user_id: str) -> None:
    """Hide everything of a person whose account is on its way out, or show it again: as the account says now."""
    user = db.session.get(User, UUID(user_id))
    if user is not None:
        publishing.withhold_media_of(user.id, withheld=user.deletion_due_at is not None)
        db.session.commit()


def delete_people_due() -> None:
    """Delete for good the people whose grace period is over, with all their media and pictures."""
    due = select(User.id).where(User.deletion_due_at <= now()).order_by(User.deletion_due_at).limit(10)
    for user_id in db.session.scalars(due).all():
        user = db.session.get(User, user_id, with_for_update=True, populate_existing=True)
        if user is None or user.deletion_due_at is None or user.deletion_due_at > now():
            continue
        for medium in db.session.scalars(select(Medium).where(Medium.owner_id == user_id)).all():
            editing.delete_medium(medium)
        for which in ("avatar", "cover"):
            portraits.remove_portrait(user, which)
        db.session.delete(user)
        db.session.commit()
