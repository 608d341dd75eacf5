"""The upload protocol, spoken as the page's script speaks it."""

import base64
import hashlib
import random
from typing import Any

import urllib3

from tests.harness.browser import Browser

_pool = urllib3.PoolManager(retries=False)


def wav(size: int, seed: int = 7) -> bytes:
    """A file of ``size`` bytes that begins as a WAV recording does, and goes on with noise."""
    noise = random.Random(seed).randbytes(size - 44)  # noqa: S311 - bytes to send, no secret
    sizes = [(size - 8).to_bytes(4, "little"), (16).to_bytes(4, "little")]
    form = b"\x01\x00\x01\x00\x44\xac\x00\x00\x88\x58\x01\x00\x02\x00\x10\x00"
    return b"RIFF" + sizes[0] + b"WAVEfmt " + sizes[1] + form + b"data" + (size - 44).to_bytes(4, "little") + noise


def digest(data: bytes) -> str:
    """SHA-256 in base64."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def cut(data: bytes, part_size: int) -> dict[int, bytes]:
    """The parts of a file, by number."""
    return {number + 1: data[at : at + part_size] for number, at in enumerate(range(0, len(data), part_size))}


def whole_digest(data: bytes, part_size: int) -> str:
    """The checksum of the whole: over the parts' raw digests."""
    digests = b"".join(hashlib.sha256(part).digest() for part in cut(data, part_size).values())
    return digest(digests)


def put(browser: Browser, ticket: dict[str, Any], data: bytes) -> int:
    """PUT a part to where its ticket says, here or at the bucket; the status."""
    if ticket["url"].startswith("/"):
        return browser.put(ticket["url"], data=data, headers=ticket["headers"]).status_code
    return _pool.request("PUT", ticket["url"], body=data, headers=ticket["headers"]).status


class Uploader:
    """A person's browser on the upload page."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.token = browser.csrf_token()

    def twin(self) -> "Uploader":
        """The same session in a client of its own, for another thread."""
        browser = self.browser.application.test_client()
        assert isinstance(browser, Browser)
        name = self.browser.application.config["SESSION_COOKIE_NAME"]
        cookie = self.browser.get_cookie(name, domain="127.0.0.1")
        assert cookie is not None
        browser.set_cookie(name, cookie.value, domain="127.0.0.1")
        twin = Uploader.__new__(Uploader)
        twin.browser, twin.token = browser, self.token
        return twin

    def ask(self, path: str, json: Any = None, method: str = "POST") -> Any:
        """A request as the script makes it; the answer is Werkzeug's, whose ``json`` may be anything."""
        headers = {"X-CSRFToken": self.token, "Accept": "application/json"}
        return self.browser.open(path, method=method, json={} if json is None else json, headers=headers)

    def create(self, data: bytes, filename: str = "song.wav", **more: Any) -> dict[str, Any]:
        """Begin an upload of ``data``."""
        answer = self.ask("/uploads", {"filename": filename, "size_bytes": len(data), **more})
        assert answer.status_code == 201, answer.text
        return dict(answer.json)

    def tickets(self, upload: dict[str, Any], parts: dict[int, bytes]) -> list[dict[str, Any]]:
        """Where to PUT these parts."""
        wanted = [{"number": number, "sha256": digest(part)} for number, part in parts.items()]
        answer = self.ask(f"{upload['url']}/parts", {"parts": wanted})
        assert answer.status_code == 200, answer.text
        return list(answer.json["parts"])

    def send(self, upload: dict[str, Any], parts: dict[int, bytes]) -> None:
        """Send these parts, one after the other."""
        for ticket in self.tickets(upload, parts):
            assert put(self.browser, ticket, parts[ticket["number"]]) == 200

    def confirm(self, upload: dict[str, Any], data: bytes) -> Any:
        """Say that the whole is there, and what it is."""
        sha256 = whole_digest(data, upload["part_size_bytes"])
        return self.ask(f"{upload['url']}/confirm", {"sha256": sha256})

    def upload(self, data: bytes, filename: str = "song.wav", **more: Any) -> Any:
        """All of it."""
        upload = self.create(data, filename, **more)
        self.send(upload, cut(data, upload["part_size_bytes"]))
        return self.confirm(upload, data)
