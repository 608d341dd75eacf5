"""Appeals: whoever a decision concerns, or whose report was dismissed, has it looked at by somebody else."""

from datetime import timedelta
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import User
from app.core import audit, options
from app.core.clock import now
from app.core.events import publish
from app.core.options import Option
from app.extensions import db
from app.moderation import case_states
from app.moderation.case_states import AppealEvent
from app.moderation.errors import (
    AlreadyAppealed,
    DecisionNotFound,
    NotAppealable,
    OwnCase,
    ReasonsMissing,
    SameReviewer,
    TooLate,
)
from app.moderation.events import AppealDecided
from app.moderation.filter_models import FilterHit
from app.moderation.models import Appeal, Decision, DecisionAction, Report, ReportSource
from app.moderation.services import decisions, reports
from app.social.tidy import tidied

LONGEST_WORDS: Final = 5000
APPEAL_DAYS: Final = options.register(
    Option(
        name="moderation.appeal_days",
        kind=options.Kind.INT,
        default=183,
        label="Time to appeal",
        explanation="How long people can appeal against a decision. The Digital Services Act asks for six months.",
        group="Safety",
        low=183,
        high=3650,
        unit="days",
    )
)


def appeal_time() -> timedelta:
    """How long after a decision somebody may appeal."""
    return timedelta(days=options.get("moderation.appeal_days"))


def is_in_time(decision: Decision) -> bool:
    """Whether whom it concerns can appeal against it now, if they did not before."""
    return decision.reversed_at is None and decision.decided_at + appeal_time() > now()


def file_appeal(decision: Decision, by: User, words: str) -> Appeal:
    """Ask for another look, once a decision. The caller commits.

    Raises:
        DecisionNotFound: it does not concern ``by``.
        NotAppealable: it was reversed already.
        TooLate: the time is over.
        ReasonsMissing: nothing is said.
        AlreadyAppealed: they did before.
    """
    if not concerns(decision, by):
        raise DecisionNotFound
    if decision.reversed_at is not None:
        raise NotAppealable
    if not is_in_time(decision):
        raise TooLate
    said = tidied(words)[:LONGEST_WORDS]
    if not said:
        raise ReasonsMissing("Say what is wrong about the decision, so that somebody can look at that.")
    appeal = Appeal(decision_id=decision.id, by_id=by.id, words=said)
    try:
        with db.session.begin_nested():
            db.session.add(appeal)
    except IntegrityError:
        raise AlreadyAppealed from None
    audit.record(
        "appeal.filed", actor=by, about=by, subject=("appeal", appeal.id), facts={"decision": str(decision.id)},
        reason=said,
    )  # fmt: skip
    return appeal


def answer_appeal(appeal: Appeal, by: User, *, grant: bool, answer: str) -> None:
    """Let the decision stand, or reverse it, with reasons. The caller commits.

    A dismissal that is reversed puts the thing before the moderators anew.

    Raises:
        NotNow: it was answered already.
        SameReviewer: ``by`` made the decision.
        OwnCase, MayNotDecide: it is theirs in another way, or not theirs to decide.
        ReasonsMissing: nothing is said why.
    """
    # The decision first, as whoever takes it back does: else each would hold what the other waits for.
    decision = db.session.get_one(Decision, appeal.decision_id)
    db.session.refresh(decision, with_for_update={"of": Decision})
    db.session.refresh(appeal, with_for_update={"of": Appeal})
    state = case_states.appeal_after(appeal.state, AppealEvent.GRANT if grant else AppealEvent.UPHOLD)
    require_may_answer(appeal, decision, by)
    said = tidied(answer)[: decisions.LONGEST_REASONS]
    if not said:
        raise ReasonsMissing("Say why. Whoever appealed reads it.")
    appeal.state, appeal.answer = state, said
    appeal.answered_at, appeal.answered_by_id = now(), by.id
    if grant and decision.reversed_at is None:
        decisions.reverse_decision(decision, by, said)
        if decision.action is DecisionAction.DISMISS:
            reports.file_report(
                decision.ref, reason="appeal", rule=decision.rule_slug, note=appeal.words, source=ReportSource.SYSTEM
            )
    audit.record(
        "appeal.granted" if grant else "appeal.upheld", actor=by, about=_person(appeal),
        subject=("appeal", appeal.id), facts={"decision": str(decision.id)}, reason=said,
    )  # fmt: skip
    publish(AppealDecided(appeal_id=appeal.id))


def require_may_answer(appeal: Appeal, decision: Decision, by: User) -> None:
    """An appeal goes to somebody who had no part in the decision, and no part in the matter.

    Raises:
        SameReviewer, OwnCase, MayNotDecide: ``by`` may not answer it.
    """
    upheld = exists().where(FilterHit.decision_id == decision.id, FilterHit.decided_by_id == by.id)
    if decision.by_id == by.id or db.session.scalar(select(upheld)):
        raise SameReviewer
    if appeal.by_id == by.id:
        raise OwnCase
    person = db.session.get(User, decision.person_id) if decision.person_id is not None else None
    decisions.require_may_decide(by, person, decision.case_id)


def concerns(decision: Decision, person: User) -> bool:
    """Whether this person is the one it was decided about; or, where nothing was done, one of those who reported."""
    if decision.action is not DecisionAction.DISMISS:
        return decision.person_id == person.id
    query = select(Report.id).where(Report.case_id == decision.case_id, Report.reporter_id == person.id)
    return decision.case_id is not None and db.session.scalar(query.limit(1)) is not None


def _person(appeal: Appeal) -> User | None:
    return db.session.get(User, appeal.by_id) if appeal.by_id is not None else None
