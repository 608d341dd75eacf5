"""Known devices: browsers in which someone logged in before. Guessers elsewhere never shut these out."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from app.accounts.door_models import KnownDevice
from app.core.clock import now
from app.extensions import db

REMEMBERED_FOR = timedelta(days=400)
"""How long a browser is known after its last log-in, and how long browsers keep a cookie at most."""


def new_token() -> str:
    """A token for a browser's cookie, which exists nowhere else."""
    return secrets.token_urlsafe(24)


def remember_device(user_id: UUID, token: str) -> None:
    """Note that ``user_id`` logged in where the cookie holds ``token``."""
    statement = insert(KnownDevice).values(token_digest=_digest(token), user_id=user_id)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=[KnownDevice.token_digest, KnownDevice.user_id], set_={"last_used_at": now()}
        )
    )


def is_known(user_id: UUID | None, token: str) -> bool:
    """Whether ``user_id`` logged in with this browser before. One statement, also for nobody."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    KnownDevice.token_digest == _digest(token),
                    KnownDevice.user_id == user_id,
                    KnownDevice.last_used_at > func.now() - REMEMBERED_FOR,
                )
            )
        )
    )


def forget_devices(user_id: UUID) -> None:
    """Know none of this person's browsers any more."""
    db.session.execute(delete(KnownDevice).where(KnownDevice.user_id == user_id))


def forget_unused() -> None:
    """Delete those that nobody logged in with for so long that their cookies are gone."""
    db.session.execute(delete(KnownDevice).where(KnownDevice.last_used_at < now() - REMEMBERED_FOR))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
