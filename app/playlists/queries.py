"""What is asked of the tables of sets. Every list leaves out what its viewer may not see, in the statement itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, tuple_
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.models import User
from app.accounts.queries import named, not_apart
from app.extensions import db
from app.media import gate
from app.media.cards import card_columns
from app.media.gate import Gated
from app.media.models import Medium
from app.media.queries import Place
from app.playlists.cards import SetCard, is_lent, is_seen, set_columns, to_set_card
from app.playlists.errors import SetNotFound
from app.playlists.models import FormerSetSlug, Set, SetEditor, SetItem, SetKind
from app.web.pagination import PAGE_SIZE

ItemPlace = tuple[str, UUID] | None
"""Where a page of items begins: after the item of this rank and id."""
ITEMS_A_PAGE = 100


def find_by_public_id(public_id: str) -> Set | None:
    """The set with its owner and cover."""
    if not public_id.isascii() or "\0" in public_id:
        return None
    query = select(Set).options(joinedload(Set.owner, innerjoin=True).joinedload(User.avatar), joinedload(Set.artwork))
    return db.session.scalar(query.where(Set.public_id == public_id))


def get_to_arrange(public_id: str, user: User) -> Set:
    """As ``find_by_public_id``, for someone who works on it; to others there is none.

    Raises:
        SetNotFound: there is none, or it is not theirs to change.
    """
    one = find_by_public_id(public_id)
    if one is None or not may_arrange(user, one):
        raise SetNotFound
    return one


def may_arrange(user: Any, one: Set) -> bool:
    """Whether ``user`` may change what is in a set and what is said of it. Every service asks here."""
    if user.id is None or user.id == one.owner_id or one.withheld:
        return user.id is not None and user.id == one.owner_id
    works = select(exists().where(SetEditor.set_id == one.id, SetEditor.user_id == user.id))
    return bool(db.session.scalar(works)) and not user.is_apart_from(one.owner_id)


def find_page(username: str, slug: str) -> Set | None:
    """The set at an address with its owner and cover, for the common case that both are current."""
    if "\0" in username + slug:
        return None
    query = (
        select(Set)
        .join(Set.owner)
        .options(contains_eager(Set.owner).joinedload(User.avatar), joinedload(Set.artwork))
        .where(named(username), Set.slug == slug)
    )
    return db.session.scalar(query)


def find_by_address(owner: User, slug: str) -> Set | None:
    """The set at an owner's slug, or the one that had it."""
    if "\0" in slug:
        return None
    query = select(Set).options(joinedload(Set.owner), joinedload(Set.artwork)).where(Set.owner_id == owner.id)
    one = db.session.scalar(query.where(Set.slug == slug))
    if one is None:
        former = select(FormerSetSlug.set_id).where(FormerSetSlug.owner_id == owner.id, FormerSetSlug.slug == slug)
        one = db.session.scalar(query.where(Set.id == former.scalar_subquery()))
    return one


def find_item(one: Set, item_id: UUID) -> SetItem | None:
    """An item of a set."""
    return db.session.scalar(select(SetItem).where(SetItem.set_id == one.id, SetItem.id == item_id))


def first_item_id(one: Set) -> UUID | None:
    """The item at the top of a set."""
    return db.session.scalar(
        select(SetItem.id).where(SetItem.set_id == one.id).order_by(SetItem.rank, SetItem.id).limit(1)
    )


# What is in a set -----------------------------------------------------------------------------------------------------


def item_rows(
    one: Set,
    viewer_id: UUID | None,
    *,
    season: int | None = None,
    after: ItemPlace = None,
    size: int = ITEMS_A_PAGE,
    unseen: bool = False,
    lends: bool = False,
) -> Sequence[Any]:
    """One more than ``size`` rows of cards with what the set says of them, in its order.

    ``season`` chooses one of a series. ``lends`` is for who came by a named link: the owner's works are open, too. With
    ``unseen``, for those who work on the set, what they do not find any more is among them, and ``seen`` says which.
    """
    seen = _seen_by(one, viewer_id, lends=lends)
    query: Select[Any] = (
        card_columns(
            SetItem.id.label("item_id"), SetItem.rank, SetItem.season, SetItem.episode, SetItem.note,
            SetItem.starts_at_ms, SetItem.stops_at_ms, SetItem.medium_secret, SetItem.added_by_id,
            Medium.owner_id, Medium.listed, seen.label("seen"),
        )
        .join(SetItem, SetItem.medium_id == Medium.id)
        .where(SetItem.set_id == one.id)
    )  # fmt: skip
    if not unseen:
        query = query.where(seen)
    if season is not None:
        query = query.where(SetItem.season == season)
    if after is not None:
        query = query.where(tuple_(SetItem.rank, SetItem.id) > tuple_(*after))
    return db.session.execute(query.order_by(SetItem.rank, SetItem.id).limit(size + 1)).all()


@dataclass(frozen=True, slots=True)
class SeasonTotal:
    """What a viewer finds of one season, or of the items without one."""

    season: int | None
    count: int
    duration_ms: int


