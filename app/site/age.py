"""The page that stands before what is for adults."""

from typing import Any

from flask import Response, request

from app.media import by_link, gate
from app.web.hx import render


def ask_for_age(template: str, /, **values: Any) -> Response:
    """Ask whoever came for their age, and lead them on to what they came for. No cache keeps the question."""
    onward = request.full_path.removesuffix("?")
    return by_link.keep_to_oneself(render(template, age=gate.adult_age(), onward=onward, **values))
