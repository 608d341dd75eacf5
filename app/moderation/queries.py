"""What is asked of the tables of moderation. Listings are keyset pages, one statement each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased, joinedload

from app.accounts.models import Role, User
from app.accounts.queries import not_apart
from app.accounts.roles import Permission, may
from app.core.clock import now
from app.core.pictures import Artwork
from app.extensions import db
from app.media.gate import Gated, Viewer
from app.media.models import Medium
from app.media.shown import Shown
from app.moderation.case_states import UNSETTLED, AppealState, CaseState
from app.moderation.errors import DecisionNotFound, ThingNotFound
from app.moderation.models import (
    Appeal,
    Case,
    CaseNote,
    CaseView,
    Decision,
    DecisionAction,
    HoldRecord,
    Report,
    ReportSource,
)
from app.moderation.picture_queries import artworks_in, pictures_of
from app.moderation.refs import Ref, RefKind, Thing, find_thing
from app.playlists.models import Set
from app.social import subjects
from app.social.errors import SubjectNotFound
from app.social.subjects import SubjectKind
from app.web.pagination import PAGE_SIZE

SUBJECTS: Final = {
    RefKind.MEDIUM: SubjectKind.MEDIUM, RefKind.SET: SubjectKind.SET, RefKind.POST: SubjectKind.POST,
    RefKind.COMMENT: SubjectKind.COMMENT,
}  # fmt: skip
MOST_SHOWN: Final = 20
"""Reports, notes, decisions and similar cases that a case's page shows of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """Which cases somebody wants to see. Empty fields leave nothing out."""

    state: str = "waiting"
    """``waiting``, ``free``, ``mine``, ``escalated`` or ``settled``."""
    kind: RefKind | None = None
    rule: str = ""
    source: ReportSource | None = None
    severity: int = 0
    older_than: timedelta | None = None
    person_id: UUID | None = None


def find_reportable(kind: RefKind, public_id: str, viewer: Viewer, secret: str | None = None) -> Thing:
    """The thing at this address, for who may see it; messages are reported in their conversation.

    Raises:
        ThingNotFound: there is none, or the viewer may not know of it.
    """
    if kind is RefKind.PERSON:
        return _find_person(public_id, viewer)
    if kind not in SUBJECTS:
        raise ThingNotFound
    try:
        subject = subjects.get_subject(SUBJECTS[kind], public_id, viewer, secret)
    except SubjectNotFound:
        raise ThingNotFound from None
    thing = find_thing(Ref(kind, subject.id))
    if thing is None:
        raise ThingNotFound
    return thing


def _find_person(username: str, viewer: Viewer) -> Thing:
    person = db.session.scalar(
        select(User).where(User.username == username, *not_apart(viewer.id, User.id))
        if username.isascii() and "\0" not in username
        else select(User).where(literal(False))
    )
    found = find_thing(Ref(RefKind.PERSON, person.id)) if person is not None and not person.is_withheld else None
    if found is None:
        raise ThingNotFound
    return found


def queue_rows(
    wanted: QueueFilter, viewer_id: UUID, *, after: tuple[int, UUID] | None = None, size: int = PAGE_SIZE
) -> Sequence[Any]:
    """One more than ``size`` cases: the most severe and oldest first; of the settled ones the latest."""
    owner, holder = aliased(User), aliased(User)
    query = (
        select(
            Case.id, Case.public_id, Case.kind, Case.title, Case.excerpt, Case.state, Case.severity, Case.rule_slug,
            Case.source, Case.report_count, Case.opened_at, Case.reported_at, Case.closed_at, Case.claimed_until,
            Case.claimed_by_id, owner.username.label("owner"), owner.display_name.label("owner_name"),
            owner.role.label("owner_role"), (Case.person_id == viewer_id).label("is_own"),
            holder.display_name.label("holder"),
        )
        .outerjoin(owner, owner.id == Case.person_id)
        .outerjoin(holder, holder.id == Case.claimed_by_id)
        .where(*_wanted(wanted, viewer_id))
    )  # fmt: skip
    if wanted.state == "settled":
        if after is not None:
            query = query.where(Case.id < after[1])
        return db.session.execute(query.order_by(Case.id.desc()).limit(size + 1)).all()
    if after is not None:
        query = query.where(or_(Case.severity < after[0], and_(Case.severity == after[0], Case.id > after[1])))
    return db.session.execute(query.order_by(Case.severity.desc(), Case.id).limit(size + 1)).all()


