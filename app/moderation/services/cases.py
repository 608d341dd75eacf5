"""Cases: taken up by one moderator at a time, let go of, handed to an admin, decided or dismissed with reasons."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Role, User
from app.accounts.roles import RANK
from app.core import audit
from app.core.clock import now
from app.core.errors import DomainError
from app.core.events import publish
from app.extensions import db
from app.moderation import case_states
from app.moderation.case_states import IN_HAND, CaseEvent, CaseState
from app.moderation.errors import CaseNotFound, ClaimedByAnother, DoesNotFit, MayNotDecide, NotNow, ReasonsMissing
from app.moderation.events import CaseClosed
from app.moderation.models import (
    ON_PEOPLE,
    ON_THINGS,
    Case,
    CaseNote,
    Decision,
    DecisionAction,
    Ground,
    Report,
    Rule,
)
from app.moderation.refs import Ref, RefKind, find_thing
from app.moderation.services import decisions
from app.social.tidy import tidied

LEASE: Final = timedelta(minutes=15)
LONGEST_NOTE: Final = 4000
MOST_AT_ONCE: Final = 50
"""Cases that one form decides."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a moderator wants done: about the thing, about whoever it is from, or both; with one statement each."""

    on_thing: DecisionAction | None = None
    on_person: DecisionAction | None = None
    ground: Ground = Ground.RULES
    rule: str | None = None
    reasons: str = ""
    until: datetime | None = None


def claim_case(case: Case, by: User) -> None:
    """Take a case up for ``LEASE``; once more makes that longer. The caller commits.

    Raises:
        ClaimedByAnother: somebody else has it.
        NotNow: it is settled.
        OwnCase, MayNotDecide: they may not decide it.
    """
    _take(case, by)
    _record("case.claimed", case, by)


def claim_next(by: User, *, kind: RefKind | None = None, rule: str | None = None) -> Case | None:
    """The most severe, oldest case that ``by`` may decide and nobody has; claimed. None where there is none."""
    query = select(Case).where(*_free_for(by)).order_by(Case.severity.desc(), Case.id).limit(1)
    if kind is not None:
        query = query.where(Case.kind == kind)
    if rule:
        query = query.where(Case.rule_slug == rule)
    case = db.session.scalar(query.with_for_update(skip_locked=True, of=Case))
    if case is not None:
        claim_case(case, by)
    return case


def release_case(case: Case, by: User) -> None:
    """Let go of a case: anyone can take it. The caller commits.

    Raises:
        NotNow: ``by`` does not have it.
    """
    _require_in_hand(case, by)
    _move(case, CaseEvent.RELEASE)
    _record("case.released", case, by)


def escalate_case(case: Case, by: User, why: str) -> None:
    """Hand a case to the admins, with a note that says why. The caller commits.

    Raises:
        NotNow: ``by`` does not have it, or it is an admin's already.
        ReasonsMissing: nothing is said why.
    """
    _require_in_hand(case, by)
    if not tidied(why):
        raise ReasonsMissing
    _move(case, CaseEvent.ESCALATE)
    add_note(case, by, why)
    _record("case.escalated", case, by, reason=tidied(why))


def add_note(case: Case, by: User, body: str) -> CaseNote:
    """Tell the other moderators something. The caller commits.

    Raises:
        ReasonsMissing: no words.
    """
    words = tidied(body)[:LONGEST_NOTE]
    if not words:
        raise ReasonsMissing("Write something first.")
    note = CaseNote(case_id=case.id, author_id=by.id, body=words)
    db.session.add(note)
    _record("case.noted", case, by)
    return note


def decide_case(case: Case, by: User, verdict: Verdict) -> list[Decision]:
    """Settle a case that ``by`` has claimed, by one or two decisions. The caller commits.

    Raises:
        NotNow: ``by`` does not have it.
        DoesNotFit: nothing is to be done, or something that the thing cannot have.
        OwnCase, MayNotDecide, ReasonsMissing: as for ``decisions.decide``.
    """
    _require_in_hand(case, by)
    wanted = [action for action in (verdict.on_thing, verdict.on_person) if action is not None]
    if not wanted:
        raise DoesNotFit("Choose what is to be done. To do nothing, dismiss the case.")
    if verdict.on_thing not in {None, *ON_THINGS} or verdict.on_person not in {None, *ON_PEOPLE}:
        raise DoesNotFit
    made = [
        decisions.decide(
            _target(case, action), action, by=by, ground=verdict.ground, rule=verdict.rule, reasons=verdict.reasons,
            until=verdict.until if action in decisions.STANDINGS else None, case_id=case.id,
        )
        for action in wanted
    ]  # fmt: skip
    _close(case, by, CaseEvent.DECIDE)
    return made


