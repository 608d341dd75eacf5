"""The chain: entries numbered without gaps, each digest over the one before, and a head that says where it ends.

A transaction's drafts wait in its session and join the chain right before the commit, under one lock for all: so nobody
waits for it while doing anything else, and a chain has one order.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import event, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, SessionTransaction

from app.core.audit.models import AuditEntry, AuditHead
from app.core.audit.sealing import derive, installation_key
from app.extensions import db

LOCK = 0x5041_5544_4954
"""The advisory lock of the chain's end: "PAUDIT" in ASCII."""
BEGINNING = b"\0" * 32
DRAFTS = "audit_drafts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry that has no place in the chain yet; the fields are ``AuditEntry``'s."""

    id: UUID
    at: datetime
    action: str
    actor_id: UUID | None
    actor_role: str
    about_id: UUID | None
    subject_kind: str
    subject_id: str
    facts: dict[str, Any]
    actor_sealed: bytes | None
    about_sealed: bytes | None


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A draft, and the savepoints that were open when it was written: whichever is rolled back takes it along."""

    draft: Draft
    inside: tuple[SessionTransaction, ...]


def keep_draft(draft: Draft) -> None:
    """Let a draft wait for the commit of the present session; the rollback of a savepoint around it takes it back."""
    session = db.session()
    savepoints = tuple(_and_those_around(session.get_nested_transaction()))
    session.info.setdefault(DRAFTS, []).append(_Waiting(draft, savepoints))


def _and_those_around(transaction: SessionTransaction | None) -> Iterator[SessionTransaction]:
    while transaction is not None:
        if transaction.nested:
            yield transaction
        transaction = transaction.parent


def digest_of(before: bytes, number: int, entry: Draft | AuditEntry) -> bytes:
    """The digest of an entry at a place, after the digest ``before``."""
    return hashlib.sha256(before + written(said_by(number, entry))).digest()


def said_by(number: int, entry: Draft | AuditEntry) -> dict[str, Any]:
    """What an entry at a place says, for its digest and for whoever checks that: what is sealed, by its own digest."""
    return {
        "number": number,
        "id": str(entry.id),
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "action": entry.action,
        "actor": str(entry.actor_id or ""),
        "role": entry.actor_role,
        "about": str(entry.about_id or ""),
        "subject": [entry.subject_kind, entry.subject_id],
        "facts": entry.facts,
        "sealed": [
            hashlib.sha256(part).hexdigest() if part else "" for part in (entry.actor_sealed, entry.about_sealed)
        ],
    }


def written(said: dict[str, Any]) -> bytes:
    """JSON in the one way that digests are made of: names sorted, no spaces, ASCII."""
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def entry_mac(digest: bytes, secret: str | None = None) -> bytes:
    """What vouches for an entry's digest; of another ``secret`` than the installation's own, if one is given."""
    return hmac.digest(_key(b"entry", secret), digest, "sha256")


def head_mac(number: int, digest: bytes, secret: str | None = None) -> bytes:
    """What vouches for the head: no entry's can be put in its place."""
    return hmac.digest(_key(b"head", secret), number.to_bytes(8, "big", signed=True) + digest, "sha256")


def _key(purpose: bytes, secret: str | None) -> bytes:
    return derive(secret, purpose) if secret is not None else installation_key(purpose)


@event.listens_for(Session, "before_commit")
def _join_the_chain(session: Session) -> None:
    waiting: list[_Waiting] = session.info.get(DRAFTS, [])
    if not waiting or session.in_nested_transaction():
        return
    session.info[DRAFTS] = []
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    head = session.execute(select(AuditHead.number, AuditHead.digest)).one_or_none()
    number, digest = (head.number, head.digest) if head is not None else (0, BEGINNING)
    rows = []
    for draft in (one.draft for one in waiting):
        number += 1
        digest = digest_of(digest, number, draft)
        values = {name: getattr(draft, name) for name in Draft.__slots__}
        rows.append({**values, "number": number, "digest": digest, "mac": entry_mac(digest)})
    session.execute(insert(AuditEntry), rows)
    end = {"number": number, "digest": digest, "mac": head_mac(number, digest)}
    session.execute(
        upsert(AuditHead).values(id=1, **end).on_conflict_do_update(index_elements=[AuditHead.id], set_=end)
    )


@event.listens_for(Session, "after_soft_rollback")
def _take_back(session: Session, previous: SessionTransaction) -> None:
    """A failed flush inside a savepoint comes here, too, as a part that is neither savepoint nor whole: not its own."""
    if previous.nested and session.info.get(DRAFTS):
        session.info[DRAFTS] = [one for one in session.info[DRAFTS] if previous not in one.inside]


@event.listens_for(Session, "after_transaction_end")
def _forget_drafts(session: Session, transaction: SessionTransaction) -> None:
    """Committed, rolled back or simply closed: nothing waits any more, for a session may begin another."""
    if transaction.parent is None:
        session.info.pop(DRAFTS, None)
