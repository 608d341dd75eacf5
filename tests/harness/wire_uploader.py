"""An uploader over a real line: speaks the protocol as the page's script does, and goes on until the file is there.

Every request has a connection of its own, so that a faulty line hits one request at a time.
"""

import base64
import hashlib
import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

PARTS_AT_ONCE = 4
TRIES = 60
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Lost(Exception):
    """No answer came, or none that can be read."""


class Refused(Exception):
    """The server said no, and trying again would not help."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.status, self.body = status, body


@dataclass(frozen=True)
class Answer:
    """A status, headers by lower-case name, and the JSON where it is some."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Source:
    """A file that is read piece by piece: ``read(offset, length)``."""

    size: int
    read: Callable[[int, int], bytes] = field(repr=False)

    @classmethod
    def of(cls, data: bytes) -> "Source":
        """Bytes in memory."""
        return cls(len(data), lambda at, length: data[at : at + length])


@dataclass(frozen=True, kw_only=True)
class Login:
    """A person who is logged in: what a browser of theirs sends with every request."""

    cookie: str
    token: str


def ask(
    url: str,
    method: str = "GET",
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    timeout_s: float = 10,
) -> Answer:
    """One request on one connection.

    Raises:
        Lost
    """
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    try:
        with suppress(BrokenPipeError, ConnectionResetError):  # who refuses a body before its end may have said why
            connection.request(method, target, body=body, headers={"Connection": "close", **(headers or {})})
        answer = connection.getresponse()
        data = answer.read()
    except (OSError, HTTPException) as error:
        raise Lost(f"{method} {target[:60]}: {type(error).__name__}: {error}") from error
    finally:
        connection.close()
    said = {name.lower(): value for name, value in answer.getheaders()}
    if answer.status != 204 and not said.keys() & {"content-length", "transfer-encoding"}:
        raise Lost(f"{method} {target[:60]}: cut within the headers")  # which http.client takes for their end
    try:
        return Answer(
            answer.status, said, json.loads(data) if "json" in said.get("content-type", "") else data.decode()
        )
    except ValueError as error:
        raise Lost(f"{method} {target[:60]}: no answer that can be read") from error


def log_in(url: str, username: str, password: str) -> Login:
    """Through the form."""
    page = ask(f"{url}/login")
    token = _TOKEN.search(page.body)
    assert token, page
    cookie = page.headers["set-cookie"].split(";")[0]
    form = urlencode({"csrf_token": unescape(token[1]), "login": username, "password": password}).encode()
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    answer = ask(f"{url}/login", "POST", body=form, headers=headers)
    assert answer.status == 303, answer
    cookie = answer.headers["set-cookie"].split(";")[0]
    page = ask(f"{url}/upload", headers={"Cookie": cookie})
    cookie = page.headers.get("set-cookie", cookie).split(";")[0]  # it holds what the token is checked with
    token = _TOKEN.search(page.body)
    assert token, page
    return Login(cookie=cookie, token=unescape(token[1]))


