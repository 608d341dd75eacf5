"""Browsers in which the second step is not asked for, for thirty days, because their owner said so."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, update

from app.accounts.factor_models import TrustedDevice
from app.accounts.models import User
from app.core import audit
from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import db

TRUSTED_FOR: Final = timedelta(days=30)
LONGEST_USER_AGENT: Final = 300


def trust_device(user: User, *, user_agent: str) -> str:
    """Ask for no second step in a browser; returns the token for its cookie, which exists nowhere else."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        TrustedDevice(
            id=uuid7(),
            user_id=user.id,
            token_digest=_digest(token),
            user_agent=user_agent[:LONGEST_USER_AGENT],
            expires_at=now() + TRUSTED_FOR,
        )
    )
    audit.record("device.trusted", actor=user)
    return token


def is_trusted(user: User, tokens: Collection[str]) -> bool:
    """Whether one of these tokens stands for a browser that ``user`` trusts; notes that it was used."""
    if not tokens:
        return False
    found = db.session.scalar(
        update(TrustedDevice)
        .where(
            TrustedDevice.user_id == user.id,
            TrustedDevice.token_digest.in_([_digest(token) for token in tokens]),
            TrustedDevice.expires_at > now(),
        )
        .values(last_used_at=now())
        .returning(TrustedDevice.id)
    )
    return found is not None


def list_trusted(user: User) -> Sequence[TrustedDevice]:
    """The browsers that ``user`` trusts, the latest used first."""
    return db.session.scalars(
        select(TrustedDevice)
        .where(TrustedDevice.user_id == user.id, TrustedDevice.expires_at > now())
        .order_by(TrustedDevice.last_used_at.desc())
        .limit(100)
    ).all()


def distrust_device(user: User, device_id: UUID) -> None:
    """Ask for the second step there again. One that is not theirs, or is gone already, changes nothing."""
    gone = db.session.scalar(
        delete(TrustedDevice)
        .where(TrustedDevice.id == device_id, TrustedDevice.user_id == user.id)
        .returning(TrustedDevice.id)
    )
    if gone is not None:
        audit.record("device.distrusted", actor=user)


def distrust_all(user_id: UUID) -> None:
    """Ask for the second step everywhere again."""
    db.session.execute(delete(TrustedDevice).where(TrustedDevice.user_id == user_id))


def forget_run_out() -> None:
    """Delete those whose time is over."""
    db.session.execute(delete(TrustedDevice).where(TrustedDevice.expires_at <= now()))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
