"""The upload path at length: bad lines, deaths, givings up, and a file as large as an artist may send."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.storage import Storage
from app.media.models import Medium, Upload, Version
from config import MIB, Settings
from tests.factories.people import PASSWORD
from tests.functional.media import upload_runs
from tests.functional.media.uploader import wav
from tests.harness.faulty_proxy import FaultyProxy, random_faults
from tests.harness.web_process import WebProcess, environ_of
from tests.harness.wire_uploader import Login, WireUploader, log_in, whole_digest

GIB = 1024 * MIB


@pytest.fixture
def artist(make_person: Callable[..., User]) -> User:
    return make_person(role="artist", username="ana")


@pytest.fixture
def web(settings: Settings, tmp_path: Path) -> Iterator[WebProcess]:
    web = WebProcess(tmp_path)
    web.start({**environ_of(settings), "UPLOAD_ARTIST_MINUTES": "0"})
    yield web
    web.stop()


@pytest.fixture
def login(web: WebProcess, artist: User) -> Login:
    return log_in(web.url, artist.username, PASSWORD)


@pytest.fixture
def store(app: Flask) -> Storage:
    storage: Storage = app.extensions["storage"]
    return storage


def test_a_hundred_uploads_over_a_line_that_breaks(
    web: WebProcess, login: Login, store: Storage, db_session: Session, finding: Callable[[str], None]
) -> None:
    """100 uploads cut, reset, stalled and slowed at random offsets end sha256-equal."""
    started = time.monotonic()
    happened, _ = upload_runs.send_over_a_bad_line(
        web, login, store, db_session, uploads=100, kinds=upload_runs.BREAKS, seed=2026
    )
    took_s = time.monotonic() - started
    finding(f"100 uploads of 10.5 MB in three parts, {told(happened)}: all went on and ended equal, {took_s:.0f} s")
    assert happened.total() >= 100


def test_bits_that_flip_on_the_way(
    web: WebProcess, login: Login, store: Storage, db_session: Session, finding: Callable[[str], None]
) -> None:
    """A bit flipped on the way is refused for that part only."""
    happened, refused = upload_runs.send_over_a_bad_line(
        web, login, store, db_session, uploads=30, kinds=upload_runs.CHANGES, seed=77
    )
    finding(
        f"30 uploads, {happened['flip']} connections with a flipped bit: {refused[400]} parts refused and sent again"
    )
    assert refused[400] >= 20
    assert set(refused) <= {400, 404, 413}


def test_confirms_while_the_web_process_is_killed(
    web: WebProcess, login: Login, db_session: Session, finding: Callable[[str], None]
) -> None:
    """Fifty parallel confirms while the web process is killed make one medium and one task."""
    rounds, deaths = 8, 3
    for number in range(rounds):
        data = wav(upload_runs.PART_BYTES * (2 + number % 4) + number, seed=number)
        upload_runs.confirm_while_it_dies(web, login, db_session, data=data, confirms=50, deaths=deaths)
        forget_media(db_session)
    finding(f"{rounds} rounds of 50 confirms, {rounds * deaths} deaths by SIGKILL: one medium and one task each")


def test_uploads_given_up_on_local_disk(
    web: WebProcess,
    login: Login,
    app: Flask,
    settings: Settings,
    db_session: Session,
    finding: Callable[[str], None],
) -> None:
    """200 uploads given up at random leave no object, part or row on local disk."""
    ended = upload_runs.give_up_at_random(web.url, login, uploads=200, seed=1)
    upload_runs.sweep_everything(app)
    kept = sorted(db_session.scalars(select(Version.original_key)))
    assert upload_runs.files_below(settings.data_dir / "media") == kept
    assert sorted(db_session.scalars(select(Upload.storage_key))) == kept
    finding(f"200 uploads ({told(ended)}), {len(kept)} had become media before: nothing else was left")


def test_uploads_given_up_in_a_bucket(
    s3_settings: Settings,
    make_app: Callable[..., Flask],
    artist: User,
    tmp_path: Path,
    db_session: Session,
    finding: Callable[[str], None],
) -> None:
    """200 uploads given up at random leave no object, part or row in a bucket."""
    app = make_app(s3_settings)
    web = WebProcess(tmp_path)
    bucket = str(s3_settings.s3_bucket)
    faults = random_faults(3, ("cut", "reset"), reach_bytes=upload_runs.PART_BYTES, share=0.3)
    with FaultyProxy(urlsplit(str(s3_settings.s3_endpoint_url)).port or 0, faults) as line:
        web.start({**environ_of(s3_settings), "S3_ENDPOINT_URL": f"http://127.0.0.1:{line.port}"})
        try:
            login = log_in(web.url, artist.username, PASSWORD)
            ended = upload_runs.give_up_at_random(web.url, login, uploads=200, seed=2)
        finally:
            web.stop()
    upload_runs.sweep_everything(app)
    kept = sorted(db_session.scalars(select(Version.original_key)))
    client = boto3.client("s3", endpoint_url=s3_settings.s3_endpoint_url)
    listed = client.list_objects_v2(Bucket=bucket).get("Contents", [])
    assert sorted(item["Key"] for item in listed) == kept
    assert client.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []
    assert sorted(db_session.scalars(select(Upload.storage_key))) == kept
    finding(
        f"200 uploads ({told(ended)}), {line.happened.total()} connections to the bucket cut or reset, "
        f"{len(kept)} had become media before: nothing else was left"
    )


def test_four_gibibytes(
    web: WebProcess, login: Login, store: Storage, db_session: Session, finding: Callable[[str], None]
) -> None:
    """A file of 4 GiB goes through a web process of less than 200 MB."""
    device = WireUploader(web.url, login, timeout_s=60)
    source = upload_runs.endless(4 * GIB)
    started = time.monotonic()
    upload = device.create(source)
    device.send(upload, source)
    sent_s = time.monotonic() - started
    medium = device.finish(upload, source)
    whole_s = time.monotonic() - started
    _, highest_mb = web.memory_mb()
    query = select(Version.original_key).join(Medium, Medium.id == Version.medium_id)
    key = db_session.scalars(query.where(Medium.public_id == medium["public_id"])).one()
    try:
        assert store.size_bytes(key) == 4 * GIB
        assert store.joined_sha256(key, part_size_bytes=upload["part_size_bytes"]) == whole_digest(source, upload)
    finally:
        store.delete_prefix(key)
    finding(
        f"4 GiB in {upload['part_count']} parts: sent in {sent_s:.0f} s, a medium after {whole_s:.0f} s, "
        f"the web process at most {highest_mb:.0f} MB resident"
    )
    assert highest_mb < 200


def test_a_part_that_stops_coming(
    web: WebProcess, login: Login, settings: Settings, finding: Callable[[str], None]
) -> None:
    """A line that goes away without a word is given up by the server, too."""
    source = upload_runs.endless(upload_runs.PART_BYTES)
    device = WireUploader(web.url, login)
    upload = device.create(source)
    ticket, data = device.ticket(upload, source, 1)
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", web.port), timeout=90) as line:
        head = f"PUT {ticket['url']} HTTP/1.1\r\nHost: {web.url[7:]}\r\nContent-Length: {len(data)}\r\n\r\n"
        line.sendall(head.encode() + data[:100_000])
        status = line.recv(4096).split(b"\r\n")[0]
    assert b" 408 " in status, status
    assert not [path for path in upload_runs.files_below(settings.data_dir / "media") if "incoming" in path]
    finding(f"a part that stopped halfway was answered with 408 after {time.monotonic() - started:.0f} s, nothing kept")


def told(ended: dict[str, int]) -> str:
    return ", ".join(f"{count} {how}" for how, count in sorted(ended.items()))


def forget_media(session: Session) -> None:
    """Begin the next round with nothing."""
    session.rollback()
    for table in ("outbox", "tasks", "uploads", "media"):
        session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - names of our own tables
    session.commit()
