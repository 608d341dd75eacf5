"""What is asked of the tables of takedowns. Listings are keyset pages; a notice's page is a handful of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, and_, cast, exists, func, literal, null, or_, select, text, tuple_, union_all
from sqlalchemy.orm import aliased, contains_eager, joinedload

from app.accounts.models import User
from app.core.clock import now
from app.extensions import db
from app.moderation.takedown_errors import NoticeNotFound
from app.moderation.takedown_models import (
    Complainant,
    Publication,
    RepeatInfringement,
    RepeatState,
    Strike,
    TakedownClaim,
    TakedownClock,
    TakedownEntry,
    TakedownNotice,
    TakedownParty,
)
from app.moderation.takedown_states import HOLDS, NoticeState
from app.web.pagination import PAGE_SIZE, Page, decode_cursor, make_page

FILTERS = {
    "open": "To do", "standing": "Running", "over": "Over", "unconfirmed": "Unconfirmed", "all": "All",
}  # fmt: skip
"""What the desk's list can show, in its order."""
HISTORY = 10


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice in the desk's list."""

    reference: str
    state: NoticeState
    name: str
    organisation: str
    flagged: bool
    things: int
    created_at: datetime
    due_at: datetime | None
    is_late: bool


def get_notice(reference: str) -> TakedownNotice:
    """A notice with its complainant.

    Raises:
        NoticeNotFound: there is none.
    """
    notice = _find(TakedownNotice.reference == reference) if "\0" not in reference else None
    if notice is None:
        raise NoticeNotFound
    return notice


def find_notice_by_id(notice_id: UUID) -> TakedownNotice | None:
    """Likewise by its id, for jobs."""
    return _find(TakedownNotice.id == notice_id)


def claims_of(notice_id: UUID) -> list[TakedownClaim]:
    """What a notice names, with whose it is."""
    query = (
        select(TakedownClaim)
        .join(TakedownClaim.party)
        .options(contains_eager(TakedownClaim.party).joinedload(TakedownParty.person))
        .where(TakedownClaim.notice_id == notice_id)
        .order_by(TakedownClaim.id)
    )
    return list(db.session.scalars(query))


def clocks_of(notice_id: UUID) -> Sequence[TakedownClock]:
    """The clocks of a notice that run, the next first."""
    query = select(TakedownClock).where(TakedownClock.notice_id == notice_id, TakedownClock.ended_at.is_(None))
    return db.session.scalars(query.order_by(TakedownClock.due_at)).all()


