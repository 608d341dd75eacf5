"""The tables of the audit log. None refers to another: what was done outlives those who did it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.extensions import Model


class AuditEntry(Model):
    """One act, at its place in the chain."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_actor", "actor_id", "number"),
        Index("ix_audit_entries_about", "about_id", "number"),
        Index("ix_audit_entries_subject", "subject_kind", "subject_id", "number"),
        Index("ix_audit_entries_action", "action", "number"),
        Index("ix_audit_entries_at", "at"),
    )

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Its place, from 1, without gaps."""
    id: Mapped[UUID] = mapped_column(unique=True)
    at: Mapped[datetime]
    action: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_role: Mapped[str]
    about_id: Mapped[UUID | None]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    actor_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Name, address and browser of the one who acted, under their key."""
    about_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Name, before, after and reason, under the key of the person whom it concerns."""
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 over the digest before and everything above."""
    mac: Mapped[bytes] = mapped_column(LargeBinary)
    """HMAC of the digest under a key that is not in the database: whoever can only write SQL cannot make it."""


class AuditHead(Model):
    """The one row that says where the chain ends, so that entries cut off its end are missed."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    mac: Mapped[bytes] = mapped_column(LargeBinary)


class AuditKey(Model):
    """The key under which entries are sealed that say something about a person; wrapped by the installation's."""

    __tablename__ = "audit_keys"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Empty once it is destroyed."""
    made_at: Mapped[datetime] = mapped_column(default=now)
    destroyed_at: Mapped[datetime | None]
