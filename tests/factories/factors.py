"""Second factors, as rows."""

import time

import pyotp
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.factor_models import Authenticator, RecoveryCode
from app.accounts.models import User
from app.accounts.services import authenticators, recovery_codes
from app.core.clock import now

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CODES = ["abcde-fghjk", "bcdef-ghjkm"]


def add_authenticator(app: Flask, session: Session, person: User, *, codes: int = 2, **values: object) -> None:
    """An authenticator app with ``SECRET``, confirmed, and the first of ``CODES``. Commits."""
    with app.app_context():
        sealed = authenticators._seal(person, SECRET)
        digests = [recovery_codes._digest(person, recovery_codes.plain(code)) for code in CODES[:codes]]
    columns = {"confirmed_at": now(), **values}
    session.add(Authenticator(user_id=person.id, secret_sealed=sealed, **columns))
    session.add_all(RecoveryCode(user_id=person.id, digest=digest) for digest in digests)
    person.has_factor = columns["confirmed_at"] is not None
    session.commit()


def code_now(steps: int = 0, secret: str = SECRET) -> str:
    """What the app shows now, or so many steps of thirty seconds away."""
    return pyotp.TOTP(secret).generate_otp(int(time.time()) // 30 + steps)
