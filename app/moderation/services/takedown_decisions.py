"""What moderators do with notices: ask, decide, extend, end; and whom they trust less from then on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.accounts.models import User
from app.core import audit
from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import db
from app.moderation.services.takedown_claims import (
    check_rank,
    claims_of,
    is_there,
    lock_notice,
    move_claim,
    move_notice,
    settle_parties,
    tell,
)
from app.moderation.services.takedown_clocks import end_clocks, find_clock, set_clock
from app.moderation.services.takedown_intake import start_desk_clock
from app.moderation.takedown_errors import NothingChosen, NoticeRefused
from app.moderation.takedown_models import (
    ClockKind,
    EntryKind,
    Publication,
    TakedownClaim,
    TakedownEntry,
    TakedownNotice,
    TakedownParty,
)
from app.moderation.takedown_rules import COMPLETE_WITHIN, COUNTER, PUBLICATION, after_days, days
from app.moderation.takedown_states import ClaimAct, ClaimState, NoticeAct, NoticeState

REASONS_NEEDED = "Say why: the complainant reads it."
ENDS = {ClaimAct.REFUSE, ClaimAct.RESTORE, ClaimAct.SETTLE, ClaimAct.UPHOLD}
"""What moderators may make of something that stands."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision about one thing of a notice."""

    accept: bool
    reasons: str = ""


def decide_claims(reference: str, verdicts: Mapping[UUID, Verdict], *, by: User) -> TakedownNotice:
    """Decide about things that a notice names, each by itself. Accepted ones are held at once. The caller commits.

    Things that are gone are noted as such. Once nothing waits any more, the notice is decided.

    Raises:
        NothingChosen: about nothing.
        NoticeRefused: a refusal without reasons.
        NotNow: one of them was decided already.
        NotYoursToDecide: see ``check_rank``.
    """
    notice = lock_notice(reference)
    claims = claims_of(notice)
    chosen = [claim for claim in claims if claim.id in verdicts]
    if not chosen:
        raise NothingChosen
    check_rank(notice, chosen, by)
    if any(not verdicts[claim.id].accept and not verdicts[claim.id].reasons for claim in chosen):
        raise NoticeRefused("reasons", REASONS_NEEDED)
    for claim in chosen:
        verdict = verdicts[claim.id]
        act = ClaimAct.REFUSE if not verdict.accept else ClaimAct.ACCEPT
        if verdict.accept and not is_there(claim):
            act = ClaimAct.VANISH
        move_claim(notice, claim, act, by=by, reasons=verdict.reasons)
    settle_parties(notice, claims, by=by)
    _tell_parties(notice, chosen)
    if all(claim.state is not ClaimState.WAITING for claim in claims):
        _finish(notice, by)
    return notice


def ask_for_more(reference: str, *, words: str, by: User) -> TakedownNotice:
    """Ask the complainant for what is missing; without an answer the notice lapses. The caller commits.

    Raises:
        NotNow, NotYoursToDecide
    """
    notice = lock_notice(reference)
    check_rank(notice, (), by)
    move_notice(notice, NoticeAct.ASK, by=by, reason=words)
    _note(notice, EntryKind.ASKED, words, by)
    end_clocks(notice.id, ClockKind.DECIDE)
    set_clock(notice.id, ClockKind.COMPLETE, now() + COMPLETE_WITHIN)
    tell(notice, "asked")
    return notice


def end_claims(reference: str, claim_ids: Sequence[UUID], act: ClaimAct, *, by: User, reasons: str) -> TakedownNotice:
    """End what stands: settled between the two, decided by a court, or accepted in error. The caller commits.

    Raises:
        NothingChosen, NoticeRefused, NotNow, NotYoursToDecide
    """
    notice = lock_notice(reference)
    claims = claims_of(notice)
    chosen = [claim for claim in claims if claim.id in set(claim_ids)]
    if not chosen or act not in ENDS:
        raise NothingChosen
    if not reasons:
        raise NoticeRefused("reasons", REASONS_NEEDED)
    check_rank(notice, chosen, by)
    if act is ClaimAct.RESTORE and any(claim.state is not ClaimState.IN_COURT for claim in chosen):
        raise NoticeRefused("act", "The clock decides about these: nobody went to court yet.")
    for claim in chosen:
        move_claim(notice, claim, act, by=by, reasons=reasons)
    settle_parties(notice, claims, by=by)
    end_idle_clocks(notice, claims)
    tell(notice, "ended")
    for party in {claim.party_id: claim.party for claim in chosen}.values():
        tell(notice, "ended", party)
    return notice


