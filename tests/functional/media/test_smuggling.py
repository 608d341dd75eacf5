"""No request hides in another: what can be read in two ways is refused, by gunicorn alone and behind nginx.

Raw bytes over sockets, as no client of ours would send them. A smuggled request would be answered on the same
connection, or, behind a proxy that keeps its connections, to whoever asks next.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.harness import nginx
from tests.harness.web_process import WebProcess

HIDDEN: Final = "GET /hidden-in-another HTTP/1.1\r\nHost: {host}\r\n\r\n"
LAST: Final = "GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
END: Final = "0\r\n\r\n"
POST: Final = "POST /login HTTP/1.1\r\nHost: {host}\r\n"
CHUNKED: Final = "Transfer-Encoding: chunked\r\n"

TWO_WAYS: Final = {
    "both lengths": POST + CHUNKED + "Content-Length: 6\r\n\r\n" + END + HIDDEN,
    "both lengths, the other way round": POST + "Content-Length: 6\r\n" + CHUNKED + "\r\n" + END + HIDDEN,
    "two lengths": POST + "Content-Length: 0\r\nContent-Length: 60\r\n\r\n" + HIDDEN,
    "two equal lengths": POST + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "a list of lengths": POST + "Content-Length: 0, 60\r\n\r\n" + HIDDEN,
    "a length with a sign": POST + "Content-Length: +0\r\n\r\n" + HIDDEN,
    "a length below nothing": POST + "Content-Length: -1\r\n\r\n" + HIDDEN,
    "a length in another base": POST + "Content-Length: 0x0\r\n\r\n" + HIDDEN,
    "a length with an underscore": POST + "Content-Length: 0_0\r\n\r\n" + HIDDEN,
    "a length in other digits": POST + "Content-Length: \u0660\r\n\r\n" + HIDDEN,
    "no length": POST + "Content-Length: \r\n\r\n" + HIDDEN,
    "a space before the colon": POST + "Transfer-Encoding : chunked\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "a coding before a tab": POST + "Transfer-Encoding:\tchunked\r\nContent-Length: 6\r\n\r\n" + END + HIDDEN,
    "another coding": POST + "Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "chunked is not the last": POST + "Transfer-Encoding: chunked, identity\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "chunked twice": POST + CHUNKED + CHUNKED + "\r\n" + END + HIDDEN,
    "chunked among others": POST + "Transfer-Encoding: gzip, chunked\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "a coding that a control precedes": POST + "Transfer-Encoding: \x0bchunked\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "a folded line": POST + "Transfer-Encoding:\r\n chunked\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "a line that begins with a space": POST + " Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "a carriage return within a name": POST + "Foo\rTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "a NUL": POST + "Foo: a\x00b\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "a chunk below nothing": POST + CHUNKED + "\r\n-1\r\n" + HIDDEN,
    "a chunk with a prefix": POST + CHUNKED + "\r\n0x0\r\n\r\n" + HIDDEN,
    "a chunk with an underscore": POST + CHUNKED + "\r\n0_0\r\n\r\n" + HIDDEN,
    "a chunk that is longer than it says": POST + CHUNKED + "\r\n1\r\nabc\r\n" + END + HIDDEN,
    "an old version with chunks": "POST /login HTTP/1.0\r\nHost: {host}\r\n" + CHUNKED + "\r\n" + END + HIDDEN,
    "an unknown version": "GET /healthz HTTP/3.7\r\nHost: {host}\r\n\r\n" + HIDDEN,
    "a space in the path": "GET /healthz /x HTTP/1.1\r\nHost: {host}\r\n\r\n" + HIDDEN,
    "two hosts": "GET /healthz HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n" + HIDDEN,
    "two hosts, the first of another": "GET /healthz HTTP/1.1\r\nHost: evil.example\r\nHost: {host}\r\n\r\n" + HIDDEN,
    "a line feed within a header": POST + "Foo: x\n" + CHUNKED + "Content-Length: 5\r\n\r\n" + END + HIDDEN,
}
"""What one program could end at another place than the next: refused before anything of it is answered."""

ENDLESS: Final = {
    "a chunk of more bytes than there are": POST + CHUNKED + "\r\n" + "f" * 17 + "\r\n" + HIDDEN,
    "a chunk that wraps around": POST + CHUNKED + "\r\n10000000000000000\r\n" + HIDDEN,
}
"""What goes on for ever: refused, or waited for and never answered."""

LENIENT: Final = {
    "no version": "GET /healthz\r\n" + HIDDEN,
    "line feeds alone": "POST /login HTTP/1.1\nHost: {host}\nContent-Length: {size}\n\n" + HIDDEN,
    "line feeds alone, and chunks":
        "POST /login HTTP/1.1\nHost: {host}\nTransfer-Encoding: chunked\n\n{size:x}\n" + HIDDEN + "\n0\n\n",
    "a chunk's line ends with a line feed": POST + CHUNKED + "\r\n{size:x}\n" + HIDDEN + "\r\n" + END,
    "a line feed in what a chunk says of itself": POST + CHUNKED + "\r\n{size:x};a=\nb\r\n" + HIDDEN + "\r\n" + END,
    "a coding in capitals": POST + "Transfer-Encoding: CHUNKED\r\n\r\n{size:x}\r\n" + HIDDEN + "\r\n" + END,
    "a coding before a space": POST + "Transfer-Encoding: chunked \r\n\r\n{size:x}\r\n" + HIDDEN + "\r\n" + END,
    "more digits than a number has": POST + CHUNKED + "\r\n" + "0" * 20 + "{size:x}\r\n" + HIDDEN + "\r\n" + END,
}  # fmt: skip
"""What some read leniently: it may be answered, and what lies in it may not."""

ELSEWHERE: Final = {
    "another's name in the target": "GET http://evil.example/login HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "another's name beside ours": "GET http://{host}/login HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "another's address": "GET evil.example:80 HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "a tunnel": "CONNECT evil.example:443 HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "no host": "GET /login HTTP/1.1\r\n\r\n",
    "a host with a path": "GET /login HTTP/1.1\r\nHost: {host}/evil.example\r\n\r\n",
    "a host before an at": "GET /login HTTP/1.1\r\nHost: {host}@evil.example\r\n\r\n",
}
"""Requests for another place than ours: whatever is answered, is not about it."""


def said(address: str, request: str, *, patience_s: float = 5) -> bytes:
    """All that comes back for ``request``, and for a last one that ends its connection, until it is closed."""
    host = urlsplit(address).netloc
    name, port = host.split(":")
    size = len(HIDDEN.format(host=host))
    answered = b""
    with socket.create_connection((name, int(port)), timeout=patience_s) as wire:
        wire.sendall((request + LAST).format(host=host, size=size).encode())
        with suppress(TimeoutError, ConnectionResetError):
            while got := wire.recv(65536):
                answered += got
    return answered


def statuses(answered: bytes) -> list[int]:
    """Of each answer, in their order."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answered)]