def _wanted(wanted: QueueFilter, viewer_id: UUID) -> list[ColumnElement[bool]]:
    taken = and_(Case.state.in_([CaseState.CLAIMED, CaseState.TAKEN_UP]), Case.claimed_until > now())
    states: dict[str, list[ColumnElement[bool]]] = {
        "waiting": [Case.state.in_(UNSETTLED)],
        "free": [Case.state.in_(UNSETTLED), ~taken],
        "mine": [Case.state.in_(UNSETTLED), Case.claimed_by_id == viewer_id],
        "escalated": [Case.state.in_([CaseState.ESCALATED, CaseState.TAKEN_UP])],
        "settled": [Case.state.not_in(UNSETTLED)],
    }
    found = states[wanted.state]
    if wanted.kind is not None:
        found.append(Case.kind == wanted.kind)
    if wanted.rule:
        found.append(Case.rule_slug == wanted.rule)
    if wanted.source is not None:
        found.append(Case.source == wanted.source)
    if wanted.severity:
        found.append(Case.severity >= wanted.severity)
    if wanted.older_than is not None:
        found.append(Case.opened_at < now() - wanted.older_than)
    if wanted.person_id is not None:
        found.append(Case.person_id == wanted.person_id)
    return found


def count_waiting() -> int:
    """How many cases nobody has, and appeals nobody answered, counted up to a hundred each: for the desk's badge."""
    cases = select(Case.id).where(Case.state.in_([CaseState.OPEN, CaseState.ESCALATED])).limit(100)
    appeals = select(Appeal.id).where(Appeal.state == AppealState.WAITING).limit(100)
    return (
        db.session.scalar(
            select(
                select(func.count()).select_from(cases.subquery()).scalar_subquery()
                + select(func.count()).select_from(appeals.subquery()).scalar_subquery()
            )
        )
        or 0
    )


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that one needs to decide a case. ``thing`` is None where it is gone."""

    case: Case
    thing: Thing | None
    reports: Sequence[Report]
    notes: Sequence[CaseNote]
    decisions: Sequence[Decision]
    """About the person or the thing, the latest first."""
    similar: Sequence[Any]
    """Other cases about the same person, or open ones by the same rule: rows with what lists show."""
    pictures: list[Artwork]
    """What it shows, or showed before it was taken away."""


def dossier_of(public_id: str) -> Dossier | None:
    """A case with what belongs to it, in six statements."""
    if not public_id.isascii() or "\0" in public_id:
        return None
    row = db.session.execute(
        select(Case, pictures_of(Case.__table__.c.thing_id))
        .options(joinedload(Case.person).joinedload(User.avatar), joinedload(Case.claimed_by))
        .where(Case.public_id == public_id)
    ).first()
    if row is None:
        return None
    case: Case = row[0]
    reports = select(Report).options(joinedload(Report.reporter)).where(Report.case_id == case.id)
    notes = select(CaseNote).options(joinedload(CaseNote.author)).where(CaseNote.case_id == case.id)
    return Dossier(
        case=case,
        thing=find_thing(case.ref),
        reports=db.session.scalars(reports.order_by(Report.id).limit(MOST_SHOWN)).unique().all(),
        notes=db.session.scalars(notes.order_by(CaseNote.id.desc()).limit(MOST_SHOWN)).unique().all(),
        decisions=_history_of(case),
        similar=_similar_to(case),
        pictures=artworks_in(row.pictures),
    )


def _history_of(case: Case) -> Sequence[Decision]:
    about = or_(
        and_(Decision.kind == case.kind, Decision.thing_id == case.thing_id),
        Decision.person_id == case.person_id if case.person_id is not None else literal(False),
    )
    query = select(Decision).options(joinedload(Decision.by), joinedload(Decision.rule)).where(about)
    return db.session.scalars(query.order_by(Decision.id.desc()).limit(MOST_SHOWN)).unique().all()


def _similar_to(case: Case) -> Sequence[Any]:
    same_words = and_(Case.excerpt == case.excerpt, Case.excerpt != "")
    about = or_(
        Case.person_id == case.person_id if case.person_id is not None else literal(False),
        and_(Case.kind == case.kind, Case.thing_id == case.thing_id),
        and_(Case.state.in_(UNSETTLED), same_words),
    )
    query = select(Case.public_id, Case.kind, Case.title, Case.excerpt, Case.state, Case.opened_at, Case.closed_at)
    waiting_first = (Case.closed_at.is_not(None), Case.id.desc())
    return db.session.execute(query.where(about, Case.id != case.id).order_by(*waiting_first).limit(MOST_SHOWN)).all()


def appeal_rows(*, waiting: bool, after: tuple[datetime, UUID] | None = None, size: int = PAGE_SIZE) -> Sequence[Any]:
    """One more than ``size`` appeals with what was decided: those that wait, the oldest first; else the latest."""
    person = aliased(User)
    query = select(Appeal, Decision, person).join(Decision, Decision.id == Appeal.decision_id)
    query = query.outerjoin(person, person.id == Appeal.by_id)
    if waiting:
        query = query.where(Appeal.state == AppealState.WAITING)
        query = query.where(Appeal.id > after[1]) if after else query
        return db.session.execute(query.order_by(Appeal.id).limit(size + 1)).all()
    query = query.where(Appeal.state != AppealState.WAITING)
    query = query.where(Appeal.id < after[1]) if after else query
    return db.session.execute(query.order_by(Appeal.id.desc()).limit(size + 1)).all()


def find_appeal(public_id: str) -> Appeal | None:
    """An appeal with its decision, whose it is and who decided."""
    if not public_id.isascii() or "\0" in public_id:
        return None
    query = select(Appeal).options(
        joinedload(Appeal.by),
        joinedload(Appeal.decision).joinedload(Decision.by),
        joinedload(Appeal.decision).joinedload(Decision.rule),
        joinedload(Appeal.decision).joinedload(Decision.person),
    )
    return db.session.scalar(query.where(Appeal.public_id == public_id))


def get_decision(public_id: str) -> Decision:
    """The decision with this public id.

    Raises:
        DecisionNotFound: there is none.
    """
    if not public_id.isascii() or "\0" in public_id:
        raise DecisionNotFound
    query = select(Decision).options(joinedload(Decision.rule), joinedload(Decision.person), joinedload(Decision.by))
    found = db.session.scalar(query.where(Decision.public_id == public_id))
    if found is None:
        raise DecisionNotFound
    return found


def statements_of(
    person_id: UUID, *, after: tuple[datetime, UUID] | None = None, size: int = PAGE_SIZE
) -> Sequence[Any]:
    """One more than ``size`` decisions about a person, the latest first, with their appeals."""
    query = (
        select(Decision, Appeal)
        .options(joinedload(Decision.rule))
        .outerjoin(Appeal, and_(Appeal.decision_id == Decision.id, Appeal.by_id == person_id))
        .where(Decision.person_id == person_id, Decision.action != DecisionAction.DISMISS)
    )
    if after is not None:
        query = query.where(tuple_(Decision.decided_at, Decision.id) < tuple_(*after))
    return db.session.execute(query.order_by(Decision.decided_at.desc(), Decision.id.desc()).limit(size + 1)).all()


def reports_by(person_id: UUID, *, after: UUID | None = None, size: int = PAGE_SIZE) -> Sequence[Any]:
    """One more than ``size`` of what somebody reported, the latest first: report, case, dismissal, their appeal."""
    query = (
        select(Report, Case, Decision, Appeal)
        .join(Case, Case.id == Report.case_id)
        .outerjoin(Decision, and_(Decision.case_id == Case.id, Decision.action == DecisionAction.DISMISS))
        .outerjoin(Appeal, and_(Appeal.decision_id == Decision.id, Appeal.by_id == person_id))
        .where(Report.reporter_id == person_id)
    )
    if after is not None:
        query = query.where(Report.id < after)
    return db.session.execute(query.order_by(Report.id.desc()).limit(size + 1)).all()


def standing_decision(person_id: UUID) -> Decision | None:
    """The latest decision because of which somebody may not act now."""
    query = select(Decision).where(
        Decision.person_id == person_id, Decision.action.in_([DecisionAction.SUSPEND, DecisionAction.BAN]),
        Decision.reversed_at.is_(None), Decision.ended_at.is_(None),
    )  # fmt: skip
    return db.session.scalars(query.order_by(Decision.id.desc()).limit(1)).first()


@dataclass(frozen=True, slots=True)
class UnderReview:
    """What lets a member of staff in: the open case or the held thing, and whether that was written down before."""

    subject_id: UUID
    is_noted: bool


def find_review(reviewer_id: UUID, thing: Gated) -> UnderReview | None:
    """Whether a thing is held or reported, so that this member of staff may look at it.

    Portraits of people whom nobody else finds stand on the desk's pages; nothing is noted of those.
    """
    kind = _kind_of(thing)
    reviewer = db.session.get(User, reviewer_id)
    if kind is None or reviewer is None or not may(reviewer, Permission.REVIEW):
        return None
    case_id = db.session.scalar(
        select(Case.id).where(Case.kind == kind, Case.thing_id == thing.id, Case.state.in_(UNSETTLED))
    )
    subject_id = case_id or (thing.id if thing.hold is not None else None)
    if subject_id is None:
        return UnderReview(thing.id, is_noted=True) if kind is RefKind.PERSON else None
    noted = exists().where(CaseView.viewer_id == reviewer_id, CaseView.subject_id == subject_id)
    return UnderReview(subject_id, bool(db.session.scalar(select(noted))))


def _kind_of(thing: Gated) -> RefKind | None:
    if isinstance(thing, Shown):
        return RefKind(thing.kind)
    return RefKind.MEDIUM if isinstance(thing, Medium) else RefKind.SET if isinstance(thing, Set) else None


def holds_of(ref: Ref) -> Sequence[HoldRecord]:
    """All that held a thing, the latest first."""
    query = select(HoldRecord).where(HoldRecord.kind == ref.kind, HoldRecord.thing_id == ref.id)
    return db.session.scalars(query.order_by(HoldRecord.id.desc()).limit(MOST_SHOWN)).all()


def is_above(role: Role | None, viewer: User) -> bool:
    """Whether somebody of this role is none whom ``viewer`` may decide about."""
    return role in {Role.MODERATOR, Role.ADMIN} and viewer.role is not Role.ADMIN
