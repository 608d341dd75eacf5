"""Sealing: what the log says about a person can be read while their key exists, and never after."""

import json
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core.audit.models import AuditKey
from app.core.clock import now
from app.extensions import db

NONCE_BYTES = 12


class SecretChanged(RuntimeError):
    """``SECRET_KEY`` is not the one under which the log was written: `flask audit rewrap` is to be run."""

    def __init__(self) -> None:
        super().__init__("SECRET_KEY was changed, and the audit log knows the one before: run `flask audit rewrap`.")


@lru_cache(maxsize=16)
def derive(secret_key: str, purpose: bytes) -> bytes:
    """The key for ``purpose`` that belongs to a secret; 32 bytes."""
    return HKDF(SHA256(), 32, salt=None, info=b"soundstage audit " + purpose).derive(secret_key.encode())


def installation_key(purpose: bytes) -> bytes:
    """The installation's key for ``purpose``, derived from its secret: it is in no table."""
    return derive(current_app.config["SETTINGS"].secret_key, purpose)


def seal(person_id: UUID, entry_id: UUID, content: Mapping[str, Any]) -> bytes | None:
    """``content`` under the key of a person, good for one entry only; None for someone whose key was destroyed."""
    key = _key_of(person_id, made=True)
    return _encrypt(key, json.dumps(content).encode(), entry_id.bytes) if key is not None else None


def unseal(person_id: UUID | None, entry_id: UUID, sealed: bytes | None) -> dict[str, Any] | None:
    """What was sealed; None where there is nothing, or where the key was destroyed, or where it was changed."""
    try:
        key = _key_of(person_id) if person_id is not None and sealed is not None else None
        if key is None or sealed is None:
            return None
        opened: dict[str, Any] = json.loads(_decrypt(key, sealed, entry_id.bytes))
    except (InvalidTag, SecretChanged):
        return None
    return opened


def destroy_key(person_id: UUID) -> None:
    """Make everything that is sealed for a person unreadable, now and in every later backup. The caller commits."""
    gone = {"wrapped": None, "destroyed_at": now()}
    query = insert(AuditKey).values(person_id=person_id, made_at=now(), **gone)
    db.session.execute(query.on_conflict_do_update(index_elements=[AuditKey.person_id], set_=gone))


def rewrap_keys(was: bytes, becomes: bytes) -> tuple[int, list[UUID]]:
    """Wrap every key anew, where the installation's secret is changed. Those that are wrapped anew already stay.

    Returns how many there are now, and whose could not be opened with either. The caller commits.
    """
    rows = db.session.execute(select(AuditKey.person_id, AuditKey.wrapped).where(AuditKey.wrapped.is_not(None))).all()
    lost = []
    for person_id, wrapped in rows:
        if _try_opening(becomes, wrapped, person_id) is not None:
            continue
        key = _try_opening(was, wrapped, person_id)
        if key is None:
            lost.append(person_id)
            continue
        again = _encrypt(becomes, key, person_id.bytes)
        db.session.execute(update(AuditKey).where(AuditKey.person_id == person_id).values(wrapped=again))
    return len(rows) - len(lost), lost


def forget_keys(person_ids: Sequence[UUID]) -> None:
    """Drop keys that nobody can open any more: what they sealed is lost, later entries get new ones."""
    db.session.execute(delete(AuditKey).where(AuditKey.person_id.in_(person_ids)))


def _try_opening(wrapping: bytes, wrapped: bytes | None, person_id: UUID) -> bytes | None:
    try:
        return _decrypt(wrapping, wrapped or b"", person_id.bytes)
    except (InvalidTag, ValueError):
        return None


def _key_of(person_id: UUID, *, made: bool = False) -> bytes | None:
    """The key of a person; a new one where there was none and ``made`` says so."""
    wrapping = installation_key(b"wrapping")
    find = select(AuditKey.wrapped).where(AuditKey.person_id == person_id)
    found = db.session.execute(find).one_or_none()
    if found is None and made:
        wrapped = _encrypt(wrapping, AESGCM.generate_key(256), person_id.bytes)
        query = insert(AuditKey).values(person_id=person_id, wrapped=wrapped, made_at=now())
        db.session.execute(query.on_conflict_do_nothing())
        found = db.session.execute(find).one()
    if found is None or found.wrapped is None:
        return None
    try:
        return _decrypt(wrapping, found.wrapped, person_id.bytes)
    except InvalidTag:
        raise SecretChanged from None


def _encrypt(key: bytes, content: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, bound_to)


def _decrypt(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
