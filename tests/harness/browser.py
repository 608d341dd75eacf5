"""A test client that behaves a little like a browser: an origin, forms with their tokens, htmx when asked."""

import re
import secrets
from html import unescape
from io import BufferedRandom
from typing import Any

from flask import Flask, has_app_context
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="csrf_token"')
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Browser(FlaskClient):
    """Speaks to the application at its public address and keeps cookies."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """As Flask's client; refused inside an application context, whose session and user requests would share."""
        assert not has_app_context(), "Leave the application context first: requests would share its session and user."
        kwargs.setdefault("base_url", self.application.config["SETTINGS"].public_url)
        kwargs.setdefault("buffered", True)  # reads the answer at once, and closes the file that it came from
        answer = super().open(*args, **kwargs)
        if isinstance(answer.request.environ["wsgi.input"], BufferedRandom):
            answer.request.environ["wsgi.input"].close()  # a large body, which Werkzeug's client leaves open
        return answer

    def csrf_token(self, page: str | None = None) -> str:
        """A token of this browser's session: of the first form on ``page`` or, without rendering any, as one has it."""
        if page is not None:
            found = _TOKEN.search(self.get(page).text)
            assert found, f"{page} has no form with a token"
            return unescape(found[1] or found[2])
        with self.session_transaction(base_url=self.application.config["SETTINGS"].public_url) as session:
            kept = session.setdefault("csrf_token", secrets.token_hex(20))
        # As Flask-WTF signs it: the test of the forms themselves reads it from a page.
        return str(URLSafeTimedSerializer(self.application.secret_key or "", salt="wtf-csrf-token").dumps(kept))

    def submit(self, path: str, data: dict[str, Any] | None = None, /, **kwargs: Any) -> TestResponse:
        """POST a form to ``path`` with a token of this browser's session; ``kwargs`` go to ``open``."""
        headers = dict(kwargs.pop("headers", {}))
        if self.application.config["SETTINGS"].is_https:
            headers.setdefault("Referer", self.application.config["SETTINGS"].public_url + path)
        return self.post(path, data={"csrf_token": self.csrf_token(), **(data or {})}, headers=headers, **kwargs)

    def send_json(self, path: str, json: Any = None, /, *, method: str = "POST", **kwargs: Any) -> TestResponse:
        """Send JSON as our scripts do, the token in a header."""
        headers = {"X-CSRFToken": self.csrf_token(), "Accept": "application/json", **kwargs.pop("headers", {})}
        return self.open(path, method=method, json={} if json is None else json, headers=headers, **kwargs)

    def get_partial(self, path: str, **kwargs: Any) -> TestResponse:
        """GET as htmx does when it swaps a part of the page."""
        return self.get(path, headers=PARTIAL, **kwargs)


def browser_of(app: Flask) -> Browser:
    """A new browser, without cookies, for an application of ``make_app``."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return browser
