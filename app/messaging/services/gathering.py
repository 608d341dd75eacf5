"""From what happened to who is to hear of it: events of one kind, many at a time, become notices.

Events say what happened; the rows say whether it still holds. A like that was taken back in the meantime tells nobody.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import TableValuedAlias, Uuid, and_, cast, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.models import User
from app.core.clock import now
from app.extensions import db
from app.media.models import Medium
from app.messaging.kinds import NoticeKind
from app.messaging.models import Message
from app.messaging.services.notices import Notice, key_of
from app.playlists.models import Set, SetInvitation
from app.social import subjects, words
from app.social.events import PersonFollowed, ThingLiked, ThingReposted
from app.social.models import Comment, CommentState, Follow, Like, Post, Repost
from app.social.subjects import COLUMNS, SubjectKind

_OWNERS: dict[SubjectKind, tuple[Any, Any]] = {
    SubjectKind.MEDIUM: (Medium.id, Medium.owner_id),
    SubjectKind.SET: (Set.id, Set.owner_id),
    SubjectKind.POST: (Post.id, Post.author_id),
    SubjectKind.COMMENT: (Comment.id, Comment.author_id),
}


class Sent(Protocol):
    """A message that somebody sent."""

    @property
    def message_id(self) -> UUID: ...  # noqa: D102 - as the event has them
    @property
    def reader_id(self) -> UUID: ...  # noqa: D102
    @property
    def is_request(self) -> bool: ...  # noqa: D102


def of_likes(events: Sequence[ThingLiked]) -> list[Notice]:
    """Whoever made the things hears who likes them."""
    return _of_reactions(NoticeKind.LIKE, Like, events)


def of_reposts(events: Sequence[ThingReposted]) -> list[Notice]:
    """Likewise who passed them on."""
    return _of_reactions(NoticeKind.REPOST, Repost, events)


def of_follows(events: Sequence[PersonFollowed]) -> list[Notice]:
    """People hear who began to follow them, once for each follower."""
    pairs = {(event.follower_id, event.followed_id) for event in events}
    asked = _pairs(pairs)
    rows = db.session.execute(
        select(Follow.follower_id, Follow.followed_id).join_from(
            asked, Follow, and_(Follow.follower_id == asked.c.one_id, Follow.followed_id == asked.c.other_id)
        )
    )
    return [
        Notice(
            recipient_id=followed_id, kind=NoticeKind.FOLLOWER, actor_id=follower_id,
            event_key=f"follower:{follower_id}", key=key_of(NoticeKind.FOLLOWER, "you", now()),
        )
        for follower_id, followed_id in rows
    ]  # fmt: skip


def of_messages(events: Sequence[Sent]) -> list[Notice]:
    """Readers hear of messages, but not of a stranger's request."""
    readers = {event.message_id: event.reader_id for event in events if not event.is_request}
    rows = db.session.execute(
        select(Message.id, Message.sender_id, Message.conversation_id).where(Message.id.in_(readers))
    )
    return [
        Notice(
            recipient_id=readers[message_id], kind=NoticeKind.MESSAGE, actor_id=sender_id,
            event_key=f"message:{message_id}", key=f"message:{conversation_id}", conversation_id=conversation_id,
        )
        for message_id, sender_id, conversation_id in rows
        if sender_id is not None
    ]  # fmt: skip


def of_comment(comment_id: UUID) -> list[Notice]:
    """A comment tells the one whom it answers, those whom it names and the owner of the thing: each of them once.

    Nobody hears of a comment under a thing that they may not see.
    """
    comment = db.session.get(Comment, comment_id)
    if comment is None or comment.author_id is None or comment.state is not CommentState.VISIBLE:
        return []
    kinds = dict.fromkeys(words.mentioned_people(comment.body), NoticeKind.MENTION)
    answered = db.session.scalar(
        select(Comment.author_id).where(Comment.id == (comment.answers_id or comment.thread_id))
    )
    owner_id = _owner_of(comment)
    if owner_id is not None:
        kinds.setdefault(owner_id, NoticeKind.COMMENT)
    if answered is not None:
        kinds[answered] = NoticeKind.ANSWER
    return [
        Notice(
            recipient_id=person.id, kind=kinds[person.id], actor_id=comment.author_id,
            event_key=f"comment:{comment_id}", key=f"comment:{comment_id}", comment_id=comment_id,
        )
        for person in _people(kinds)
        if subjects.subject_of(comment, person) is not None
    ]  # fmt: skip


