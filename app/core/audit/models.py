"""The tables of the audit log. None refers to another: what was done outlives those who did it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import Model

WORDS = (
    "(to_tsvector('simple'::regconfig, translate(action, '._', '  '))"
    " || jsonb_to_tsvector('simple'::regconfig, facts, '\"all\"'::jsonb))"
)
"""What a search looks through, as PostgreSQL writes it: an index knows it by these very words."""


class AuditEntry(Model):
    """One act, at its place in the chain."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_actor", "actor_id", "number"),
        Index("ix_audit_entries_about", "about_id", "number"),
        Index("ix_audit_entries_subject", "subject_kind", "subject_id", "number"),
        Index("ix_audit_entries_action", "action", "number"),
        Index("ix_audit_entries_at", "at"),
        Index("ix_audit_entries_words", text(WORDS), postgresql_using="gin"),
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


class AuditAnchor(Model):
    """A signed head that was written elsewhere: the proof is the file or the mail, this is a list of them."""

    __tablename__ = "audit_anchors"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]
    key: Mapped[bytes] = mapped_column(LargeBinary)
    """The public key, 32 bytes of Ed25519."""
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    mailed_at: Mapped[datetime | None]


class AuditCheck(Model):
    """What a verification of the whole chain found."""

    __tablename__ = "audit_checks"
    __table_args__ = (Index("ix_audit_checks_began_at", "began_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    entries: Mapped[int] = mapped_column(BigInteger)
    anchors: Mapped[int]
    """How many anchors it was held against."""
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Number and sentence of each; the first hundred."""
