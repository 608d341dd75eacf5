"""Holds: what keeps things from being seen. Several causes may hold one thing; the strongest that stands counts."""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import User
from app.core.clock import now
from app.core.events import publish
from app.core.holds import Hold
from app.core.ids import uuid7
from app.core.pictures import Picture, drop_picture, tell_gate_changed
from app.extensions import db
from app.media.services import publishing
from app.messaging.models import Message
from app.moderation.errors import ThingNotFound
from app.moderation.events import HoldChanged
from app.moderation.models import Cause, HoldRecord
from app.moderation.refs import Ref, RefKind, Thing, find_thing
from app.playlists.services import sets
from app.social.services import comments, posts

_WORDS: Final = ("bio_markdown", "location", "links")
_PICTURES: Final = ("avatar_id", "cover_id")


def put_hold(ref: Ref, hold: Hold, *, cause: Cause, cause_id: UUID | None, by: User | None) -> HoldRecord:
    """Hold a thing for one more reason. The same cause twice is one record. The caller commits.

    What others see of it follows at once, open pages and public addresses within seconds of the commit.

    Raises:
        ThingNotFound: there is no such thing.
    """
    thing = _get(ref)
    values = {
        "id": uuid7(), "kind": ref.kind, "thing_id": ref.id, "hold": hold, "cause": cause, "cause_id": cause_id,
        "by_id": by.id if by is not None else None, "put_at": now(), "kept": {},
    }  # fmt: skip
    made = db.session.scalar(insert(HoldRecord).values(values).on_conflict_do_nothing().returning(HoldRecord.id))
    same = select(HoldRecord).where(
        HoldRecord.id == made
        if made is not None
        else (HoldRecord.kind == ref.kind)
        & (HoldRecord.thing_id == ref.id)
        & (HoldRecord.cause == cause)
        & HoldRecord.cause_id.is_not_distinct_from(cause_id)
        & HoldRecord.lifted_at.is_(None)
    )
    record = db.session.scalars(same).one()
    _apply(thing, record)
    return record


def lift_hold(record: HoldRecord, by: User | None) -> None:
    """Take one reason back: the thing is as before, as far as no other reason holds it. Twice does nothing more."""
    thing = find_thing(record.ref, lock=True)
    if record.lifted_at is not None:
        return
    record.lifted_at, record.lifted_by_id = now(), by.id if by is not None else None
    db.session.flush()
    if thing is not None:
        _apply(thing, record)


def standing_holds(ref: Ref) -> list[HoldRecord]:
    """What holds a thing now, the oldest first."""
    query = select(HoldRecord).where(
        HoldRecord.kind == ref.kind, HoldRecord.thing_id == ref.id, HoldRecord.lifted_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(HoldRecord.id)))


def strongest(holds: list[HoldRecord]) -> Hold | None:
    """What of several counts."""
    found = {record.hold for record in holds}
    return Hold.REMOVED if Hold.REMOVED in found else Hold.HIDDEN if found else None


def _get(ref: Ref) -> Thing:
    thing = find_thing(ref, lock=True)
    if thing is None:
        raise ThingNotFound
    return thing


def _apply(thing: Thing, record: HoldRecord) -> None:
    """Bring the thing's own columns to what stands against it."""
    hold = strongest(standing_holds(thing.ref))
    if hold is thing.row.hold:
        return
    match thing.ref.kind:
        case RefKind.MEDIUM:
            publishing.set_hold(thing.row, hold)
        case RefKind.SET:
            sets.set_hold(thing.row, hold)
        case RefKind.POST:
            posts.set_hold(thing.row, hold)
        case RefKind.COMMENT:
            comments.set_hold(thing.row, hold)
        case RefKind.PERSON:
            _hold_profile(thing.row, hold, record)
        case RefKind.MESSAGE:
            message: Message = thing.row
            message.hold = hold
    db.session.flush()
    publish(HoldChanged(kind=thing.ref.kind.value, thing_id=thing.ref.id))


def _hold_profile(person: User, hold: Hold | None, record: HoldRecord) -> None:
    """Take the words and pictures of a profile away, and keep them; or put back what nothing new replaced."""
    had, person.hold = person.hold, hold
    if had is None:
        record.kept = {
            "display_name": person.display_name,
            **{name: getattr(person, name) for name in _WORDS},
        }
        record.avatar_id, record.cover_id = person.avatar_id, person.cover_id
        tell_gate_changed([person.avatar_id, person.cover_id])
        person.display_name, person.bio_markdown, person.location, person.links = person.username, "", "", []
        person.avatar_id = person.cover_id = None
    elif hold is None and (keeper := _find_keeper(person)) is not None:
        kept, keeper.kept = keeper.kept, {}
        if person.display_name == person.username:
            person.display_name = kept["display_name"]
        for name in _WORDS:
            if not getattr(person, name):
                setattr(person, name, kept[name])
        for name in _PICTURES:
            _put_back(person, keeper, name)


def _put_back(person: User, keeper: HoldRecord, name: str) -> None:
    """Give a person their picture back; where they have got another meanwhile, the old one goes."""
    picture_id = getattr(keeper, name)
    setattr(keeper, name, None)
    if getattr(person, name) is None:
        setattr(person, name, picture_id)
        tell_gate_changed([picture_id])
    elif picture_id is not None:
        db.session.flush()
        drop_picture(db.session.get(Picture, picture_id))


def _find_keeper(person: User) -> HoldRecord | None:
    """The record of what the profile said before it was held; it may be lifted already."""
    query = select(HoldRecord).where(
        HoldRecord.kind == RefKind.PERSON, HoldRecord.thing_id == person.id, HoldRecord.kept != {}
    )
    return db.session.scalars(query.order_by(HoldRecord.id.desc()).limit(1)).first()
