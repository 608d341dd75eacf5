"""What is asked of the tables of comments. Listings are keyset pages over partial indexes, one statement each."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, false, func, or_, select, tuple_, union_all
from sqlalchemy.orm import aliased, joinedload

from app.accounts import queries as account_queries
from app.accounts.models import User
from app.extensions import db
from app.media.models import Medium
from app.playlists.models import Set
from app.social.models import Comment, CommentState, CommentVersion, Mute, Post
from app.social.models.comments import AFTER_ALL
from app.social.queries.reactions import liked_by
from app.social.subjects import COLUMNS, Subject, SubjectKind, of_medium, of_post, of_set

THREADS = 20
"""Threads of one page."""
FIRST_ANSWERS = 3
"""Answers of a thread that are shown at once."""
ANSWERS = 20
"""Answers of one further page of a thread."""
MOST_NEW = 99
"""Counting new comments stops here."""

Place = tuple[int, UUID] | None
CommentRow = Row[Comment, bool, str | None, bool, bool]
"""A comment with its author, whether the viewer muted that one, the name of whom it answers, whether its thread is the
one that was asked for, and whether the viewer likes it."""


class Sort(StrEnum):
    """In which order comments stand."""

    NEWEST = "newest"
    BEST = "best"
    TIME = "time"
    """By their moment in the medium, those without one after them."""


_moment = func.coalesce(Comment.at_ms, AFTER_ALL)
_answered = aliased(Comment)
_answered_author = aliased(User)


def seen_by(viewer_id: UUID | None) -> list[ColumnElement[bool]]:
    """Conditions: what waits is its author's and the owner's alone, and a block keeps people apart."""
    if viewer_id is None:
        return [Comment.state != CommentState.HELD]
    is_theirs = or_(Comment.state != CommentState.HELD, Comment.author_id == viewer_id, Comment.owner_id == viewer_id)
    return [is_theirs, *account_queries.not_apart(viewer_id, Comment.author_id)]


def rank_of(comment: Comment, sort: Sort) -> int:
    """The number by which a comment is sorted; its id decides between equals."""
    if sort is Sort.BEST:
        return comment.likes
    return (AFTER_ALL if comment.at_ms is None else comment.at_ms) if sort is Sort.TIME else 0


def list_threads(
    subject: Subject, viewer_id: UUID | None, sort: Sort, *, after: Place = None, linked: str = ""
) -> Sequence[CommentRow]:
    """One more than ``THREADS`` comments that begin threads, the pinned one first.

    ``linked`` is the public id of a comment whose thread is to be there as well, after the pinned one. Both are on the
    first page alone, and may be on a later one again (``linked``), so that pages do not depend on it.
    """
    column = getattr(Comment, subject.column)
    begins = (column == subject.id, Comment.thread_id.is_(None), *seen_by(viewer_id))
    ids = _in_order(select(Comment.id).where(*begins, Comment.pinned_at.is_(None)), sort, after).limit(THREADS + 1)
    if after is None:
        pinned = select(Comment.id).where(*begins, Comment.pinned_at.is_not(None))
        arms: list[Any] = [select(ids.subquery()), pinned]
        if linked:
            arms.append(select(Comment.id).where(*begins, Comment.id == _thread_of(linked)))
        ids = select(union_all(*arms).subquery())
    return db.session.execute(_rows(viewer_id, linked).where(Comment.id.in_(ids))).all()


def _thread_of(public_id: str) -> Any:
    """The comment that began the thread of the one with this public id."""
    named = aliased(Comment)
    return select(func.coalesce(named.thread_id, named.id)).where(named.public_id == public_id).scalar_subquery()


def _in_order(query: Select[Any], sort: Sort, after: Place) -> Select[Any]:
    if sort is Sort.TIME:
        query = query.where(tuple_(_moment, Comment.id) > tuple_(*after)) if after else query
        return query.order_by(_moment, Comment.id)
    if sort is Sort.BEST:
        query = query.where(tuple_(Comment.likes, Comment.id) < tuple_(*after)) if after else query
        return query.order_by(Comment.likes.desc(), Comment.id.desc())
    query = query.where(Comment.id < after[1]) if after else query
    return query.order_by(Comment.id.desc())


def first_answers(thread_ids: Sequence[UUID], viewer_id: UUID | None, linked: str = "") -> Sequence[CommentRow]:
    """The first answers of each of these threads, in their order, and the one with the public id ``linked``."""
    if not thread_ids:
        return []
    threads = select(func.unnest(list(thread_ids)).label("id")).subquery()
    some = (
        select(Comment.id)
        .where(Comment.thread_id == threads.c.id, *seen_by(viewer_id))
        .order_by(Comment.id)
        .limit(FIRST_ANSWERS + 1)
        .lateral()
    )
    ids: Any = select(some.c.id).select_from(threads.join(some, onclause=~false()))
    if linked:
        named = (Comment.public_id == linked, Comment.thread_id.in_(thread_ids), *seen_by(viewer_id))
        ids = union_all(ids, select(Comment.id).where(*named))
    return db.session.execute(_rows(viewer_id).where(Comment.id.in_(ids)).order_by(Comment.id)).all()


def list_answers(subject: Subject, thread_id: UUID, viewer_id: UUID | None, after: UUID | None) -> Sequence[CommentRow]:
    """One more than ``ANSWERS`` answers of a thread under a thing, the oldest first."""
    column = getattr(Comment, subject.column)
    query = _rows(viewer_id).where(Comment.thread_id == thread_id, column == subject.id, *seen_by(viewer_id))
    if after is not None:
        query = query.where(Comment.id > after)
    return db.session.execute(query.order_by(Comment.id).limit(ANSWERS + 1)).all()


def list_of_owner(owner_id: UUID, *, waiting: bool, after: UUID | None) -> Sequence[CommentRow]:
    """One more than ``THREADS`` comments under everything of a person, the newest first; or those that wait."""
    query = _rows(owner_id).where(Comment.owner_id == owner_id, *account_queries.not_apart(owner_id, Comment.author_id))
    query = query.where(Comment.state == (CommentState.HELD if waiting else CommentState.VISIBLE))
    if after is not None:
        query = query.where(Comment.id < after)
    return db.session.execute(query.order_by(Comment.id.desc()).limit(THREADS + 1)).all()


def _rows(viewer_id: UUID | None, linked: str = "") -> Select[Any]:
    muted: ColumnElement[bool] = false()
    liked: ColumnElement[bool] = false()
    if viewer_id is not None:
        liked = liked_by(viewer_id, SubjectKind.COMMENT, Comment.id)
        muted = exists().where(Mute.muter_id == viewer_id, Mute.muted_id == Comment.author_id)
    return (
        select(
            Comment,
            muted,
            _answered_author.display_name,
            Comment.id == _thread_of(linked) if linked else false(),
            liked,
        )
        .outerjoin(_answered, and_(_answered.id == Comment.answers_id, _answered.thread_id.is_not(None)))
        .outerjoin(_answered_author, _answered_author.id == _answered.author_id)
        .options(joinedload(Comment.author).joinedload(User.avatar))
    )


def list_versions(comment: Comment) -> Sequence[CommentVersion]:
    """What a comment said before, the latest first."""
    query = select(CommentVersion).where(CommentVersion.comment_id == comment.id)
    return db.session.scalars(query.order_by(CommentVersion.id.desc()).limit(100)).all()


def find_any(public_id: str) -> Comment | None:
    """A comment by its public id, without asking whether anyone may see it; none whose words are gone."""
    if not public_id.isascii() or "\0" in public_id:
        return None
    return db.session.scalar(
        select(Comment).where(Comment.public_id == public_id, Comment.state != CommentState.DELETED)
    )


def count_newer(subject: Subject, viewer_id: UUID | None, than: UUID) -> int:
    """How many threads of others began after the comment with this id, at most ``MOST_NEW`` and one."""
    column = getattr(Comment, subject.column)
    newer = select(Comment.id).where(
        column == subject.id,
        Comment.thread_id.is_(None),
        Comment.id > than,
        Comment.state == CommentState.VISIBLE,
        Comment.hold.is_(None),
        *account_queries.not_apart(viewer_id, Comment.author_id),
    )
    if viewer_id is not None:
        newer = newer.where(Comment.author_id != viewer_id)
    some = newer.limit(MOST_NEW + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


_THINGS = [column for kind, column in COLUMNS.items() if kind is not SubjectKind.COMMENT]


def own_subjects(comments: Iterable[Comment]) -> dict[UUID, Subject]:
    """What comments under everything of one person are about, by id: a statement for each kind that there is."""
    wanted = {column: {getattr(one, column) for one in comments} - {None} for column in _THINGS}
    found: list[Subject] = []
    if ids := wanted["medium_id"]:
        query = select(Medium).options(joinedload(Medium.owner, innerjoin=True)).where(Medium.id.in_(ids))
        found += [of_medium(one, one.link_secret) for one in db.session.scalars(query)]
    if ids := wanted["set_id"]:
        sets = select(Set).options(joinedload(Set.owner, innerjoin=True)).where(Set.id.in_(ids))
        found += [of_set(one, one.link_secret) for one in db.session.scalars(sets)]
    if ids := wanted["post_id"]:
        posts = select(Post).options(joinedload(Post.author, innerjoin=True)).where(Post.id.in_(ids))
        found += [of_post(one) for one in db.session.scalars(posts)]
    return {one.id: one for one in found}
