"""Decisions: what is done about a thing or a person, with reasons, and what brings everything back as it was."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.accounts.events import PersonBarred, PersonKept
from app.accounts.models import Role, Standing, User
from app.accounts.roles import outranks
from app.accounts.services import sessions
from app.core import audit
from app.core.clock import now
from app.core.events import publish
from app.core.holds import Hold
from app.extensions import db
from app.media.services import publishing
from app.moderation import case_states
from app.moderation.case_states import UNSETTLED, AppealEvent, AppealState, CaseEvent
from app.moderation.errors import DoesNotFit, MayNotDecide, NotNow, OwnCase, ReasonsMissing, ThingNotFound
from app.moderation.events import AppealDecided, DecisionEnded, DecisionMade, DecisionReversed
from app.moderation.models import (
    ON_PEOPLE,
    Appeal,
    Case,
    Cause,
    Decision,
    DecisionAction,
    Ground,
    HoldRecord,
    Report,
    Rule,
)
from app.moderation.refs import Ref, RefKind, Thing, find_thing
from app.moderation.services import holds
from app.social.services import posts
from app.social.tidy import tidied

LONGEST_REASONS: Final = 5000
HOLDS: Final = {DecisionAction.HIDE: Hold.HIDDEN, DecisionAction.REMOVE: Hold.REMOVED}
STANDINGS: Final = {
    DecisionAction.LIMIT: Standing.LIMITED,
    DecisionAction.SUSPEND: Standing.SUSPENDED,
    DecisionAction.BAN: Standing.BANNED,
}
_STRENGTH: Final = (Standing.GOOD, Standing.LIMITED, Standing.SUSPENDED, Standing.BANNED)


def decide(
    ref: Ref,
    action: DecisionAction,
    *,
    by: User | None,
    ground: Ground = Ground.RULES,
    rule: str | None = None,
    reasons: str,
    until: datetime | None = None,
    case_id: UUID | None = None,
    automated: bool = False,
) -> Decision:
    """Decide about a thing or, by its owner, about a person; the statement of reasons goes out after the commit.

    An action on a person may name a thing of theirs: it is what the decision is about. ``until`` ends what is done to
    a person by itself. ``by`` is None for what the house decides by itself (``automated``).

    Raises:
        ThingNotFound: there is no such thing.
        OwnCase, MayNotDecide: ``by`` has a part in it, or is not above whom it concerns.
        DoesNotFit: this kind of thing cannot have that action, or its end is over already.
        ReasonsMissing: nothing is said why.
    """
    thing = find_thing(ref, lock=True)
    if thing is None:
        raise ThingNotFound
    reasons = tidied(reasons)[:LONGEST_REASONS]
    if not reasons:
        raise ReasonsMissing
    person = db.session.get(User, thing.owner_id) if thing.owner_id is not None else None
    if by is None:
        automated = True
    else:
        require_may_decide(by, person, case_id)
    _require_fits(thing, person, action, until)
    decision = Decision(
        case_id=case_id, kind=ref.kind, thing_id=ref.id, title=thing.title, person_id=person.id if person else None,
        by_id=by.id if by else None, by_name=by.role.value if by else "", action=action, ground=ground,
        rule_slug=rule if rule and db.session.get(Rule, rule) else None, reasons=reasons, automated=automated,
        until=until if action in STANDINGS else None,
    )  # fmt: skip
    db.session.add(decision)
    db.session.flush()
    before = _state_of(thing, person)
    _take_effect(decision, thing, person, by)
    _record("decision.made", decision, by=by, about=person, before=before, after=_state_of(thing, person))
    publish(DecisionMade(decision_id=decision.id))
    return decision


def reverse_decision(decision: Decision, by: User | None, reasons: str) -> None:
    """Take a decision back, with reasons: everything is as it was, as far as no other decision stands against it.

    Raises:
        OwnCase, MayNotDecide: as for ``decide``.
        NotNow: it was reversed already.
        ReasonsMissing: nothing is said why.
    """
    if by is not None:
        person = db.session.get(User, decision.person_id) if decision.person_id is not None else None
        require_may_decide(by, person, None)
    take_back(decision, by, reasons)


def take_back(decision: Decision, by: User | None, reasons: str) -> None:
    """``reverse_decision`` where that follows from what ``by`` was allowed to decide. The caller commits.

    Raises:
        NotNow, ReasonsMissing: as there.
    """
    reasons = tidied(reasons)[:LONGEST_REASONS]
    if not reasons:
        raise ReasonsMissing
    db.session.refresh(decision, with_for_update={"of": Decision})
    if decision.reversed_at is not None:
        raise NotNow
    person = db.session.get(User, decision.person_id) if decision.person_id is not None else None
    thing = find_thing(decision.ref, lock=True)
    before = _state_of(thing, person)
    decision.reversed_at, decision.reversed_by_id = now(), by.id if by else None
    decision.reversal_reasons = reasons
    db.session.flush()
    _undo(decision, thing, person, by)
    _settle_what_hung_on(decision, by, reasons)
    _record(
        "decision.reversed", decision, by=by, about=person, before=before, after=_state_of(thing, person), why=reasons
    )
    publish(DecisionReversed(decision_id=decision.id))


def give_way(decision: Decision, by: User) -> None:
    """End what a rule decided, where a person's own decision about the same thing takes its place. The caller commits.

    Nobody is told: they get the reasons of what was decided instead.
    """
    decision.ended_at = now()
    _undo(decision, None, None, by)
    _record("decision.ended", decision, by=by, about=None)


def end_decisions(limit: int = 100) -> int:
    """End what was decided for a time that is over; returns how many decisions. The caller commits."""
    due = (
        select(Decision)
        .where(Decision.until <= now(), Decision.ended_at.is_(None), Decision.reversed_at.is_(None))
        .order_by(Decision.until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ended = db.session.scalars(due).all()
    for decision in ended:
        decision.ended_at = now()
        db.session.flush()
        person = db.session.get(User, decision.person_id) if decision.person_id is not None else None
        if person is not None:
            _keep_standing(person)
        _record("decision.ended", decision, by=None, about=person)
        publish(DecisionEnded(decision_id=decision.id))
    return len(ended)


def require_may_decide(by: User, person: User | None, case_id: UUID | None) -> None:
    """Nobody decides about themselves, an equal or a superior, or in a case that they reported.

    Nobody is above an admin: another admin decides about one.

    Raises:
        OwnCase, MayNotDecide: they may not.
    """
    if not by.is_staff or not by.may_act:
        raise MayNotDecide
    if person is not None and person.id == by.id:
        raise OwnCase
    both_admins = person is not None and by.role is Role.ADMIN and person.role is Role.ADMIN
    if person is not None and not outranks(by, person) and not both_admins:
        raise MayNotDecide
    if case_id is not None and _reported(case_id, by):
        raise OwnCase


def _reported(case_id: UUID, by: User) -> bool:
    query = select(Report.id).where(Report.case_id == case_id, Report.reporter_id == by.id)
    return db.session.scalar(query.limit(1)) is not None


def _require_fits(thing: Thing, person: User | None, action: DecisionAction, until: datetime | None) -> None:
    kind = thing.ref.kind
    if action in ON_PEOPLE and person is None:
        raise DoesNotFit("Whoever this is from is not here any more.")
    if action is DecisionAction.RESTRICT and kind not in {RefKind.MEDIUM, RefKind.POST}:
        raise DoesNotFit("Only works and posts can be for adults.")
    if until is not None and (action not in STANDINGS or until <= now()):
        raise DoesNotFit("Choose an end that is still to come, for a limit, a suspension or a ban.")
    if action is DecisionAction.SUSPEND and until is None:
        raise DoesNotFit("A suspension has an end. Without one it is a ban.")


def _take_effect(decision: Decision, thing: Thing, person: User | None, by: User | None) -> None:
    if decision.action in HOLDS:
        holds.put_hold(thing.ref, HOLDS[decision.action], cause=Cause.DECISION, cause_id=decision.id, by=by)
    elif decision.action is DecisionAction.RESTRICT:
        _keep_age(thing)
    elif decision.action in STANDINGS and person is not None:
        _keep_standing(person)


def _undo(decision: Decision, thing: Thing | None, person: User | None, by: User | None) -> None:
    if decision.action in HOLDS:
        query = select(HoldRecord).where(HoldRecord.cause == Cause.DECISION, HoldRecord.cause_id == decision.id)
        for record in db.session.scalars(query.where(HoldRecord.lifted_at.is_(None))):
            holds.lift_hold(record, by)
    elif decision.action is DecisionAction.RESTRICT and thing is not None:
        _keep_age(thing)
    elif decision.action in STANDINGS and person is not None:
        _keep_standing(person)


def _settle_what_hung_on(decision: Decision, by: User | None, reasons: str) -> None:
    """A case of which nothing stands any more is reversed, and who waits for an appeal has their answer."""
    case = db.session.get(Case, decision.case_id, with_for_update={"of": Case}) if decision.case_id else None
    left = select(Decision.id).where(Decision.case_id == decision.case_id, Decision.reversed_at.is_(None))
    if case is not None and case.state not in UNSETTLED and db.session.scalar(left.limit(1)) is None:
        case.state = case_states.after(case.state, CaseEvent.REVERSE)
    waiting = select(Appeal).where(Appeal.decision_id == decision.id, Appeal.state == AppealState.WAITING)
    for appeal in db.session.scalars(waiting.with_for_update()):
        appeal.state = case_states.appeal_after(appeal.state, AppealEvent.GRANT)
        appeal.answer, appeal.answered_at = reasons, now()
        appeal.answered_by_id = by.id if by is not None else None
        publish(AppealDecided(appeal_id=appeal.id))


def _keep_age(thing: Thing) -> None:
    """Bring a thing's restriction by age to what stands."""
    query = select(Decision.id).where(
        Decision.kind == thing.ref.kind, Decision.thing_id == thing.ref.id,
        Decision.action == DecisionAction.RESTRICT, Decision.reversed_at.is_(None),
    )  # fmt: skip
    restricted = db.session.scalar(query.limit(1)) is not None
    if thing.ref.kind is RefKind.MEDIUM:
        publishing.restrict_age(thing.row, restricted=restricted)
    else:
        posts.restrict_age(thing.row, restricted=restricted)


