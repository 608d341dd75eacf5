"""Where the files of pictures lie: in the open while what shows them is for everyone, else where the gate is asked.

As ``places`` does for media: copies first, then the rows, then deletions (which purge the CDN). A picture that leaves
the open gets a new key: the old one is known to whoever saw it.
"""

from collections.abc import Collection, Iterator
from uuid import UUID

from sqlalchemy import select

from app.core.events import publish
from app.core.pictures import Picture
from app.core.storage import storage
from app.extensions import db
from app.media import shown
from app.media.events import ObjectsDropped
from app.media.services.places import Move, move_of

BATCH = 500
TRIES = 3


def place(picture_ids: Collection[UUID], *, only_close: bool = False) -> int:
    """Let the files of these pictures lie where the gate of what shows them says; says how many were moved.

    ``only_close`` leaves those where they are that could go into the open. Commits, since copying takes its time. Done
    again, it finds nothing to do.
    """
    moved = 0
    for _ in range(TRIES):  # a row that changed while its files were copied is looked at anew
        moves = _plan(picture_ids, only_close=only_close)
        db.session.commit()
        if not moves:
            break
        for move in moves.values():
            storage().copy_prefix(move.old_prefix, move.new_prefix)
        moved += sum(_settle(picture_id, move) for picture_id, move in moves.items())
    return moved


def walk_left_open(picture_ids: Collection[UUID] | None = None) -> Iterator[Picture]:
    """Pictures whose files lie in the open although what shows them is not for everyone; all of them, or of these."""
    after: UUID | None = None
    while True:
        query = select(Picture).where(Picture.exposed).order_by(Picture.id).limit(BATCH)
        if picture_ids is not None:
            query = query.where(Picture.id.in_(picture_ids))
        pictures = db.session.scalars(query.where(Picture.id > after) if after else query).all()
        if not pictures:
            return
        after = pictures[-1].id
        things = shown.find_things([picture.id for picture in pictures])
        wrong = [one for one in pictures if one.id in things and not shown.is_open(things[one.id])]
        db.session.expunge_all()
        db.session.rollback()
        yield from wrong


def _plan(picture_ids: Collection[UUID], *, only_close: bool) -> dict[UUID, Move]:
    things = shown.find_things(picture_ids)
    wanted = {picture_id: shown.is_open(things.get(picture_id)) for picture_id in picture_ids}
    pictures = db.session.scalars(select(Picture).where(Picture.id.in_(picture_ids)).order_by(Picture.id)).all()
    return {
        one.id: move_of(one, exposed=wanted[one.id])
        for one in pictures
        if one.exposed is not wanted[one.id] and not (only_close and wanted[one.id])
    }


def _settle(picture_id: UUID, move: Move) -> bool:
    """Let the row name the new place, unless it or the gate has changed meanwhile: then the copy goes. Commits."""
    picture = db.session.get(Picture, picture_id, with_for_update=True, populate_existing=True)
    is_open = shown.is_open(shown.find_things([picture_id]).get(picture_id))
    holds = picture is not None and picture.storage_prefix == move.old_prefix and is_open is move.exposed
    if holds and picture is not None:
        picture.key, picture.exposed = move.key, move.exposed
    publish(ObjectsDropped(prefix=move.old_prefix if holds else move.new_prefix))
    db.session.commit()
    return holds
