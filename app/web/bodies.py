"""JSON that comes as a body: what is too deep to be read, or holds no text, is refused like what is no JSON."""

from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider


class ReadableJson(DefaultJSONProvider):
    """Flask's, whose ``loads`` raises nothing but ``ValueError``, which is answered with 400."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """What ``s`` says.

        Raises:
            ValueError: it is no JSON, is nested a thousand times, or holds half of a pair of surrogates.
        """
        try:
            said = super().loads(s, **kwargs)
            self.dumps(said, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        return said


def register_readable_json(app: Flask) -> None:
    """Let ``app`` read JSON by it."""
    app.json = ReadableJson(app)
