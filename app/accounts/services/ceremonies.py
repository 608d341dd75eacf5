"""What is begun in one browser and finished there, soon and once: second steps, passkeys, ways through a provider."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, update

from app.accounts.factor_models import Ceremony, CeremonyKind
from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import db

LIFETIMES: Final = {
    CeremonyKind.LOGIN_STEP: timedelta(minutes=10),
    CeremonyKind.PASSKEY_ADDING: timedelta(minutes=5),
    CeremonyKind.PASSKEY_LOGIN: timedelta(minutes=5),
    CeremonyKind.PASSKEY_STEP: timedelta(minutes=5),
    CeremonyKind.PROVIDER: timedelta(minutes=10),
    CeremonyKind.PROVIDER_SIGNUP: timedelta(minutes=30),
}
MOST_FAILURES: Final = 5
"""So often one may be wrong in one ceremony; then it begins anew, with the password."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A ceremony that can be finished."""

    id: UUID
    user_id: UUID | None
    content: Mapping[str, Any]


def begin(kind: CeremonyKind, *, user_id: UUID | None = None, content: Mapping[str, Any] | None = None) -> str:
    """Begin something; returns the token for the browser's cookie, which exists nowhere else."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        Ceremony(
            id=uuid7(),
            kind=kind,
            token_digest=_digest(token),
            user_id=user_id,
            content=dict(content or {}),
            expires_at=now() + LIFETIMES[kind],
        )
    )
    return token


def find(kind: CeremonyKind, token: str | None) -> Begun | None:
    """What was begun and can still be finished; this does not finish it."""
    if not token:
        return None
    row = db.session.execute(
        select(Ceremony.id, Ceremony.user_id, Ceremony.content).where(*_is_open(kind, token))
    ).one_or_none()
    return Begun(row.id, row.user_id, row.content) if row is not None else None


def finish(kind: CeremonyKind, token: str | None) -> Begun | None:
    """Take what was begun, for good: a second time, or of two at once, there is nothing."""
    if not token:
        return None
    row = db.session.execute(
        delete(Ceremony).where(*_is_open(kind, token)).returning(Ceremony.id, Ceremony.user_id, Ceremony.content)
    ).one_or_none()
    return Begun(row.id, row.user_id, row.content) if row is not None else None


def note_failure(begun: Begun) -> bool:
    """Count a wrong answer; after too many the ceremony is over. Says whether one may try again."""
    failures = db.session.scalar(
        update(Ceremony)
        .where(Ceremony.id == begun.id)
        .values(failures=Ceremony.failures + 1)
        .returning(Ceremony.failures)
    )
    if failures is not None and failures < MOST_FAILURES:
        return True
    db.session.execute(delete(Ceremony).where(Ceremony.id == begun.id))
    return False


def end_log_ins_of(user_id: UUID) -> None:
    """End the log-ins of someone that are half done: what was proven for them counts no more."""
    db.session.execute(delete(Ceremony).where(Ceremony.user_id == user_id, Ceremony.kind == CeremonyKind.LOGIN_STEP))


def forget_run_out() -> None:
    """Delete what nobody finished in time."""
    db.session.execute(delete(Ceremony).where(Ceremony.expires_at <= now()))


def _is_open(kind: CeremonyKind, token: str) -> tuple[Any, ...]:
    return Ceremony.token_digest == _digest(token), Ceremony.kind == kind, Ceremony.expires_at > now()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
