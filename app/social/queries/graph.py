"""Who follows whom, and how two people stand to each other."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, select, tuple_
from sqlalchemy.orm import aliased

from app.accounts.models import Apart, Role, User
from app.accounts.queries import not_apart
from app.core.pictures import Artwork, Picture
from app.core.tallies import Tally
from app.extensions import db
from app.media import links
from app.social.models import Follow, Mute
from app.web.pagination import PAGE_SIZE

Place = tuple[datetime, UUID] | None
MOST_LISTED = 1000
FEW = 5
"""Whoever follows fewer is helped to find people."""


@dataclass(frozen=True, slots=True)
class Relation:
    """How a viewer stands to a person."""

    is_apart: bool = False
    """One of the two blocked the other: neither finds the other."""
    follows: bool = False
    rings: bool = False
    """Whether the viewer is notified of what the person publishes."""
    is_followed: bool = False
    """Whether the person follows the viewer."""
    is_muted: bool = False


STRANGERS = Relation()


def relation(viewer_id: UUID | None, person_id: UUID) -> Relation:
    """How a viewer stands to a person, in one statement; in none for strangers and for oneself."""
    if viewer_id is None or viewer_id == person_id:
        return STRANGERS
    row = db.session.execute(
        select(
            exists().where(Apart.person_id == viewer_id, Apart.other_id == person_id),
            select(Follow.rings)
            .where(Follow.follower_id == viewer_id, Follow.followed_id == person_id)
            .scalar_subquery(),
            exists().where(Follow.follower_id == person_id, Follow.followed_id == viewer_id),
            exists().where(Mute.muter_id == viewer_id, Mute.muted_id == person_id),
        )
    ).one()
    return Relation(row[0], row[1] is not None, bool(row[1]), row[2], row[3])


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A person in a list, and how the viewer stands to them. ``reason`` says why they are shown."""

    id: UUID
    username: str
    display_name: str
    url: str
    avatar: Artwork | None
    is_artist: bool
    followers: int
    is_self: bool
    follows: bool
    rings: bool
    signed_in: bool
    reason: str = ""


def person_columns(viewer_id: UUID | None, *more: Any) -> Select[Any]:
    """The statement that lists of people are read by: nobody apart from the viewer, nobody on their way out.

    ``more`` are columns to read besides. Callers join what they list people by (``User.id``), and say their order.
    """
    mine = aliased(Follow, name="mine")
    columns: Any = (
        select(
            User.id, User.username, User.display_name, User.role, Picture.key, Picture.widths, Picture.width,
            Picture.height, func.coalesce(Tally.followers, 0).label("followers"), mine.rings.label("rings"), *more,
        )
        .outerjoin(Picture, Picture.id == User.avatar_id)
        .outerjoin(Tally, Tally.subject_id == User.id)
        .outerjoin(mine, and_(mine.followed_id == User.id, mine.follower_id == viewer_id))
        .where(~User.is_withheld, *not_apart(viewer_id, User.id))
    )  # fmt: skip
    return cast("Select[Any]", columns)


def to_person_card(row: Any, viewer_id: UUID | None, *, reason: str = "") -> PersonCard:
    """The card of a row of ``person_columns``."""
    return PersonCard(
        id=row.id,
        username=row.username,
        display_name=row.display_name,
        url=links.person_url(row.username),
        avatar=Artwork(row.key, tuple(row.widths), row.width, row.height) if row.key else None,
        is_artist=row.role is not Role.LISTENER,
        followers=row.followers,
        is_self=row.id == viewer_id,
        follows=row.rings is not None,
        rings=bool(row.rings),
        signed_in=viewer_id is not None,
        reason=reason,
    )


def follower_rows(
    person_id: UUID, viewer_id: UUID | None, *, after: Place = None, size: int = PAGE_SIZE
) -> Sequence[Any]:
    """One more than ``size`` rows of who follows a person, the latest first."""
    query = person_columns(viewer_id, Follow.created_at.label("since"))
    query = query.join(Follow, Follow.follower_id == User.id).where(Follow.followed_id == person_id)
    return _page_of(query, Follow.follower_id, after, size)


def following_rows(
    person_id: UUID, viewer_id: UUID | None, *, after: Place = None, size: int = PAGE_SIZE
) -> Sequence[Any]:
    """Likewise of whom they follow."""
    query = person_columns(viewer_id, Follow.created_at.label("since"))
    query = query.join(Follow, Follow.followed_id == User.id).where(Follow.follower_id == person_id)
    return _page_of(query, Follow.followed_id, after, size)


def blocked_rows(viewer_id: UUID) -> Sequence[Any]:
    """Whom somebody blocked, the latest first; a thousand at most."""
    query = select(User.username, User.display_name, Apart.blocked_at.label("since"))
    query = query.join(Apart, Apart.other_id == User.id)
    query = query.where(Apart.person_id == viewer_id, Apart.blocked_at.is_not(None))
    return db.session.execute(query.order_by(Apart.blocked_at.desc()).limit(MOST_LISTED)).all()


def muted_rows(viewer_id: UUID) -> Sequence[Any]:
    """Whom somebody muted, likewise."""
    query = select(User.username, User.display_name, Mute.created_at.label("since"))
    query = query.join(Mute, Mute.muted_id == User.id)
    return db.session.execute(
        query.where(Mute.muter_id == viewer_id).order_by(Mute.created_at.desc()).limit(MOST_LISTED)
    ).all()


def not_muted(viewer_id: UUID | None, person: Any) -> list[ColumnElement[bool]]:
    """Conditions for a statement's ``where``: nobody whom the viewer muted. ``person`` is the column with their id."""
    if viewer_id is None:
        return []
    return [~exists().where(Mute.muter_id == viewer_id, Mute.muted_id == person)]


def followed_among(follower_id: UUID | None, ids: Collection[UUID]) -> set[UUID]:
    """Which of these people somebody follows."""
    if follower_id is None or not ids:
        return set()
    query = select(Follow.followed_id).where(Follow.follower_id == follower_id, Follow.followed_id.in_(ids))
    return set(db.session.scalars(query))


def _page_of(query: Select[Any], person: Any, after: Place, size: int) -> Sequence[Any]:
    if after is not None:
        query = query.where(tuple_(Follow.created_at, person) < tuple_(*after))
    return db.session.execute(query.order_by(Follow.created_at.desc(), person.desc()).limit(size + 1)).all()


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides how much of a page must be made for one viewer alone."""

    has_anyone_apart: bool = False
    follows_few: bool = False
    """Whether suggestions of whom to follow are welcome."""


def standing(viewer_id: UUID | None) -> Standing:
    """How a viewer stands to everyone, in one statement; in none for strangers."""
    if viewer_id is None:
        return Standing()
    some = select(Follow.followed_id).where(Follow.follower_id == viewer_id).limit(FEW).subquery()
    row = db.session.execute(
        select(exists().where(Apart.person_id == viewer_id), select(func.count()).select_from(some).scalar_subquery())
    ).one()
    return Standing(row[0], row[1] < FEW)
