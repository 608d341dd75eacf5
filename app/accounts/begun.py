"""This browser's half of what was begun (see ``services/ceremonies``): tokens in its cookies."""

from collections.abc import Mapping
from hashlib import sha256
from secrets import token_urlsafe
from time import time
from typing import Any, Final
from uuid import UUID

from flask import Response, current_app, request, session

from app.accounts.factor_models import CeremonyKind
from app.accounts.models import TokenPurpose, User
from app.accounts.services import ceremonies, trusted_devices
from app.accounts.services.ceremonies import Begun
from app.accounts.services.mailed_tokens import LIFETIMES
from app.web.security import cookie_name

ASKED: Final = "link_asked"
"""Where the cookie holds the secret of a browser that asked for a link by mail, and when it got it."""
MOST_TRUSTING: Final = 4
"""So many people can have one browser trusted; who comes fifth takes the place of the first."""


def begin(kind: CeremonyKind, *, user_id: UUID | None = None, content: Mapping[str, Any] | None = None) -> None:
    """Begin something in this browser; what of the same kind was begun here before cannot be finished here any more."""
    session[_key(kind)] = ceremonies.begin(kind, user_id=user_id, content=content)


def find(kind: CeremonyKind) -> Begun | None:
    """What was begun in this browser and can still be finished."""
    return ceremonies.find(kind, session.get(_key(kind)))


def finish(kind: CeremonyKind) -> Begun | None:
    """Take what was begun in this browser, once and for good."""
    return ceremonies.finish(kind, session.pop(_key(kind), None))


def ask_in_this_browser() -> bytes:
    """What stands for this browser in the mails that it asks for now: the same for ten minutes, then another."""
    secret, since = session.get(ASKED) or ("", 0)
    if not secret or time() - since > LIFETIMES[TokenPurpose.LOG_IN].total_seconds():
        session[ASKED] = [token_urlsafe(16), int(time())]
    return asked_in_this_browser() or b""


def asked_in_this_browser() -> bytes | None:
    """Likewise of what it asked for before; None where it has asked for nothing."""
    secret, _since = session.get(ASKED) or ("", 0)
    return sha256(secret.encode()).digest() if secret else None


def is_trusted_here(user: User) -> bool:
    """Whether ``user`` trusts this browser, so that it is not asked for the second step."""
    return trusted_devices.is_trusted(user, _tokens())


def trust_here(user: User, response: Response) -> None:
    """Ask ``user`` for no second step in this browser for thirty days. The caller commits."""
    token = trusted_devices.trust_device(user, user_agent=request.user_agent.string)
    settings = current_app.config["SETTINGS"]
    response.set_cookie(
        _cookie(),
        ".".join([*_tokens(), token][-MOST_TRUSTING:]),
        max_age=trusted_devices.TRUSTED_FOR,
        secure=settings.is_https,
        httponly=True,
        samesite="Lax",
    )


def _tokens() -> list[str]:
    return [token for token in request.cookies.get(_cookie(), "").split(".") if token][-MOST_TRUSTING:]


def _cookie() -> str:
    return cookie_name(current_app.config["SETTINGS"], "trusted")


def _key(kind: CeremonyKind) -> str:
    return f"begun_{kind.value}"
