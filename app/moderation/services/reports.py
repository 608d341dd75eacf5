"""Reports: somebody or something says that a thing should be looked at. All of one thing are one case."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import public_id, uuid7
from app.extensions import db
from app.moderation import case_states
from app.moderation.case_states import UNSETTLED, CaseEvent, CaseState
from app.moderation.errors import ReportRefused, ThingNotFound
from app.moderation.models import Case, Report, ReportSource, Rule
from app.moderation.refs import Ref, Thing, find_thing
from app.social.tidy import tidied

LONGEST_NOTE: Final = 4000
LONGEST_REASON: Final = 200
SEVERITY_WITHOUT_RULE: Final = 2
KEEP_EVIDENCE: Final = timedelta(days=365)
"""How long a snapshot is kept after its case was closed: appeals take six months, and courts some more."""


@dataclass(frozen=True, kw_only=True)
class Extras:
    """What a report may say besides: where a stranger wants the answer, a moment, what is known already."""

    email: str = ""
    at_ms: int | None = None
    snapshot: dict[str, Any] | None = None
    """Evidence that the reporter's side kept; else the thing's words as they are now."""
    severity: int | None = None
    """At least this, whatever the rule says."""
    most_severity: int | None = None
    """At most this, whatever the rule says: of what nobody has to hurry for."""


def file_report(
    ref: Ref,
    *,
    reason: str,
    rule: str | None,
    note: str = "",
    reporter: User | None = None,
    source: ReportSource = ReportSource.PERSON,
    extras: Extras | None = None,
) -> Report:
    """Put a thing before the moderators: into its open case, or into a new one. The caller commits.

    ``rule`` is the slug of a rule; one that there is not counts as none. Of one person there is one report a case: what
    they say the second time is added to it. The caller has seen to it that the reporter may see the thing.

    Raises:
        ThingNotFound: there is no such thing.
        ReportRefused: it is the reporter's own.
    """
    extras = extras or Extras()
    thing = find_thing(ref)
    if thing is None:
        raise ThingNotFound
    if reporter is not None and thing.owner_id == reporter.id:
        raise ReportRefused("This is yours. You can change it, or delete it.")
    named = db.session.get(Rule, rule) if rule else None
    severity = max(named.severity if named else SEVERITY_WITHOUT_RULE, extras.severity or 1)
    severity = min(severity, extras.most_severity or severity)
    case = _open_case(thing, named, severity, source)
    note = tidied(note)[:LONGEST_NOTE]
    values = {
        "id": uuid7(), "public_id": public_id(), "case_id": case.id, "source": source,
        "reporter_id": reporter.id if reporter is not None else None, "reporter_email": extras.email,
        "rule_slug": named.slug if named else None, "reason": " ".join(tidied(reason).split())[:LONGEST_REASON],
        "note": note, "at_ms": extras.at_ms, "created_at": now(),
        "snapshot": extras.snapshot if extras.snapshot is not None else thing.fields,
    }  # fmt: skip
    made = db.session.scalar(insert(Report).values(values).on_conflict_do_nothing().returning(Report.id))
    case.state = case_states.after(case.state, CaseEvent.REPORT)
    case.reported_at = now()
    if severity > case.severity or case.rule_slug is None:
        case.rule_slug = named.slug if named else case.rule_slug
    case.severity = max(case.severity, severity)
    if made is None:
        return _added_to(case, reporter, note)
    case.report_count += 1
    db.session.flush()
    return db.session.get_one(Report, made)


def forget_evidence(limit: int = 500) -> int:
    """Empty the snapshots whose cases were closed long ago; returns how many. The caller commits."""
    over = (
        select(Report.id)
        .join(Case, Case.id == Report.case_id)
        .where(Case.closed_at < now() - KEEP_EVIDENCE, Report.snapshot != {})
        .limit(limit)
    )
    gone = update(Report).where(Report.id.in_(over)).values(snapshot={}, reporter_email="").returning(Report.id)
    return len(db.session.scalars(gone.execution_options(synchronize_session=False)).all())


def count_recent(reporter_id: UUID, *, within: timedelta) -> int:
    """How much somebody reported lately."""
    query = select(func.count()).select_from(Report)
    return db.session.scalar(query.where(Report.reporter_id == reporter_id, Report.created_at > now() - within)) or 0


def _open_case(thing: Thing, rule: Rule | None, severity: int, source: ReportSource) -> Case:
    """The thing's open case, locked; a new one where there is none."""
    values = {
        "id": uuid7(), "public_id": public_id(), "kind": thing.ref.kind, "thing_id": thing.ref.id,
        "person_id": thing.owner_id, "title": thing.title, "excerpt": thing.excerpt, "state": CaseState.OPEN,
        "severity": severity, "rule_slug": rule.slug if rule else None, "source": source, "report_count": 0,
        "opened_at": now(), "reported_at": now(),
    }  # fmt: skip
    ours = select(Case).where(Case.kind == thing.ref.kind, Case.thing_id == thing.ref.id, Case.state.in_(UNSETTLED))
    while True:
        db.session.execute(insert(Case).values(values).on_conflict_do_nothing())
        case = db.session.scalar(ours.with_for_update().execution_options(populate_existing=True))
        if case is not None:  # else it was closed between the two statements: there is room for a new one
            return case


def _added_to(case: Case, reporter: User | None, note: str) -> Report:
    """The report that this person made before, with what they say now."""
    assert reporter is not None  # noqa: S101 - reports of nobody never collide
    report = db.session.scalars(
        select(Report).where(Report.case_id == case.id, Report.reporter_id == reporter.id)
    ).one()
    if note and note not in report.note:
        report.note = f"{report.note}\n\n{note}".strip()[:LONGEST_NOTE]
    return report
