"""What is asked of the tables of plays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, tuple_

from app.accounts.queries import not_apart
from app.extensions import db
from app.media.cards import MediumCard, card_columns, to_card
from app.media.models import Medium
from app.plays.models import Position
from app.web.pagination import PAGE_SIZE


def position_ms(user_id: UUID | None, medium_id: UUID) -> int:
    """Where someone left off; 0 for strangers, for what was never played, and for what was heard to its end."""
    if user_id is None:
        return 0
    row = db.session.execute(
        select(Position.position_ms, Position.finished).where(
            Position.user_id == user_id, Position.medium_id == medium_id
        )
    ).one_or_none()
    return 0 if row is None or row.finished else row.position_ms


def cards_to_continue(user_id: UUID, size: int = 12) -> list[MediumCard]:
    """What someone began and did not finish, the latest first, as far as they may still see it."""
    query = (
        card_columns(Position.position_ms)
        .join(Position, Position.medium_id == Medium.id)
        .where(
            Position.user_id == user_id,
            ~Position.finished,
            Position.position_ms > 0,
            or_(Medium.listed, Medium.owner_id == user_id),
            *not_apart(user_id, Medium.owner_id),
        )
        .order_by(Position.played_at.desc())
        .limit(size)
    )
    return [to_card(row, position_ms=row.position_ms) for row in db.session.execute(query)]


def history_rows(user_id: UUID, *, after: tuple[datetime, UUID] | None = None, size: int = PAGE_SIZE) -> Sequence[Any]:
    """One more than ``size`` rows of what someone played, the latest first, as far as they may still see it."""
    query = (
        card_columns(Position.position_ms, Position.played_at, Position.finished)
        .join(Position, Position.medium_id == Medium.id)
        .where(
            Position.user_id == user_id,
            or_(Medium.listed, Medium.owner_id == user_id),
            *not_apart(user_id, Medium.owner_id),
        )
    )
    if after is not None:
        query = query.where(tuple_(Position.played_at, Position.medium_id) < tuple_(*after))
    query = query.order_by(Position.played_at.desc(), Position.medium_id.desc()).limit(size + 1)
    return db.session.execute(query).all()
