"""JSON that comes as a body: what is too deep to be read is refused like what is no JSON."""

from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider


class ReadableJson(DefaultJSONProvider):
    """Flask's, whose ``loads`` raises nothing but ``ValueError``, which is answered with 400."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """What ``s`` says.

        Raises:
            ValueError: it is no JSON, or is nested a thousand times.
        """
        try:
            return super().loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def register_readable_json(app: Flask) -> None:
    """Let ``app`` read JSON by it."""
    app.json = ReadableJson(app)
