"""htmx, read here and nowhere else: page or fragment, redirects that htmx understands."""

from typing import Any

from flask import Response, make_response, redirect, render_template, request

PAGE_LAYOUT = "layouts/base.html"
FRAGMENT_LAYOUT = "layouts/fragment.html"


def is_htmx() -> bool:
    """Whether htmx sent this request, be it for a fragment or for a whole page."""
    return request.headers.get("HX-Request") == "true"


def wants_fragment() -> bool:
    """Whether htmx will swap the answer into a part of a page.

    A boosted visit and a history restore want the whole page: htmx says ``full`` for the first and sends no
    ``HX-Request`` for the second.
    """
    return is_htmx() and request.headers.get("HX-Request-Type") == "partial"


def go_to(url: str) -> Response:
    """Lead the whole page to ``url`` (303), also where htmx would swap the answer into a part of it."""
    if not wants_fragment():
        return make_response(redirect(url, code=303))
    response = make_response("", 200)
    response.headers["HX-Redirect"] = url
    return response


def render(page: str, fragment: str | None = None, status: int = 200, /, **values: Any) -> Response:
    """Answer with ``page``, or with ``fragment`` where htmx asked for a part and there is one.

    Any answer varies by ``HX-Request-Type``, so that a cache never hands a fragment to a visitor.
    """
    template = fragment if fragment is not None and wants_fragment() else page
    response = make_response(render_template(template, **values), status)
    response.vary.update(["HX-Request", "HX-Request-Type"])
    if status >= 400:
        # Without this a refused form would be pushed as an address of its own.
        response.headers["HX-Push-Url"] = "false"
    return response
