"""What named links open of sets: the set, and of its items those that belong to its owner.

What others made, and what was put into somebody's set, its own gate decides about: nobody lends what is not theirs.
"""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.media import passes
from app.media.gate import Gated, Pass
from app.media.models import Medium
from app.playlists.models import Set, SetItem


def answer(secret: str, thing: Gated) -> Pass | None:
    """``Passes`` of the gate, for media and sets."""
    return passes.answer(secret, thing, holds=_holds_own)


def find_thing(*, medium_id: UUID | None, set_id: UUID | None) -> Medium | Set | None:
    """What a link leads to, with its owner."""
    if medium_id is not None:
        return db.session.get(Medium, medium_id, options=[joinedload(Medium.owner)])
    return db.session.get(Set, set_id, options=[joinedload(Set.owner)])


def _holds_own(set_id: UUID, thing: Gated) -> bool:
    """Whether a thing is an item of a set, of the same owner as the set."""
    item = select(SetItem.id).join(Set, Set.id == SetItem.set_id)
    item = item.where(Set.id == set_id, SetItem.medium_id == thing.id, Set.owner_id == thing.owner_id, ~Set.withheld)
    return bool(db.session.scalar(select(exists(item))))
