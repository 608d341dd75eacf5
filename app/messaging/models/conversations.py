"""What two people write to each other."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.columns import enum_column
from app.core.holds import Hold
from app.core.ids import public_id, uuid7
from app.extensions import Model


class Conversation(Model):
    """Two people, and all that they wrote to each other: there is one for each pair.

    Whoever adds a message locks this row and takes the next number, so numbers rise in the order of commits and have
    no gaps: "what came after number 41" is never wrong, however many processes write.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("low_id", "high_id"),
        CheckConstraint("low_id < high_id", name="low_before_high"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    low_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    """The one of the two whose id is smaller; empty once that account is gone."""
    high_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    last_number: Mapped[int] = mapped_column(default=0, server_default="0")
    """The number of the newest message."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Standing(StrEnum):
    """How a conversation stands with one of the two."""

    ACCEPTED = "accepted"
    REQUEST = "request"
    """A stranger wrote, and this person has not answered yet: it lies apart, and nothing rings."""
    DECLINED = "declined"
    """They do not want it. The other one does not learn of that."""


class Participant(Model):
    """One of the two, and how the conversation looks from their side."""

    __tablename__ = "participants"
    __table_args__ = (
        CheckConstraint("unread >= 0", name="unread_not_negative"),
        Index(
            "ix_participants_inbox", "user_id", "state", "last_at", "conversation_id",
            postgresql_where=text("last_number > 0"),
        ),
        Index("ix_participants_unread", "user_id", postgresql_where=text("unread > 0")),
    )  # fmt: skip

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    """The other one; empty once that account is gone."""
    state: Mapped[Standing] = mapped_column(enum_column(Standing), default=Standing.ACCEPTED)
    last_number: Mapped[int] = mapped_column(default=0, server_default="0")
    """The newest message that they see; 0 where they see none, and no list shows the conversation."""
    last_at: Mapped[datetime] = mapped_column(default=now)
    """When that one was written: lists go by it."""
    unread: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of the other one's messages they have not seen."""
    read_up_to: Mapped[int] = mapped_column(default=0, server_default="0")
    """The newest message that they have seen."""
    read_at: Mapped[datetime | None]
    deleted_up_to: Mapped[int] = mapped_column(default=0, server_default="0")
    """They deleted everything up to this number, for themselves."""


class Message(Model):
    """One message. Its number is its place in the conversation, and its name in addresses."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "number"),
        UniqueConstraint("conversation_id", "sender_id", "client_key"),
        CheckConstraint("num_nonnulls(medium_id, set_id) <= 1", name="one_attachment"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    number: Mapped[int]
    sender_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    """Empty once the account is gone: what was written stays with whom it was written to."""
    body: Mapped[str]
    """As it was written: plain text, in which links and mentions are found when it is shown."""
    client_key: Mapped[str]
    """What the sender's page named it: sent twice, it is one message."""
    has_attachment: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether something was attached; it may be gone since."""
    medium_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id", ondelete="SET NULL"), index=True)
    set_id: Mapped[UUID | None] = mapped_column(ForeignKey("sets.id", ondelete="SET NULL"), index=True)
    link_secret: Mapped[str | None]
    """What opened the attached thing when it was sent, where it is unlisted: the sender gave its secret link away."""
    hold: Mapped[Hold | None] = mapped_column(enum_column(Hold))
    """Set where moderators took its words away from its reader."""
    hidden_from_sender: Mapped[bool] = mapped_column(default=False, server_default="false")
    hidden_from_reader: Mapped[bool] = mapped_column(default=False, server_default="false")
    held: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether it waits for a moderator's look before its reader gets it."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class ReportReason(StrEnum):
    """What is wrong with a message, as its reader says."""

    SPAM = "spam"
    HARASSMENT = "harassment"
    THREAT = "threat"
    SEXUAL = "sexual"
    OTHER = "other"


class MessageReport(Model):
    """Someone asks the moderators to look at what they were written. It keeps the words, whoever deletes them later."""

    __tablename__ = "message_reports"
    __table_args__ = (UniqueConstraint("reporter_id", "conversation_id", "up_to_number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    reporter_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    reported_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    conversation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("conversations.id", ondelete="SET NULL"), index=True
    )
    up_to_number: Mapped[int]
    """The newest message of what was reported."""
    reason: Mapped[ReportReason] = mapped_column(enum_column(ReportReason))
    note: Mapped[str] = mapped_column(default="", server_default="")
    snapshot: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """The last messages up to that one, oldest first: number, sender's id, text, time, attachment."""
    created_at: Mapped[datetime] = mapped_column(default=now)
