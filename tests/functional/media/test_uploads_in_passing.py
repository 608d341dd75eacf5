"""Uploads and what comes between: a part under way, another version of it, a disk that forgets, a killed process."""

import dataclasses
import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.errors import NotFound
from app.core.storage import PartTicket
from app.core.storage.local import LocalStorage
from app.extensions import db
from app.media.models import Medium, Upload
from app.media.services import upload_sweeps, uploads
from config import Settings
from tests.functional.media.conftest import BUCKET
from tests.functional.media.uploader import Uploader, cut, digest, put, wav, whole_digest
from tests.harness.browser import Browser, browser_of
from tests.harness.s3_front import S3Front

PART_BYTES = 64 * 1024
DATA = wav(2 * PART_BYTES + 1234)
PARTS = cut(DATA, PART_BYTES)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return dataclasses.replace(settings, part_size_bytes=PART_BYTES)


@pytest.fixture
def store(app: Flask) -> LocalStorage:
    store: LocalStorage = app.extensions["storage"]
    return store


def parts_on_disk(store: LocalStorage) -> list[Path]:
    return sorted(path for path in store.parts_root.rglob("*") if path.is_file())


def arriving(data: bytes, then: Callable[[], object]) -> Callable[[int], bytes]:
    """A body of which half has come when ``then`` happens."""
    body = io.BytesIO(data)
    told: list[object] = []

    def read(size: int) -> bytes:
        if body.tell() >= len(data) // 2 and not told:
            told.append(then())
        return body.read(min(size, len(data) // 2))

    return read


def test_a_part_that_the_disk_forgot_is_asked_for_again(ana: Uploader, store: LocalStorage) -> None:
    upload = ana.create(DATA)
    ana.send(upload, PARTS)
    second = parts_on_disk(store)[1]
    second.write_bytes(bytes(len(PARTS[2])))  # as a power cut leaves it: named, sized, and empty of what it had
    refused = ana.confirm(upload, DATA)
    assert (refused.status_code, refused.json["missing"]) == (409, [2])
    assert [part["number"] for part in ana.ask(upload["url"], method="GET").json["parts"]] == [1, 3]
    ana.send(upload, {2: PARTS[2]})
    assert ana.confirm(upload, DATA).status_code == 200
    assert store.read_bytes(store.list_objects("originals/")[0].key) == DATA


def test_one_part_sent_again_and_again_takes_the_room_of_one(ana: Uploader, store: LocalStorage) -> None:
    upload = ana.create(DATA)
    for seed in range(10):
        ana.send(upload, {1: wav(PART_BYTES, seed)})
    ana.send(upload, PARTS)
    assert len(parts_on_disk(store)) == 3
    assert ana.confirm(upload, DATA).status_code == 200


def test_a_number_asked_for_twice_gets_two_tickets_and_the_later_bytes_count(ana: Uploader) -> None:
    upload = ana.create(DATA)
    wanted = [{"number": 1, "sha256": digest(wav(PART_BYTES, 3))}, {"number": 1, "sha256": digest(PARTS[1])}]
    first, second = ana.ask(f"{upload['url']}/parts", {"parts": wanted}).json["parts"]
    assert put(ana.browser, first, wav(PART_BYTES, 3)) == 200
    assert put(ana.browser, second, PARTS[1]) == 200
    ana.send(upload, {2: PARTS[2], 3: PARTS[3]})
    assert ana.confirm(upload, DATA).status_code == 200
    assert ana.ask(f"{upload['url']}/parts", {"parts": [{"number": True, "sha256": digest(b"")}]}).status_code == 400


def test_a_part_under_way_when_the_upload_is_confirmed_or_given_up_adds_nothing(
    ana: Uploader, store: LocalStorage
) -> None:
    for ending in ("confirm", "abort"):
        upload = ana.create(DATA)
        ana.send(upload, PARTS)
        other = wav(PART_BYTES, 5)
        (ticket,) = ana.tickets(upload, {1: other})

        def end(upload: dict[str, Any] = upload, ending: str = ending) -> None:
            if ending == "confirm":
                assert ana.confirm(upload, DATA).status_code == 200
            else:
                assert ana.ask(upload["url"], method="DELETE").status_code == 204
                store.abort_multipart("", os.listdir(store.parts_root)[0])  # noqa: PTH208 - its only entry

        with pytest.raises(NotFound):
            store.receive_part(ticket["url"].rsplit("/", 1)[1], arriving(other, end))
        assert list(store.parts_root.iterdir()) == []
    (kept,) = store.list_objects("originals/")
    assert store.read_bytes(kept.key) == DATA


def test_what_a_killed_join_left_goes_with_the_next_one(ana: Uploader, store: LocalStorage) -> None:
    upload = ana.create(DATA)
    ana.send(upload, PARTS)
    (folder,) = store.parts_root.iterdir()
    (folder / "joined-0123456789abcdef").write_bytes(b"half")
    (folder / "incoming-0123456789abcdef").write_bytes(b"half")
    assert len(ana.ask(upload["url"], method="GET").json["parts"]) == 3
    assert ana.confirm(upload, DATA).status_code == 200
    assert list(store.parts_root.iterdir()) == []


def test_parts_that_no_row_names_are_swept_once_they_are_old(
    ana: Uploader, app: Flask, store: LocalStorage, db_session: Session
) -> None:
    upload = ana.create(DATA)
    ana.send(upload, {1: PARTS[1]})
    nameless = store.create_multipart("originals/nobody", content_type="")
    with app.app_context():
        assert upload_sweeps.sweep_parts() == 0, "it may be waiting for its row"
    long_ago = time.time() - app.config["SETTINGS"].upload_expiry_s - 60
    for folder in store.parts_root.iterdir():
        os.utime(folder, (long_ago, long_ago))
    with app.app_context():
        assert upload_sweeps.sweep_parts() == 1
    assert not (store.parts_root / nameless).exists()
    assert [path.name for path in store.parts_root.iterdir()] == db_session.scalars(select(Upload.multipart_id)).all()


def test_the_row_alone_decides_who_makes_the_medium(
    ana: Uploader, artist: User, app: Flask, store: LocalStorage, db_session: Session
) -> None:
    upload = ana.create(DATA)
    ana.send(upload, PARTS)
    start = threading.Barrier(6)

    def confirm(_number: int) -> str:
        with app.app_context():
            user = db.session.get_one(User, artist.id)
            start.wait(10)
            medium = uploads.confirm_upload(user, upload["id"], sha256=whole_digest(DATA, PART_BYTES))
            db.session.commit()
            return medium.public_id

    with ThreadPoolExecutor(6) as pool:
        made = set(pool.map(confirm, range(6)))
    assert db_session.scalars(select(Medium.public_id)).all() == list(made)
    assert store.read_bytes(store.list_objects("originals/")[0].key) == DATA


def test_a_folder_that_goes_takes_with_it_what_arrives_meanwhile(store: LocalStorage) -> None:
    for _ in range(2):
        multipart_id = store.create_multipart("originals/x", content_type="")
        tickets = [
            store.part_ticket("originals/x", multipart_id, number=number, sha256=digest(b"x"), size_bytes=1)
            for number in range(1, 1200)
        ]
        for ticket in tickets[:300]:
            store.send_part(ticket, b"x")
        with ThreadPoolExecutor(2) as pool:
            sending = pool.submit(send_until_gone, store, tickets[300:])
            store.abort_multipart("originals/x", multipart_id)
            assert sending.result()
        assert list(store.parts_root.iterdir()) == []


def send_until_gone(store: LocalStorage, tickets: list[PartTicket]) -> bool:
    try:
        for ticket in tickets:
            store.send_part(ticket, b"x")
    except NotFound:
        return True
    return False


# A join that takes long -----------------------------------------------------------------------------------------------


@pytest.fixture
def front(s3_endpoint: str, bucket: Any) -> Iterator[S3Front]:
    assert bucket
    with S3Front(s3_endpoint) as front:
        yield front


def test_while_large_files_are_joined_the_others_are_served(
    front: S3Front, artist: User, settings: Settings, make_app: Callable[..., Flask], login: Callable[..., Browser]
) -> None:
    """More files than there are connections to the database, and more confirms of each: a page is still answered."""
    slow = make_app(dataclasses.replace(settings, s3_bucket=BUCKET, s3_endpoint_url=front.url))
    ana = Uploader(login(browser_of(slow), artist))
    begun = [ana.create(DATA[:1000], f"{number}.wav") for number in range(9)]
    for upload in begun:
        ana.send(upload, {1: DATA[:1000]})
    front.moods = ["silent"] * 9
    with ThreadPoolExecutor(18) as pool:
        asked = [pool.submit(ana.twin().confirm, upload, DATA[:1000]) for upload in begun * 2]
        deadline = time.monotonic() + 10
        while front.seen["complete"] < len(begun):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert ana.browser.get("/upload").status_code == 200
        assert not any(one.done() for one in asked)
        front.released.set()
        answers = [one.result() for one in asked]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json["medium"]["public_id"] for answer in answers}) == 9
