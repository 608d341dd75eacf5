"""Likes and reposts: one each for a person and a thing, which the database holds, however often and fast one clicks."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, literal, select, union_all, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlalchemy.exc import IntegrityError

from app.accounts.models import User
from app.core import tallies
from app.core.events import publish_of_many
from app.core.ids import uuid7
from app.core.tallies import Count, TallyChange
from app.extensions import db
from app.social.errors import CaptionTooLong, NotOpenToAll, SubjectNotFound
from app.social.events import ThingLiked, ThingReposted
from app.social.models import Comment, Like, Repost, Verb
from app.social.services import activities
from app.social.subjects import Subject, SubjectKind
from app.social.tidy import tidied

LONGEST_CAPTION = 280
"""Characters."""
REPOSTED = {SubjectKind.MEDIUM, SubjectKind.SET}
_SHARED = {SubjectKind.MEDIUM, SubjectKind.SET, SubjectKind.POST}
"""What may stand in a feed."""


def like_thing(user: User, subject: Subject) -> bool:
    """Let ``user`` like a thing that they may see; returns whether that is new. The caller commits.

    Raises:
        SubjectNotFound: it went away in this moment.
    """
    if not insert_once(Like, user.id, subject):
        return False
    tallies.change(subject.id, Count.LIKES, 1)
    publish_of_many(ThingLiked(user_id=user.id, kind=subject.kind, subject_id=subject.id))
    if user.shares_likes and subject.is_open and subject.kind in _SHARED:
        activities.note_activity(user.id, Verb.LIKED, **{subject.column: subject.id})
    return True


def unlike_thing(user: User, subject: Subject) -> bool:
    """Take a like back; returns whether there was one. The caller commits."""
    if not _delete_one(Like, user.id, subject):
        return False
    tallies.change(subject.id, Count.LIKES, -1)
    if subject.kind in _SHARED:
        activities.forget_activity(user.id, Verb.LIKED, **{subject.column: subject.id})
    return True


def repost_thing(user: User, subject: Subject, *, caption: str = "") -> bool:
    """Pass a thing on to those who follow ``user``, or change what they say of it; returns whether that is new.

    One's own works may be passed on again, as elsewhere. The caller commits.

    Raises:
        NotOpenToAll: it would lead people before a closed door.
        CaptionTooLong: more than ``LONGEST_CAPTION`` characters.
        SubjectNotFound: it is no medium and no set, or went away in this moment.
    """
    if subject.kind not in REPOSTED:
        raise SubjectNotFound
    if not subject.is_open:
        raise NotOpenToAll
    caption = tidied(caption)
    if len(caption) > LONGEST_CAPTION:
        raise CaptionTooLong
    if not insert_once(Repost, user.id, subject, caption=caption):
        mine = (Repost.user_id == user.id, getattr(Repost, subject.column) == subject.id)
        db.session.execute(update(Repost).where(*mine).values(caption=caption))
        return False
    tallies.change(subject.id, Count.REPOSTS, 1)
    publish_of_many(ThingReposted(user_id=user.id, kind=subject.kind, subject_id=subject.id))
    activities.note_activity(user.id, Verb.REPOSTED, **{subject.column: subject.id})
    return True


def unrepost_thing(user: User, subject: Subject) -> bool:
    """Take a repost back; returns whether there was one. The caller commits."""
    if subject.kind not in REPOSTED or not _delete_one(Repost, user.id, subject):
        return False
    tallies.change(subject.id, Count.REPOSTS, -1)
    activities.forget_activity(user.id, Verb.REPOSTED, **{subject.column: subject.id})
    return True


def keep_comment_likes(counts: Mapping[UUID, tallies.Counts]) -> None:
    """Write tallies of comments into their rows, where the best are found by an index. Others are nobody's."""
    values = union_all(*(select(literal(one).label("id"), literal(each.likes).label("likes"))
                         for one, each in sorted(counts.items()))).subquery()  # fmt: skip
    db.session.execute(
        update(Comment)
        .where(Comment.id == values.c.id, Comment.likes != values.c.likes)
        .values(likes=values.c.likes)
        .execution_options(synchronize_session=False)
    )


def take_back_all_of(user_id: UUID) -> None:
    """The farewell to someone whose row goes, and their likes and reposts with it: others' counts go down."""
    for model, count, columns in (
        (Like, Count.LIKES, ("medium_id", "set_id", "post_id", "comment_id")),
        (Repost, Count.REPOSTS, ("medium_id", "set_id")),
    ):
        for column in columns:
            thing = getattr(model, column)
            mine = select(thing, literal(count.value), literal(-1)).where(model.user_id == user_id, thing.is_not(None))
            db.session.execute(insert(TallyChange).from_select(["subject_id", "count", "by"], mine))


def insert_once(model: type[Like | Repost], user_id: UUID, subject: Subject, **values: Any) -> bool:
    """One row of a person and a thing; False where there is one already.

    Raises:
        SubjectNotFound: the thing went away in this moment.
    """
    row = insert_or_leave(model).values({"id": uuid7(), "user_id": user_id, subject.column: subject.id, **values})
    try:
        return db.session.scalar(row.on_conflict_do_nothing().returning(model.id)) is not None
    except IntegrityError as error:
        raise SubjectNotFound from error


def _delete_one(model: type[Like | Repost], user_id: UUID, subject: Subject) -> bool:
    mine = (model.user_id == user_id, getattr(model, subject.column) == subject.id)
    return db.session.scalar(delete(model).where(*mine).returning(model.id)) is not None
