"""What is asked of conversations: lists are keyset pages, one statement each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import aliased, joinedload

from app.accounts import queries as account_queries
from app.accounts.models import User
from app.core.pictures import Picture
from app.extensions import db
from app.messaging.errors import ConversationNotFound
from app.messaging.models import Conversation, Message, Participant, Standing
from app.web.pagination import PAGE_SIZE

THREAD_SIZE = 30
MOST_COUNTED = 100
"""Counting stops here: nobody reads the difference."""


@dataclass(frozen=True, slots=True)
class Side:
    """A conversation from the side of one of the two."""

    conversation: Conversation
    mine: Participant
    theirs: Participant | None
    """None once their account is gone."""
    other: User | None

    @property
    def topic(self) -> str:
        """What its open pages watch."""
        return f"conversation:{self.conversation.public_id}"


def get_side(person_id: UUID | None, public_id: str) -> Side:
    """The conversation as ``person_id`` has it, in one statement.

    Raises:
        ConversationNotFound: there is none, they are none of the two, or a block stands between the two.
    """
    if person_id is None or not public_id.isascii() or "\0" in public_id:
        raise ConversationNotFound
    mine, theirs = aliased(Participant), aliased(Participant)
    row = db.session.execute(
        select(Conversation, mine, theirs, User)
        .join(mine, and_(mine.conversation_id == Conversation.id, mine.user_id == person_id))
        .outerjoin(theirs, and_(theirs.conversation_id == Conversation.id, theirs.user_id == mine.other_id))
        .outerjoin(User, User.id == mine.other_id)
        .options(joinedload(User.avatar))
        .where(Conversation.public_id == public_id, *account_queries.not_apart(person_id, mine.other_id))
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise ConversationNotFound
    return Side(*row)


def find_public_id(person_id: UUID, other_id: UUID) -> str | None:
    """The conversation of two people."""
    low_id, high_id = sorted((person_id, other_id))
    return db.session.scalar(
        select(Conversation.public_id).where(Conversation.low_id == low_id, Conversation.high_id == high_id)
    )


def conversation_rows(
    person_id: UUID, state: Standing, *, after: tuple[datetime, UUID] | None = None, size: int = PAGE_SIZE
) -> Sequence[Any]:
    """One more than ``size`` rows of a person's conversations of one standing, the latest written in first."""
    query = (
        select(
            Conversation.id, Conversation.public_id, Participant.last_at, Participant.unread,
            User.username, User.display_name, User.is_withheld.label("is_withheld"),
            Picture.key, Picture.widths, Picture.width, Picture.height,
            Message.body, Message.hold, Message.sender_id, Message.has_attachment,
        )
        .select_from(Participant)
        .join(Conversation, Conversation.id == Participant.conversation_id)
        .outerjoin(User, User.id == Participant.other_id)
        .outerjoin(Picture, Picture.id == User.avatar_id)
        .outerjoin(
            Message,
            and_(Message.conversation_id == Participant.conversation_id, Message.number == Participant.last_number),
        )
        .where(
            Participant.user_id == person_id, Participant.state == state, Participant.last_number > 0,
            *account_queries.not_apart(person_id, Participant.other_id),
        )
    )  # fmt: skip
    if after is not None:
        query = query.where(tuple_(Participant.last_at, Participant.conversation_id) < tuple_(*after))
    query = query.order_by(Participant.last_at.desc(), Participant.conversation_id.desc()).limit(size + 1)
    return db.session.execute(query).all()


def messages_before(side: Side, before: int | None = None, *, size: int = THREAD_SIZE) -> Sequence[Message]:
    """The newest messages that this side sees, those before the number ``before`` where one is given; oldest first.

    One more than ``size``, where there are so many: the first one then says that there is more.
    """
    query = select(Message).where(*_seen_by(side))
    if before is not None:
        query = query.where(Message.number < before)
    return db.session.scalars(query.order_by(Message.number.desc()).limit(size + 1)).all()[::-1]


def messages_after(side: Side, after: int, *, size: int = THREAD_SIZE) -> Sequence[Message]:
    """What this side has not got yet, when the last that it has is number ``after``; oldest first."""
    query = select(Message).where(*_seen_by(side), Message.number > after)
    return db.session.scalars(query.order_by(Message.number).limit(size)).all()


def find_message(side: Side, number: int) -> Message | None:
    """One message that this side sees."""
    return db.session.scalar(select(Message).where(*_seen_by(side), Message.number == number))


def last_seen(side: Side) -> tuple[int, datetime] | None:
    """Number and time of the newest message that this side sees."""
    row = db.session.execute(
        select(Message.number, Message.created_at).where(*_seen_by(side)).order_by(Message.number.desc()).limit(1)
    ).first()
    return (row[0], row[1]) if row is not None else None


def unread_of(person_id: UUID) -> Select[UUID]:
    """The conversations that hold something unread, a hundred at most; no requests, and none with the blocked.

    For the frame of every page, which counts them in one statement together with what else waits.
    """
    return (
        select(Participant.conversation_id)
        .where(
            Participant.user_id == person_id,
            Participant.unread > 0,
            Participant.state == Standing.ACCEPTED,
            *account_queries.not_apart(person_id, Participant.other_id),
        )
        .limit(MOST_COUNTED)
    )


def unread_conversations(person_id: UUID) -> int:
    """How many those are."""
    return db.session.scalar(select(func.count()).select_from(unread_of(person_id).subquery())) or 0


def waiting_requests(person_id: UUID) -> int:
    """How many strangers wait for an answer, a hundred at most."""
    some = (
        select(Participant.conversation_id)
        .where(
            Participant.user_id == person_id,
            Participant.state == Standing.REQUEST,
            Participant.last_number > 0,
            *account_queries.not_apart(person_id, Participant.other_id),
        )
        .limit(MOST_COUNTED)
    )
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _seen_by(side: Side) -> list[ColumnElement[bool]]:
    """What one of the two sees: all that they did not delete for themselves."""
    own = Message.sender_id == side.mine.user_id
    return [
        Message.conversation_id == side.conversation.id,
        Message.number > side.mine.deleted_up_to,
        or_(and_(own, ~Message.hidden_from_sender), and_(own.is_not(True), ~Message.hidden_from_reader, ~Message.held)),
    ]
