"""Writing to someone. A message is a row before any socket hears of it."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.errors import PersonNotFound
from app.accounts.models import User
from app.core.clock import now
from app.core.events import publish
from app.core.ids import public_id, secret, uuid7
from app.core.screening import Refused, Screened, Verdict, screen
from app.extensions import db
from app.messaging.errors import (
    CannotWrite,
    MessageEmpty,
    MessageTooLong,
    NotYet,
    PersonIsLeaving,
    WritesToThemselves,
)
from app.messaging.events import MessageSent
from app.messaging.models import Conversation, Message, Participant, Standing
from app.messaging.rules import standing_after
from app.social.models import Follow
from app.social.subjects import Subject, SubjectKind
from app.social.tidy import tidied

LONGEST_BODY = 4000
LONGEST_KEY = 64


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody is about to send. ``client_key`` names it: the same key twice is the same message."""

    body: str
    client_key: str
    attached: Subject | None = None


def send_message(sender: User, reader: User, draft: Draft) -> tuple[Conversation, Message]:
    """Write to ``reader``; the conversation of the two begins with it where there is none.

    Sent again with the same key and words, it is the message that is there already, whatever has changed since. The
    caller commits; ``MessageSent`` goes out after that.

    Raises:
        PersonNotFound: a block stands between the two.
        CannotWrite: one of its kinds says why.
    """
    body = _checked(draft)
    if sender.id == reader.id:
        raise WritesToThemselves
    if sender.is_apart_from(reader.id):
        raise PersonNotFound
    if reader.is_withheld:
        raise PersonIsLeaving
    conversation = _locked_conversation(sender.id, reader.id)
    again = db.session.scalar(
        select(Message).where(
            Message.conversation_id == conversation.id,
            Message.sender_id == sender.id,
            Message.client_key == draft.client_key[:LONGEST_KEY],
        )
    )
    if again is not None and again.body == body:
        return conversation, again
    if again is not None:  # a page from the browser's memory, with new words under its old key
        draft = replace(draft, client_key=secret())
    before = db.session.scalar(
        select(Participant.state).where(
            Participant.conversation_id == conversation.id, Participant.user_id == reader.id
        )
    )
    state = standing_after(before=before, follows=follows(reader.id, sender.id), who_may_write=reader.who_may_write)
    verdict = _screened(sender, body, is_stranger=state is Standing.REQUEST)
    message = _add(conversation, sender.id, body, draft)
    message.held = verdict.stops
    _note_sent(conversation, message, sender.id, reader.id)
    if not message.held:
        _hand_over(conversation, message, sender.id, reader.id, state)
    verdict.settle(message.id)
    return conversation, message


def hand_over_held(message_id: UUID) -> None:
    """Let its reader have a message that waited, if it still does. The caller commits."""
    message = db.session.scalar(select(Message).where(Message.id == message_id, Message.held).with_for_update())
    if message is None or message.sender_id is None:
        return
    conversation = db.session.get_one(Conversation, message.conversation_id, with_for_update=True)
    reader_id = conversation.high_id if message.sender_id == conversation.low_id else conversation.low_id
    conversation.last_number += 1  # it arrives now: whoever asks what came after their newest gets it
    message.held, message.number, message.created_at = False, conversation.last_number, now()
    reader, sender = db.session.get(User, reader_id), db.session.get(User, message.sender_id)
    if reader is None or sender is None or sender.is_apart_from(reader.id):
        return
    mine = (Participant.conversation_id == conversation.id, Participant.user_id == reader.id)
    stands = db.session.scalar(select(Participant.state).where(*mine))
    _hand_over(conversation, message, sender.id, reader.id, stands or Standing.REQUEST)


def _screened(sender: User, body: str, *, is_stranger: bool) -> Verdict:
    """What is to become of words to a stranger; what people who know each other write is theirs."""
    if not is_stranger:
        return Verdict()
    try:
        return screen(Screened.MESSAGE, sender, texts={"body": body})
    except Refused as error:
        raise NotYet(error.sentence) from error


