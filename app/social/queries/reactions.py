"""What people think of things: who likes or passed on what, and what of that one viewer did."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select

from app.accounts.models import User
from app.accounts.queries import not_apart
from app.core import tallies
from app.core.tallies import Counts
from app.extensions import db
from app.media.cards import card_columns
from app.media.models import Medium
from app.playlists.cards import set_columns
from app.playlists.models import Set
from app.social.models import Like, Repost
from app.social.queries.graph import person_columns
from app.social.subjects import COLUMNS, Subject, SubjectKind
from app.web.pagination import PAGE_SIZE

Place = tuple[datetime, UUID] | None
REPOSTED = {SubjectKind.MEDIUM, SubjectKind.SET}


@dataclass(frozen=True, slots=True)
class Reactions:
    """What stands under a thing, for one viewer: ``templates/macros/reactions.html`` shows it."""

    kind: str
    public_id: str
    subject: str
    """The subject's id in hex, under which new numbers come."""
    url: str
    """Where the thing is."""
    counts: Counts
    signed_in: bool
    liked: bool = False
    caption: str | None = None
    """What the viewer said when they passed it on; None where they did not."""
    may_repost: bool = False
    secret: str | None = None
    look: str = "bar"
    """``bar`` under a work, ``compact`` under a comment or a post."""

    @property
    def reposted(self) -> bool:
        """Whether the viewer passed it on."""
        return self.caption is not None


def reactions_of(
    viewer_id: UUID | None,
    subject: Subject,
    *,
    counts: Counts,
    liked: bool,
    caption: str | None = None,
    look: str = "bar",
) -> Reactions:
    """What is shown of a subject, for callers that know already what the viewer did."""
    return Reactions(
        kind=subject.kind,
        public_id=subject.public_id,
        subject=subject.id.hex,
        url=subject.url,
        counts=counts,
        signed_in=viewer_id is not None,
        liked=liked,
        caption=caption,
        may_repost=subject.kind in REPOSTED and (subject.is_open or caption is not None),
        secret=subject.secret,
        look=look,
    )


def find_reactions(viewer_id: UUID | None, subject: Subject, *, look: str = "bar") -> Reactions:
    """What stands under one thing, exact, in two statements; in one for strangers."""
    counts = tallies.exact([subject.id])[subject.id]
    liked, caption = False, None
    if viewer_id is not None:
        liked, caption = db.session.execute(
            select(liked_by(viewer_id, subject.kind, subject.id), caption_by(viewer_id, subject.kind, subject.id))
        ).one()
    return reactions_of(viewer_id, subject, counts=counts, liked=liked, caption=caption, look=look)


def liked_by(viewer_id: UUID | None, kind: SubjectKind, subject_id: Any) -> ColumnElement[bool]:
    """A column of a statement: whether somebody likes a thing. ``subject_id`` is an id or a column."""
    return exists().where(Like.user_id == viewer_id, getattr(Like, COLUMNS[kind]) == subject_id)


def caption_by(viewer_id: UUID | None, kind: SubjectKind, subject_id: Any) -> Any:
    """A column of a statement: what somebody said when they passed a thing on, NULL where they did not."""
    if kind not in REPOSTED:
        return select(Repost.caption).where(Repost.user_id == viewer_id, Repost.id.is_(None)).scalar_subquery()
    mine = (Repost.user_id == viewer_id, getattr(Repost, COLUMNS[kind]) == subject_id)
    return select(Repost.caption).where(*mine).scalar_subquery()


def liked_among(viewer_id: UUID | None, kind: SubjectKind, ids: Iterable[UUID]) -> set[UUID]:
    """Which of these things somebody likes, in one statement; in none for strangers."""
    wanted = list(ids)
    if viewer_id is None or not wanted:
        return set()
    column = getattr(Like, COLUMNS[kind])
    return set(db.session.scalars(select(column).where(Like.user_id == viewer_id, column.in_(wanted))))


def who_rows(
    model: type[Like | Repost], subject: Subject, viewer_id: UUID | None, *, after: Place = None, size: int = PAGE_SIZE
) -> Sequence[Any]:
    """One more than ``size`` likes or reposts of a thing, each a row of ``person_columns``, the latest first."""
    query = person_columns(viewer_id, model.id.label("place"), model.created_at.label("since"))
    query = query.join(model, model.user_id == User.id).where(getattr(model, subject.column) == subject.id)
    if after is not None:
        query = query.where(model.id < after[1])
    return db.session.execute(query.order_by(model.id.desc()).limit(size + 1)).all()


def media_rows(
    model: type[Like | Repost], user_id: UUID, viewer_id: UUID | None, *, after: Place = None, size: int = PAGE_SIZE
) -> Sequence[Any]:
    """One more than ``size`` cards of media that somebody likes or passed on and the viewer finds, the latest first.

    Rows have ``place`` and ``since``, the id and the time of the act, and the ``caption`` of a repost besides.
    """
    query = card_columns(*_of_the_act(model)).join(model, model.medium_id == Medium.id)
    return _latest(query, model, Medium, user_id, viewer_id, after, size)


def set_rows(
    model: type[Like | Repost], user_id: UUID, viewer_id: UUID | None, *, after: Place = None, size: int = PAGE_SIZE
) -> Sequence[Any]:
    """As ``media_rows``, of sets."""
    query = set_columns(viewer_id).add_columns(*_of_the_act(model)).join(model, model.set_id == Set.id)
    return _latest(query, model, Set, user_id, viewer_id, after, size)


def _of_the_act(model: type[Like | Repost]) -> list[Any]:
    caption = [Repost.caption] if model is Repost else []
    return [model.id.label("place"), model.created_at.label("since"), *caption]


def _latest(
    query: Any, model: type[Like | Repost], table: type[Medium | Set], user_id: UUID, viewer_id: UUID | None,
    after: Place, size: int,
) -> Sequence[Any]:  # fmt: skip
    found: Any = table.listed
    if viewer_id == user_id:
        found = or_(table.listed, table.owner_id == viewer_id)
    query = query.where(model.user_id == user_id, found, *not_apart(viewer_id, table.owner_id))
    if after is not None:
        query = query.where(model.id < after[1])
    return db.session.execute(query.order_by(model.id.desc()).limit(size + 1)).all()
