"""Pictures: that every width of them is there, and that somebody shows them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, union_all

from app.core.pictures import Picture
from app.core.storage import storage
from app.extensions import db
from app.media.models import Medium
from app.media.upkeep import picture_places
from app.media.upkeep.findings import Orphan, Trouble

BATCH = 500
ADVICE = "Restore it from a back-up, or have its owner choose a picture again."
FORMATS = ("jpg", "webp")
LEFT_OPEN = "This picture lies where anyone gets it, and what shows it is not for everyone."
MOVES = "It moves within the hour. See that the spine and a default worker run."


def look_at_pictures(*, before: datetime) -> Iterator[Trouble | Orphan]:
    """Every finding about pictures, a batch of rows at a time."""
    after: UUID | None = None
    while True:
        query = select(Picture).order_by(Picture.id).limit(BATCH)
        pictures = db.session.scalars(query.where(Picture.id > after) if after else query).all()
        if not pictures:
            return
        shown = _shown([picture.id for picture in pictures])
        db.session.expunge_all()
        db.session.rollback()
        left_open = {one.id for one in picture_places.walk_left_open([picture.id for picture in pictures])}
        for picture in pictures:
            if picture.id in left_open:
                yield Trouble(owner="nobody", key=picture.storage_prefix, what=LEFT_OPEN, advice=MOVES)
            if picture.id in shown:
                yield from _look_at(picture, before=before)
            elif picture.created_at < before:
                yield Orphan(
                    key=picture.storage_prefix,
                    size_bytes=sum(one.size_bytes for one in storage().walk_objects(picture.storage_prefix)),
                    since=picture.created_at,
                    what="Nobody shows this picture.",
                    picture_id=picture.id,
                )
        after = pictures[-1].id


def find_prefixes(keys: Sequence[str]) -> set[str]:
    """Where the pictures with these keys have their files."""
    return {picture.storage_prefix for picture in db.session.scalars(select(Picture).where(Picture.key.in_(keys)))}


def is_shown(picture_id: UUID) -> bool:
    """Whether any row names this picture."""
    return bool(_shown([picture_id]))


def _shown(ids: Sequence[UUID]) -> set[UUID]:
    """Which of these pictures a row names, whatever table that is in."""
    columns = [
        key.parent
        for table in db.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is Picture.__table__
    ]
    return set(db.session.scalars(union_all(*(select(column).where(column.in_(ids)) for column in columns))))


def _look_at(picture: Picture, *, before: datetime) -> Iterator[Trouble | Orphan]:
    prefix = picture.storage_prefix
    wanted = {f"{width}.{fmt}" for width in picture.widths for fmt in FORMATS}
    kept = {one.key.removeprefix(prefix): one for one in storage().walk_objects(prefix)}
    broken = {name for name in wanted if name not in kept or kept[name].size_bytes == 0}
    if broken and (fresh := db.session.get(Picture, picture.id)) is not None and fresh.storage_prefix == prefix:
        owner = db.session.scalar(select(Medium.public_id).where(Medium.artwork_id == picture.id).limit(1))
        for name in sorted(broken):
            yield Trouble(
                owner=owner or "a portrait", key=prefix + name, what="This picture is missing or empty.", advice=ADVICE
            )
    db.session.rollback()
    for name in kept.keys() - wanted:
        one = kept[name]
        if one.changed_at < before:
            yield Orphan(key=one.key, size_bytes=one.size_bytes, since=one.changed_at, what="No row names it.")
