"""The clocks of notices, as rows: set, ended, extended. What happens when one runs out is in ``takedown_due.py``."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import db
from app.moderation.takedown_models import ClockKind, TakedownClock, TakedownNotice
from app.moderation.takedown_rules import WARN_BEFORE

WARNED = {ClockKind.COMPLETE, ClockKind.COUNTER, ClockKind.COURT}
"""Those of whose end somebody is reminded."""


def set_clock(notice_id: UUID, kind: ClockKind, due_at: datetime, *, party_id: UUID | None = None) -> None:
    """Start a clock; one of its kind that runs already is set to the new time. The caller holds the notice's lock."""
    clock = find_clock(notice_id, kind, party_id=party_id)
    warn_at = due_at - WARN_BEFORE if kind in WARNED else None
    if clock is None:
        db.session.add(
            TakedownClock(
                id=uuid7(), notice_id=notice_id, party_id=party_id, kind=kind, due_at=due_at,
                warn_at=warn_at if warn_at is not None and warn_at > now() else None,
            )
        )  # fmt: skip
    else:
        clock.due_at, clock.warn_at, clock.warned_at = due_at, warn_at, None
    _keep_due(notice_id)


def find_clock(notice_id: UUID, kind: ClockKind, *, party_id: UUID | None = None) -> TakedownClock | None:
    """The clock of this kind that runs, if there is one."""
    query = select(TakedownClock).where(
        TakedownClock.notice_id == notice_id, TakedownClock.kind == kind, TakedownClock.ended_at.is_(None)
    )
    return db.session.scalar(query.where(TakedownClock.party_id.is_not_distinct_from(party_id)))


def end_clocks(notice_id: UUID, *kinds: ClockKind, party_id: UUID | None = None) -> None:
    """End clocks of these kinds, or all of the notice where none is named; of one party where one is named."""
    query = update(TakedownClock).where(TakedownClock.notice_id == notice_id, TakedownClock.ended_at.is_(None))
    if kinds:
        query = query.where(TakedownClock.kind.in_(kinds))
    if party_id is not None:
        query = query.where(TakedownClock.party_id == party_id)
    db.session.flush()
    db.session.execute(query.values(ended_at=now()), execution_options={"synchronize_session": "fetch"})
    _keep_due(notice_id)


def _keep_due(notice_id: UUID) -> None:
    """Keep the notice's own column with its clocks. That of publication is no one's work."""
    db.session.flush()
    next_due = (
        select(func.min(TakedownClock.due_at))
        .where(
            TakedownClock.notice_id == notice_id, TakedownClock.ended_at.is_(None),
            TakedownClock.kind != ClockKind.PUBLISH,
        )
        .scalar_subquery()
    )  # fmt: skip
    query = update(TakedownNotice).where(TakedownNotice.id == notice_id).values(due_at=next_due)
    db.session.execute(query, execution_options={"synchronize_session": "fetch"})
