"""What people published: media at their addresses, and the realms they stand in."""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.clock import now
from app.core.columns import enum_column
from app.core.holds import Hold
from app.core.ids import public_id, uuid7
from app.core.pictures import Picture
from app.extensions import Model

if TYPE_CHECKING:
    from app.media.models.making import Version
    from app.media.models.texts import Caption, Chapter


class Kind(StrEnum):
    """Whether a medium is heard or watched."""

    AUDIO = "audio"
    VIDEO = "video"


class MediumState(StrEnum):
    """How far the making of a medium has come."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"
    REMOVED = "removed"


class Visibility(StrEnum):
    """Who may know of a published medium. The gate gives these their meaning."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"


class CommentPolicy(StrEnum):
    """Who may comment on a thing, as its owner chose."""

    OPEN = "open"
    FOLLOWERS = "followers"
    HELD = "held"
    """Everyone may; what others write waits until the owner lets it through."""
    CLOSED = "closed"


class Realm(Model):
    """A room of the place, with its own theme, home layout and defaults for uploads."""

    __tablename__ = "realms"

    slug: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    tagline: Mapped[str]
    theme: Mapped[str]
    """The name of its token overrides: ``static/css/realms/<theme>.css``."""
    layout: Mapped[str]
    """How its home is laid out: ``waveforms``, ``cinema`` or ``episodes``."""
    position: Mapped[int]
    genres: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")


class FormerRealm(Model):
    """An address that a realm had: it leads to the present one."""

    __tablename__ = "former_realms"

    slug: Mapped[str] = mapped_column(primary_key=True)
    realm_slug: Mapped[str] = mapped_column(
        ForeignKey("realms.slug", onupdate="CASCADE", ondelete="CASCADE"), index=True
    )


class Medium(Model):
    """A track, video or episode at its address, whatever files it is made of at the moment."""

    __tablename__ = "media"
    __table_args__ = (
        UniqueConstraint("owner_id", "slug"),
        CheckConstraint("(visibility = 'unlisted') <= (link_secret IS NOT NULL)", name="unlisted_has_secret"),
        Index("ix_media_newest", "published_at", "id", postgresql_where=text("listed")),
        Index("ix_media_newest_by_realm", "realm_slug", "published_at", "id", postgresql_where=text("listed")),
        Index("ix_media_newest_by_owner", "owner_id", "published_at", "id", postgresql_where=text("listed")),
        Index("ix_media_newest_by_kind", "owner_id", "kind", "published_at", "id", postgresql_where=text("listed")),
        Index("ix_media_by_owner", "owner_id", "id"),
        Index("ix_media_title_search", "search", postgresql_using="gin"),
        Index("ix_media_due", "publish_at", postgresql_where=text("publish_at IS NOT NULL")),
        Index("ix_media_remakes", "remake_asked_at", postgresql_where=text("remake_asked_at IS NOT NULL")),
        Index("ix_media_failed", "id", postgresql_where=text("state = 'failed'")),
        Index("ix_media_held", "id", postgresql_where=text("hold IS NOT NULL")),
        Index("ix_media_expiring", "available_until", postgresql_where=text("available_until IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[Kind] = mapped_column(enum_column(Kind))
    realm_slug: Mapped[str] = mapped_column(ForeignKey("realms.slug", onupdate="CASCADE"))
    slug: Mapped[str]
    title: Mapped[str]
    description_markdown: Mapped[str] = mapped_column(default="", server_default="")
    genre: Mapped[str] = mapped_column(default="", server_default="")
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    language: Mapped[str] = mapped_column(default="", server_default="")
    """A BCP 47 tag, or empty when nobody said."""
    licence: Mapped[str] = mapped_column(default="all-rights-reserved", server_default="all-rights-reserved")
    explicit: Mapped[bool] = mapped_column(default=False, server_default="false")
    credits: Mapped[list[list[str]]] = mapped_column(JSONB, default=list, server_default="[]")
    """Pairs of role and name, in the artist's order."""
    release_date: Mapped[date | None]
    downloads_allowed: Mapped[bool] = mapped_column(default=False, server_default="false")
    comments_policy: Mapped[CommentPolicy] = mapped_column(
        enum_column(CommentPolicy), default=CommentPolicy.OPEN, server_default=CommentPolicy.OPEN.value
    )

    visibility: Mapped[Visibility] = mapped_column(enum_column(Visibility), default=Visibility.PUBLIC)
    link_secret: Mapped[str | None]
    publish_at: Mapped[datetime | None]
    """When a scheduled medium is due; empty once it is published."""
    published_at: Mapped[datetime | None]
    """When it was first published; empty for a draft."""
    available_until: Mapped[datetime | None]
    listed: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether strangers find it in listings: public, published, playable, not removed and not run out. Kept by
    ``services/publishing.py`` in the transaction that changes any of these, so that listings need one partial index."""

    withheld: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether nobody but its owner finds it: because of ``hold``, or because of what its owner's account is at."""
    hold: Mapped[Hold | None] = mapped_column(enum_column(Hold))
    """What moderators, a filter or a notice made of it; empty where nothing stands against it."""
    age_restricted: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether moderators say that it is for adults; what its owner says of it is ``explicit``."""
    state: Mapped[MediumState] = mapped_column(enum_column(MediumState), default=MediumState.PROCESSING)
    version_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("versions.id", ondelete="SET NULL", use_alter=True, name="fk_media_version_id_versions"), index=True
    )
    """The version that plays; a replacement takes over when its first chunk is done."""
    artwork_id: Mapped[UUID | None] = mapped_column(ForeignKey("pictures.id", ondelete="SET NULL"), index=True)
    duration_ms: Mapped[int] = mapped_column(default=0, server_default="0")
    bars: Mapped[bytes] = mapped_column(LargeBinary, default=b"", server_default=text("''"))
    """The waveform in small for cards and pages: a byte a bar, 0 to 255."""
    remake_asked_at: Mapped[datetime | None]
    """Since when its present file waits to be made anew; empty once that has begun."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed("to_tsvector('simple'::regconfig, title || ' ' || genre)", persisted=True), deferred=True
    )

    owner: Mapped[User] = relationship(lazy="raise_on_sql")
    realm: Mapped[Realm] = relationship(lazy="raise_on_sql")
    version: Mapped["Version | None"] = relationship(foreign_keys=[version_id], lazy="raise_on_sql", post_update=True)
    artwork: Mapped[Picture | None] = relationship(lazy="raise_on_sql")
    captions: Mapped[list["Caption"]] = relationship(
        lazy="raise_on_sql",
        order_by="Caption.language",
        primaryjoin="and_(Caption.medium_id == Medium.id,"
        " or_(Caption.version_id.is_(None), Caption.version_id == Medium.version_id))",
        foreign_keys="Caption.medium_id",
        viewonly=True,
    )
    """What a person added, and what the file that plays brought along."""
    chapters: Mapped[list["Chapter"]] = relationship(
        lazy="raise_on_sql", order_by="Chapter.starts_at_ms", cascade="all, delete-orphan", passive_deletes=True
    )


class FormerSlug(Model):
    """An address that a medium had: it leads to the present one."""

    __tablename__ = "former_slugs"

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    slug: Mapped[str] = mapped_column(primary_key=True)
    medium_id: Mapped[UUID] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), index=True)
