"""Where notices are found. What opens one to its complainant is signed, and in no table."""

from flask import current_app
from itsdangerous import BadSignature, Signer

from app.core import signing

_STATUS = "takedown status"
_CONFIRM = "takedown confirmation"


def status_path(reference: str) -> str:
    """The complainant's own page of a notice: whoever has the address may follow it and withdraw it."""
    return f"/takedown/notices/{_signer(_STATUS).sign(reference).decode()}"


def confirm_path(reference: str) -> str:
    """Where the complainant shows that the address is theirs: known from a mail alone."""
    return f"/takedown/confirm/{_signer(_CONFIRM).sign(reference).decode()}"


def standing_path(reference: str) -> str:
    """The page of a notice for those whose things it names."""
    return f"/settings/standing/takedowns/{reference}"


def desk_path(reference: str) -> str:
    """The page of a notice for moderators."""
    return f"/admin/takedowns/{reference}"


def public_path(reference: str) -> str:
    """The page of a published notice."""
    return f"/transparency/notices/{reference}"


def read_status(token: str) -> str | None:
    """The reference that a status address is signed for; None where it was changed on the way."""
    return _read(token, _STATUS)


def read_confirm(token: str) -> str | None:
    """Likewise of an address to confirm."""
    return _read(token, _CONFIRM)


def _read(token: str, purpose: str) -> str | None:
    try:
        return _signer(purpose).unsign(token.encode()).decode()
    except (BadSignature, UnicodeError):
        return None


def _signer(purpose: str) -> Signer:
    return signing.signer(current_app.config["SETTINGS"].secret_key, purpose=purpose)
