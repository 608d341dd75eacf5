"""What happens when clocks run out, and who is reminded before. Done again, nothing happens twice."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, exists, select, update

from app.core.clock import now
from app.extensions import db
from app.moderation.services import takedown_publishing
from app.moderation.services.takedown_answers import restore_unsued
from app.moderation.services.takedown_claims import (
    claims_of,
    lock_notice,
    move_claim,
    move_notice,
    settle_parties,
    tell,
)
from app.moderation.services.takedown_clocks import end_clocks
from app.moderation.takedown_models import ClockKind, TakedownClock, TakedownNotice, TakedownParty
from app.moderation.takedown_states import ClaimAct, ClaimState, NoticeAct, NoticeState

ACTING = {ClockKind.CONFIRM, ClockKind.COMPLETE, ClockKind.COUNTER, ClockKind.COURT, ClockKind.PUBLISH}
"""Clocks after which something happens by itself."""
FORGET_AFTER = timedelta(days=30)
REMINDERS = {ClockKind.COMPLETE: "complete_soon", ClockKind.COUNTER: "counter_soon", ClockKind.COURT: "court_soon"}


def are_due() -> bool:
    """Whether a clock has run out, or somebody is to be reminded."""
    moment = now()
    due = exists().where(
        TakedownClock.ended_at.is_(None), TakedownClock.due_at <= moment, TakedownClock.kind.in_(ACTING)
    )
    warn = exists().where(
        TakedownClock.ended_at.is_(None), TakedownClock.warned_at.is_(None), TakedownClock.warn_at <= moment
    )
    return bool(db.session.scalar(select(due | warn)))


def next_due(but: Collection[UUID] = ()) -> tuple[UUID, str] | None:
    """The clock that ran out first and its notice's reference; none of ``but``, which could not be obeyed."""
    query = (
        select(TakedownClock.id, TakedownNotice.reference)
        .join(TakedownNotice, TakedownNotice.id == TakedownClock.notice_id)
        .where(TakedownClock.ended_at.is_(None), TakedownClock.due_at <= now(), TakedownClock.kind.in_(ACTING))
        .where(TakedownClock.id.not_in(but))
        .order_by(TakedownClock.due_at)
        .limit(1)
    )
    found = db.session.execute(query).first()
    return (found.id, found.reference) if found is not None else None


def obey(clock_id: UUID, reference: str) -> None:
    """Do what is to be done now that a clock has run out, unless somebody was quicker. The caller commits."""
    notice = lock_notice(reference)
    clock = db.session.get(TakedownClock, clock_id, populate_existing=True)
    if clock is None or clock.ended_at is not None or clock.due_at > now():
        return  # obeyed already, or given more time
    clock.ended_at = now()
    db.session.flush()
    _obey(notice, clock)


def remind() -> None:
    """Remind those whose time is nearly over, each once. The caller commits."""
    query = (
        update(TakedownClock)
        .where(TakedownClock.ended_at.is_(None), TakedownClock.warned_at.is_(None), TakedownClock.warn_at <= now())
        .values(warned_at=now())
        .returning(TakedownClock.notice_id, TakedownClock.party_id, TakedownClock.kind)
    )
    for notice_id, party_id, kind in db.session.execute(query).all():
        notice = db.session.get_one(TakedownNotice, notice_id)
        # Of the time to go to court the complainant is reminded, of the time to answer the other side.
        party = db.session.get(TakedownParty, party_id) if kind is ClockKind.COUNTER else None
        tell(notice, REMINDERS[kind], party)


def forget_unconfirmed() -> None:
    """Delete what was never confirmed, a while after it lapsed: nobody is known to have sent it. The caller commits."""
    db.session.execute(
        delete(TakedownNotice).where(
            TakedownNotice.state.in_([NoticeState.LAPSED, NoticeState.WITHDRAWN]),
            TakedownNotice.confirmed_at.is_(None), TakedownNotice.created_at < now() - FORGET_AFTER,
        )
    )  # fmt: skip


def _obey(notice: TakedownNotice, clock: TakedownClock) -> None:
    if clock.kind in {ClockKind.CONFIRM, ClockKind.COMPLETE}:
        _lapse(notice)
    elif clock.kind is ClockKind.COURT and clock.party_id is not None:
        restore_unsued(notice, clock.party_id)
    elif clock.kind is ClockKind.COUNTER and clock.party_id is not None:
        _close_counter(notice, clock.party_id)
    elif clock.kind is ClockKind.PUBLISH:
        takedown_publishing.publish_notice(notice, by=None)
    end_clocks(notice.id, clock.kind, party_id=clock.party_id)  # keeps the notice's own column


def _lapse(notice: TakedownNotice) -> None:
    """Nobody confirmed it, or nobody answered. What was decided of it before stays decided."""
    was_confirmed = notice.confirmed_at is not None
    claims = claims_of(notice)
    waiting = [claim for claim in claims if claim.state is ClaimState.WAITING]
    move_notice(notice, NoticeAct.LAPSE if len(waiting) == len(claims) else NoticeAct.DECIDE, by=None)
    if len(waiting) < len(claims):
        notice.decided_at = now()
    for claim in waiting:
        move_claim(notice, claim, ClaimAct.LAPSE, by=None)
    settle_parties(notice, claims, by=None)
    if was_confirmed:
        tell(notice, "lapsed")


def _close_counter(notice: TakedownNotice, party_id: UUID) -> None:
    """The time for a counter-notice is over: what stands, stands."""
    party = db.session.get(TakedownParty, party_id)
    if party is not None:
        tell(notice, "counter_over", party)
