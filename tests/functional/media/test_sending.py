"""The web process alone, without nginx or a bucket: ranges by the kernel, and nobody waits for the slow."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.sending import SendingEnded, Stretch
from app.media.models import Medium, Version
from config import Settings
from tests.conftest import store_of
from tests.harness.web_process import WebProcess, environ_of

SECRET = "the-right-secret"
READERS = 50
LONG_MB = 48


@pytest.fixture
def web(settings: Settings, app: Flask, tmp_path: Path) -> Iterator[WebProcess]:
    del app
    process = WebProcess(tmp_path)
    process.start(environ_of(settings))
    yield process
    process.stop()


@pytest.fixture
def film(app: Flask, artist: User, make_medium: Callable[..., Medium], db_session: Session) -> tuple[Medium, str]:
    """An unlisted film with a long plain file, and that file's address."""
    medium = make_medium(artist, "video", files=True, visibility="unlisted", link_secret=SECRET)
    version = db_session.scalars(select(Version)).one()
    data = os.urandom(1 << 20) * LONG_MB
    store_of(app).put_bytes(version.storage_prefix + "film.mp4", data, content_type="")
    db_session.commit()
    return medium, f"/media/restricted/{version.delivery_key}/{SECRET}/film.mp4"


def slow_reader(stack: ExitStack, web: WebProcess, path: str) -> socket.socket:
    """Somebody who asks for all of it, and takes very little at a time."""
    address = urlsplit(web.url)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    connection.connect((address.hostname, address.port))
    stack.callback(connection.close)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\nRange: bytes=0-\r\n\r\n".encode())
    assert connection.recv(12) == b"HTTP/1.1 206"
    return connection


def small_window() -> urllib3.PoolManager:
    """A client whose kernel holds little: what has arrived cannot be taken back, and is not what is measured."""
    little = (socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    options = [*urllib3.connection.HTTPConnection.default_socket_options, little]
    return urllib3.PoolManager(retries=False, timeout=20, socket_options=options)


def reads_of(web: WebProcess) -> int:
    """How often the web process has asked the kernel for bytes, or to send some."""
    return int(Path(f"/proc/{web.worker_pid()}/io").read_text().split("syscr:")[1].split()[0])


def test_pages_answer_while_fifty_slow_readers_hang_on_a_file(web: WebProcess, film: tuple[Medium, str]) -> None:
    _medium, path = film
    with urllib3.PoolManager(retries=False, timeout=10) as pool, ExitStack() as stack:
        assert pool.request("GET", web.url + "/").status == 200  # templates are read once
        before_mb, _ = web.memory_mb()
        readers = [slow_reader(stack, web, path) for _ in range(READERS)]
        times, until = [], time.monotonic() + 2
        while time.monotonic() < until:
            for reader in readers[:: READERS // 10]:
                reader.recv(4096)
            began = time.monotonic()
            assert pool.request("GET", web.url + "/music").status == 200
            times.append(time.monotonic() - began)
        after_mb, _ = web.memory_mb()
        times.sort()
        assert times[len(times) // 2] < 0.5, (
            f"{len(times)} pages in two seconds, half of them over {times[len(times) // 2]:.2f} s"
        )
        assert after_mb - before_mb < 60, "a reader costs a greenlet, not its file"


def test_a_range_is_sent_by_the_kernel_and_arrives_whole(web: WebProcess, app: Flask, film: tuple[Medium, str]) -> None:
    _medium, path = film
    data = store_of(app).read_bytes(f"media/{path.split('/')[3]}/film.mp4")
    with urllib3.PoolManager(retries=False, timeout=20) as pool:
        for asked, first, last in (
            ("bytes=1000000-9999999", 1_000_000, 10_000_000),
            ("bytes=-100", len(data) - 100, len(data)),
        ):
            answer = pool.request("GET", web.url + path, headers={"Range": asked})
            assert (answer.status, answer.data == data[first:last]) == (206, True)
        calls = reads_of(web)
        whole = pool.request("GET", web.url + path)
        assert reads_of(web) - calls < (LONG_MB << 20) // (16 * 1024), "by the kernel, not block by block"
        assert (whole.status, whole.data == data) == (200, True)
        head = pool.request("HEAD", web.url + path)
        assert (head.status, head.data, head.headers["Content-Length"]) == (200, b"", str(len(data)))
    assert "Traceback" not in web.log.read_text()


def test_a_long_answer_of_the_web_process_breaks_off_when_access_ends(
    web: WebProcess, film: tuple[Medium, str], db_session: Session
) -> None:
    _medium, path = film
    with small_window() as pool:
        answer = pool.request("GET", web.url + path, headers={"Range": "bytes=0-"}, preload_content=False)
        assert (answer.status, answer.headers["Content-Length"]) == (206, str(LONG_MB << 20))
        received = len(answer.read(1 << 20))
        db_session.execute(update(Medium).values(link_secret="another"))
        db_session.commit()
        ended = time.monotonic()
        while time.monotonic() - ended < 5:
            try:
                data = answer.read(64 * 1024)  # some 640 KB a second
            except urllib3.exceptions.HTTPError:
                break
            assert data, "it came to its end"
            received += len(data)
            time.sleep(0.1)
        else:
            pytest.fail("five seconds later it still comes")
        assert received < LONG_MB << 19
    assert "Traceback" not in web.log.read_text(), "to the server it is a connection that broke"


def test_a_stretch_ends_where_it_was_said_to(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(100)))
    stretch: Any = Stretch(path, start=10, length=20)
    assert stretch.read(15) + stretch.read(15) + stretch.read(15) == bytes(range(10, 30))
    stretch.close()


def test_only_a_long_stretch_asks_and_a_no_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(8 << 20))
    moment = [0.0]
    monkeypatch.setattr("app.core.sending.time.monotonic", lambda: moment[0])
    short = Stretch(path, start=0, length=4 << 20, may_go_on=lambda: False)
    long = Stretch(path, start=0, length=8 << 20, may_go_on=lambda: False)
    assert len(short.read(10)) == len(long.read(10)) == 10
    moment[0] = 2.1
    assert len(short.read(10)) == 10
    with pytest.raises(SendingEnded):
        long.read(10)
    short.close()
    long.close()
