"""Jobs of moderation: what follows from decisions. Each may run twice."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.extensions import db
from app.messaging import inbox
from app.messaging.models import Message, MessageReport
from app.moderation.models import Appeal, Case, Decision, ReportSource
from app.moderation.refs import Ref, RefKind
from app.moderation.services import decisions, reports, telling
from app.moderation.services.reports import Extras

MESSAGE_RULES = {"spam": "spam", "harassment": "harassment", "threat": "threats", "sexual": "harassment"}
"""The rule that a reason given for a message stands for."""


def tell_of_decision(decision_id: str) -> None:
    """Send the statement of reasons."""
    _tell(decision_id, "made")


def tell_of_reversal(decision_id: str) -> None:
    """Say that a decision was taken back."""
    _tell(decision_id, "reversed")


def tell_of_end(decision_id: str) -> None:
    """Say that the time of a decision is over."""
    _tell(decision_id, "ended")


def tell_reporters(case_id: str) -> None:
    """Say to those who reported what became of it."""
    case = db.session.get(Case, UUID(case_id))
    if case is not None and case.closed_at is not None:
        people = telling.tell_reporters(case)
        db.session.commit()
        for person_id in people:
            inbox.tell(person_id)


def tell_of_appeal(appeal_id: str) -> None:
    """Answer whoever appealed."""
    query = select(Appeal).options(joinedload(Appeal.decision), joinedload(Appeal.by))
    appeal = db.session.scalar(query.where(Appeal.id == UUID(appeal_id)))
    if appeal is not None and appeal.by is not None and appeal.answered_at is not None:
        telling.tell_of_appeal(appeal, appeal.decision, appeal.by)
        db.session.commit()
        inbox.tell(appeal.by_id)


def take_message_report(report_id: str) -> None:
    """Put what somebody reported of a conversation into the queue, with what was said before it."""
    told = db.session.get(MessageReport, UUID(report_id))
    if told is None or told.conversation_id is None:
        return
    said = [one for one in told.snapshot if one.get("sender_id") == str(told.reported_id)]
    number = max((one["number"] for one in said), default=told.up_to_number)
    message_id = db.session.scalar(
        select(Message.id).where(Message.conversation_id == told.conversation_id, Message.number == number)
    )
    reporter = db.session.get(User, told.reporter_id) if told.reporter_id is not None else None
    if message_id is None or reporter is None:
        return
    reports.file_report(
        Ref(RefKind.MESSAGE, message_id), reason=told.reason.value, rule=MESSAGE_RULES.get(told.reason.value),
        note=told.note, reporter=reporter, source=ReportSource.PERSON,
        extras=Extras(snapshot={"conversation": told.snapshot}),
    )  # fmt: skip
    db.session.commit()


def end_decisions() -> None:
    """End what was decided for a time that is over."""
    while decisions.end_decisions():
        db.session.commit()


def forget_evidence() -> None:
    """Empty what was kept of reported things whose cases were closed long ago."""
    while reports.forget_evidence():
        db.session.commit()


def _tell(decision_id: str, what: str) -> None:
    decision: Decision | None = telling.find_decision(UUID(decision_id))
    if decision is not None and telling.tell_of_decision(decision, what):
        db.session.commit()
        inbox.tell(decision.person_id)
