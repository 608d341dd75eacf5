"""A disk that is full: said before anything is accepted, and when it fills up on the way. On a real small one."""

import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.media.models import Medium, Upload
from config import MIB, Settings
from tests.factories.people import PASSWORD
from tests.functional.media.upload_runs import PART_BYTES, endless, files_below
from tests.functional.media.uploader import wav
from tests.harness.web_process import WebProcess, environ_of, may_mount
from tests.harness.wire_uploader import Answer, Login, Source, WireUploader, ask, log_in

DISK_MB = 48
SENTENCE = "There is no room for this file here at the moment."


@pytest.fixture(scope="module")
def kept_small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebProcess]:
    if not may_mount():
        pytest.skip("NOT RUN: this kernel does not let us mount a tmpfs in a namespace of our own")
    web = WebProcess(tmp_path_factory.mktemp("small-disk"), disk_mb=DISK_MB)
    yield web
    web.stop()


@pytest.fixture
def small(settings: Settings, kept_small: WebProcess) -> WebProcess:
    """A web process whose media folder is a tmpfs of 48 MB, empty, all of which may be used."""
    if not kept_small.is_running:
        own_folder = str(kept_small.log.parent / "data")  # a folder that is emptied here would be unmounted there
        kept_small.start({**environ_of(settings), "DATA_DIR": own_folder, "DISK_HEADROOM_MB": "0"})
    for path in [*kept_small.disk.glob("originals"), *kept_small.disk.glob(".multipart/*")]:
        shutil.rmtree(path)
    return kept_small


@pytest.fixture
def login(small: WebProcess, artist: User) -> Login:
    return log_in(small.url, artist.username, PASSWORD)


@pytest.fixture
def fill(small: WebProcess) -> Iterator[Callable[[int], None]]:
    """``fill(left)``: write until so many bytes are left; ``fill(-1)`` makes room again."""
    filler = small.disk / "filler"

    def do(left: int) -> None:
        assert shutil.disk_usage(small.disk).total == DISK_MB * MIB, "this is another disk"
        filler.unlink(missing_ok=True)
        if left < 0:
            return
        with filler.open("wb", buffering=0) as file:
            with suppress(OSError):
                while True:
                    file.write(bytes(64 * 1024))
            file.truncate(file.tell() - left)

    yield do
    do(-1)


def test_a_file_that_the_disk_cannot_hold_is_refused_before_its_first_byte(
    small: WebProcess, login: Login, db_session: Session
) -> None:
    device = WireUploader(small.url, login)
    answer = device.ask("/uploads", {"filename": "a.wav", "size_bytes": DISK_MB * MIB // 2 + 1})
    assert (answer.status, answer.body["error"][: len(SENTENCE)]) == (507, SENTENCE)
    assert files_below(small.disk) == []
    assert db_session.scalar(select(func.count()).select_from(Upload)) == 0
    assert device.ask("/uploads", {"filename": "a.wav", "size_bytes": PART_BYTES}).status == 201


def test_the_plain_form_says_so_on_a_page(small: WebProcess, login: Login, db_session: Session) -> None:
    source = endless(DISK_MB * MIB // 2)
    answer = post_form(small, login, source.read(0, source.size))
    assert answer.status == 507
    assert SENTENCE in answer.body
    assert "<h1" in answer.body
    assert files_below(small.disk) == []
    assert db_session.scalar(select(func.count()).select_from(Upload)) == 0


def test_a_disk_that_fills_up_within_a_part_loses_that_part_alone(
    small: WebProcess, login: Login, fill: Callable[[int], None]
) -> None:
    source = Source.of(wav(2 * PART_BYTES + 777))
    device = WireUploader(small.url, login)
    upload = device.create(source)
    device.send(upload, source, [1])
    before = files_below(small.disk)
    ticket, data = device.ticket(upload, source, 2)
    with socket.create_connection(("127.0.0.1", small.port), timeout=10) as line:
        line.sendall(
            f"PUT {ticket['url']} HTTP/1.1\r\nHost: {small.url[7:]}\r\nAccept: application/json\r\n"
            f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode()
        )
        line.sendall(data[: PART_BYTES // 2])
        wait_for(lambda: any("incoming" in path for path in files_below(small.disk)))
        fill(0)
        line.sendall(data[PART_BYTES // 2 :])
        answer = read_all(line)
    assert b" 507 " in answer.split(b"\r\n")[0], answer
    assert SENTENCE.encode() in answer
    assert files_below(small.disk) == sorted([*before, "filler"])
    assert set(device.there(upload)) == {1}

    assert device.put(ticket, data)[0] == 507, "nor is another begun"
    fill(-1)
    assert device.finish(upload, source)
    (whole,) = files_below(small.disk)
    assert (small.disk / whole).read_bytes() == source.read(0, source.size)


def test_parts_that_cannot_be_joined_wait_until_there_is_room(
    small: WebProcess, login: Login, fill: Callable[[int], None], db_session: Session
) -> None:
    source = Source.of(wav(2 * PART_BYTES + 777))
    device = WireUploader(small.url, login)
    upload = device.create(source)
    device.send(upload, source)
    fill(PART_BYTES)
    refused = device.confirm(upload, source)
    assert (refused.status, refused.body["error"][: len(SENTENCE)]) == (507, SENTENCE)
    assert set(device.there(upload)) == {1, 2, 3}
    assert not [path for path in files_below(small.disk) if "joined" in path or "originals" in path]
    fill(-1)
    assert device.confirm(upload, source).status == 200
    assert db_session.scalar(select(func.count()).select_from(Medium)) == 1
    (whole,) = files_below(small.disk)
    assert (small.disk / whole).read_bytes() == source.read(0, source.size)


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def read_all(line: socket.socket) -> bytes:
    answer = b""
    with suppress(ConnectionResetError):
        while data := line.recv(65536):
            answer += data
    return answer


def post_form(web: WebProcess, login: Login, data: bytes) -> Answer:
    """The form of a page without scripts."""
    head = (
        f'--edge\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{login.token}\r\n'
        '--edge\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    )
    headers = {"Cookie": login.cookie, "Content-Type": "multipart/form-data; boundary=edge", "Accept": "text/html"}
    return ask(f"{web.url}/upload", "POST", body=head.encode() + data + b"\r\n--edge--\r\n", headers=headers)
