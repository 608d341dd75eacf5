"""Recovery codes: ten words on paper for the day when phone and keys are gone. Each opens once."""

import secrets
from typing import Final

from sqlalchemy import delete, func, select, update

from app.accounts.factor_models import RecoveryCode
from app.accounts.models import User
from app.accounts.services.authenticators import lock_owner
from app.core import secrecy
from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import db

HOW_MANY: Final = 10
FEW: Final = 3
_LETTERS: Final = "abcdefghjkmnpqrstvwxyz23456789"
"""Without those that look like another one. Ten of them are 49 bits."""
_LENGTH: Final = 10
_PURPOSE: Final = b"recovery codes"


def make_codes(user: User) -> list[str]:
    """Ten new codes, as they are to be shown, once; earlier ones open nothing any more, nor do those of this moment."""
    lock_owner(user)
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(HOW_MANY)]
    db.session.add_all(RecoveryCode(id=uuid7(), user_id=user.id, digest=_digest(user, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def take_recovery_code(user: User, code: str) -> bool:
    """Use a code up; says whether it was one. Of two who bring the same, one hears yes."""
    used = db.session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.digest == _digest(user, plain(code)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now())
        .returning(RecoveryCode.id)
    )
    return used is not None


def count_codes(user: User) -> int:
    """How many are left."""
    left = select(func.count()).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(left) or 0


def forget_codes(user: User) -> None:
    """Take all of them away."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def plain(code: str) -> str:
    """A code as it was made, however someone typed it."""
    return "".join(letter for letter in code.casefold() if letter.isalnum())


def _digest(user: User, code: str) -> bytes:
    return secrecy.keyed_digest(user.id.bytes + code.encode(), purpose=_PURPOSE)
