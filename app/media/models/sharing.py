"""Named links that open one thing to whoever has them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.ids import secret, uuid7
from app.extensions import Model

TICKET = "play-"


class ShareLink(Model):
    """A link for one recipient to a medium or a set that is not for everyone; it can end by time, by plays, by will."""

    __tablename__ = "share_links"
    __table_args__ = (
        CheckConstraint("num_nonnulls(medium_id, set_id) = 1", name="of_one_thing"),
        CheckConstraint("play_cap IS NULL OR play_cap > 0", name="play_cap_positive"),
        Index("ix_share_links_medium", "medium_id", "id", postgresql_where=text("medium_id IS NOT NULL")),
        Index("ix_share_links_set", "set_id", "id", postgresql_where=text("set_id IS NOT NULL")),
        Index("ix_share_links_owner", "owner_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    token: Mapped[str] = mapped_column(unique=True, default=secret)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """Who made it, and whom to ask for another."""
    medium_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    set_id: Mapped[UUID | None] = mapped_column(ForeignKey("sets.id", ondelete="CASCADE"))
    recipient: Mapped[str]
    """For whom it is, in its maker's words."""
    expires_at: Mapped[datetime | None]
    play_cap: Mapped[int | None]
    plays: Mapped[int] = mapped_column(default=0, server_default="0")
    last_played_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


def ticket() -> str:
    """What a play that has begun by a link goes on with. It cannot be taken for the token of a link."""
    return f"{TICKET}{secret()}"


class SharePlay(Model):
    """A browser that has begun to play by a link: its ticket stays good when the link's plays are used up."""

    __tablename__ = "share_plays"
    __table_args__ = (Index("ix_share_plays_seen", "link_id", "seen_at"),)

    link_id: Mapped[UUID] = mapped_column(ForeignKey("share_links.id", ondelete="CASCADE"), primary_key=True)
    browser: Mapped[str] = mapped_column(primary_key=True)
    """A digest of what its cookie holds."""
    ticket: Mapped[str] = mapped_column(unique=True, default=ticket)
    begun_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
