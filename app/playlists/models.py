"""Sets: ordered collections of media, who works on them, and what they changed."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.clock import now
from app.core.columns import enum_column
from app.core.holds import Hold
from app.core.ids import public_id, secret, uuid7
from app.core.pictures import Picture
from app.extensions import Model
from app.media.models import CommentPolicy, Medium, MediumState, Visibility


class SetKind(StrEnum):
    """What a set is, which decides what its page shows of it."""

    PLAYLIST = "playlist"
    ALBUM = "album"
    EP = "ep"
    SINGLE = "single"
    SERIES = "series"
    PODCAST = "podcast"
    WATCH_LATER = "watch_later"
    """Kept by the system, one a person, always private."""


class Set(Model):
    """An ordered collection at its address. The gate takes it as it takes a medium."""

    __tablename__ = "sets"
    __table_args__ = (
        UniqueConstraint("owner_id", "slug"),
        CheckConstraint("(visibility = 'unlisted') <= (link_secret IS NOT NULL)", name="unlisted_has_secret"),
        Index("ix_sets_newest_by_owner", "owner_id", "published_at", "id", postgresql_where=text("listed")),
        Index("ix_sets_by_owner", "owner_id", "id"),
        Index("uq_sets_watch_later", "owner_id", unique=True, postgresql_where=text("kind = 'watch_later'")),
        Index("ix_sets_title_search", "search", postgresql_using="gin"),
        Index("ix_sets_held", "id", postgresql_where=text("hold IS NOT NULL")),
        Index("ix_sets_newest", "published_at", "id", postgresql_where=text("listed")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[SetKind] = mapped_column(enum_column(SetKind), default=SetKind.PLAYLIST)
    slug: Mapped[str]
    title: Mapped[str]
    description_markdown: Mapped[str] = mapped_column(default="", server_default="")
    realm_slug: Mapped[str | None] = mapped_column(ForeignKey("realms.slug", onupdate="CASCADE", ondelete="SET NULL"))
    genre: Mapped[str] = mapped_column(default="", server_default="")
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    release_date: Mapped[date | None]
    artwork_id: Mapped[UUID | None] = mapped_column(ForeignKey("pictures.id", ondelete="SET NULL"), index=True)
    """A cover of its own; without one it is made of the first four works."""

    visibility: Mapped[Visibility] = mapped_column(enum_column(Visibility), default=Visibility.PUBLIC)
    link_secret: Mapped[str | None] = mapped_column(default=secret)
    published_at: Mapped[datetime | None] = mapped_column(default=now)
    listed: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether strangers find it in listings: public, published, not withheld, and with something in it."""
    withheld: Mapped[bool] = mapped_column(default=False, server_default="false")
    """As with media."""
    hold: Mapped[Hold | None] = mapped_column(enum_column(Hold))
    """What moderators, a filter or a notice made of it; empty where nothing stands against it."""
    comments_policy: Mapped[CommentPolicy] = mapped_column(enum_column(CommentPolicy), default=CommentPolicy.OPEN)
    newest_first: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether what is added goes to the top, as the episodes of a show do."""
    announced_at: Mapped[datetime | None]
    """When strangers could find it for the first time."""
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    """Counts the changes of its order, so that two people who change it at once can be told apart."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed("to_tsvector('simple'::regconfig, title || ' ' || genre)", persisted=True), deferred=True
    )

    owner: Mapped[User] = relationship(lazy="raise_on_sql")
    artwork: Mapped[Picture | None] = relationship(lazy="raise_on_sql")

    available_until = None
    state = MediumState.READY
    downloads_allowed = False
    explicit = age_restricted = False


class FormerSetSlug(Model):
    """An address that a set had: it leads to the present one."""

    __tablename__ = "former_set_slugs"

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    slug: Mapped[str] = mapped_column(primary_key=True)
    set_id: Mapped[UUID] = mapped_column(ForeignKey("sets.id", ondelete="CASCADE"), index=True)


class SetItem(Model):
    """A medium at its place in a set, once each."""

    __tablename__ = "set_items"
    __table_args__ = (
        UniqueConstraint("set_id", "medium_id"),
        Index("ix_set_items_order", "set_id", "rank", "id"),
        CheckConstraint("stops_at_ms IS NULL OR stops_at_ms > coalesce(starts_at_ms, 0)", name="stops_after_it_starts"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    set_id: Mapped[UUID] = mapped_column(ForeignKey("sets.id", ondelete="CASCADE"))
    medium_id: Mapped[UUID] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), index=True)
    rank: Mapped[str] = mapped_column(Text(collation="C"))
    """Its place as a fraction written in letters: between any two there is room for a third, so that moving one item
    writes one row."""
    season: Mapped[int | None]
    episode: Mapped[int | None]
    note: Mapped[str] = mapped_column(default="", server_default="")
    starts_at_ms: Mapped[int | None]
    stops_at_ms: Mapped[int | None]
    medium_secret: Mapped[str | None]
    """The secret link by which whoever added it came to it, so that they, and nobody else, find it here too."""
    added_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    added_at: Mapped[datetime] = mapped_column(default=now)

    medium: Mapped[Medium] = relationship(lazy="raise_on_sql")


class SetEditor(Model):
    """Someone who works on another's set."""

    __tablename__ = "set_editors"

    set_id: Mapped[UUID] = mapped_column(ForeignKey("sets.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    joined_at: Mapped[datetime] = mapped_column(default=now)


class SetInvitation(Model):
    """An invitation to work on a set: to one person, or by a link to whoever has it."""

    __tablename__ = "set_invitations"
    __table_args__ = (UniqueConstraint("set_id", "invited_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    set_id: Mapped[UUID] = mapped_column(ForeignKey("sets.id", ondelete="CASCADE"))
    invited_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    """Empty for a link."""
    token: Mapped[str] = mapped_column(unique=True, default=secret)
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class ChangeKind(StrEnum):
    """What somebody did to a set."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    EDITED = "edited"


class SetChange(Model):
    """What somebody changed in a set, with what is needed to take it back."""

    __tablename__ = "set_changes"
    __table_args__ = (Index("ix_set_changes_newest", "set_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    set_id: Mapped[UUID] = mapped_column(ForeignKey("sets.id", ondelete="CASCADE"))
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    kind: Mapped[ChangeKind] = mapped_column(enum_column(ChangeKind))
    medium_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id", ondelete="SET NULL"), index=True)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    after: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    undone_at: Mapped[datetime | None]
    undoes_id: Mapped[UUID | None] = mapped_column(ForeignKey("set_changes.id", ondelete="SET NULL"), index=True)
    """The change that this one took back."""
    created_at: Mapped[datetime] = mapped_column(default=now)