def _hand_over(conversation: Conversation, message: Message, sender_id: UUID, reader_id: UUID, state: Standing) -> None:
    """Put a message before its reader, and tell of it."""
    _note_received(conversation, message, reader_id, sender_id, state)
    publish(
        MessageSent(
            message_id=message.id, conversation_id=conversation.public_id, sender_id=sender_id, reader_id=reader_id,
            is_request=state is Standing.REQUEST,
        )
    )  # fmt: skip


def refusal(sender: User, reader: User, before: Standing | None) -> str:
    """What would keep ``sender`` from writing to ``reader`` now, as a sentence; empty where nothing would."""
    if reader.is_withheld:
        return PersonIsLeaving.sentence
    if before is Standing.ACCEPTED:
        return ""
    try:
        standing_after(before=before, follows=follows(reader.id, sender.id), who_may_write=reader.who_may_write)
    except CannotWrite as refused:
        return refused.sentence
    return ""


def _checked(draft: Draft) -> str:
    """The words without signs that are not seen."""
    if len(draft.body) > 2 * LONGEST_BODY:  # not worth tidying
        raise MessageTooLong
    body = tidied(draft.body)
    if len(body) > LONGEST_BODY:
        raise MessageTooLong
    if not body and draft.attached is None:
        raise MessageEmpty
    return body


def follows(person_id: UUID, other_id: UUID) -> bool:
    """Whether ``person_id`` follows ``other_id``."""
    return bool(
        db.session.scalar(select(exists().where(Follow.follower_id == person_id, Follow.followed_id == other_id)))
    )


def _locked_conversation(one_id: UUID, other_id: UUID) -> Conversation:
    """The conversation of two people, made where there is none; nobody else writes in it until the transaction ends."""
    low_id, high_id = sorted((one_id, other_id))
    values = {"id": uuid7(), "public_id": public_id(), "low_id": low_id, "high_id": high_id, "created_at": now()}
    db.session.execute(insert(Conversation).values(values).on_conflict_do_nothing())
    return db.session.scalars(
        select(Conversation)
        .where(Conversation.low_id == low_id, Conversation.high_id == high_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _add(conversation: Conversation, sender_id: UUID, body: str, draft: Draft) -> Message:
    attached = draft.attached
    conversation.last_number += 1
    message = Message(
        id=uuid7(),
        conversation_id=conversation.id,
        number=conversation.last_number,
        sender_id=sender_id,
        body=body,
        client_key=draft.client_key[:LONGEST_KEY],
        has_attachment=attached is not None,
        medium_id=attached.id if attached and attached.kind is SubjectKind.MEDIUM else None,
        set_id=attached.id if attached and attached.kind is SubjectKind.SET else None,
        link_secret=attached.secret if attached else None,
        created_at=now(),
    )
    db.session.add(message)
    return message


def _note_sent(conversation: Conversation, message: Message, sender_id: UUID, reader_id: UUID) -> None:
    """Put the conversation to the top with its sender. Who answers has read what came before, and accepts it."""
    read = {"unread": 0, "read_up_to": message.number - 1, "read_at": message.created_at, "state": Standing.ACCEPTED}
    _put(conversation, sender_id, reader_id, {**_newest(message), **read}, unread=0)


def _note_received(
    conversation: Conversation, message: Message, reader_id: UUID, sender_id: UUID, state: Standing
) -> None:
    """Put the conversation to the top with its reader, who has one message more to read."""
    values = {**_newest(message), "unread": Participant.unread + 1, "state": state}
    _put(conversation, reader_id, sender_id, values, unread=1)


def _newest(message: Message) -> dict[str, Any]:
    return {"last_number": message.number, "last_at": message.created_at}


def _put(conversation: Conversation, person_id: UUID, other_id: UUID, values: dict[str, Any], *, unread: int) -> None:
    mine = (Participant.conversation_id == conversation.id, Participant.user_id == person_id)
    changed = db.session.execute(
        update(Participant).where(*mine).values(values).returning(Participant.user_id),
        execution_options={"synchronize_session": False},
    ).first()
    if changed is None:
        first = {**values, "unread": unread}
        db.session.add(Participant(conversation_id=conversation.id, user_id=person_id, other_id=other_id, **first))
