"""Requests that came by a named link: what their secret stands for, and which browser asks."""

import hashlib
import hmac
from datetime import timedelta

from flask import Response, current_app, request

from app.core.ids import secret
from app.media import gate, passes
from app.media.gate import Action, Gated, Reason, Viewer
from app.web.security import cookie_name
from config import Settings

KEPT = timedelta(days=30)


def secret_of(viewer: Viewer, thing: Gated | None, action: Action, given: str | None) -> str | None:
    """What to go on with: ``given``, or the ticket of the play that this browser began before the link ran out."""
    if not given or thing is None:
        return given
    decision = gate.decide(viewer, thing, action, secret=given)
    if decision.reason is not Reason.LINK_ENDED:
        return given
    return passes.find_ticket(given, browser_key()) or given


def browser_key() -> str:
    """What tells this browser from others, as a digest; without our cookie its address and its name have to do."""
    settings: Settings = current_app.config["SETTINGS"]
    cookie = request.cookies.get(_cookie(settings)) or f"{request.remote_addr} {request.user_agent.string}"
    return hmac.new(settings.secret_key.encode(), f"browser {cookie}".encode(), hashlib.sha256).hexdigest()


def mark_browser(response: Response) -> Response:
    """Give this browser a cookie of its own, if it has none: it says nothing of whom it belongs to."""
    settings: Settings = current_app.config["SETTINGS"]
    name = _cookie(settings)
    if not request.cookies.get(name):
        response.set_cookie(
            name, secret(), max_age=KEPT, secure=settings.is_https, httponly=True, samesite="Lax", path="/"
        )
    return response


def keep_to_oneself(response: Response) -> Response:
    """Say that an answer under a secret address is for its asker alone: no cache, no referrer, no search engine."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _cookie(settings: Settings) -> str:
    return cookie_name(settings, "visitor")