def extend_clock(
    reference: str, kind: ClockKind, *, more_days: int, by: User, reasons: str, party_id: UUID | None = None
) -> TakedownNotice:
    """Give somebody more time; both sides are told. The caller commits.

    Raises:
        NoticeRefused: no such clock runs.
        NotYoursToDecide
    """
    notice = lock_notice(reference)
    party = db.session.get(TakedownParty, party_id) if party_id is not None else None
    check_rank(notice, [claim for claim in claims_of(notice) if claim.party_id == party_id], by)
    clock = find_clock(notice.id, kind, party_id=party_id)
    if clock is None:
        raise NoticeRefused("kind", "That clock does not run any more.")
    before = clock.due_at
    set_clock(notice.id, kind, before + timedelta(days=more_days), party_id=party_id)
    _note(notice, EntryKind.EXTENDED, f"{more_days} days more ({kind.value}). {reasons}", by)
    audit.record(
        "takedown.extended", actor=by, about=None, subject=("takedown", notice.reference), reason=reasons,
        facts={"clock": kind.value, "days": more_days, "was_due": before.isoformat()},
    )  # fmt: skip
    tell(notice, "extended")
    if party is not None and party.told_at is not None:
        tell(notice, "extended", party)
    return notice


def add_note(reference: str, *, words: str, by: User) -> TakedownNotice:
    """Leave a note for the other moderators. The caller commits."""
    notice = lock_notice(reference)
    _note(notice, EntryKind.NOTED, words, by)
    audit.record("takedown.noted", actor=by, subject=("takedown", notice.reference))
    return notice


def flag_complainant(reference: str, *, flagged: bool, reasons: str, by: User) -> TakedownNotice:
    """Say that whoever sent a notice abuses notices, or does not after all: theirs are not hurried. The caller commits.

    Raises:
        NoticeRefused: without reasons.
        NotYoursToDecide: it is oneself.
    """
    notice = lock_notice(reference)
    check_rank(notice, (), by)
    if flagged and not reasons:
        raise NoticeRefused("reasons", REASONS_NEEDED)
    complainant = notice.complainant
    complainant.flagged_at = now() if flagged else None
    complainant.flagged_by_id, complainant.flag_reasons = (by.id, reasons) if flagged else (None, "")
    audit.record(
        "complainant.flagged" if flagged else "complainant.unflagged", actor=by,
        subject=("complainant", complainant.id), reason=reasons,
    )  # fmt: skip
    if notice.state is NoticeState.WAITING:
        start_desk_clock(notice)
    return notice


def end_idle_clocks(notice: TakedownNotice, claims: Sequence[TakedownClaim]) -> None:
    """End the clocks of parties for whom nothing is left that they run for."""
    for party_id in {claim.party_id for claim in claims}:
        states = {claim.state for claim in claims if claim.party_id == party_id}
        idle = [
            kind
            for kind, state in ((ClockKind.COUNTER, ClaimState.STANDING), (ClockKind.COURT, ClaimState.COUNTERED))
            if state not in states
        ]
        if idle:
            end_clocks(notice.id, *idle, party_id=party_id)


def _finish(notice: TakedownNotice, by: User) -> None:
    """Everything is decided: the complainant hears of it, and the notice is published after a while."""
    move_notice(notice, NoticeAct.DECIDE, by=by)
    notice.decided_at = now()
    end_clocks(notice.id, ClockKind.DECIDE, ClockKind.COMPLETE)
    if notice.publication is Publication.WAITING:
        set_clock(notice.id, ClockKind.PUBLISH, after_days(now(), days(PUBLICATION)))
    tell(notice, "decided")


def _tell_parties(notice: TakedownNotice, chosen: Sequence[TakedownClaim]) -> None:
    """Tell those whose things were just taken down, with the time that they have to answer."""
    parties = {claim.party_id: claim.party for claim in chosen if claim.state is ClaimState.STANDING}
    for party in parties.values():
        party.told_at = party.told_at or now()
        set_clock(notice.id, ClockKind.COUNTER, after_days(now(), days(COUNTER)), party_id=party.id)
        tell(notice, "told", party)


def _note(notice: TakedownNotice, kind: EntryKind, words: str, by: User) -> None:
    db.session.add(TakedownEntry(id=uuid7(), notice_id=notice.id, kind=kind, author_id=by.id, body=words))
