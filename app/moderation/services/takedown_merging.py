"""Notices that say what another one says."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.ids import uuid7
from app.extensions import db
from app.moderation.services.takedown_claims import (
    claims_of,
    lock_notice,
    move_claim,
    move_notice,
    settle_parties,
    tell,
)
from app.moderation.services.takedown_clocks import end_clocks
from app.moderation.takedown_errors import NoticeRefused
from app.moderation.takedown_models import EntryKind, TakedownClaim, TakedownEntry, TakedownNotice
from app.moderation.takedown_states import HOLDS, ClaimAct, ClaimState, NoticeAct, NoticeState

LOOKED_AT = 20
NOT_THE_SAME = "Only a notice from the same address that already names all of these things can take this one in."


def merge_into_known(notice: TakedownNotice) -> bool:
    """Merge a notice that was just confirmed into one of the same complainant that says all it says, if there is one.

    The caller holds its lock. Says whether it did.
    """
    for other in _others(notice):
        if _covers(other, notice):
            _merge(notice, other, by=None)
            return True
    return False


def find_duplicates(notice: TakedownNotice) -> list[TakedownNotice]:
    """Notices of the same complainant into which this one could be merged."""
    return [other for other in _others(notice) if _covers(other, notice)]


def merge_notices(reference: str, into: str, *, by: User) -> None:
    """Merge one notice into another. The caller commits.

    Raises:
        NoticeNotFound, NotNow: one of them is not there, or over.
        NoticeRefused: they do not say the same.
    """
    notices = {one: lock_notice(one) for one in sorted({reference, into})}  # in one order, whoever merges what
    notice, other = notices[reference], notices[into]
    if notice.id == other.id or notice.complainant_id != other.complainant_id or not _covers(other, notice):
        raise NoticeRefused("into", NOT_THE_SAME)
    _merge(notice, other, by=by)


def _others(notice: TakedownNotice) -> list[TakedownNotice]:
    query = (
        select(TakedownNotice)
        .options(joinedload(TakedownNotice.complainant, innerjoin=True))
        .where(
            TakedownNotice.complainant_id == notice.complainant_id, TakedownNotice.id != notice.id,
            TakedownNotice.state.in_([NoticeState.WAITING, NoticeState.ASKED, NoticeState.DECIDED]),
        )
        .order_by(TakedownNotice.created_at.desc(), TakedownNotice.id.desc())
        .limit(LOOKED_AT)
    )  # fmt: skip
    return list(db.session.scalars(query))


def _covers(other: TakedownNotice, notice: TakedownNotice) -> bool:
    """Whether everything that ``notice`` names waits or stands in ``other``."""
    living = [ClaimState.WAITING, *HOLDS]
    things = select(TakedownClaim.kind, TakedownClaim.thing_id)
    named = {tuple(row) for row in db.session.execute(things.where(TakedownClaim.notice_id == notice.id))}
    lasting = things.where(TakedownClaim.notice_id == other.id, TakedownClaim.state.in_(living))
    return named <= {tuple(row) for row in db.session.execute(lasting)}


def _merge(notice: TakedownNotice, other: TakedownNotice, *, by: User | None) -> None:
    claims = claims_of(notice)
    notice.merged_into_id = other.id
    move_notice(notice, NoticeAct.MERGE, by=by)
    for claim in claims:
        if claim.state is ClaimState.WAITING:
            move_claim(notice, claim, ClaimAct.MERGE, by=by)
    end_clocks(notice.id)
    settle_parties(notice, claims, by=by)
    words = f"{notice.reference} says the same:\n\n{notice.works}\n\n{notice.explanation}".strip()
    db.session.add(TakedownEntry(id=uuid7(), notice_id=other.id, kind=EntryKind.MERGED, body=words))
    tell(notice, "merged")
