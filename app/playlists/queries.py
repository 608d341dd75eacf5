"""What is asked of the tables of sets. Every list leaves out what its viewer may not see, in the statement itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.models import User
from app.accounts.queries import not_apart
from app.core.clock import now
from app.extensions import db
from app.media import gate
from app.media.cards import card_columns
from app.media.gate import Action, Viewer
from app.media.models import Medium, MediumState, Visibility
from app.playlists.errors import SetNotFound
from app.playlists.models import FormerSetSlug, Set, SetItem, SetKind

ItemPlace = tuple[str, UUID] | None
"""Where a page of items begins: after the item of this rank and id."""
ITEMS_A_PAGE = 100


def find_by_public_id(public_id: str) -> Set | None:
    """The set with its owner and cover."""
    if not public_id.isascii() or "\0" in public_id:
        return None
    query = select(Set).options(joinedload(Set.owner, innerjoin=True).joinedload(User.avatar), joinedload(Set.artwork))
    return db.session.scalar(query.where(Set.public_id == public_id))


def get_set(public_id: str, viewer: Viewer, secret: str | None = None) -> Set:
    """As ``find_by_public_id``, for someone whom the gate lets see it.

    Raises:
        SetNotFound: there is none, or the viewer may not know of it.
    """
    return _seen(find_by_public_id(public_id), viewer, secret)


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
    return user.id is not None and user.id == one.owner_id


def find_page(username_key: str, slug: str) -> Set | None:
    """The set at an address with its owner and cover, for the common case that both are current."""
    if "\0" in username_key + slug:
        return None
    query = (
        select(Set)
        .join(Set.owner)
        .options(contains_eager(Set.owner).joinedload(User.avatar), joinedload(Set.artwork))
        .where(User.username_key == username_key, Set.slug == slug)
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


# What is in a set -----------------------------------------------------------------------------------------------------


def is_seen(viewer_id: UUID | None) -> ColumnElement[bool]:
    """Whether a viewer finds an item: its medium is for everyone or their own, or they added it by its secret link.

    An unlisted or private set opens no medium that is closed. For statements over ``SetItem`` and ``Medium``.
    """
    if viewer_id is None:
        return Medium.listed.expression
    by_secret = and_(
        SetItem.added_by_id == viewer_id,
        Medium.visibility == Visibility.UNLISTED,
        SetItem.medium_secret == Medium.link_secret,
        Medium.state != MediumState.REMOVED,
        ~Medium.withheld,
        Medium.published_at <= now(),
        or_(Medium.available_until.is_(None), Medium.available_until > now()),
    )
    return and_(or_(Medium.listed, Medium.owner_id == viewer_id, by_secret), *not_apart(viewer_id, Medium.owner_id))


def item_rows(
    one: Set,
    viewer_id: UUID | None,
    *,
    season: int | None = None,
    after: ItemPlace = None,
    size: int = ITEMS_A_PAGE,
    unseen: bool = False,
) -> Sequence[Any]:
    """One more than ``size`` rows of cards with what the set says of them, in its order.

    ``season`` chooses one of a series. With ``unseen``, for those who work on the set, what they do not find any more
    is among them, and ``seen`` says which is which.
    """
    seen = is_seen(viewer_id)
    query: Select[Any] = (
        card_columns(
            SetItem.id.label("item_id"), SetItem.rank, SetItem.season, SetItem.episode, SetItem.note,
            SetItem.starts_at_ms, SetItem.stops_at_ms, SetItem.medium_secret, SetItem.added_by_id,
            Medium.owner_id, seen.label("seen"),
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


def totals(one: Set, viewer_id: UUID | None) -> list[SeasonTotal]:
    """How many items a viewer finds and how long they are, a season each, in one statement."""
    query = (
        select(SetItem.season, func.count(), func.coalesce(func.sum(Medium.duration_ms), 0))
        .join(Medium, Medium.id == SetItem.medium_id)
        .where(SetItem.set_id == one.id, is_seen(viewer_id))
        .group_by(SetItem.season)
        .order_by(SetItem.season)
    )
    return [SeasonTotal(season, count, int(length_ms)) for season, count, length_ms in db.session.execute(query)]


def holds(set_ids: Sequence[UUID], medium_id: UUID) -> set[UUID]:
    """Which of these sets a medium is in."""
    query = select(SetItem.set_id).where(SetItem.medium_id == medium_id, SetItem.set_id.in_(set_ids))
    return set(db.session.scalars(query))


def find_watch_later(owner_id: UUID) -> Set | None:
    """Someone's "watch later", if they have used it."""
    query = select(Set).options(joinedload(Set.owner), joinedload(Set.artwork))
    return db.session.scalar(query.where(Set.owner_id == owner_id, Set.kind == SetKind.WATCH_LATER))


def _seen(one: Set | None, viewer: Viewer, secret: str | None) -> Set:
    if one is None or not gate.decide(viewer, one, Action.SEE, secret=secret).allowed:
        raise SetNotFound
    return one


def titles_by_id(ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """Public id and title of these sets."""
    query = select(Set.id, Set.public_id, Set.title).where(Set.id.in_(ids))
    return {row.id: (row.public_id, row.title) for row in db.session.execute(query)} if ids else {}
