"""The comments of a medium along its time: a sample of them, and how many there are where."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Integer, Row, Uuid, bindparam, func, select, text

from app.accounts import queries as account_queries
from app.accounts.models import User
from app.core.pictures import Picture
from app.extensions import db
from app.social.models import Comment, CommentState

SAMPLE = 200
"""Comments of a sample; one for each of as many stretches of the time."""
LOOKED_AT = 40
"""Comments of a stretch among which the best liked is looked for."""
BARS = 100
"""Stretches for which the comments are counted."""
MOST_NEW = 50

MomentRow = Row[UUID, str, int, str, str, str, Picture | None]
"""Id, public id, moment in milliseconds, words, name and username of its author, and their picture."""


def sample(medium_id: UUID, duration_ms: int, viewer_id: UUID | None) -> Sequence[MomentRow]:
    """The best liked comment of each stretch of the time that has any, in the order of their moments.

    Looks at ``LOOKED_AT`` rows of each stretch at most, however many comments there are.
    """
    length = max(1, -(-(duration_ms + 1) // SAMPLE))
    given = {"last": SAMPLE - 1, "length": length, "looked_at": LOOKED_AT, "medium": medium_id, "viewer": viewer_id}
    ids = select(_BEST.bindparams(**given).columns(id=Uuid).subquery().c.id)
    return db.session.execute(_rows().where(Comment.id.in_(ids)).order_by(Comment.at_ms, Comment.id)).all()


def newer(medium_id: UUID, viewer_id: UUID | None, than: UUID) -> Sequence[MomentRow]:
    """The comments with a moment that came after the one with this id, the latest first, ``MOST_NEW`` at most."""
    query = _rows().where(*_shown(medium_id, viewer_id), Comment.thread_id.is_(None), Comment.id > than)
    return db.session.execute(query.order_by(Comment.id.desc()).limit(MOST_NEW)).all()


def density(medium_id: UUID, duration_ms: int) -> list[int]:
    """How many comments each of ``BARS`` stretches of the time has. The same for everyone."""
    bar = (Comment.at_ms.cast(BigInteger) * BARS // (duration_ms + 1)).cast(Integer)
    query = select(bar, func.count()).where(*_shown(medium_id, None)).group_by(bar)
    bars = [0] * BARS
    for place, count in db.session.execute(query):
        bars[min(place, BARS - 1)] += count
    return bars


def newest_id(medium_id: UUID) -> UUID:
    """Where asking for what is newer begins."""
    query = select(Comment.id).where(Comment.medium_id == medium_id, Comment.thread_id.is_(None))
    return db.session.scalar(query.order_by(Comment.id.desc()).limit(1)) or UUID(int=0)


_BEST = text("""
    SELECT best.id FROM generate_series(0, :last) AS place CROSS JOIN LATERAL (
        SELECT one.id FROM (
            SELECT id, likes FROM comments
            WHERE medium_id = :medium AND at_ms >= place * :length AND at_ms < (place + 1) * :length
                AND at_ms IS NOT NULL AND state = 'visible' AND hold IS NULL
                AND NOT EXISTS (SELECT FROM apart WHERE person_id = :viewer AND other_id = author_id)
            ORDER BY at_ms, id LIMIT :looked_at
        ) AS one ORDER BY one.likes DESC, one.id LIMIT 1
    ) AS best
""").bindparams(bindparam("medium", type_=Uuid), bindparam("viewer", type_=Uuid))


def _shown(medium_id: UUID, viewer_id: UUID | None) -> list[Any]:
    return [
        Comment.medium_id == medium_id,
        Comment.at_ms.is_not(None),
        Comment.state == CommentState.VISIBLE,
        Comment.hold.is_(None),
        *account_queries.not_apart(viewer_id, Comment.author_id),
    ]


def _rows() -> Any:
    return (
        select(
            Comment.id, Comment.public_id, Comment.at_ms, Comment.body, User.display_name, User.username, Picture
        )
        .join(User, User.id == Comment.author_id)
        .outerjoin(Picture, Picture.id == User.avatar_id)
        .where(~User.is_withheld)
    )  # fmt: skip
