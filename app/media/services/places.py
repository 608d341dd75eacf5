"""Where the files of media lie: what is open to all where nginx and CDNs hand it out, the rest where the gate is asked.

Files are moved by copies first, then rows, then deletions: a death in between leaves files too many, never too few (an
old place is named in the outbox with the rows' change, half a copy is found by upkeep). Nothing depends on a move:
wherever files lie, the gate is asked for them, until they lie in the open. Only the way out of it must be quick.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.core.clock import now
from app.core.events import publish
from app.core.ids import secret
from app.core.pictures import PREFIX as PICTURES
from app.core.pictures import Picture
from app.core.storage import storage
from app.core.storage.naming import PUBLIC
from app.extensions import db
from app.media import gate
from app.media.events import ObjectsDropped, VersionExposed
from app.media.models import Medium, MediumState, Version, Visibility


@dataclass(frozen=True)
class Move:
    """One version's or picture's files, from where they lie to where they should."""

    old_prefix: str
    new_prefix: str
    key: str
    exposed: bool


def moves_at_once() -> bool:
    """Whether moving files is a matter of milliseconds: on a disk it is a link, in a bucket a copy."""
    return storage().local_path("any") is not None


def is_in_the_open(medium_id: UUID) -> bool:
    """Whether files of a medium lie where anyone is handed them although they should not."""
    medium = db.session.get(Medium, medium_id)
    return medium is not None and any(
        thing.exposed and not _belongs_in_the_open(medium, thing) for thing in _things(medium, lock=False)
    )


def plan_moves(medium_id: UUID) -> list[Move]:
    """What must move for a medium, as its gate says now.

    What is open to all goes into the open under the key that it has. What is not gets a new key, wherever it lay: an
    old key is known to those who could see it.
    """
    medium = db.session.get(Medium, medium_id)
    if medium is None:
        return []
    return [
        move_of(thing, exposed=is_open)
        for thing in _things(medium, lock=False)
        if not ((is_open := _belongs_in_the_open(medium, thing)) and thing.exposed)
    ]


def copy_files(moves: Sequence[Move]) -> None:
    """Copy what is to move. Nothing is locked meanwhile: in a bucket this takes seconds."""
    for move in moves:
        storage().copy_prefix(move.old_prefix, move.new_prefix)


def settle_moves(medium_id: UUID, moves: Sequence[Move]) -> None:
    """Let the rows name the new places; the caller commits. What is named no more is deleted after that.

    What was made since it was copied is copied now. Where the gate or a row has changed meanwhile, the copies go.
    """
    medium = db.session.get(Medium, medium_id, with_for_update=True, populate_existing=True)
    by_prefix = {thing.storage_prefix: thing for thing in _things(medium, lock=True)} if medium is not None else {}
    for move in moves:
        thing = by_prefix.get(move.old_prefix)
        if medium is None or thing is None or move.exposed is not _belongs_in_the_open(medium, thing):
            publish(ObjectsDropped(prefix=move.new_prefix))
            continue
        storage().copy_prefix(move.old_prefix, move.new_prefix)
        if isinstance(thing, Version):
            thing.delivery_key = move.key
        else:
            thing.key = move.key
        thing.exposed = move.exposed
        publish(ObjectsDropped(prefix=move.old_prefix))
        if move.exposed and isinstance(thing, Version):
            publish(VersionExposed(version_id=thing.id))


def list_misplaced(limit: int = 20) -> Sequence[UUID]:
    """Media that are open to all and whose files do not lie in the open yet, by what the tables say of both."""
    query = select(Medium.id).join(Version, Version.medium_id == Medium.id).where(Version.exposed.is_(False))
    return db.session.scalars(query.where(Medium.listed, ~gate.for_adults_column()).distinct().limit(limit)).all()


def list_left_open(limit: int = 100) -> Sequence[UUID]:
    """Media whose files lie in the open although their gate is closed to strangers."""
    closed = or_(
        Medium.visibility != Visibility.PUBLIC,
        Medium.withheld,
        Medium.state == MediumState.REMOVED,
        Medium.published_at.is_(None),
        Medium.published_at > now(),
        and_(Medium.available_until.is_not(None), Medium.available_until <= now()),
        gate.for_adults_column(),
    )
    query = select(Medium.id).join(Version, Version.medium_id == Medium.id).where(Version.exposed, closed)
    return db.session.scalars(query.distinct().limit(limit)).all()


def _belongs_in_the_open(medium: Medium, thing: Version | Picture) -> bool:
    return gate.is_open_to_all(medium) if isinstance(thing, Version) else gate.is_picture_open(medium)


def _things(medium: Medium, *, lock: bool) -> list[Version | Picture]:
    """The versions of a medium and its picture, in the order in which everybody locks them."""
    versions = select(Version).where(Version.medium_id == medium.id).order_by(Version.id)
    pictures = select(Picture).where(Picture.id == medium.artwork_id)
    if lock:
        versions = versions.with_for_update().execution_options(populate_existing=True)
        pictures = pictures.with_for_update().execution_options(populate_existing=True)
    return [*db.session.scalars(versions), *db.session.scalars(pictures)]


def move_of(thing: Version | Picture, *, exposed: bool) -> Move:
    """From where a thing's files lie to where they should: in the open under the key that they have, else a new one."""
    present = thing.delivery_key if isinstance(thing, Version) else thing.key
    key = present if exposed else secret()
    shelf = PUBLIC if exposed else ("media/" if isinstance(thing, Version) else f"{PICTURES}/")
    return Move(thing.storage_prefix, f"{shelf}{key}/", key, exposed)
