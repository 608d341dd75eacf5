"""The course of a claim: every change of its state goes through here, with the hold and the log that belong to it."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.models import User
from app.core import audit
from app.core.clock import now
from app.core.events import publish
from app.core.holds import Hold
from app.extensions import db
from app.moderation.models import Cause, HoldRecord
from app.moderation.refs import Ref, RefKind, find_thing
from app.moderation.services import strikes
from app.moderation.services.decisions import require_may_decide
from app.moderation.services.holds import lift_hold, put_hold
from app.moderation.takedown_errors import NoticeNotFound, NotYoursToDecide
from app.moderation.takedown_events import TakedownLetterDue
from app.moderation.takedown_models import TakedownClaim, TakedownNotice, TakedownParty
from app.moderation.takedown_states import (
    HOLDS,
    OPEN,
    ClaimAct,
    NoticeAct,
    after_claim_act,
    after_notice_act,
)
from app.social.models import CommentState

DONE = {
    ClaimAct.ACCEPT: "accepted", ClaimAct.REFUSE: "refused", ClaimAct.COUNTER: "countered", ClaimAct.SUE: "sued",
    ClaimAct.RESTORE: "restored", ClaimAct.WITHDRAW: "withdrawn", ClaimAct.SETTLE: "settled",
    ClaimAct.CONCEDE: "conceded", ClaimAct.UPHOLD: "upheld", ClaimAct.LAPSE: "lapsed", ClaimAct.MERGE: "merged",
    ClaimAct.VANISH: "vanished",
}  # fmt: skip
NOTICE_DONE = {
    NoticeAct.CONFIRM: "confirmed", NoticeAct.ASK: "asked", NoticeAct.ANSWER: "answered", NoticeAct.DECIDE: "decided",
    NoticeAct.WITHDRAW: "withdrawn", NoticeAct.LAPSE: "lapsed", NoticeAct.MERGE: "merged",
}  # fmt: skip


def lock_notice(reference: str) -> TakedownNotice:
    """A notice, for whoever changes it: nobody else does until the transaction ends.

    Raises:
        NoticeNotFound: there is none.
    """
    query = (
        select(TakedownNotice)
        .options(joinedload(TakedownNotice.complainant, innerjoin=True))
        .where(TakedownNotice.reference == reference)
    )
    notice = db.session.scalar(query.with_for_update(of=TakedownNotice).execution_options(populate_existing=True))
    if notice is None:
        raise NoticeNotFound
    return notice


def claims_of(notice: TakedownNotice) -> list[TakedownClaim]:
    """All that a notice names, with whose it is. Ask for it under the notice's lock."""
    query = (
        select(TakedownClaim)
        .join(TakedownClaim.party)
        .options(contains_eager(TakedownClaim.party).joinedload(TakedownParty.person))
        .where(TakedownClaim.notice_id == notice.id)
        .order_by(TakedownClaim.id)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def move_notice(
    notice: TakedownNotice, act: NoticeAct, *, by: User | None, reason: str = "", about: User | None = None
) -> None:
    """Change the state of a notice, and write that down.

    Raises:
        NotNow: it is not possible now.
    """
    notice.state = after_notice_act(notice.state, act)
    audit.record(
        f"takedown.{NOTICE_DONE[act]}", actor=by, about=about, subject=("takedown", notice.reference), reason=reason
    )


def move_claim(
    notice: TakedownNotice, claim: TakedownClaim, act: ClaimAct, *, by: User | None, reasons: str = ""
) -> None:
    """Change the state of a claim; its thing is held exactly while that says so. ``settle_parties`` comes after.

    Raises:
        NotNow: it is not possible now.
    """
    before, moment = claim.state, now()
    claim.state = after_claim_act(before, act)
    if reasons:
        claim.reasons = reasons
    if act in {ClaimAct.ACCEPT, ClaimAct.REFUSE}:
        claim.decided_at, claim.decided_by_id = moment, by.id if by is not None else None
    if claim.state not in OPEN:
        claim.ended_at = moment
    ref = Ref(RefKind(claim.kind), claim.thing_id)
    if claim.state in HOLDS and before not in HOLDS:
        put_hold(ref, Hold.REMOVED, cause=Cause.TAKEDOWN, cause_id=claim.id, by=by)
    elif before in HOLDS and claim.state not in HOLDS:
        record = db.session.scalar(
            select(HoldRecord).where(
                HoldRecord.cause == Cause.TAKEDOWN, HoldRecord.cause_id == claim.id, HoldRecord.lifted_at.is_(None),
                HoldRecord.kind == ref.kind, HoldRecord.thing_id == ref.id,
            )
        )  # fmt: skip
        if record is not None:
            lift_hold(record, by)
    audit.record(
        f"takedown_claim.{DONE[act]}", actor=by, about=claim.party.person, subject=("takedown", notice.reference),
        before={"state": before.value}, after={"state": claim.state.value, "thing": claim.address}, reason=reasons,
        facts={"kind": claim.kind},
    )  # fmt: skip


def settle_parties(notice: TakedownNotice, claims: Iterable[TakedownClaim], *, by: User | None) -> None:
    """Bring strikes up to date with the claims of a notice."""
    db.session.flush()
    by_party: dict[UUID, list[TakedownClaim]] = {}
    for claim in claims:
        by_party.setdefault(claim.party_id, []).append(claim)
    for held in by_party.values():
        strikes.keep_strike(held[0].party, [claim.state for claim in held], reference=notice.reference, by=by)


def tell(notice: TakedownNotice, letter: str, party: TakedownParty | None = None) -> None:
    """Have a letter written: to the complainant or, where a party is named, to the person behind it."""
    publish(TakedownLetterDue(letter=letter, notice_id=notice.id, party_id=str(party.id) if party is not None else ""))


def check_rank(notice: TakedownNotice, claims: Iterable[TakedownClaim], by: User) -> None:
    """Whether a member of staff may decide about these: the same as for every other decision.

    Raises:
        NotYoursToDecide: they sent the notice.
        OwnCase, MayNotDecide: it is about something of their own, or of somebody whom they do not rank above.
    """
    if notice.complainant.user_id == by.id:
        raise NotYoursToDecide
    for owner in {claim.party_id: claim.party.person for claim in claims}.values():
        require_may_decide(by, owner, None)


def is_there(claim: TakedownClaim) -> bool:
    """Whether the thing is still there; it stays so until the transaction ends."""
    thing = find_thing(Ref(RefKind(claim.kind), claim.thing_id), lock=True)
    return thing is not None and getattr(thing.row, "state", None) is not CommentState.DELETED
