"""Browsers that want to be pushed to, and the pushes that wait for them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import Model


class PushSubscription(Model):
    """A browser's mailbox at its maker's push service (RFC 8030), with the keys that seal what is sent (RFC 8291).

    It belongs to the session that made it: a browser that was logged out is pushed nothing.
    """

    __tablename__ = "push_subscriptions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    endpoint: Mapped[str] = mapped_column(unique=True)
    p256dh: Mapped[str]
    auth: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


class PushDelivery(Model):
    """A notification on its way to a browser. Once more of it happens, the same row goes again."""

    __tablename__ = "push_deliveries"
    __table_args__ = (
        UniqueConstraint("notification_id", "subscription_id"),
        Index("ix_push_deliveries_due", "due_at", postgresql_where=text("done_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    notification_id: Mapped[UUID] = mapped_column(ForeignKey("notifications.id", ondelete="CASCADE"))
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("push_subscriptions.id", ondelete="CASCADE"), index=True)
    due_at: Mapped[datetime] = mapped_column(default=now)
    """When it is to be tried; whoever takes it sets this ahead, so that it goes again if they die."""
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    done_at: Mapped[datetime | None]
