"""The tables of plays."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.extensions import Model


class Position(Model):
    """Where a person left off in a medium, on whatever device: the resume point, and one line of their history."""

    __tablename__ = "positions"
    __table_args__ = (
        CheckConstraint("position_ms >= 0", name="not_negative"),
        Index("ix_positions_history", "user_id", "played_at", "medium_id"),
        Index(
            "ix_positions_to_continue",
            "user_id",
            "played_at",
            postgresql_where=text("NOT finished AND position_ms > 0"),
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    medium_id: Mapped[UUID] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), primary_key=True, index=True)
    position_ms: Mapped[int] = mapped_column(default=0)
    finished: Mapped[bool] = mapped_column(default=False)
    played_at: Mapped[datetime] = mapped_column(default=now)