def entries_of(notice_id: UUID) -> Sequence[Any]:
    """The story of a notice with the names of those who wrote it."""
    query = (
        select(TakedownEntry, User.username)
        .outerjoin(User, User.id == TakedownEntry.author_id)
        .where(TakedownEntry.notice_id == notice_id, TakedownEntry.body != "")
        .order_by(TakedownEntry.id)
    )
    return db.session.execute(query).all()


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a notice on the desk: clocks that run, its story, other notices of the same complainant."""

    clocks: Sequence[Any]
    story: Sequence[Any]
    history: Sequence[Any]


def beside(notice: TakedownNotice) -> Beside:
    """All three in one statement: rows of kind, name, party, time and words."""
    nothing, none = literal(""), null().cast(Uuid)
    clocks = select(
        literal("clock").label("what"), cast(TakedownClock.kind, Text).label("kind"), nothing.label("name"),
        TakedownClock.party_id.label("party_id"), TakedownClock.due_at.label("at"), nothing.label("words"),
    ).where(TakedownClock.notice_id == notice.id, TakedownClock.ended_at.is_(None))  # fmt: skip
    story = (
        select(
            literal("story"), cast(TakedownEntry.kind, Text), func.coalesce(User.username, ""), none,
            TakedownEntry.created_at, TakedownEntry.body,
        )
        .outerjoin(User, User.id == TakedownEntry.author_id)
        .where(TakedownEntry.notice_id == notice.id, TakedownEntry.body != "")
    )  # fmt: skip
    others = (
        select(
            literal("history"), cast(TakedownNotice.state, Text), TakedownNotice.reference, none,
            TakedownNotice.created_at, nothing,
        )
        .where(TakedownNotice.complainant_id == notice.complainant_id, TakedownNotice.id != notice.id)
        .order_by(TakedownNotice.created_at.desc())
        .limit(HISTORY)
    )  # fmt: skip
    rows = db.session.execute(union_all(clocks, story, select(others.subquery())).order_by(text("at"))).all()
    found: dict[str, list[Any]] = {"clock": [], "story": [], "history": []}
    for row in rows:
        found[row.what].append(row)
    return Beside(found["clock"], found["story"], found["history"][::-1])


@dataclass(frozen=True, slots=True)
class DeskClaim:
    """A claim with what its reviewer wants to know beside it."""

    claim: TakedownClaim
    strikes: int
    """Those that count against its owner now."""
    is_held: bool
    """By another notice."""


def desk_claims_of(notice_id: UUID) -> list[DeskClaim]:
    """What a notice names, for whoever decides about it; one statement."""
    other = aliased(TakedownClaim)
    counted = (
        select(func.count())
        .where(Strike.person_id == TakedownParty.person_id, Strike.taken_back_at.is_(None), Strike.expires_at > now())
        .scalar_subquery()
    )
    elsewhere = exists().where(
        other.kind == TakedownClaim.kind, other.thing_id == TakedownClaim.thing_id,
        other.notice_id != TakedownClaim.notice_id, other.state.in_(HOLDS),
    )  # fmt: skip
    query = (
        select(TakedownClaim, counted, elsewhere)
        .join(TakedownClaim.party)
        .options(contains_eager(TakedownClaim.party).joinedload(TakedownParty.person))
        .where(TakedownClaim.notice_id == notice_id)
        .order_by(TakedownClaim.id)
    )
    return [DeskClaim(*row) for row in db.session.execute(query)]


def count_waiting() -> int:
    """How many notices lie on the desk, for its badge; counted up to a hundred."""
    some = select(TakedownNotice.id).where(TakedownNotice.state == NoticeState.WAITING).limit(100).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def desk_page(shown: str, *, words: str, cursor: str | None, size: int = PAGE_SIZE) -> Page[NoticeLine]:
    """The desk's list: what is to be done by its clock, everything else the newest first."""
    by_clock = shown in {"open", "standing"}
    place = TakedownNotice.due_at if by_clock else TakedownNotice.created_at
    counted = select(func.count()).where(TakedownClaim.notice_id == TakedownNotice.id).scalar_subquery()
    query = (
        select(TakedownNotice, Complainant.flagged_at, counted.label("things"))
        .join(Complainant, Complainant.id == TakedownNotice.complainant_id)
        .where(*_shown(shown))
    )
    if words:
        query = query.where(_named(words))
    after = decode_cursor(cursor)
    key = tuple_(place, TakedownNotice.id)
    if by_clock:
        query = query.where(key > after) if after else query
        query = query.order_by(place, TakedownNotice.id)
    else:
        query = query.where(key < after) if after else query
        query = query.order_by(place.desc(), TakedownNotice.id.desc())
    return make_page(
        db.session.execute(query.limit(size + 1)).all(),
        size=size,
        place=lambda row: (row[0].due_at if by_clock else row[0].created_at, row[0].id),
        url=lambda mark: f"/admin/takedowns?show={shown}&after={mark}",
        show=_line,
    )


def concerning(person_id: UUID, *, cursor: str | None, size: int = PAGE_SIZE) -> Page[Any]:
    """The notices that took something of somebody's down, the latest first; with the strike that each is."""
    query = (
        select(TakedownParty, TakedownNotice, Strike)
        .join(TakedownNotice, TakedownNotice.id == TakedownParty.notice_id)
        .outerjoin(Strike, Strike.party_id == TakedownParty.id)
        .where(TakedownParty.person_id == person_id, TakedownParty.told_at.is_not(None))
    )
    after = decode_cursor(cursor)
    if after:
        query = query.where(tuple_(TakedownParty.told_at, TakedownParty.id) < after)
    rows = db.session.execute(
        query.order_by(TakedownParty.told_at.desc(), TakedownParty.id.desc()).limit(size + 1)
    ).all()
    return make_page(
        rows, size=size, place=lambda row: (row[0].told_at, row[0].id),
        url=lambda mark: f"/settings/standing/takedowns?after={mark}", show=lambda row: row,
    )  # fmt: skip


