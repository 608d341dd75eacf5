"""Who follows whom, and who is not to be heard of."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.extensions import Model


class Follow(Model):
    """Someone follows someone."""

    __tablename__ = "follows"
    __table_args__ = (
        CheckConstraint("follower_id <> followed_id", name="not_oneself"),
        Index("ix_follows_followers", "followed_id", "created_at", "follower_id"),
        Index("ix_follows_following", "follower_id", "created_at", "followed_id"),
    )

    follower_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    followed_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    rings: Mapped[bool] = mapped_column(default=True, server_default="true")
    """Whether the follower is notified of what the other one publishes."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Mute(Model):
    """Someone does not want to hear of someone, who does not learn of it."""

    __tablename__ = "mutes"
    __table_args__ = (CheckConstraint("muter_id <> muted_id", name="not_oneself"),)

    muter_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    muted_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
