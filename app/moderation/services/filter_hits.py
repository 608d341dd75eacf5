"""What filters found: written down with its evidence, put before the moderators, let through or upheld."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import and_, or_, select, update

from app.accounts.models import User
from app.core import audit
from app.core.clock import now
from app.core.errors import Forbidden
from app.core.holds import Hold
from app.core.ids import uuid7
from app.core.screening import Answer, Sample, Screened, Verdict, note_of
from app.extensions import db
from app.messaging.services import sending
from app.moderation.case_states import UNSETTLED
from app.moderation.errors import ClaimedByAnother, ThingNotFound
from app.moderation.filter_errors import HitDecided, HitNotFound
from app.moderation.filter_finds import Find
from app.moderation.filter_models import Category, FilterAction, FilterHit, FilterRule, HitState
from app.moderation.models import Case, Report, ReportSource
from app.moderation.refs import Ref, RefKind
from app.moderation.services import cases, filter_evidence, filter_verdicts, holds, reports

_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
KINDS: Final = {
    Screened.COMMENT: RefKind.COMMENT, Screened.POST: RefKind.POST, Screened.MEDIUM: RefKind.MEDIUM,
    Screened.SET: RefKind.SET, Screened.MESSAGE: RefKind.MESSAGE,
}  # fmt: skip
"""What can be held. The rest is about a person."""
LEAST_URGENT: Final = 1
_ACTIONS: Final = {
    Answer.FLAG: FilterAction.FLAG, Answer.HOLD: FilterAction.HOLD, Answer.HIDE: FilterAction.HIDE,
}  # fmt: skip

log = structlog.get_logger()


def new_reference() -> str:
    """A reference that people can read out: ``F-7K3Q-9XWP``, without letters that look alike."""
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"F-{drawn[:4]}-{drawn[4:]}"


def find_earlier(sample: Sample) -> FilterHit | None:
    """What was found in this very version of a thing before, the latest."""
    if sample.subject_id is None:
        return None
    same = (FilterHit.kind == sample.kind, FilterHit.subject_id == sample.subject_id, FilterHit.digest == sample.digest)
    hidden = and_(FilterHit.state == HitState.NOTED, FilterHit.answer == FilterAction.HIDE)
    query = select(FilterHit).where(*same, or_(FilterHit.state.in_((HitState.WAITING, HitState.RELEASED)), hidden))
    return db.session.scalars(query.order_by(FilterHit.id.desc()).limit(1)).first()


def count_finds(finds: Sequence[Find]) -> None:
    """Count for each rule that it found something. In the order of their ids, so that two wait and do not deadlock."""
    for rule_id in sorted({find.rule_id for find in finds if find.rule_id is not None}):
        is_live = any(find.is_live for find in finds if find.rule_id == rule_id)
        counted = {"hits": FilterRule.hits + 1} if is_live else {"trial_hits": FilterRule.trial_hits + 1}
        db.session.execute(
            update(FilterRule).where(FilterRule.id == rule_id).values(last_hit_at=now(), **counted),
            execution_options={"synchronize_session": False},
        )


def write_down(verdict: Verdict, subject_id: UUID | None, finds: Sequence[Find], *, holds_people: bool = False) -> None:
    """Keep what was found in a thing that has a row, hold it where that is the answer, and tell the moderators.

    The same version that waits already is not written down twice. What is about a person was not made; where it has
    been there before, ``holds_people`` takes their profile away. The caller commits.
    """
    sample = verdict.sample
    assert sample is not None  # noqa: S101 - a verdict that found something has one
    db.session.flush()
    if db.session.scalar(select(FilterHit.id).where(FilterHit.reference == verdict.reference)) is not None:
        return
    first = finds[0]
    author_id = sample.author.id if sample.author is not None else None
    hit = FilterHit(
        id=uuid7(), reference=verdict.reference, kind=sample.kind, subject_id=subject_id, author_id=author_id,
        rule_id=first.rule_id, why=first.why, category=first.category, answer=_ACTIONS[verdict.answer],
        digest=sample.digest, finds=[find.to_evidence() for find in finds],
        state=HitState.WAITING if verdict.stops and not _rule_decides(verdict, first) else HitState.NOTED,
    )  # fmt: skip
    db.session.add(hit)
    db.session.flush()
    if hit.category is Category.CHILDREN:
        filter_evidence.keep(hit, sample)
    said = "; ".join(f"{find.field}: “{find.read_as}”" for find in finds[:5] if find.read_as)
    _put_before_moderators(hit, said, holds_people=holds_people)


def _put_before_moderators(hit: FilterHit, said: str, *, holds_people: bool) -> None:
    """Hold the thing of a hit, where that is the answer, and file it in the queue: at its end where a rule decides."""
    ref = ref_of(hit)
    if ref is None:
        return
    is_decided = hit.state is HitState.NOTED and hit.answer is FilterAction.HIDE
    most = LEAST_URGENT if is_decided else None
    hides = hit.answer is not FilterAction.FLAG and (holds_people or ref.kind is not RefKind.PERSON)
    try:
        if is_decided:
            filter_verdicts.decide_by_rule(hit, ref, hides=hides)
        elif hides:
            holds.put_hold(ref, Hold.HIDDEN, cause=filter_verdicts.cause_of(hit), cause_id=hit.id, by=None)
        reports.file_report(
            ref, reason=f"{hit.why} ({hit.reference})", rule=filter_verdicts.RULES[hit.category],
            note=f"{_beginning(hit)} {said}", source=ReportSource.FILTER, extras=reports.Extras(most_severity=most),
        )  # fmt: skip
    except ThingNotFound:  # it went in the same moment
        log.info("filter_hit_of_nothing", reference=hit.reference)


def _rule_decides(verdict: Verdict, first: Find) -> bool:
    """Whether it is hidden and nobody has to look: the rule is sure. Child safety always waits for somebody."""
    return verdict.answer is Answer.HIDE and first.category is not Category.CHILDREN


def ref_of(hit: FilterHit) -> Ref | None:
    """What moderators look at: the thing, or whose it is."""
    kind = KINDS.get(hit.kind)
    if kind is not None:
        return Ref(kind, hit.subject_id) if hit.subject_id is not None else None
    return Ref(RefKind.PERSON, hit.author_id) if hit.author_id is not None else None


def notes(kind: Screened, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """What stands beside things that wait or are hidden, for their authors."""
    about = (FilterHit.kind == kind, FilterHit.subject_id.in_(ids), FilterHit.state != HitState.RELEASED)
    query = select(FilterHit.subject_id, FilterHit.answer, FilterHit.state, FilterHit.reference).where(*about)
    return {
        row.subject_id: note_of(Answer.HOLD if row.state is HitState.WAITING else Answer.HIDE, row.reference)
        for row in db.session.execute(query.order_by(FilterHit.id))
        if row.answer is not FilterAction.FLAG
    }


def get_hit(reference: str, *, lock: bool = False) -> FilterHit:
    """What was found under a reference, however somebody types it.

    Raises:
        HitNotFound: there is nothing of this reference.
    """
    typed = "".join(letter for letter in reference.upper()[:40] if letter.isascii() and letter.isalnum())
    typed = typed.removeprefix("F") if len(typed) == 9 else typed
    query = select(FilterHit).where(FilterHit.reference == f"F-{typed[:4]}-{typed[4:]}")
    hit = db.session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if hit is None:
        raise HitNotFound
    return hit


def release(hit: FilterHit, *, by: User | None) -> None:
    """Let a thing through: the same version is not held by filters again, what was decided of it is reversed.

    Where the hit is all that its open case is about, that is dismissed by the same act. Somebody may come back to what
    they upheld by reversing that decision. The caller commits.

    Raises:
        HitDecided: somebody was quicker.
    """
    _decide(hit, HitState.RELEASED, by)
    filter_evidence.let_go(hit, by)
    for record in filter_verdicts.standing_holds(hit):
        holds.lift_hold(record, by)
    filter_verdicts.take_back(hit, by)
    if hit.kind is Screened.MESSAGE and hit.subject_id is not None:
        sending.hand_over_held(hit.subject_id)
    if by is not None:
        _settle_case(hit, by)


def hold_again(hit: FilterHit, *, by: User) -> None:
    """Take back that a thing was let through: it waits for a look once more, with its evidence. The caller commits.

    What was sent meanwhile, and what is gone, stays so.

    Raises:
        HitDecided: it is not let through, or nothing is left of what proves it.
    """
    db.session.refresh(hit, with_for_update=True)
    if hit.state is not HitState.RELEASED or not hit.finds:
        raise HitDecided("It is not let through any more, or its evidence is gone.")
    holds_people = filter_verdicts.has_held(hit)
    hit.state = HitState.NOTED if hit.answer is FilterAction.FLAG else HitState.WAITING
    hit.decided_at = hit.decided_by_id = hit.decision_id = None
    _count_decided(hit, "released", -1)
    filter_evidence.keep_on(hit, by)
    audit.record("hit.held_again", actor=by, subject=("hit", hit.reference), facts={"kind": hit.kind.value})
    _put_before_moderators(hit, f"{by.username} holds again what was let through.", holds_people=holds_people)


def uphold(hit: FilterHit, *, by: User | None) -> None:
    """Leave a thing held: the filter was right; whom it concerns gets the reasons. The caller commits.

    Of child safety a case in the queue says them, by whoever knows what the law asks for; its evidence stays.

    Raises:
        HitDecided: somebody was quicker.
    """
    _decide(hit, HitState.UPHELD, by)
    ref = ref_of(hit)
    if ref is None or by is None or hit.answer is FilterAction.FLAG:
        return
    try:
        with db.session.begin_nested():
            filter_verdicts.decide_upheld(hit, ref, by)
    except (Forbidden, ThingNotFound) as error:
        log.info("filter_hit_upheld_without_words", reference=hit.reference, why=error.sentence)


def think_again(hit: FilterHit, *, by: User | None) -> None:
    """Somebody reversed what hid the thing of a hit: it is let through, but child safety waits for a look once more.

    The caller commits.
    """
    if hit.state is HitState.UPHELD:
        _count_decided(hit, "upheld", -1)
        hit.state = HitState.WAITING
        hit.decided_at = hit.decided_by_id = None
        db.session.flush()
    if hit.category is not Category.CHILDREN:
        release(hit, by=by)


def forget_author(user_id: UUID) -> None:
    """The farewell to somebody who leaves for good: the evidence goes, but what the law wants kept for its time."""
    free = (FilterHit.author_id == user_id, FilterHit.kept_until.is_(None) | (FilterHit.kept_until <= now()))
    db.session.execute(update(FilterHit).where(*free).values(finds=[]).execution_options(synchronize_session=False))


def _decide(hit: FilterHit, state: HitState, by: User | None) -> None:
    db.session.refresh(hit, with_for_update=True)
    if hit.state not in {HitState.WAITING, HitState.NOTED}:
        raise HitDecided
    was = hit.state
    hit.state, hit.decided_at, hit.decided_by_id = state, now(), by.id if by is not None else None
    _count_decided(hit, "released" if state is HitState.RELEASED else "upheld", 1)
    audit.record(
        f"hit.{state.value}",
        actor=by,
        subject=("hit", hit.reference),
        facts={"before": was.value, "kind": hit.kind.value},
    )


def _count_decided(hit: FilterHit, column: str, by: int) -> None:
    """Count for each rule that found it how it was decided."""
    ids = sorted({UUID(find["rule_id"]) for find in hit.finds if find.get("rule_id") and find.get("is_live", True)})
    for rule_id in ids:
        counted = {column: getattr(FilterRule, column) + by}
        db.session.execute(
            update(FilterRule).where(FilterRule.id == rule_id).values(counted),
            execution_options={"synchronize_session": False},
        )


def _settle_case(hit: FilterHit, by: User) -> None:
    """Dismiss the open case of a thing whose only report is this hit, unless somebody else has it or has to decide."""
    ref = ref_of(hit)
    if ref is None:
        return
    query = select(Case).where(Case.kind == ref.kind, Case.thing_id == ref.id, Case.state.in_(UNSETTLED))
    case = db.session.scalar(query.with_for_update(of=Case))
    if case is None or case.report_count != 1:
        return
    ours = (Report.source == ReportSource.FILTER, Report.note.startswith(_beginning(hit), autoescape=True))
    if db.session.scalar(select(Report.id).where(Report.case_id == case.id, *ours)) is None:
        return
    try:
        with db.session.begin_nested():
            cases.claim_case(case, by)
            cases.dismiss_case(case, by, f"What the filter found was let through ({hit.reference}).")
    except (ClaimedByAnother, Forbidden) as error:
        log.info("filter_case_left_open", reference=hit.reference, why=error.sentence)


def _beginning(hit: FilterHit) -> str:
    """By what the note of a report is known to be about this hit."""
    return f"Reference {hit.reference}."