class WireUploader:
    """One device of a person, on a line that ends at ``url``.

    ``timeout_s`` is after how long a silent line is given up. ``troubles`` counts what had to be done again, and
    ``refused`` the statuses of parts that were sent and not taken.
    """

    def __init__(self, url: str, session: Login, *, timeout_s: float = 2.0, tries: int = TRIES) -> None:
        self.url, self.session, self.timeout_s, self.tries = url, session, timeout_s, tries
        self.troubles: Counter[str] = Counter()
        self.refused: Counter[int] = Counter()
        self.stop = threading.Event()

    def ask(self, path: str, said: Any = None, *, method: str = "POST", timeout_s: float | None = None) -> Answer:
        """A request as the script makes it, once.

        Raises:
            Lost
        """
        headers = {"Cookie": self.session.cookie, "X-CSRFToken": self.session.token, "Accept": "application/json"}
        body = None if method == "GET" else json.dumps({} if said is None else said).encode()
        if body is not None:
            headers["Content-Type"] = "application/json"
        return ask(self.url + path, method, body=body, headers=headers, timeout_s=timeout_s or self.timeout_s)

    def insist(self, path: str, said: Any = None, *, method: str = "POST", timeout_s: float | None = None) -> Answer:
        """The same until an answer comes that is no trouble of the moment.

        Raises:
            Lost: it never came.
        """
        for attempt in range(self.tries):
            self._wait(attempt)
            try:
                answer = self.ask(path, said, method=method, timeout_s=timeout_s)
            except Lost as error:
                self.troubles[str(error).split(": ")[1]] += 1
                continue
            if answer.status not in {400, 408, 429, 500, 502, 503, 504}:
                return answer
            self.troubles[str(answer.status)] += 1
        raise Lost(f"{method} {path} never got an answer")

    def ticket(self, upload: dict[str, Any], source: Source, number: int) -> tuple[dict[str, Any], bytes]:
        """Where to PUT a part, and its bytes.

        Raises:
            Refused
        """
        size = upload["part_size_bytes"]
        data = source.read((number - 1) * size, size)
        sha256 = base64.b64encode(hashlib.sha256(data).digest()).decode()
        answer = self.insist(f"{upload['url']}/parts", {"parts": [{"number": number, "sha256": sha256}]})
        if answer.status != 200:
            raise Refused(answer.status, answer.body)
        return dict(answer.body["parts"][0]), data

    def create(self, source: Source, filename: str = "song.wav") -> dict[str, Any]:
        """Begin an upload.

        Raises:
            Refused
        """
        answer = self.insist("/uploads", {"filename": filename, "size_bytes": source.size})
        if answer.status != 201:
            raise Refused(answer.status, answer.body)
        return dict(answer.body)

    def there(self, upload: dict[str, Any]) -> dict[int, str]:
        """Number and checksum of the parts that have arrived."""
        answer = self.insist(upload["url"], method="GET")
        if answer.status != 200:
            raise Refused(answer.status, answer.body)
        return {part["number"]: part["sha256"] for part in answer.body["parts"]}

    def send(self, upload: dict[str, Any], source: Source, numbers: list[int] | None = None) -> None:
        """Send parts, four at a time, each until it is there.

        Raises:
            Refused: the upload is over, or there is no room.
        """
        wanted = list(range(1, upload["part_count"] + 1)) if numbers is None else numbers
        with ThreadPoolExecutor(PARTS_AT_ONCE) as pool:
            list(pool.map(lambda number: self.send_one(upload, source, number), wanted))

    def send_one(self, upload: dict[str, Any], source: Source, number: int) -> None:
        """Send one part until it is there."""
        for attempt in range(self.tries):
            if self.stop.is_set():
                return
            self._wait(attempt)
            ticket, data = self.ticket(upload, source, number)
            try:
                status, body = self.put(ticket, data)
            except Lost as error:
                self.troubles[str(error).split(": ")[1]] += 1
                continue
            if status == 200:
                return
            self.refused[status] += 1
            if status not in {400, 403, 408, 500, 502, 503}:
                raise Refused(status, body)
        raise Lost(f"part {number} never arrived")

    def put(self, ticket: dict[str, Any], data: bytes) -> tuple[int, Any]:
        """PUT a part once, where its ticket says.

        Raises:
            Lost
        """
        url = ticket["url"] if "://" in ticket["url"] else self.url + ticket["url"]
        headers = {**ticket["headers"], "Accept": "application/json"}
        answer = ask(url, "PUT", body=data, headers=headers, timeout_s=self.timeout_s)
        return answer.status, answer.body

    def confirm(self, upload: dict[str, Any], source: Source) -> Answer:
        """Say that the whole is there, and what it is, until there is an answer."""
        return self.insist(f"{upload['url']}/confirm", {"sha256": whole_digest(source, upload)}, timeout_s=60)

    def finish(self, upload: dict[str, Any], source: Source) -> dict[str, Any]:
        """Send what the server lacks, and confirm, until it is a medium; what the server says of that.

        Raises:
            Refused
            Lost: ``stop`` was set.
        """
        while True:
            there = self.there(upload)
            self.send(upload, source, [number for number in range(1, upload["part_count"] + 1) if number not in there])
            if self.stop.is_set():
                raise Lost("finish: told to stop")
            answer = self.confirm(upload, source)
            if answer.status == 200:
                return dict(answer.body["medium"])
            if answer.status != 409 or not answer.body.get("missing"):
                raise Refused(answer.status, answer.body)

    def upload(self, source: Source, filename: str = "song.wav") -> dict[str, Any]:
        """All of it."""
        return self.finish(self.create(source, filename), source)

    def _wait(self, attempt: int) -> None:
        if attempt:
            time.sleep(random.uniform(0.02, min(1.0, 0.05 * 2**attempt)))  # noqa: S311 - out of step, no secret


def whole_digest(source: Source, upload: dict[str, Any]) -> str:
    """The checksum of the whole: over the parts' raw digests."""
    size, digests = upload["part_size_bytes"], hashlib.sha256()
    for at in range(0, source.size, size):
        digests.update(hashlib.sha256(source.read(at, size)).digest())
    return base64.b64encode(digests.digest()).decode()
