"""What somebody is told of what others did, and through which channels."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.columns import enum_column
from app.core.ids import uuid7
from app.extensions import Model
from app.messaging.kinds import MailChoice, NoticeKind

SUBJECTS = ("medium", "set", "post", "comment", "conversation")


class MailState(StrEnum):
    """What becomes of a notification by mail."""

    NONE = "none"
    AT_ONCE = "at_once"
    """It waits for the next mail."""
    DIGEST = "digest"
    """It waits for the daily mail."""
    SENDING = "sending"
    SENT = "sent"


class Notification(Model):
    """One line of somebody's notifications: an event, or several of one kind about one thing on one day.

    ``key`` names what is told together; what each event was is in ``NotificationEvent``.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("recipient_id", "key"),
        CheckConstraint(f"num_nonnulls({', '.join(f'{one}_id' for one in SUBJECTS)}) <= 1", name="of_one_thing"),
        CheckConstraint("count > 0 AND mailed_count BETWEEN 0 AND count", name="counts"),
        Index("ix_notifications_newest", "recipient_id", "happened_at", "id", postgresql_where=text("in_app")),
        Index("ix_notifications_unseen", "recipient_id", postgresql_where=text("in_app AND seen_at IS NULL")),
        Index(
            "ix_notifications_to_mail", "mail_state", "happened_at",
            postgresql_where=text("mail_state IN ('at_once', 'digest', 'sending')"),
        ),
        Index("ix_notifications_old", "happened_at", postgresql_using="brin"),
        *(
            Index(f"ix_notifications_of_{one}", f"{one}_id", postgresql_where=text(f"{one}_id IS NOT NULL"))
            for one in SUBJECTS
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[NoticeKind] = mapped_column(enum_column(NoticeKind))
    key: Mapped[str]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    """Who did it last."""
    medium_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    set_id: Mapped[UUID | None] = mapped_column(ForeignKey("sets.id", ondelete="CASCADE"))
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    comment_id: Mapped[UUID | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    count: Mapped[int] = mapped_column(default=1, server_default="1")
    in_app: Mapped[bool] = mapped_column(default=True, server_default="true")
    """Whether it is listed; else it is only mailed or pushed."""
    happened_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime | None]
    """When its receiver last saw it in a list; empty again when more of it happens."""
    read_at: Mapped[datetime | None]
    """When its receiver followed it, or marked it as read."""
    mail_state: Mapped[MailState] = mapped_column(
        enum_column(MailState), default=MailState.NONE, server_default=MailState.NONE.value
    )
    mail_claimed_at: Mapped[datetime | None]
    mailed_count: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of ``count`` a mail has told already."""


class NotificationEvent(Model):
    """One event that somebody was notified of. Its key is why nothing is told twice, however often a job runs."""

    __tablename__ = "notification_events"
    __table_args__ = (
        ForeignKeyConstraint(
            ["recipient_id", "key"], ["notifications.recipient_id", "notifications.key"], ondelete="CASCADE"
        ),
        Index("ix_notification_events_latest", "recipient_id", "key", "happened_at"),
    )

    recipient_id: Mapped[UUID] = mapped_column(primary_key=True)
    event_key: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    happened_at: Mapped[datetime] = mapped_column(default=now)


class NotificationChoice(Model):
    """Through which channels somebody wants to hear of a kind. Without a row ``kinds.RULES`` decides."""

    __tablename__ = "notification_choices"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[NoticeKind] = mapped_column(enum_column(NoticeKind), primary_key=True)
    in_app: Mapped[bool]
    mail: Mapped[MailChoice] = mapped_column(enum_column(MailChoice))
    push: Mapped[bool]


class NotificationMailing(Model):
    """When somebody was last sent a mail at once, so that a busy hour is not sixty mails."""

    __tablename__ = "notification_mailings"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    mailed_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often in a row the mail server did not take their mail."""
    retry_at: Mapped[datetime | None]
    """Until then it is not tried again."""


class FanOut(Model):
    """Something that everyone who follows somebody is to hear of, and how far the telling has come.

    ``at`` and ``follower_id`` are the place in the list of followers up to which all were told. They move in the
    transaction that told them, so whoever goes on after a killed job begins exactly there.
    """

    __tablename__ = "fan_outs"
    __table_args__ = (
        CheckConstraint("num_nonnulls(medium_id, set_id, post_id) = 1", name="of_one_thing"),
        Index("uq_fan_outs_medium", "medium_id", unique=True, postgresql_where=text("medium_id IS NOT NULL")),
        Index("uq_fan_outs_set", "set_id", unique=True, postgresql_where=text("set_id IS NOT NULL")),
        Index("uq_fan_outs_post", "post_id", unique=True, postgresql_where=text("post_id IS NOT NULL")),
        Index("ix_fan_outs_waiting", "id", postgresql_where=text("finished_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    medium_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    set_id: Mapped[UUID | None] = mapped_column(ForeignKey("sets.id", ondelete="CASCADE"))
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    began_at: Mapped[datetime] = mapped_column(default=now)
    """Who follows later is not told."""
    at: Mapped[datetime | None]
    follower_id: Mapped[UUID | None]
    told: Mapped[int] = mapped_column(default=0, server_default="0")
    finished_at: Mapped[datetime | None]
