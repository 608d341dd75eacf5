"""The tables of accounts."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, LargeBinary, Text, and_, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import now
from app.core.columns import enum_column
from app.core.holds import Hold
from app.core.ids import uuid7
from app.core.pictures import Picture
from app.extensions import Model, db


class Role(StrEnum):
    """What a person may do here, from least to most."""

    LISTENER = "listener"
    ARTIST = "artist"
    MODERATOR = "moderator"
    ADMIN = "admin"


class WhoMayWrite(StrEnum):
    """Who may begin a conversation with someone. What was begun goes on."""

    EVERYONE = "everyone"
    FOLLOWED = "followed"
    """Those whom the person follows."""
    NOBODY = "nobody"


class Standing(StrEnum):
    """What moderators decided about a person as a whole. ``User.standing_until`` ends it by itself."""

    GOOD = "good"
    LIMITED = "limited"
    """What they do reaches fewer: no listings, no search, no suggestions, no notifications to strangers. Their own page
    and those who follow them have everything."""
    SUSPENDED = "suspended"
    """They can look and listen, take their data, appeal; they can publish, write and change nothing."""
    BANNED = "banned"
    """As suspended; and nobody else finds them or anything of theirs."""


class User(Model):
    """A person with an account."""

    __tablename__ = "users"
    __table_args__ = (
        Index("ix_users_deletion_due", "deletion_due_at", postgresql_where=text("deletion_due_at IS NOT NULL")),
        Index("ix_users_staff", "id", postgresql_where=text("role IN ('moderator', 'admin')")),
        Index("ix_users_in_trouble", "id", postgresql_where=text("standing <> 'good'")),
        Index("ix_users_unverified", "id", postgresql_where=text("email_verified_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    username: Mapped[str]
    username_key: Mapped[str] = mapped_column(unique=True)
    """The username with case and look-alike letters folded: two names that a reader could confuse share it."""
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    """The address in lower case."""
    email_verified_at: Mapped[datetime | None]
    password_digest: Mapped[bytes] = mapped_column(LargeBinary)
    """Empty for someone who logs in by a passkey or a provider alone: no password makes that."""
    has_factor: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether log-ins ask for a second step: there is a confirmed authenticator app, or a passkey."""
    role: Mapped[Role] = mapped_column(enum_column(Role), default=Role.LISTENER)

    display_name: Mapped[str]
    bio_markdown: Mapped[str] = mapped_column(default="", server_default="")
    location: Mapped[str] = mapped_column(default="", server_default="")
    links: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    realm_slug: Mapped[str | None]
    """The realm whose colours the profile wears."""
    avatar_id: Mapped[UUID | None] = mapped_column(ForeignKey("pictures.id", ondelete="SET NULL"), index=True)
    cover_id: Mapped[UUID | None] = mapped_column(ForeignKey("pictures.id", ondelete="SET NULL"), index=True)

    remembers_history: Mapped[bool] = mapped_column(default=True, server_default="true")
    levels_loudness: Mapped[bool] = mapped_column(default=True, server_default="true")
    plays_next: Mapped[bool] = mapped_column(default=True, server_default="true")
    shares_likes: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether those who follow them see in their feed what they like."""
    who_may_write: Mapped[WhoMayWrite] = mapped_column(
        enum_column(WhoMayWrite), default=WhoMayWrite.EVERYONE, server_default=WhoMayWrite.EVERYONE.value
    )

    standing: Mapped[Standing] = mapped_column(
        enum_column(Standing), default=Standing.GOOD, server_default=Standing.GOOD.value
    )
    standing_until: Mapped[datetime | None]
    """When ``standing`` is good again by itself; empty for one without an end."""
    hold: Mapped[Hold | None] = mapped_column(enum_column(Hold))
    """Whether moderators took the words and pictures of the profile away; the hold's row keeps them."""

    adult_since: Mapped[datetime | None]
    """When they said that they are old enough for what is for adults."""
    terms_number: Mapped[int] = mapped_column(default=0, server_default="0")
    """The version of the terms that they agreed to last; 0 where they never were asked."""

    created_at: Mapped[datetime] = mapped_column(default=now)
    deletion_due_at: Mapped[datetime | None]
    """When the account goes for good; until then its owner can come back."""

    avatar: Mapped[Picture | None] = relationship(foreign_keys=[avatar_id], lazy="joined")
    cover: Mapped[Picture | None] = relationship(foreign_keys=[cover_id], lazy="raise_on_sql")

    is_authenticated = True
    is_active = True
    is_anonymous = False

    @property
    def is_artist(self) -> bool:
        """Whether this person has a channel and may publish."""
        return self.role is not Role.LISTENER

    @property
    def is_staff(self) -> bool:
        """Whether this person moderates or administers."""
        return self.role in {Role.MODERATOR, Role.ADMIN}

    @property
    def has_password(self) -> bool:
        """Whether there is a password to log in with."""
        return bool(self.password_digest)

    @property
    def is_adult(self) -> bool:
        """Whether they said that they are old enough for what is for adults."""
        return self.adult_since is not None

    @property
    def standing_now(self) -> Standing:
        """Their standing at this moment: one whose time has run out is good again."""
        over = self.standing_until is not None and self.standing_until <= now()
        return Standing.GOOD if over else self.standing

    @property
    def may_act(self) -> bool:
        """Whether they may publish, write and change things."""
        return self.standing_now in {Standing.GOOD, Standing.LIMITED}

    @hybrid_property
    def is_withheld(self) -> bool:
        """Whether nobody else is to find them or anything of theirs: the account closes, or is banned."""
        return self.deletion_due_at is not None or self.standing_now is Standing.BANNED

    @is_withheld.inplace.expression
    @classmethod
    def _is_withheld(cls) -> ColumnElement[bool]:
        is_banned = and_(cls.standing == Standing.BANNED, or_(cls.standing_until.is_(None), cls.standing_until > now()))
        return or_(cls.deletion_due_at.is_not(None), is_banned)

    @property
    def is_limited(self) -> bool:
        """Whether what they do is left out of listings, searches and suggestions."""
        return self.standing_now is Standing.LIMITED

    def is_apart_from(self, person_id: UUID) -> bool:
        """Whether one of the two blocked the other, so that neither finds the other. Asks the database every time."""
        return bool(db.session.scalar(select(exists().where(Apart.person_id == self.id, Apart.other_id == person_id))))


