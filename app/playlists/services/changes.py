"""Every change of a set: who may, one at a time, and what it takes to take it back."""

from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from app.accounts.models import User
from app.core.clock import now
from app.core.events import publish
from app.core.holds import Hold
from app.core.locking import hold_row
from app.core.pictures import Picture, tell_gate_changed
from app.extensions import db
from app.media import gate
from app.playlists.errors import MayNotArrange, SetRemoved
from app.playlists.events import SetChanged, SetPublished
from app.playlists.models import ChangeKind, Set, SetChange, SetItem
from app.playlists.queries import may_arrange

_COLUMNS = [column.key for column in Set.__mapper__.column_attrs if column.key != "search"]


def begin_change(one: Set, *, by: User, even_removed: bool = False) -> None:
    """Let ``by`` change ``one``, alone until the transaction ends: ``one`` is read anew, as the last one left it.

    Raises:
        MayNotArrange: the set is not theirs to change.
        SetRemoved: but for ``even_removed``: moderators removed it.
    """
    if not may_arrange(by, one):
        raise MayNotArrange
    if one.hold is Hold.REMOVED and not even_removed:
        raise SetRemoved
    hold_row(one, _COLUMNS)


def note_change(
    one: Set,
    kind: ChangeKind,
    *,
    by: User,
    medium_id: UUID | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> SetChange:
    """Write down what ``by`` did, count it, and tell open pages after the commit.

    ``before`` and ``after`` hold what changed as JSON-able values: columns of the item or of the set by name, and for a
    place ``after``: the id of the medium it stands behind, None at the top.
    """
    change = SetChange(
        set_id=one.id, actor_id=by.id, kind=kind, medium_id=medium_id, before=before or {}, after=after or {}
    )
    db.session.add(change)
    one.version += 1
    one.updated_at = now()
    tell_changed(one)
    return change


def tell_changed(one: Set) -> None:
    """Keep ``listed`` and where the cover lies true to the gate, and tell open pages.

    Call it after anything has changed that one of them looks at.
    """
    db.session.flush()
    holds_something = bool(db.session.scalar(select(exists().where(SetItem.set_id == one.id))))
    owner = db.session.get_one(User, one.owner_id)
    is_found = gate.is_public(one) and holds_something
    one.listed = is_found and not owner.is_limited
    if is_found and one.announced_at is None:  # of somebody limited to those who follow them
        one.announced_at = one.published_at = now()
        publish(SetPublished(set_id=one.id))
    publish(SetChanged(set_id=one.id, public_id=one.public_id))
    if one.artwork_id is not None:
        lies_open = select(Picture.exposed).where(Picture.id == one.artwork_id)
        if db.session.scalar(lies_open) is not gate.is_picture_open(one):
            tell_gate_changed([one.artwork_id])
