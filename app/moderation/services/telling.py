"""Telling people: whoever a decision concerns gets its reasons, whoever reported what became of it."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from flask import current_app, render_template
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.clock import now
from app.core.mail import send_mail
from app.extensions import db
from app.messaging.kinds import NoticeKind
from app.messaging.services.notices import Notice, write_notices
from app.moderation import wording
from app.moderation.models import Appeal, Case, Decision, DecisionAction, Report
from app.moderation.services.appeals import appeal_time

MAILED: Final = "mailed"
"""Beside what was told of a decision: that its reasons went out as a mail."""


def find_decision(decision_id: UUID) -> Decision | None:
    """A decision with all that its statement says."""
    query = select(Decision).options(joinedload(Decision.rule), joinedload(Decision.person))
    return db.session.scalar(query.where(Decision.id == decision_id))


def tell_of_decision(decision: Decision, what: str) -> bool:
    """Tell whom it concerns that it was ``made``, ``reversed`` or has ``ended``; returns whether anything went out.

    Done twice, it tells once. The caller commits before and after.
    """
    person = decision.person
    if person is None or decision.action is DecisionAction.DISMISS or what in decision.told:
        return False
    _notify(person.id, NoticeKind.DECISION, f"decision:{decision.id}:{what}")
    if what == "made" and _is_one_of_many(decision):
        decision.told = [*decision.told, what]
        return True
    said = {"user": person, "decision": decision, "what": what, "base": _base(), **words_of(decision)}
    send_mail(
        to=person.email,
        subject=subject_of(decision, what),
        text=render_template("mail/statement.txt", **said),
        html=render_template("mail/statement.html", link=f"{_base()}/settings/standing", **said),
    )
    decision.told = [*decision.told, what, *((MAILED,) if what == "made" else ())]
    return True


def _is_one_of_many(decision: Decision) -> bool:
    """Whether a filter decided, and they had a mail about another such decision in the day before.

    Whoever sends a hundred advertisements gets one mail and a hundred statements. About all else there is always one.
    """
    of_filters = (DecisionAction.HIDE, DecisionAction.REFUSE)
    if not decision.automated or decision.action not in of_filters:
        return False
    day_before = decision.decided_at - timedelta(days=1)
    query = select(Decision.id).where(
        Decision.person_id == decision.person_id, Decision.automated, Decision.action.in_(of_filters),
        Decision.decided_at > day_before, Decision.told.contains([MAILED]),
    )  # fmt: skip
    return db.session.scalar(query.limit(1)) is not None


def subject_of(decision: Decision, what: str) -> str:
    """The subject of the mail."""
    if what == "reversed":
        return f"Taken back: {wording.headline(decision)}"
    return f"Over: {wording.headline(decision)}" if what == "ended" else wording.headline(decision)


def words_of(decision: Decision) -> dict[str, object]:
    """What a statement says besides the moderator's own words."""
    return {
        "headline": wording.headline(decision),
        "means": wording.means(decision.action),
        "ground": wording.GROUNDS[decision.ground],
        "how": wording.how_decided(decision),
        "kind": wording.KINDS[decision.kind],
        "appeal_until": decision.decided_at + appeal_time(),
    }


def tell_reporters(case: Case) -> list[UUID]:
    """Tell everyone who reported what became of it, and no more than that; returns who has news. The caller commits."""
    query = select(Report).options(joinedload(Report.reporter)).where(Report.case_id == case.id)
    untold = db.session.scalars(query.where(Report.told_at.is_(None)).with_for_update(of=Report)).all()
    acted = case.state.value != "dismissed"
    for report in untold:
        if report.reporter_id is not None:
            _notify(report.reporter_id, NoticeKind.OUTCOME, f"outcome:{report.id}")
        elif report.reporter_email:
            text = render_template("mail/outcome.txt", case=case, acted=acted, base=_base(), report=report)
            send_mail(to=report.reporter_email, subject="What became of your report", text=text)
        report.told_at = now()
    return [report.reporter_id for report in untold if report.reporter_id is not None]


def tell_of_appeal(appeal: Appeal, decision: Decision, person: User) -> None:
    """Tell whoever appealed. Done twice, it tells once. The caller commits."""
    if appeal.told_at is not None:
        return
    _notify(person.id, NoticeKind.APPEAL, f"appeal:{appeal.id}")
    send_mail(
        to=person.email,
        subject="Your appeal was granted" if appeal.state.value == "granted" else "Your appeal: the decision stands",
        text=render_template(
            "mail/appeal.txt", user=person, appeal=appeal, decision=decision, base=_base(),
            headline=wording.headline(decision),
        ),
    )  # fmt: skip
    appeal.told_at = now()


def _notify(person_id: UUID, kind: NoticeKind, key: str) -> None:
    """Write a notice of the house, whose actor is its receiver (``kinds.OF_THE_HOUSE``)."""
    notice = Notice(recipient_id=person_id, kind=kind, actor_id=person_id, event_key=key, key=key)
    write_notices([notice])


def _base() -> str:
    return str(current_app.config["SETTINGS"].public_url)
