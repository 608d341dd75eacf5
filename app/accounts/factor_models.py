"""The tables of what someone proves themselves with beside a password, and of what they have begun to prove."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.columns import enum_column
from app.core.ids import uuid7
from app.extensions import Model


class Authenticator(Model):
    """An app that shows a new code every thirty seconds (TOTP, RFC 6238): one a person."""

    __tablename__ = "authenticators"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """The shared secret, encrypted with a key that is in no table."""
    last_step: Mapped[int] = mapped_column(default=0)
    """The time step (30 s since 1970) of the last code that was taken: it and earlier ones are never taken again."""
    failures: Mapped[int] = mapped_column(default=0)
    """Wrong codes since the last right one."""
    waits_until: Mapped[datetime | None]
    """Until then no code is looked at, because too many were wrong."""
    made_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]
    """When its first code was right; before that it counts for nothing."""
    last_used_at: Mapped[datetime | None]


class RecoveryCode(Model):
    """A code on paper for the day when the phone is gone: used once. The row keeps its digest."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "digest"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]


class Passkey(Model):
    """A key pair in someone's phone, laptop or security key (WebAuthn); we keep the public half."""

    __tablename__ = "passkeys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    """How often it signed, as it said last. Counting backwards, it was copied; some do not count and stay at 0."""
    name: Mapped[str]
    transports: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    is_synced: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether it is kept in a cloud and so survives the loss of the device."""
    made_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None]


class Identity(Model):
    """Who someone is at an OpenID provider. Issuer and subject say so for good; the address is for people to read."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str]
    subject: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    linked_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None]


class TrustedDevice(Model):
    """A browser in which the second step is not asked for: its owner said so, for thirty days."""

    __tablename__ = "trusted_devices"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_agent: Mapped[str] = mapped_column(default="")
    trusted_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]


class CeremonyKind(StrEnum):
    """What was begun."""

    LOGIN_STEP = "login_step"
    """The password was right, the second factor is asked for."""
    PASSKEY_ADDING = "passkey_adding"
    PASSKEY_LOGIN = "passkey_login"
    PASSKEY_STEP = "passkey_step"
    """A passkey as second step of a log-in, or to confirm that it is still the owner who sits there."""
    PROVIDER = "provider"
    """Someone was sent to an OpenID provider and is to come back."""
    PROVIDER_SIGNUP = "provider_signup"
    """They came back, are new here, and choose a name."""


class Ceremony(Model):
    """Something that was begun in one browser and is to be finished there, soon and once.

    The browser's cookie holds a token, the row its digest. Finishing deletes the row: of two who try, one finds it.
    """

    __tablename__ = "ceremonies"
    __table_args__ = (Index("ix_ceremonies_expires_at", "expires_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[CeremonyKind] = mapped_column(enum_column(CeremonyKind))
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    """Whom it is about; empty while that is not known."""
    content: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'::jsonb"))
    """What must be remembered between the two halves: challenge, nonce, where to go."""
    failures: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime]
