"""Noting where people are, so that they can go on elsewhere."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import User
from app.core.clock import now
from app.extensions import db
from app.media.models import Medium
from app.plays.models import Position

END_MS = 10_000
"""Whoever has so little left has finished."""


def note_position(user: User, medium: Medium, *, position_ms: int, finished: bool) -> None:
    """Keep where ``user`` is in ``medium``. Nothing is kept of people who paused their history.

    ``position_ms`` is cut to the medium's length. The newest note wins, from whatever device.
    """
    if not user.remembers_history:
        return
    position_ms = max(0, min(position_ms, medium.duration_ms or position_ms, 2**31 - 1))
    over = finished or (medium.duration_ms > 3 * END_MS and position_ms > medium.duration_ms - END_MS)
    values = {"position_ms": position_ms, "finished": over, "played_at": now()}
    statement = insert(Position).values(user_id=user.id, medium_id=medium.id, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["user_id", "medium_id"], set_=values))


def bring_position(user: User, medium_id: UUID, *, position_ms: int, finished: bool, at: datetime) -> bool:
    """Keep where ``user`` was in a medium elsewhere, unless they played it here; returns whether that is new."""
    values = {"position_ms": max(0, min(position_ms, 2**31 - 1)), "finished": finished, "played_at": at}
    row = insert(Position).values(user_id=user.id, medium_id=medium_id, **values).on_conflict_do_nothing()
    return db.session.scalar(row.returning(Position.medium_id)) is not None


def forget(user: User, medium_id: UUID) -> None:
    """Take one medium out of someone's history."""
    db.session.execute(delete(Position).where(Position.user_id == user.id, Position.medium_id == medium_id))


def forget_all(user: User) -> None:
    """Empty someone's history."""
    db.session.execute(delete(Position).where(Position.user_id == user.id))
