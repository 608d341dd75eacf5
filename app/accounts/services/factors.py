"""Second factors as a whole: adding and removing them, proving oneself by a code, telling the owner of all of it."""

from typing import Final

from sqlalchemy import Exists, exists, select

from app.accounts.errors import CodeRefused, LastWayIn, NoSecondFactor
from app.accounts.events import AccountNotice
from app.accounts.factor_models import Authenticator, Identity, Passkey
from app.accounts.models import User
from app.accounts.services import authenticators, recovery_codes, trusted_devices
from app.core import audit
from app.core.clock import now
from app.core.events import publish
from app.extensions import db

AUTHENTICATOR: Final = "authenticator"
PASSKEY: Final = "passkey"
RECOVERY_CODE: Final = "recovery_code"


def tell_owner(user: User, notice: str) -> None:
    """Mail the owner that something about their log-in changed, even if they did it themselves."""
    publish(AccountNotice(user_id=user.id, email=user.email, notice=notice))


def confirm_authenticator(user: User, code: str) -> list[str]:
    """Let a new app count from now on, by its first code. Returns new recovery codes where there were none, else [].

    The caller commits also when this raises.

    Raises:
        CodeRefused, CodesWait: as ``take_code``.
    """
    authenticators.take_code(user, code, unconfirmed=True).confirmed_at = now()
    return note_added(user, AUTHENTICATOR)


def note_added(user: User, kind: str) -> list[str]:
    """What follows when a factor of ``kind`` was added. Returns recovery codes where there were none, else []."""
    audit.record("passkey.added" if kind == PASSKEY else "factor.added", actor=user, facts={"kind": kind})
    tell_owner(user, f"{kind}_added")
    codes = [] if user.has_factor else recovery_codes.make_codes(user)
    user.has_factor = True
    return codes


def remove_authenticator(user: User) -> None:
    """Take the app away, set up or not."""
    found = authenticators.find_authenticator(user, locked=True)
    if found is None:
        return
    counted = found.confirmed_at is not None
    db.session.delete(found)
    if counted:
        note_removed(user, AUTHENTICATOR)


def note_removed(user: User, kind: str) -> None:
    """What follows when a factor of ``kind`` was removed: without any, codes and trusted browsers go as well."""
    db.session.flush()
    audit.record("passkey.removed" if kind == PASSKEY else "factor.removed", actor=user, facts={"kind": kind})
    user.has_factor = bool(db.session.scalar(select(_has_authenticator(user) | _has_passkey(user))))
    if user.has_factor:
        tell_owner(user, f"{kind}_removed")
        return
    recovery_codes.forget_codes(user)
    trusted_devices.distrust_all(user.id)
    tell_owner(user, "last_factor_removed")


def make_recovery_codes(user: User) -> list[str]:
    """Ten new codes; the old ones open nothing any more.

    Raises:
        NoSecondFactor: there is nothing that they would stand in for.
    """
    if not user.has_factor:
        raise NoSecondFactor
    audit.record("recovery_codes.made", actor=user)
    tell_owner(user, "recovery_codes_made")
    return recovery_codes.make_codes(user)


def prove_by_code(user: User, code: str) -> str:
    """Accept a code of the authenticator app, or a recovery code; returns which it was.

    The caller commits also when this raises: what was wrong is counted.

    Raises:
        CodeRefused: it is neither.
        CodesWait: too many were wrong. Recovery codes are taken all the same.
    """
    if len(authenticators.digits_of(code)) != authenticators.DIGITS and recovery_codes.take_recovery_code(user, code):
        _note_used_up(user)
        return RECOVERY_CODE
    try:
        authenticators.take_code(user, code)
    except CodeRefused:
        found = authenticators.find_authenticator(user)
        if found is not None and found.failures == authenticators.PATIENCE:
            tell_owner(user, "codes_guessed")
        raise
    return AUTHENTICATOR


def require_another_way_in(user: User, *, without: Passkey | Identity | None = None) -> None:
    """Raise ``LastWayIn`` unless one can still log in ``without`` that, or, with nothing named, without the password.

    Passkeys and providers are ways in; an authenticator app alone is none. The owner's row is locked, so that of two
    ways that are removed at once one stays.
    """
    db.session.execute(select(User.id).where(User.id == user.id).with_for_update())
    if without is not None and user.has_password:
        return
    left = select(
        exists().where(Passkey.user_id == user.id, Passkey.id != (without.id if without else None))
        | exists().where(Identity.user_id == user.id, Identity.id != (without.id if without else None))
    )
    if not db.session.scalar(left):
        raise LastWayIn


def remove_password(user: User) -> None:
    """Log in without a password from now on.

    Raises:
        LastWayIn: there is no passkey and no provider.
    """
    require_another_way_in(user)
    user.password_digest = b""
    audit.record("password.removed", actor=user)
    tell_owner(user, "password_removed")


def _note_used_up(user: User) -> None:
    left = recovery_codes.count_codes(user)
    audit.record("recovery_code.used", actor=user, facts={"left": left})
    notice = "recovery_codes_gone" if not left else "recovery_codes_few" if left <= recovery_codes.FEW else ""
    tell_owner(user, notice or "recovery_code_used")


def _has_authenticator(user: User) -> Exists:
    return exists().where(Authenticator.user_id == user.id, Authenticator.confirmed_at.is_not(None))


def _has_passkey(user: User) -> Exists:
    return exists().where(Passkey.user_id == user.id)
