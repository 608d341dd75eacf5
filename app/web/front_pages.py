"""Pages for strangers: rendered once in a few seconds, and handed to all who come without a cookie."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, make_response, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.web.shared import SHARED_SECONDS
from app.web.themes import chosen_theme

MOST_KEPT = 256


def remembered(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Keep a view's page for strangers, one for each address, theme, kind of htmx request, and what is announced.

    A stranger's page holds nothing of anyone: no token, no name. Whoever has a session cookie gets a page of their
    own, even if that session is over.
    """

    @wraps(view)
    def kept(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if request.cookies.get(current_app.config["SESSION_COOKIE_NAME"]) or current_user.is_authenticated:
            return view(*args, **kwargs)
        pages: dict[tuple[str, ...], tuple[float, Response]] = current_app.extensions.setdefault("front_pages", {})
        key = (
            request.full_path,
            chosen_theme(),
            request.headers.get("HX-Request", ""),
            request.headers.get("HX-Request-Type", ""),
            current_app.extensions["front_page_key"](),
        )
        found = pages.get(key)
        if found is not None and found[0] > time.monotonic() and not current_app.testing:
            return _copy(found[1])
        response = make_response(view(*args, **kwargs))
        if response.status_code == 200 and "no-store" not in response.headers.get("Cache-Control", ""):
            while len(pages) >= MOST_KEPT:
                pages.pop(next(iter(pages)))  # the one that was kept first
            pages.pop(key, None)
            pages[key] = (time.monotonic() + SHARED_SECONDS, _copy(response))
        return response

    return kept


def _copy(response: Response) -> Response:
    """The page without headers that belong to one request."""
    copy = Response(response.get_data(), status=response.status_code, mimetype=response.mimetype)
    copy.vary.update(response.vary)
    return copy