WITHOUT_NGINX = pytest.mark.skipif(nginx.program() is None, reason="NOT RUN: there is no nginx on this machine")


@pytest.fixture(params=["gunicorn", pytest.param("nginx", marks=WITHOUT_NGINX)])
def front(request: pytest.FixtureRequest, web: WebProcess, tmp_path: Path) -> Iterator[str]:
    """Where people reach us: the web process as ``make run`` has it, or nginx before it."""
    if request.param == "gunicorn":
        yield web.url
        return
    with nginx.Nginx.before(web.url, media=web.media, folder=tmp_path) as before:
        yield before.url


def test_what_can_be_read_in_two_ways_is_refused_whole_and_nobody_else_hears_of_it(front: str) -> None:
    """A body that breaks off in its middle is refused twice: by the page that wanted it, and by who reads on."""
    wrong = []
    for how, request in TWO_WAYS.items():
        answers = statuses(said(front, request))
        if not answers or not set(answers) <= {400, 501, 505}:
            wrong.append(f"{how}: {answers}")
        if statuses(others := said(front, "")) != [200] or not others.endswith(b"ok\n"):
            wrong.append(f"{how}: the next one heard {others!r}")
    assert wrong == []


def test_what_lies_in_another_request_is_never_answered(front: str) -> None:
    wrong = []
    for how, request in (LENIENT | ENDLESS).items():
        answers = statuses(said(front, request, patience_s=0.2 if how in ENDLESS else 5))
        if 404 in answers or len(answers) > 2:
            wrong.append(f"{how}: {answers}")
        if statuses(others := said(front, "")) != [200] or not others.endswith(b"ok\n"):
            wrong.append(f"{how}: the next one heard {others!r}")
    assert wrong == []
    plain = statuses(said(front, POST + "Content-Length: 0\r\n\r\n" + HIDDEN))
    assert plain == [400, 404, 200], "three requests that are three are answered"


def test_a_request_for_another_place_is_answered_as_ours_or_not_at_all(front: str) -> None:
    wrong = {}
    for how, request in ELSEWHERE.items():
        answered = said(front, request)
        first = statuses(answered)[0]
        if first not in {200, 400, 405} or (first == 200 and b"evil.example" in answered):
            wrong[how] = answered
    assert wrong == {}