def _keep_standing(person: User) -> None:
    """Bring a person's standing to the strongest decision that stands, and let what follows from that follow."""
    db.session.flush()
    db.session.refresh(person, attribute_names=["standing", "standing_until"], with_for_update={"of": User})
    query = select(Decision).where(
        Decision.person_id == person.id, Decision.action.in_(STANDINGS), Decision.reversed_at.is_(None),
        Decision.ended_at.is_(None),
    )  # fmt: skip
    standing, until = strongest_of(list(db.session.scalars(query)))
    was, person.standing, person.standing_until = person.standing, standing, until
    if _STRENGTH.index(standing) > _STRENGTH.index(was):
        publish(PersonBarred(user_id=person.id))
        if standing is Standing.BANNED:
            sessions.revoke_sessions(person, why=sessions.BY_STAFF)
    elif standing is not was:
        publish(PersonKept(user_id=person.id))


def strongest_of(decisions: list[Decision]) -> tuple[Standing, datetime | None]:
    """The standing that these decisions make together, and until when; without an end None."""
    moment = now()
    found = [(STANDINGS[one.action], one.until) for one in decisions if one.until is None or one.until > moment]
    if not found:
        return Standing.GOOD, None
    worst = max((standing for standing, _ in found), key=_STRENGTH.index)
    ends = [until for standing, until in found if standing is worst]
    return worst, None if None in ends else max(until for until in ends if until is not None)


def _state_of(thing: Thing | None, person: User | None) -> dict[str, Any]:
    """What a decision may change, for the log."""
    said: dict[str, Any] = {}
    if thing is not None:
        said["hold"] = thing.row.hold.value if thing.row.hold else None
        if hasattr(thing.row, "age_restricted"):
            said["age_restricted"] = thing.row.age_restricted
    if person is not None:
        said["standing"] = person.standing.value
        said["until"] = person.standing_until.isoformat() if person.standing_until else None
    return said


def _record(
    action: str, decision: Decision, *, by: User | None, about: User | None, why: str = "", **states: dict[str, Any]
) -> None:
    audit.record(
        action, actor=by, about=about, subject=("decision", decision.id), reason=why or decision.reasons,
        facts={
            "action": decision.action.value, "kind": decision.kind.value, "thing": str(decision.thing_id),
            "rule": decision.rule_slug, "ground": decision.ground.value, "automated": decision.automated,
        },
        **states,
    )  # fmt: skip
