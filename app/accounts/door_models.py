"""The tables of the doors: who is about to sign up, which links are wished for, and what slows guessers down."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import TokenPurpose
from app.core.clock import now
from app.core.columns import enum_column
from app.core.ids import uuid7
from app.extensions import Model


class SignUp(Model):
    """An account that is not made yet: it is once the link that was mailed to ``email`` is opened.

    It holds no name for anyone, and is written down for known and unknown addresses alike: so nobody learns from it
    which addresses have an account.
    """

    __tablename__ = "sign_ups"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    username: Mapped[str]
    """Empty where it is to be chosen when the link is opened."""
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(index=True)
    password_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Empty where it is to be chosen when the link is opened."""
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    """What else was said in the form, for when the account is made."""
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class LinkWish(Model):
    """Somebody asked for a link, for whoever ``login`` names: a job finds out whether that is anyone."""

    __tablename__ = "link_wishes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    purpose: Mapped[TokenPurpose] = mapped_column(enum_column(TokenPurpose))
    login: Mapped[str]
    """An e-mail address or a username, as it was typed."""
    asked_in: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What stands for the browser that asked, for links that open there."""
    asked_by: Mapped[str] = mapped_column(default="", server_default="")
    """What that browser calls itself."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Throttle(Model):
    """How often something was tried in vain, under a key that names nobody, and until when it is not to be tried."""

    __tablename__ = "throttles"
    __table_args__ = (
        Index("ix_throttles_unreported", "unreported_since", postgresql_where=text("unreported_since IS NOT NULL")),
    )

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    """Whose account it is about, if it is about one."""
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(index=True)
    closed_until: Mapped[datetime]
    unreported: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of them the audit log does not tell of yet."""
    unreported_since: Mapped[datetime | None]


class KnownDevice(Model):
    """A browser in which someone logged in before; its cookie holds a token, this row the digest."""

    __tablename__ = "known_devices"

    token_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime] = mapped_column(default=now, index=True)


class SpentProof(Model):
    """A proof of work that was handed in, and must not be again."""

    __tablename__ = "spent_proofs"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
