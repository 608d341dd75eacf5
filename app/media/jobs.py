"""Jobs of media: what a rung doorbell or a reaction starts. Each may run twice."""

from datetime import timedelta
from uuid import UUID

from flask import current_app

from app.accounts.models import User
from app.core.cdn import cdn
from app.core.storage import storage
from app.core.storage.naming import PUBLIC
from app.extensions import db
from app.media import queries, records
from app.media.making import sources
from app.media.making.runner import run_next_task
from app.media.models import Version, VersionState
from app.media.services import places, publishing, upload_sweeps
from app.media.upkeep import originals, picture_places, remakes
from config import Settings


def work_on_media() -> None:
    """Do the most urgent task that is free. With nothing to do, do nothing."""
    sources.sweep_if_due()
    run_next_task()


def delete_objects(prefix: str) -> None:
    """Delete what nothing in the database names any more, wherever copies of it are kept."""
    storage().delete_prefix(prefix)
    if prefix.startswith(PUBLIC):
        cdn().purge(prefix)


def take_out_of_the_open(prefix: str) -> None:
    """The spine's part of ``delete_objects``: nginx hands out what lies in the open until it does not lie there."""
    if prefix.startswith(PUBLIC) and places.moves_at_once():
        storage().delete_prefix(prefix)


def warm_version(version_id: str) -> None:
    """Fetch the beginning of every rung through the CDN, so that it is there when the first viewers come.

    Done again, it fetches what the CDN has; where there is no CDN, or the version is not for everyone, nothing.
    """
    version = db.session.get(Version, UUID(version_id))
    if version is None or not version.exposed or version.state is not VersionState.READY or not cdn().serves_public:
        return
    beginnings = {
        chunk.object_name: records.beginning_bytes(chunk.manifest)
        for _rendition, chunks in queries.list_rungs(version.id)
        for chunk in chunks[:1]
    }
    prefix = version.storage_prefix
    db.session.commit()  # the CDN may take its time
    for name, size_bytes in beginnings.items():
        cdn().warm(prefix + name, size_bytes=size_bytes)


def free_upload(storage_key: str, multipart_id: str) -> None:
    """Free what an upload took that was given up."""
    upload_sweeps.free_upload(storage_key, multipart_id)


def sweep_parts() -> None:
    """Free parts that no row names."""
    upload_sweeps.sweep_parts()


def place_files(medium_id: str) -> None:
    """Put a medium's files where its gate says: into the open, or out of it and under new keys."""
    _move(UUID(medium_id))


def close_at_once(medium_id: str) -> None:
    """As ``place_files``, for a medium that is not for everyone any more, where that is a matter of milliseconds.

    The spine does this by itself: nginx asks nobody about what lies in the open, so it must not lie there while a queue
    is long or Redis away. It leaves buckets to the errand.
    """
    if places.moves_at_once():
        _move(UUID(medium_id))


def move_to_new_keys(medium_id: str) -> None:
    """Give a restricted medium's files new keys, unless ``close_at_once`` has: who kept the old ones finds nothing."""
    if not places.moves_at_once() or places.is_in_the_open(UUID(medium_id)):
        _move(UUID(medium_id))


def _move(medium_id: UUID) -> None:
    moves = places.plan_moves(medium_id)
    db.session.commit()  # copying may take long: no transaction stays open over it
    places.copy_files(moves)
    if moves:
        places.settle_moves(medium_id, moves)
        db.session.commit()


def place_misplaced() -> None:
    """Move into the open what belongs there and has been forgotten: older media, those whose move failed."""
    for medium_id in places.list_misplaced():
        _move(medium_id)


def close_left_open() -> None:
    """Move out of the open what does not belong there; there should be nothing."""
    for medium_id in places.list_left_open():
        _move(medium_id)


def place_pictures(picture_ids: list[str]) -> None:
    """Put pictures where the gate of what shows them says: into the open, or out of it and under new keys."""
    picture_places.place([UUID(picture_id) for picture_id in picture_ids])


def close_pictures_at_once(picture_ids: list[str]) -> None:
    """As ``place_pictures``, for those that are not for everyone any more, where that is a matter of milliseconds."""
    if places.moves_at_once():
        picture_places.place([UUID(picture_id) for picture_id in picture_ids], only_close=True)


def follow_portraits(user_id: str) -> None:
    """Take a person's portrait and cover out of the open, or put them there again: as the account says now."""
    user = db.session.get(User, UUID(user_id))
    if user is not None:
        picture_places.place([one for one in (user.avatar_id, user.cover_id) if one is not None])


def close_portraits_at_once(user_id: str) -> None:
    """The spine's part of ``follow_portraits``: nginx asks nobody about what lies in the open."""
    if places.moves_at_once():
        follow_portraits(user_id)


def close_pictures_left_open() -> None:
    """Move out of the open what does not belong there: what a killed worker left, or an option has closed."""
    for picture in picture_places.walk_left_open():
        picture_places.place([picture.id], only_close=True)


def begin_remakes() -> None:
    """Begin making anew what waits for that, as far as there is room."""
    remakes.begin_remakes(_settings().remakes_at_once)


def drop_retired() -> None:
    """Drop what remakes took the place of, once open players had time to finish."""
    remakes.drop_retired(timedelta(seconds=_settings().remake_grace_s))


def move_originals() -> None:
    """Bring back the originals that somebody wants, and move those away that nobody wanted for long."""
    originals.fetch_wanted()
    originals.chill_unwanted(timedelta(seconds=_settings().cold_after_s))


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def follow_account(user_id: str) -> None:
    """Hide everything of a person whose account is on its way out, or show it again: as the account says now."""
    user = db.session.get(User, UUID(user_id))
    if user is not None:
        publishing.withhold_media_of(user.id, withheld=user.is_withheld)
        db.session.commit()