class FormerUsername(Model):
    """A name that someone gave up: its addresses lead to the new one, and nobody else may take it."""

    __tablename__ = "former_usernames"

    username_key: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    given_up_at: Mapped[datetime] = mapped_column(default=now)


class SpentUsername(Model):
    """A name of somebody who left for good: nobody takes it, and nobody can read here which one it was."""

    __tablename__ = "spent_usernames"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """Of the name's key, under a key of the installation's that is in no table."""
    spent_at: Mapped[datetime] = mapped_column(default=now)


class Apart(Model):
    """Two people of whom at least one blocked the other: two rows, one for each way of asking.

    A list leaves people out by one look at this key, whoever of the two blocked.
    """

    __tablename__ = "apart"
    __table_args__ = (
        Index("ix_apart_blocked", "person_id", "blocked_at", postgresql_where=text("blocked_at IS NOT NULL")),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    blocked_at: Mapped[datetime | None]
    """When ``person_id`` blocked ``other_id``; empty where only the other one did."""


class Session(Model):
    """One browser that is logged in. The cookie holds a token, this row its digest."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    remembered: Mapped[bool] = mapped_column(default=False)
    user_agent: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    proven_at: Mapped[datetime] = mapped_column(default=now, server_default=func.now())
    """When whoever sits there last proved to be the owner: by a password, a second factor, a passkey, a provider."""
    former_token_digest: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    """Of the token that the last fresh proof replaced: what was under way with it still arrives, for a minute."""
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise_on_sql")


class TokenPurpose(StrEnum):
    """What a mailed link is good for."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose, no password
    CHANGE_EMAIL = "change_email"
    UNDO_EMAIL = "undo_email"
    """Sent to the address that was given up, so that its owner can take it back."""
    LOG_IN = "log_in"


class MailedToken(Model):
    """A link sent by mail: used once, within its time. The mail holds the token, this row its digest."""

    __tablename__ = "mailed_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[TokenPurpose] = mapped_column(enum_column(TokenPurpose))
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    email: Mapped[str]
    """The address that the link was sent to; for a change, the new one."""
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    asked_in: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What stands for the browser that asked, where the link opens there at once and elsewhere by a code."""
    asked_by: Mapped[str] = mapped_column(default="", server_default="")
    """What that browser calls itself."""
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many wrong codes were typed."""

    user: Mapped[User] = relationship(lazy="joined")
