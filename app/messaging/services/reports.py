"""Asking the moderators to look at messages. Moderation reads these rows; nothing is hidden by a report alone."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.events import publish
from app.core.ids import uuid7
from app.extensions import db
from app.messaging import conversation_queries as queries
from app.messaging.conversation_queries import Side
from app.messaging.errors import AlreadyReported, ConversationNotFound
from app.messaging.events import MessageReported
from app.messaging.models import MessageReport, ReportReason
from app.social.tidy import tidied

SNAPSHOT_SIZE = 20
LONGEST_NOTE = 1000


def report(side: Side, reason: ReportReason, note: str = "", *, up_to: int | None = None) -> UUID:
    """Keep what was said, up to one message or to the newest, for the moderators. The caller commits.

    Raises:
        ConversationNotFound: there is nothing of the other one's to report.
        AlreadyReported: this person reported the same before.
    """
    last = up_to if up_to is not None else side.conversation.last_number
    said = queries.messages_before(side, last + 1, size=SNAPSHOT_SIZE)
    if all(message.sender_id == side.mine.user_id for message in said):
        raise ConversationNotFound
    snapshot = [
        {
            "number": message.number,
            "sender_id": str(message.sender_id) if message.sender_id else None,
            "body": message.body,
            "sent_at": message.created_at.isoformat(),
            "medium_id": str(message.medium_id) if message.medium_id else None,
            "set_id": str(message.set_id) if message.set_id else None,
        }
        for message in said
    ]
    report_id: UUID | None = db.session.scalar(
        insert(MessageReport)
        .values(
            id=uuid7(), reporter_id=side.mine.user_id, reported_id=side.mine.other_id,
            conversation_id=side.conversation.id, up_to_number=said[-1].number, reason=reason,
            note=tidied(note)[:LONGEST_NOTE], snapshot=snapshot, created_at=now(),
        )
        .on_conflict_do_nothing()
        .returning(MessageReport.id)
    )  # fmt: skip
    if report_id is None:
        raise AlreadyReported
    publish(MessageReported(report_id=report_id))
    return report_id
