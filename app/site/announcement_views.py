"""What operators announce, on every page, until one does not want to see it any more."""

import re
from typing import Final

from flask import Blueprint, Flask, current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.login import page_before
from app.core.announcements import MOST_SHOWN, Audience, Notice, present_notices
from app.extensions import csrf
from app.web.limits import reactions_limit
from app.web.security import cookie_name

bp = Blueprint("announcements", __name__)
KEPT_S: Final = 180 * 24 * 3600
MOST_KEPT: Final = 20
_ID: Final = re.compile(r"[0-9a-f]{32}")


@bp.post("/announcements/<dismissed>/dismiss")
@csrf.exempt  # strangers have no token; all that it does is not to show a line again in this browser
@reactions_limit
def announcement_dismiss(dismissed: str) -> ResponseReturnValue:
    """Do not show an announcement in this browser again."""
    response = redirect(page_before() or "/", code=303)
    if _ID.fullmatch(dismissed):
        ids = [dismissed, *(one for one in _dismissed() if one != dismissed)][:MOST_KEPT]
        secure = current_app.config["SETTINGS"].is_https
        response.set_cookie(_cookie(), ".".join(ids), max_age=KEPT_S, httponly=True, samesite="Lax", secure=secure)
    return response


def banners() -> list[Notice]:
    """What the present viewer is to be shown: for them, and not dismissed."""
    audiences = {
        Audience.EVERYONE,
        *([Audience.ARTISTS] if current_user.is_artist else []),
        *([Audience.STAFF] if current_user.is_staff else []),
    }
    gone = set(_dismissed())
    return [one for one in present_notices() if one.audience in audiences and one.id not in gone][:MOST_SHOWN]


def shown_to_strangers() -> str:
    """Which announcements a stranger's page holds, so that it is kept once for each choice that there really is."""
    gone = set(_dismissed())
    return ".".join(one.id for one in present_notices() if one.audience is Audience.EVERYONE and one.id not in gone)


def _cookie() -> str:
    return cookie_name(current_app.config["SETTINGS"], "dismissed")


def _dismissed() -> list[str]:
    return _ID.findall(request.cookies.get(_cookie(), "")[:1000])


def register_banners(app: Flask) -> None:
    """Give templates ``banners()``, and let pages for strangers be told apart by it."""
    app.jinja_env.globals["banners"] = banners
    app.extensions["front_page_key"] = shown_to_strangers