def get_party(reference: str, person_id: UUID) -> tuple[TakedownNotice, TakedownParty]:
    """A notice as somebody whose things it took down may see it.

    Raises:
        NoticeNotFound: there is none, or it has nothing to do with them, or nothing of theirs was taken down.
    """
    notice = get_notice(reference)
    party = db.session.scalar(
        select(TakedownParty).where(
            TakedownParty.notice_id == notice.id, TakedownParty.person_id == person_id,
            TakedownParty.told_at.is_not(None),
        )
    )  # fmt: skip
    if party is None:
        raise NoticeNotFound
    return notice, party


def published_page(*, cursor: str | None, size: int = PAGE_SIZE) -> Page[TakedownNotice]:
    """What everyone may read, the latest first."""
    query = select(TakedownNotice).where(TakedownNotice.publication == Publication.PUBLISHED)
    after = decode_cursor(cursor)
    if after:
        query = query.where(tuple_(TakedownNotice.published_at, TakedownNotice.id) < after)
    query = query.order_by(TakedownNotice.published_at.desc(), TakedownNotice.id.desc()).limit(size + 1)
    return make_page(
        db.session.scalars(query).all(), size=size, place=lambda one: (one.published_at, one.id),
        url=lambda mark: f"/transparency/notices?after={mark}", show=lambda one: one,
    )  # fmt: skip


def get_published(reference: str) -> TakedownNotice:
    """A notice that everyone may read.

    Raises:
        NoticeNotFound: there is none, or it is not published.
    """
    notice = get_notice(reference)
    if notice.publication is not Publication.PUBLISHED:
        raise NoticeNotFound
    return notice


def repeat_page(*, cursor: str | None, size: int = PAGE_SIZE) -> Page[RepeatInfringement]:
    """Those with as many strikes as one may have, about whom nobody decided yet."""
    query = (
        select(RepeatInfringement)
        .options(joinedload(RepeatInfringement.person, innerjoin=True).joinedload(User.avatar))
        .where(RepeatInfringement.state == RepeatState.PROPOSED)
    )
    after = decode_cursor(cursor)
    if after:
        query = query.where(tuple_(RepeatInfringement.created_at, RepeatInfringement.id) > after)
    query = query.order_by(RepeatInfringement.created_at, RepeatInfringement.id).limit(size + 1)
    return make_page(
        db.session.scalars(query).all(), size=size, place=lambda one: (one.created_at, one.id),
        url=lambda mark: f"/admin/takedowns/repeat?after={mark}", show=lambda one: one,
    )  # fmt: skip


def _find(condition: Any) -> TakedownNotice | None:
    query = select(TakedownNotice).options(joinedload(TakedownNotice.complainant, innerjoin=True))
    return db.session.scalar(query.where(condition))


def _shown(shown: str) -> list[Any]:
    state = TakedownNotice.state
    conditions: dict[str, list[Any]] = {
        "open": [state.in_([NoticeState.WAITING, NoticeState.ASKED]), TakedownNotice.due_at.is_not(None)],
        "standing": [state == NoticeState.DECIDED, TakedownNotice.due_at.is_not(None)],
        "over": [
            or_(
                state.in_([NoticeState.WITHDRAWN, NoticeState.LAPSED, NoticeState.MERGED]),
                and_(state == NoticeState.DECIDED, TakedownNotice.due_at.is_(None)),
            ),
            TakedownNotice.confirmed_at.is_not(None),
        ],
        "unconfirmed": [state == NoticeState.UNCONFIRMED],
        "all": [],
    }
    return conditions[shown]


def _named(words: str) -> Any:
    """By reference, by the complainant's address, or by whose things they are."""
    wanted = words.strip()
    theirs = (
        select(TakedownParty.notice_id)
        .join(User, User.id == TakedownParty.person_id)
        .where(User.username_key == wanted.removeprefix("@").lower())
    )
    return or_(
        TakedownNotice.reference == wanted.upper(),
        Complainant.email_key == wanted.lower(),
        TakedownNotice.id.in_(theirs),
    )


def _line(row: Any) -> NoticeLine:
    notice: TakedownNotice = row[0]
    return NoticeLine(
        reference=notice.reference, state=notice.state, name=notice.name, organisation=notice.organisation,
        flagged=row.flagged_at is not None, things=row.things, created_at=notice.created_at, due_at=notice.due_at,
        is_late=notice.due_at is not None and notice.due_at <= now(),
    )  # fmt: skip
