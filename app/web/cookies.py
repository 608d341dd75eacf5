"""The session's cookie: signed by HMAC-SHA-256, and not written by a request that came with one that was replaced."""

from typing import Final

from flask import Flask, g
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from app.core.signing import DIGEST

_KEEPS_ITS_OWN: Final = "keeps_its_cookie"


def keep_browsers_cookie() -> None:
    """Leave the cookie as the browser has it: another answer has just given it a newer one than this request knew."""
    setattr(g, _KEEPS_ITS_OWN, True)


class SignedCookies(SecureCookieSessionInterface):
    """Flask's cookie sessions, whose own choice is SHA-1."""

    digest_method = DIGEST

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """As Flask decides, but for requests that came with a former token."""
        return not g.get(_KEEPS_ITS_OWN, False) and super().should_set_cookie(app, session)