def totals(one: Set, viewer_id: UUID | None, *, lends: bool = False) -> list[SeasonTotal]:
    """How many items a viewer finds and how long they are, a season each, in one statement."""
    query = (
        select(SetItem.season, func.count(), func.coalesce(func.sum(Medium.duration_ms), 0))
        .join(Medium, Medium.id == SetItem.medium_id)
        .where(SetItem.set_id == one.id, _seen_by(one, viewer_id, lends=lends))
        .group_by(SetItem.season)
        .order_by(SetItem.season)
    )
    return [SeasonTotal(season, count, int(length_ms)) for season, count, length_ms in db.session.execute(query)]


# Lists of sets --------------------------------------------------------------------------------------------------------


def listed_set_rows(
    viewer_id: UUID | None, *, owner_id: UUID | None = None, is_limited: bool = False, after: Place = None,
    size: int = PAGE_SIZE,
) -> Sequence[Any]:  # fmt: skip
    """One more than ``size`` rows of sets that everyone may find and that hold something, newest first.

    ``is_limited`` says that moderators limited ``owner_id``, whose own page has what strangers' listings leave out.
    """
    query = _findable(viewer_id, is_limited=is_limited and owner_id is not None)
    if owner_id is not None:
        query = query.where(Set.owner_id == owner_id)
    return _newest(query, after, size)


def own_set_rows(owner_id: UUID, *, after: Place = None, size: int = PAGE_SIZE) -> Sequence[Any]:
    """One more than ``size`` rows of all sets of a person, as they see them, the newest first."""
    query = set_columns(owner_id).where(Set.owner_id == owner_id)
    if after is not None:
        query = query.where(Set.id < after[1])
    return db.session.execute(query.order_by(Set.id.desc()).limit(size + 1)).all()


def set_rows_with_words(
    words: Sequence[str], viewer_id: UUID | None, *, after: Place = None, size: int = PAGE_SIZE
) -> Sequence[Any]:
    """One more than ``size`` rows of listed sets whose title or genre has a word that begins with each of ``words``."""
    terms = func.to_tsquery("simple", " & ".join(f"{word}:*" for word in words))
    return _newest(_findable(viewer_id).where(Set.search.op("@@")(terms)), after, size)


def set_cards_by_ids(ids: Sequence[UUID], viewer_id: UUID | None = None) -> list[SetCard]:
    """The cards of these sets, in this order, for lists. Whether they may be seen, the caller has seen to."""
    rows = {row.id: row for row in db.session.execute(set_columns(viewer_id).where(Set.id.in_(ids)))} if ids else {}
    return [to_set_card(rows[one]) for one in ids if one in rows]


def titles_by_id(ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """Public id and title of these sets."""
    query = select(Set.id, Set.public_id, Set.title).where(Set.id.in_(ids))
    return {row.id: (row.public_id, row.title) for row in db.session.execute(query)} if ids else {}


def sets_to_fill(user_id: UUID, medium_id: UUID, size: int = 100) -> Sequence[Any]:
    """What someone may add a medium to, "watch later" before the latest; ``holds`` is whether it is in already."""
    holds = exists().where(SetItem.set_id == Set.id, SetItem.medium_id == medium_id)
    query = (
        select(Set.id, Set.public_id, Set.title, Set.kind, Set.visibility, holds.label("holds"))
        .where(Set.owner_id == user_id)
        .order_by((Set.kind == SetKind.WATCH_LATER).desc(), Set.updated_at.desc(), Set.id.desc())
        .limit(size)
    )
    return db.session.execute(query).all()


def find_medium(public_id: str) -> Medium | None:
    """A medium with its owner, for those who put it into sets."""
    if not public_id.isascii() or "\0" in public_id:
        return None
    query = select(Medium).options(joinedload(Medium.owner, innerjoin=True))
    return db.session.scalar(query.where(Medium.public_id == public_id))


def find_covered(picture_ids: Collection[UUID]) -> dict[UUID, Gated]:
    """The sets whose covers these pictures are."""
    query = select(Set.artwork_id, Set).where(Set.artwork_id.in_(picture_ids))
    return {picture_id: one for picture_id, one in db.session.execute(query) if picture_id is not None}


def _seen_by(one: Set, viewer_id: UUID | None, *, lends: bool) -> ColumnElement[bool]:
    seen = is_seen(viewer_id, one.owner_id)
    return or_(seen, is_lent(one.owner_id)) if lends else seen


def _findable(viewer_id: UUID | None, *, is_limited: bool = False) -> Select[Any]:
    is_out = gate.public_column(Set) if is_limited else Set.listed
    query = set_columns().where(is_out, *not_apart(viewer_id, Set.owner_id))
    holds = exists().where(SetItem.set_id == Set.id, Medium.id == SetItem.medium_id)
    return query.where(holds.where(is_seen(None, Set.owner_id) if is_limited else Medium.listed))


def _newest(query: Select[Any], after: Place, size: int) -> Sequence[Any]:
    if after is not None:
        query = query.where(tuple_(Set.published_at, Set.id) < tuple_(*after))
    return db.session.execute(query.order_by(Set.published_at.desc(), Set.id.desc()).limit(size + 1)).all()
