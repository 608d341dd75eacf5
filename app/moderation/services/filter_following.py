"""What filters found follows what people decide of its thing: let through with it, upheld with it."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from app.accounts.models import User
from app.extensions import db
from app.moderation.case_states import AppealState
from app.moderation.filter_models import Category, FilterHit, HitState
from app.moderation.models import ON_THINGS, Appeal, Case, Decision, DecisionAction
from app.moderation.refs import Ref
from app.moderation.services import filter_hits
from app.moderation.services.filter_hits import KINDS

UNDECIDED = (HitState.WAITING, HitState.NOTED)


def follow_case(case_id: str) -> None:
    """A case is closed: what filters found of its thing is let through where others are to see it, else upheld.

    The caller commits.
    """
    case = db.session.get(Case, UUID(case_id))
    if case is None or case.closed_at is None:
        return
    query = select(Decision.action).where(Decision.case_id == case.id, Decision.reversed_at.is_(None))
    decided = set(db.session.scalars(query))
    opens = decided <= {DecisionAction.DISMISS} or decided & ON_THINGS == {DecisionAction.RESTRICT}
    by = _person(case.closed_by_id)
    found = (_found_in(case.ref), FilterHit.state.in_(UNDECIDED), FilterHit.created_at <= case.closed_at)
    for hit in db.session.scalars(select(FilterHit).where(*found).order_by(FilterHit.id).with_for_update()).all():
        filter_hits.release(hit, by=by) if opens else filter_hits.uphold(hit, by=by)


def follow_reversal(decision_id: str) -> None:
    """What hid a thing was reversed: the version of it that people looked at is let through. The caller commits.

    Earlier versions stay what they are, so that nobody wins one back by an appeal about another.
    """
    decision = db.session.get(Decision, UUID(decision_id))
    if decision is None or decision.reversed_at is None:
        return
    by = _person(decision.reversed_by_id)
    for number, hit in enumerate(_hits_of(decision.id)):
        if hit.state is HitState.RELEASED:
            continue
        if number == 0 or hit.category is Category.CHILDREN:
            filter_hits.think_again(hit, by=by)
        elif hit.state in UNDECIDED:
            filter_hits.uphold(hit, by=None)


def follow_appeal(appeal_id: str) -> None:
    """Somebody looked at what a filter decided, and lets it stand: the filter was right. The caller commits."""
    appeal = db.session.get(Appeal, UUID(appeal_id))
    if appeal is None or appeal.state is not AppealState.UPHELD:
        return
    for hit in _hits_of(appeal.decision_id):
        if hit.state in UNDECIDED:
            filter_hits.uphold(hit, by=_person(appeal.answered_by_id))


def _hits_of(decision_id: UUID) -> list[FilterHit]:
    """What a decision is about that filters found, the latest first."""
    query = select(FilterHit).where(FilterHit.decision_id == decision_id).order_by(FilterHit.id.desc())
    return list(db.session.scalars(query.with_for_update()))


def _found_in(ref: Ref) -> ColumnElement[bool]:
    kinds = [kind for kind, of in KINDS.items() if of is ref.kind]
    if kinds:
        return and_(FilterHit.kind.in_(kinds), FilterHit.subject_id == ref.id)
    return and_(FilterHit.kind.not_in(list(KINDS)), FilterHit.author_id == ref.id)


def _person(person_id: UUID | None) -> User | None:
    return db.session.get(User, person_id) if person_id is not None else None