def dismiss_case(case: Case, by: User, reasons: str, *, rule: str | None = None) -> Decision:
    """Settle a case by doing nothing, with reasons for those who reported. The caller commits.

    Raises:
        NotNow: ``by`` does not have it.
        ReasonsMissing: nothing is said why.
        OwnCase, MayNotDecide: they may not decide it.
    """
    _require_in_hand(case, by)
    words = tidied(reasons)[: decisions.LONGEST_REASONS]
    if not words:
        raise ReasonsMissing("Say why nothing is done. Whoever reported reads it.")
    decisions.require_may_decide(by, _owner(case), case.id)
    decision = Decision(
        case_id=case.id, kind=case.kind, thing_id=case.thing_id, title=case.title, person_id=case.person_id,
        by_id=by.id, by_name=by.role.value, action=DecisionAction.DISMISS, ground=Ground.RULES, reasons=words,
        rule_slug=rule if rule and db.session.get(Rule, rule) else case.rule_slug,
    )  # fmt: skip
    db.session.add(decision)
    _close(case, by, CaseEvent.DISMISS)
    _record("case.dismissed", case, by, reason=words)
    return decision


def settle_many(
    public_ids: Iterable[str], by: User, verdict: Verdict | None, reasons: Callable[[Case], str]
) -> tuple[int, dict[str, str]]:
    """Decide several cases alike, each with a statement of its own; without a ``verdict`` dismiss them.

    ``reasons`` says the words of each; what the ``verdict`` says itself does not count. Returns how many were settled,
    and by the case's public id why the others were not. The caller commits.
    """
    done, refused = 0, {}
    # In one order, whoever ticked them: so two who settle the same at once wait for one another in turn.
    for public_id in sorted(list(dict.fromkeys(public_ids))[:MOST_AT_ONCE]):
        try:
            with db.session.begin_nested():
                case = get_case(public_id, lock=True)
                _take(case, by)
                if verdict is None:
                    dismiss_case(case, by, reasons(case))
                else:
                    decide_case(case, by, replace(verdict, reasons=reasons(case)))
        except DomainError as error:
            refused[public_id] = error.sentence
        else:
            done += 1
    return done, refused


def get_case(public_id: str, *, lock: bool = False) -> Case:
    """The case with this public id; with ``lock``, as it is until the transaction ends.

    Raises:
        CaseNotFound: there is none.
    """
    if not public_id.isascii() or "\0" in public_id:
        raise CaseNotFound
    query = select(Case).where(Case.public_id == public_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    case = db.session.scalar(query)
    if case is None:
        raise CaseNotFound
    return case


def _target(case: Case, action: DecisionAction) -> Ref:
    """What a decision is about: the thing; or, where that is gone by now, the person."""
    if action in ON_PEOPLE and case.person_id is not None and find_thing(case.ref) is None:
        return Ref(RefKind.PERSON, case.person_id)
    return case.ref


def _owner(case: Case) -> User | None:
    return db.session.get(User, case.person_id) if case.person_id is not None else None


def _take(case: Case, by: User) -> None:
    db.session.refresh(case, with_for_update={"of": Case})
    if case.state in {CaseState.ESCALATED, CaseState.TAKEN_UP} and by.role is not Role.ADMIN:
        raise MayNotDecide("This case waits for an admin.")
    decisions.require_may_decide(by, _owner(case), case.id)
    is_anothers = case.claimed_by_id is not None and case.claimed_by_id != by.id
    if case.state in IN_HAND and is_anothers and case.claimed_until is not None and case.claimed_until > now():
        raise ClaimedByAnother
    _move(case, CaseEvent.CLAIM)
    case.claimed_by_id, case.claimed_until = by.id, now() + LEASE
    db.session.flush()


def _require_in_hand(case: Case, by: User) -> None:
    db.session.refresh(case, with_for_update={"of": Case})
    if case.state not in IN_HAND or case.claimed_by_id != by.id:
        raise NotNow("Take the case up first. Somebody else may have done so in the meantime.")
    if case.state is CaseState.TAKEN_UP and by.role is not Role.ADMIN:  # they were one when they took it up
        raise MayNotDecide("This case waits for an admin.")


def _move(case: Case, event: CaseEvent) -> None:
    case.state = case_states.after(case.state, event)
    if case.state not in IN_HAND:
        case.claimed_by_id = case.claimed_until = None


def _close(case: Case, by: User, event: CaseEvent) -> None:
    _move(case, event)
    case.closed_at, case.closed_by_id = now(), by.id
    publish(CaseClosed(case_id=case.id))


def _free_for(by: User) -> list[ColumnElement[bool]]:
    """Conditions: cases that nobody has at the moment, and that this person may decide."""
    owner = aliased(User)
    moment = now()
    ranks_below = [role for role in Role if RANK[role] < RANK[by.role] or by.role is Role.ADMIN]
    free = or_(
        Case.state == CaseState.OPEN,
        and_(Case.state == CaseState.CLAIMED, Case.claimed_until <= moment),
        *(
            (Case.state == CaseState.ESCALATED, and_(Case.state == CaseState.TAKEN_UP, Case.claimed_until <= moment))
            if by.role is Role.ADMIN
            else ()
        ),
    )
    return [
        free,
        Case.person_id.is_distinct_from(by.id),
        ~exists().where(Report.case_id == Case.id, Report.reporter_id == by.id),
        or_(Case.person_id.is_(None), exists().where(owner.id == Case.person_id, owner.role.in_(ranks_below))),
    ]


def _record(action: str, case: Case, by: User, *, reason: str = "") -> None:
    audit.record(
        action, actor=by, about=_owner(case), subject=("case", case.id), reason=reason,
        facts={"kind": case.kind.value, "state": case.state.value, "thing": str(case.thing_id)},
    )  # fmt: skip
