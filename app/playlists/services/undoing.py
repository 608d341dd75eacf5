"""Taking a change back, where it still applies: nothing that somebody did since is undone along with it."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import db
from app.media import gate
from app.media.gate import Action
from app.media.models import CommentPolicy, Medium, Visibility
from app.playlists.errors import ChangeNotFound, DoesNotApply, PlaceGone, SetFull
from app.playlists.models import ChangeKind, Set, SetChange, SetItem, SetKind
from app.playlists.services import items
from app.playlists.services.changes import begin_change, note_change
from app.playlists.services.set_slugs import change_slug

OWNERS_WORDS = {"slug", "visibility", "comments_policy"}
_READERS: dict[str, Any] = {
    "kind": SetKind, "visibility": Visibility, "comments_policy": CommentPolicy,
    "release_date": lambda written: date.fromisoformat(written) if written else None,
}  # fmt: skip


def undo_last(one: Set, *, by: User) -> SetChange:
    """Take back the last thing that ``by`` did and did not take back yet.

    Raises:
        MayNotArrange: the set is not theirs to change.
        DoesNotApply: there is nothing, or others have changed the same since.
    """
    begin_change(one, by=by)
    query = select(SetChange.id).where(
        SetChange.set_id == one.id,
        SetChange.actor_id == by.id,
        SetChange.undone_at.is_(None),
        SetChange.undoes_id.is_(None),
    )
    change_id = db.session.scalar(query.order_by(SetChange.id.desc()).limit(1))
    if change_id is None:
        raise DoesNotApply("There is nothing of yours left to take back.")
    return undo_change(one, change_id, by=by)


def undo_change(one: Set, change_id: UUID, *, by: User) -> SetChange:
    """Take a change of a set back, whoever made it; that is a change of its own. The caller commits.

    Raises:
        MayNotArrange: the set, or that word of it, is not theirs to change.
        ChangeNotFound: there is none such in this set.
        DoesNotApply: it is taken back already, or others have changed the same since.
    """
    begin_change(one, by=by)
    query = select(SetChange).where(SetChange.set_id == one.id, SetChange.id == change_id)
    change = db.session.scalar(query.execution_options(populate_existing=True))
    if change is None:
        raise ChangeNotFound
    if change.undone_at is not None:
        raise DoesNotApply("That has been taken back already.")
    match change.kind:
        case ChangeKind.ADDED:
            made = _take_out(one, change, by)
        case ChangeKind.REMOVED:
            made = _put_back(one, change, by)
        case ChangeKind.MOVED:
            made = _move_back(one, change, by)
        case ChangeKind.EDITED if change.medium_id is not None:
            made = _reword_item(one, change, by)
        case ChangeKind.EDITED:
            made = _reword_set(one, change, by)
    made.undoes_id, change.undone_at = change.id, now()
    original = db.session.get(SetChange, change.undoes_id) if change.undoes_id else None
    if original is not None:
        original.undone_at = None  # what was taken back is there again, and can be taken back again
    db.session.flush()
    return made


def _take_out(one: Set, change: SetChange, by: User) -> SetChange:
    item = _find_item(one, change)
    if item is None:
        raise DoesNotApply("It has been taken out since.")
    before = items.values_of(item)
    db.session.delete(item)
    return note_change(one, ChangeKind.REMOVED, by=by, medium_id=change.medium_id, before=before)


def _put_back(one: Set, change: SetChange, by: User) -> SetChange:
    medium = db.session.get(Medium, change.medium_id) if change.medium_id else None
    secret = change.before.get("medium_secret")
    if medium is None or not gate.decide(by, medium, Action.SEE, secret=secret).allowed:
        raise DoesNotApply("That work is not here any more, or not for you.")
    if _find_item(one, change) is not None:
        raise DoesNotApply("It is in the set again.")
    count = db.session.scalar(select(func.count()).select_from(SetItem).where(SetItem.set_id == one.id)) or 0
    if count >= items.MOST_ITEMS:
        raise SetFull
    was = change.before
    item = SetItem(id=uuid7(), set_id=one.id, medium_id=medium.id)
    for name in items.KEPT:
        setattr(item, name, was.get(name))
    item.note = was.get("note") or ""
    added_by = _uuid(was.get("added_by_id"))
    item.added_by_id = added_by if added_by and db.session.get(User, added_by) else by.id
    try:
        items.put_behind(one, item, _uuid(was.get("after")))
    except PlaceGone:
        items.put_last(one, item)  # what it stood behind is gone; better at the end than not at all
    db.session.add(item)
    return note_change(one, ChangeKind.ADDED, by=by, medium_id=medium.id, after=items.values_of(item))


def _move_back(one: Set, change: SetChange, by: User) -> SetChange:
    item = _find_item(one, change)
    if item is None:
        raise DoesNotApply("It has been taken out since.")
    place, season = items.place_of(item), item.season
    if _was_placed_since(change):
        raise DoesNotApply("It has been moved again since. Move it by hand.")
    try:
        items.put_behind(one, item, _uuid(change.before.get("after")))
    except PlaceGone as error:
        raise DoesNotApply("What it stood behind has been taken out since.") from error
    item.season = change.before.get("season", season)
    db.session.flush()
    return note_change(
        one, ChangeKind.MOVED, by=by, medium_id=item.medium_id,
        before={"after": place, "season": season}, after={"after": items.place_of(item), "season": item.season},
    )  # fmt: skip


def _was_placed_since(change: SetChange) -> bool:
    """Whether somebody gave the same work another place after this, and did not take that back."""
    placing = (ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.MOVED)
    later = exists().where(
        SetChange.set_id == change.set_id,
        SetChange.medium_id == change.medium_id,
        SetChange.kind.in_(placing),
        SetChange.id > change.id,
        SetChange.undone_at.is_(None),
        SetChange.undoes_id.is_(None),
    )
    return bool(db.session.scalar(select(later)))


def _reword_item(one: Set, change: SetChange, by: User) -> SetChange:
    item = _find_item(one, change)
    if item is None:
        raise DoesNotApply("It has been taken out since.")
    if any(getattr(item, name) != value for name, value in change.after.items()):
        raise DoesNotApply("That has been changed again since.")
    for name, value in change.before.items():
        setattr(item, name, value)
    return note_change(
        one, ChangeKind.EDITED, by=by, medium_id=item.medium_id, before=change.after, after=change.before
    )


def _reword_set(one: Set, change: SetChange, by: User) -> SetChange:
    if not hasattr(one, next(iter(change.after), "title")) and "cover" not in change.after:
        raise DoesNotApply("That work is not here any more.")
    if "cover" in change.before:
        raise DoesNotApply("The cover of before is gone. Bring it once more.")
    if by.id != one.owner_id and OWNERS_WORDS & set(change.after):
        raise DoesNotApply("Address, visibility and comments are for the set's owner to choose.")
    if any(getattr(one, name) != _read(name, value) for name, value in change.after.items()):
        raise DoesNotApply("That has been changed again since.")
    for name, value in change.before.items():
        if name == "slug":
            change_slug(one, value)
        else:
            setattr(one, name, _read(name, value))
    return note_change(one, ChangeKind.EDITED, by=by, before=change.after, after=change.before)


def _find_item(one: Set, change: SetChange) -> SetItem | None:
    query = select(SetItem).where(SetItem.set_id == one.id, SetItem.medium_id == change.medium_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def _read(name: str, written: Any) -> Any:
    """A word of a set as its column has it; the list of changes holds what JSON can say."""
    return _READERS[name](written) if name in _READERS and written is not None else written


def _uuid(written: Any) -> UUID | None:
    return UUID(written) if written else None
