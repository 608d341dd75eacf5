"""Codes of an authenticator app (TOTP, RFC 6238): six digits, new every thirty seconds, each taken once.

A million codes and a window of three make a lucky guess one in 330,000. So wrong codes cost time: from the fifth in a
row one waits, longer each time, up to a quarter of an hour; that leaves a guesser a hundred tries a day. Only codes
wait: passkeys and recovery codes cannot be guessed, and let the owner in meanwhile.
"""

import hmac
import unicodedata
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import pyotp
from flask import current_app
from sqlalchemy import delete, select

from app.accounts.errors import AuthenticatorExists, CodeRefused, CodesWait
from app.accounts.factor_models import Authenticator
from app.accounts.models import User
from app.core import secrecy
from app.core.clock import now
from app.extensions import db

STEP_S: Final = 30
DIGITS: Final = 6
WINDOW: Final = (0, -1, 1)
"""Steps around the present one whose codes are taken too: clocks differ, and people type slowly."""
PATIENCE: Final = 5
"""So many wrong codes in a row cost nothing."""
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(minutes=15)
_PURPOSE: Final = b"authenticator"


def find_authenticator(user: User, *, locked: bool = False) -> Authenticator | None:
    """The app that someone has set up or is setting up; ``locked`` until the end of the transaction."""
    query = select(Authenticator).where(Authenticator.user_id == user.id)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True) if locked else query)


def lock_owner(user: User) -> None:
    """Let whoever changes the second factors of ``user`` at the same moment wait until this transaction ends."""
    db.session.execute(select(User.id).where(User.id == user.id).with_for_update(key_share=True))


def begin_authenticator(user: User) -> Authenticator:
    """A new secret for an app, which counts once a code of it was right; one that was begun before goes.

    Raises:
        AuthenticatorExists: there is an app already: remove it first.
    """
    lock_owner(user)  # there may be no row yet that two who begin at once would wait for
    known = find_authenticator(user, locked=True)
    if known is not None and known.confirmed_at is not None:
        raise AuthenticatorExists
    db.session.execute(delete(Authenticator).where(Authenticator.user_id == user.id))
    secret = pyotp.random_base32()
    made = Authenticator(user_id=user.id, secret_sealed=_seal(user, secret))
    db.session.add(made)
    return made


def secret_of(authenticator: Authenticator) -> str:
    """The secret in base32, as apps take it.

    Raises:
        Unreadable: the installation's key is another now.
    """
    owner = authenticator.user_id.bytes
    return secrecy.unseal(authenticator.secret_sealed, purpose=_PURPOSE, owner=owner).decode()


def address_of(user: User, secret: str) -> str:
    """The ``otpauth:`` address that the picture for the app's camera holds."""
    host = urlsplit(current_app.config["SETTINGS"].public_url).hostname or ""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=f"Soundstage {host}".replace(":", " "))


def take_code(user: User, code: str, *, unconfirmed: bool = False) -> Authenticator:
    """Accept a code of someone's app, once. ``unconfirmed`` is for the first code of a new one.

    The row is locked, so that of two who bring the same code one is refused. The caller commits **also when this
    raises**: what was wrong is counted.

    Raises:
        CodeRefused: no such app, or not a code of this minute, or one that was taken before.
        CodesWait: too many were wrong; the code was not looked at.
    """
    found = find_authenticator(user, locked=True)
    if found is None or (found.confirmed_at is None) is not unconfirmed:
        raise CodeRefused
    moment = now()
    if found.waits_until is not None and found.waits_until > moment:
        raise CodesWait(found.waits_until - moment)
    try:
        step = matching_step(secret_of(found), code, moment, after=found.last_step)
    except secrecy.Unreadable:
        raise CodeRefused from None  # the installation's key was changed: a passkey or the operator lets them in
    if step is None:
        found.failures += 1
        found.waits_until = moment + wait_after(found.failures) if found.failures >= PATIENCE else None
        raise CodeRefused
    found.last_step, found.failures, found.waits_until, found.last_used_at = step, 0, None, moment
    return found


def reseal_secrets(old_secret_key: str) -> int:
    """Put the secrets under the installation's present key, after that was changed. Returns how many.

    Those that are there already stay; may be run twice. The caller commits.
    """
    count = 0
    for found in db.session.scalars(select(Authenticator).execution_options(yield_per=500)):
        owner = found.user_id.bytes
        with suppress(secrecy.Unreadable):
            secret = secrecy.unseal(found.secret_sealed, purpose=_PURPOSE, owner=owner, secret_key=old_secret_key)
            found.secret_sealed = secrecy.seal(secret, purpose=_PURPOSE, owner=owner)
            count += 1
    return count


def matching_step(secret: str, code: str, moment: datetime, *, after: int) -> int | None:
    """The time step whose code this is, if it lies around ``moment`` and later than step ``after``."""
    digits, present = digits_of(code), int(moment.timestamp()) // STEP_S
    app = pyotp.TOTP(secret)
    found = None
    for step in (present + offset for offset in WINDOW):
        # Each is compared, whatever the one before said: the time tells nothing.
        is_it = hmac.compare_digest(app.generate_otp(step).encode(), digits.encode())
        if is_it and step > after and found is None:
            found = step
    return found


def wait_after(failures: int) -> timedelta:
    """How long to wait after so many wrong codes in a row."""
    doublings: int = min(max(failures - PATIENCE, 0), 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def digits_of(code: str) -> str:
    """The digits in what someone typed, in any script, without the spaces between them; "" where there is more."""
    kept = [letter for letter in code if not letter.isspace() and letter not in "-\u200b\u200e\u200f"]
    digits = [unicodedata.digit(letter, None) for letter in kept]
    return "".join(map(str, digits)) if all(digit is not None for digit in digits) else ""


def _seal(user: User, secret: str) -> bytes:
    return secrecy.seal(secret.encode(), purpose=_PURPOSE, owner=user.id.bytes)