def of_held_comment(comment_id: UUID) -> list[Notice]:
    """The owner of a thing hears that a comment waits for them."""
    comment = db.session.get(Comment, comment_id)
    owner_id = _owner_of(comment) if comment is not None else None
    if comment is None or owner_id is None or comment.author_id is None or comment.state is not CommentState.HELD:
        return []
    return [_about_comment(NoticeKind.HELD, owner_id, comment.author_id, comment_id)]


def of_heart(comment_id: UUID) -> list[Notice]:
    """Whoever wrote a comment hears that the artist gave it a heart."""
    comment = db.session.get(Comment, comment_id)
    owner_id = _owner_of(comment) if comment is not None else None
    if comment is None or owner_id is None or comment.author_id is None or comment.hearted_at is None:
        return []
    return [_about_comment(NoticeKind.HEART, comment.author_id, owner_id, comment_id)]


def of_invitation(invitation_id: UUID) -> list[Notice]:
    """Whoever was invited by name to work on a set hears of it."""
    row = db.session.execute(
        select(SetInvitation.invited_id, Set.owner_id, Set.id)
        .join(Set, Set.id == SetInvitation.set_id)
        .where(SetInvitation.id == invitation_id, SetInvitation.invited_id.is_not(None))
    ).one_or_none()
    if row is None or row[0] is None:
        return []
    key = f"invitation:{invitation_id}"
    return [
        Notice(recipient_id=row[0], kind=NoticeKind.INVITATION, actor_id=row[1], event_key=key, key=key, set_id=row[2])
    ]


def of_post_mentions(post_id: UUID) -> list[Notice]:
    """Those whom a post names hear of it."""
    post = db.session.get(Post, post_id)
    if post is None or post.withheld:
        return []
    return [
        Notice(
            recipient_id=person_id, kind=NoticeKind.MENTION, actor_id=post.author_id,
            event_key=f"post:{post_id}", key=f"post:{post_id}", post_id=post_id,
        )
        for person_id in words.mentioned_people(post.body_markdown)
    ]  # fmt: skip


def _of_reactions(kind: NoticeKind, table: type[Like | Repost], events: Iterable[Any]) -> list[Notice]:
    """One statement for each kind of thing: the reactions that still stand, and whose things they are about."""
    pairs: dict[SubjectKind, set[tuple[UUID, UUID]]] = {}
    for event in events:
        pairs.setdefault(SubjectKind(event.kind), set()).add((event.user_id, event.subject_id))
    moment, notices = now(), []
    for thing, wanted in pairs.items():
        name = COLUMNS[thing]
        if not hasattr(table, name):
            continue
        about_id: InstrumentedAttribute[UUID | None] = getattr(table, name)
        thing_id, owner_id = _OWNERS[thing]
        asked = _pairs(wanted)
        rows = db.session.execute(
            select(table.user_id, about_id, owner_id)
            .join_from(asked, table, and_(table.user_id == asked.c.one_id, about_id == asked.c.other_id))
            .join(thing_id.class_, thing_id == about_id)
            .where(owner_id.is_not(None))
        )
        for user_id, subject_id, receiver_id in rows:
            about = {name: subject_id}
            notices.append(
                Notice(
                    recipient_id=receiver_id, kind=kind, actor_id=user_id, event_key=f"{kind}:{subject_id}:{user_id}",
                    key=key_of(kind, subject_id, moment), **about,
                )
            )  # fmt: skip
    return notices


def _pairs(pairs: Iterable[tuple[UUID, UUID]]) -> TableValuedAlias:
    """Pairs of ids as a table to join.

    A hundred ``OR`` instead make PostgreSQL read the whole of a table whose size it does not know yet.
    """
    arrays = (cast(list(ids), ARRAY(Uuid)) for ids in zip(*pairs, strict=True))
    columns = (column("one_id", Uuid), column("other_id", Uuid))
    return func.unnest(*arrays).table_valued(*columns, name="asked").render_derived()


def _about_comment(kind: NoticeKind, recipient_id: UUID, actor_id: UUID, comment_id: UUID) -> Notice:
    key = f"{kind}:{comment_id}"
    return Notice(
        recipient_id=recipient_id, kind=kind, actor_id=actor_id, event_key=key, key=key, comment_id=comment_id
    )


def _owner_of(comment: Comment) -> UUID | None:
    """Whose thing a comment stands under."""
    for thing, name in COLUMNS.items():
        about = getattr(comment, name, None)
        if about is not None:
            thing_id, owner_id = _OWNERS[thing]
            found: UUID | None = db.session.scalar(select(owner_id).where(thing_id == about))
            return found
    return None


def _people(ids: Iterable[UUID]) -> Sequence[User]:
    return db.session.scalars(select(User).where(User.id.in_(list(ids)))).all()
