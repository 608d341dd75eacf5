"""What one of the two does with a conversation: read, accept, decline, delete for themselves."""

from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, func, select, update

from app.core.clock import now
from app.core.events import publish
from app.core.locking import hold_row
from app.extensions import db
from app.messaging import conversation_queries as queries
from app.messaging.conversation_queries import Side
from app.messaging.errors import ConversationNotFound
from app.messaging.events import ConversationChanged
from app.messaging.models import Conversation, Message, Participant, Standing


def note_read(side: Side, up_to: int) -> bool:
    """Note that this side has seen everything up to a number; says whether anything changed. The caller commits.

    A request is not noted as read: its sender does not learn that it was looked at before it is accepted.
    """
    if side.mine.state is not Standing.ACCEPTED:
        return False
    _lock(side)
    up_to = min(up_to, side.conversation.last_number)
    left = (
        select(func.count())
        .select_from(Message)
        .where(
            Message.conversation_id == side.conversation.id,
            Message.number > up_to,
            Message.sender_id == side.mine.other_id,
            ~Message.held,
        )
        .scalar_subquery()
    )
    changed = db.session.execute(
        update(Participant)
        .where(*_mine(side), Participant.read_up_to < up_to, Participant.unread > 0)
        .values(read_up_to=up_to, read_at=now(), unread=left)
        .returning(Participant.user_id),
        execution_options={"synchronize_session": False},
    ).first()
    if changed is None:
        return False
    _tell(side)
    return True


def accept(side: Side) -> None:
    """Take a stranger's request into the inbox: they may go on, and their links and attachments open."""
    _stand(side, Standing.ACCEPTED)


def decline(side: Side) -> None:
    """Put a request away for good, unless one writes to them oneself. Its sender does not learn of it."""
    _stand(side, Standing.DECLINED)


def delete_for_me(side: Side) -> None:
    """Forget all that was written so far, for this side alone; what comes later begins the conversation anew."""
    _lock(side)
    last = side.conversation.last_number
    _set(side, deleted_up_to=last, last_number=0, unread=0)
    _let_go(side)
    _tell(side)


def delete_message_for_me(side: Side, number: int) -> None:
    """Forget one message, for this side alone.

    Raises:
        ConversationNotFound: this side sees no message of this number.
    """
    _lock(side)
    message = queries.find_message(side, number)
    if message is None:
        raise ConversationNotFound
    if message.sender_id == side.mine.user_id:
        message.hidden_from_sender = True
    else:
        message.hidden_from_reader = True
        if number > side.mine.read_up_to:
            _set(side, unread=case((Participant.unread > 0, Participant.unread - 1), else_=0))
    db.session.flush()
    if message.hidden_from_sender and message.hidden_from_reader:
        db.session.delete(message)
    if side.mine.last_number == number:
        newest = queries.last_seen(side)
        _set(side, last_number=newest[0], last_at=newest[1]) if newest else _set(side, last_number=0)
    _tell(side)


def farewell(person_id: UUID) -> None:
    """Before a person's row goes: what nobody but them would see any more goes with it."""
    alone = select(Participant.conversation_id).where(Participant.user_id == person_id, Participant.other_id.is_(None))
    db.session.execute(delete(Conversation).where(Conversation.id.in_(alone)))


def _stand(side: Side, state: Standing) -> None:
    if side.mine.state is not Standing.REQUEST and not (
        side.mine.state is Standing.DECLINED and state is Standing.ACCEPTED
    ):
        return
    _lock(side)
    _set(side, state=state)
    _tell(side)


def _let_go(side: Side) -> None:
    """Delete the rows that neither of the two sees any more: all up to where both deleted."""
    both = side.conversation.last_number
    if side.theirs is not None:
        both = min(both, side.theirs.deleted_up_to)
    db.session.execute(
        delete(Message).where(Message.conversation_id == side.conversation.id, Message.number <= both),
        execution_options={"synchronize_session": False},
    )


def _lock(side: Side) -> None:
    """As those who write do: nothing is added until the transaction ends."""
    hold_row(side.conversation)


def _mine(side: Side) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Participant.conversation_id == side.conversation.id, Participant.user_id == side.mine.user_id


def _set(side: Side, **values: object) -> None:
    db.session.execute(
        update(Participant).where(*_mine(side)).values(values),
        execution_options={"synchronize_session": False},
    )


def _tell(side: Side) -> None:
    publish(ConversationChanged(conversation_id=side.conversation.public_id, person_id=side.mine.user_id))
