"""Writing to someone through the forms."""

import re
from uuid import uuid4

from werkzeug.test import TestResponse

from tests.harness.browser import Browser


def write(browser: Browser, to: str, body: str, **fields: str) -> TestResponse:
    """Send ``body`` to ``to``: an address such as ``/messages/@ben``."""
    return browser.submit(to, {"body": body, "client_key": uuid4().hex, **fields})


def begin(browser: Browser, username: str, body: str = "Hello", **fields: str) -> str:
    """Write to someone for the first time; returns the address of the conversation."""
    answer = write(browser, f"/messages/@{username}", body, **fields)
    assert answer.status_code == 303, answer.text
    return answer.location.split("#")[0]


def said(page: str) -> list[str]:
    """The words of the bubbles of a page, without markup."""
    inside = re.findall(
        r'<div class="talk__bubble"><span class="sr-only">[^<]*</span>(.*?)</div>\s*<div class="talk__meta"',
        page,
        re.DOTALL,
    )
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in inside]
