"""The upload protocol, the same on local disk and on S3.

moto, which is our S3 here, neither looks at a part's checksum nor lists it, as AWS and MinIO do. So a part that was
damaged on its way is refused at once on the disk, and on such a bucket when the whole is confirmed.
"""

import dataclasses
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.core.events import OutboxEntry
from app.core.storage import Storage
from app.extensions import db
from app.media.models import Medium, Task, TaskKind, Upload, UploadState, Version
from app.media.services import upload_sweeps, uploads
from config import MIB, Settings
from tests.functional.media.conftest import BUCKET
from tests.functional.media.uploader import Uploader, cut, digest, put, wav, whole_digest
from tests.harness.browser import Browser

PART_BYTES = {"local": 64 * 1024, "s3": 5 * MIB}  # S3 takes no smaller ones, but for the last


@pytest.fixture(scope="module", params=["local", "s3"])
def where(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settings(settings: Settings, where: str, request: pytest.FixtureRequest) -> Settings:
    """The usual ones with parts as small as the storage takes them."""
    settings = dataclasses.replace(settings, part_size_bytes=PART_BYTES[where])
    if where == "local":
        return settings
    request.getfixturevalue("bucket")
    endpoint = request.getfixturevalue("s3_endpoint")
    return dataclasses.replace(settings, s3_bucket=BUCKET, s3_endpoint_url=endpoint)


@pytest.fixture
def data(settings: Settings) -> bytes:
    """Three parts, the last a short one."""
    return wav(2 * settings.part_size_bytes + 1234)


@pytest.fixture
def store(app: Flask) -> Storage:
    storage: Storage = app.extensions["storage"]
    return storage


def parts_kept(store: Storage, request: pytest.FixtureRequest) -> int:
    """How many unfinished uploads the storage holds parts of."""
    if hasattr(store, "parts_root"):
        return len(list(store.parts_root.iterdir()))
    uploads = request.getfixturevalue("kept_bucket").list_multipart_uploads(Bucket=BUCKET)
    return len(uploads.get("Uploads", []))


@pytest.fixture
def nothing_kept(
    store: Storage, settle: Callable[[], None], db_session: Session, request: pytest.FixtureRequest
) -> Callable[..., None]:
    """``nothing_kept(state)``: the only upload is over so, or has no row, and nothing of it lies anywhere."""

    def look(state: UploadState | None = None) -> None:
        settle()
        db_session.expire_all()
        assert db_session.scalars(select(Upload.state)).all() == [state] * (state is not None)
        assert db_session.scalar(select(func.count()).select_from(Medium)) == 0
        assert store.list_objects("originals/") == []
        assert parts_kept(store, request) == 0

    return look


def test_a_file_sent_in_any_order_by_parallel_threads_becomes_a_medium_with_one_task(
    ana: Uploader, data: bytes, store: Storage, db_session: Session
) -> None:
    upload = ana.create(data, "01_first-light.wav")
    parts = cut(data, upload["part_size_bytes"])
    assert (upload["state"], upload["part_count"]) == ("open", 3)
    tickets = ana.tickets(upload, parts)
    random.Random(3).shuffle(tickets)  # noqa: S311 - an order, no secret
    with ThreadPoolExecutor(3) as pool:
        sent = list(pool.map(lambda one: put(ana.twin().browser, one, parts[one["number"]]), tickets))
    assert sent == [200, 200, 200]
    listed = ana.ask(upload["url"], method="GET").json["parts"]
    assert [(part["number"], part["size_bytes"]) for part in listed] == [(n, len(p)) for n, p in parts.items()]

    said = ana.confirm(upload, data).json

    medium = db_session.scalars(select(Medium)).one()
    version = db_session.scalars(select(Version)).one()
    assert (said["state"], said["medium"]["public_id"]) == ("confirmed", medium.public_id)
    assert said["medium"]["url"] == "/@ana/first-light"
    assert medium.title == "first light"
    assert [task.kind for task in db_session.scalars(select(Task))] == [TaskKind.INSPECT]
    waiting = select(OutboxEntry.payload).where(OutboxEntry.name == "TasksWaiting")
    assert db_session.scalars(waiting).all() == [{"version_id": str(version.id), "count": 1}]
    assert store.read_bytes(version.original_key) == data
    assert version.parts_sha256 == whole_digest(data, upload["part_size_bytes"])
    assert ana.ask("/uploads", method="GET").json == {"uploads": []}


def test_an_interrupted_upload_goes_on_with_the_missing_parts(ana: Uploader, data: bytes, where: str) -> None:
    upload = ana.create(data)
    parts = cut(data, upload["part_size_bytes"])
    ana.send(upload, {number: parts[number] for number in (1, 3)})

    found = ana.ask("/uploads", method="GET").json["uploads"]
    assert [one["id"] for one in found] == [upload["id"]]
    there = {part["number"]: part["sha256"] for part in ana.ask(found[0]["url"], method="GET").json["parts"]}
    assert set(there) == {1, 3}
    if where == "local":
        assert there == {number: digest(parts[number]) for number in (1, 3)}
    early = ana.confirm(upload, data)
    assert (early.status_code, early.json["missing"]) == (409, [2])
    ana.send(upload, {2: parts[2]})
    assert ana.confirm(upload, data).status_code == 200


def test_a_part_with_a_flipped_bit_is_not_taken_for_the_one_that_was_meant(
    ana: Uploader, data: bytes, where: str, nothing_kept: Callable[..., None]
) -> None:
    upload = ana.create(data)
    parts = cut(data, upload["part_size_bytes"])
    damaged = bytes([parts[2][0] ^ 1]) + parts[2][1:]
    ana.send(upload, {1: parts[1], 3: parts[3]})
    (ticket,) = ana.tickets(upload, {2: parts[2]})
    status = put(ana.browser, ticket, damaged)
    if where == "s3":  # moto takes anything, so this is the second line of defence
        assert ana.confirm(upload, data).status_code == 422
        nothing_kept(UploadState.FAILED)
        return
    assert status == 400
    assert [part["number"] for part in ana.ask(upload["url"], method="GET").json["parts"]] == [1, 3]
    assert put(ana.browser, ticket, parts[2]) == 200
    assert ana.confirm(upload, data).status_code == 200


def test_a_part_sent_twice_counts_once_and_the_newer_one(ana: Uploader, data: bytes, store: Storage) -> None:
    upload = ana.create(data)
    parts = cut(data, upload["part_size_bytes"])
    ana.send(upload, {1: bytes(len(parts[1]))})
    ana.send(upload, parts)
    assert ana.confirm(upload, data).status_code == 200
    assert store.read_bytes(store.list_objects("originals/")[0].key) == data


@pytest.mark.parametrize("change", [lambda part: part + b"x", lambda part: part[:-1]], ids=["too long", "too short"])
def test_a_part_of_the_wrong_length_is_as_good_as_none(
    ana: Uploader, data: bytes, where: str, change: Callable[[bytes], bytes]
) -> None:
    upload = ana.create(data)
    parts = cut(data, upload["part_size_bytes"])
    ana.send(upload, {1: parts[1], 2: parts[2]})
    (ticket,) = ana.tickets(upload, {3: parts[3]})
    status = put(ana.browser, ticket, change(parts[3]))
    assert status == (400 if where == "local" else 200)
    answer = ana.confirm(upload, data)
    assert (answer.status_code, answer.json["missing"]) == (409, [3])
    assert put(ana.browser, ticket, parts[3]) == 200
    assert ana.confirm(upload, data).status_code == 200


def test_a_wrong_whole_checksum_is_refused_and_nothing_is_kept(
    ana: Uploader, data: bytes, nothing_kept: Callable[..., None]
) -> None:
    upload = ana.create(data)
    ana.send(upload, cut(data, upload["part_size_bytes"]))
    answer = ana.ask(f"{upload['url']}/confirm", {"sha256": digest(b"something else")})
    assert answer.status_code == 422
    assert "not as you sent it" in answer.json["error"]
    nothing_kept(UploadState.FAILED)
    assert ana.confirm(upload, data).status_code == 409


def test_twenty_confirms_at_once_make_one_medium_and_one_task(ana: Uploader, data: bytes, db_session: Session) -> None:
    upload = ana.create(data)
    ana.send(upload, cut(data, upload["part_size_bytes"]))
    twins = [ana.twin() for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda twin: twin.confirm(upload, data), twins))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json["medium"]["public_id"] for answer in answers}) == 1
    assert db_session.scalar(select(func.count()).select_from(Medium)) == 1
    assert db_session.scalar(select(func.count()).select_from(Task)) == 1
    assert db_session.scalar(select(func.count()).select_from(OutboxEntry)) == 1


def test_a_confirm_after_a_join_whose_transaction_was_lost_still_checks_the_whole(
    ana: Uploader, artist: User, data: bytes, app: Flask, db_session: Session
) -> None:
    upload = ana.create(data)
    ana.send(upload, cut(data, upload["part_size_bytes"]))
    with app.app_context():
        user = db.session.get(User, artist.id)
        assert user is not None
        sha256 = whole_digest(data, upload["part_size_bytes"])
        uploads.confirm_upload(user, upload["id"], sha256=sha256)
        db.session.rollback()  # as when the database goes away at the last moment
    assert ana.confirm(upload, data).status_code == 200
    assert db_session.scalar(select(func.count()).select_from(Medium)) == 1


def test_nor_does_a_wrong_checksum_pass_after_a_lost_transaction(
    ana: Uploader, artist: User, data: bytes, app: Flask, nothing_kept: Callable[..., None]
) -> None:
    upload = ana.create(data)
    ana.send(upload, cut(data, upload["part_size_bytes"]))
    with app.app_context():
        user = db.session.get(User, artist.id)
        assert user is not None
        uploads.confirm_upload(user, upload["id"], sha256=whole_digest(data, upload["part_size_bytes"]))
        db.session.rollback()
    assert ana.ask(f"{upload['url']}/confirm", {"sha256": digest(b"other")}).status_code == 422
    nothing_kept(UploadState.FAILED)


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (lambda ana, upload: ana.ask(upload["url"], method="DELETE"), UploadState.ABORTED),
        (
            lambda ana, upload: ana.ask(f"{upload['url']}/failed", {"reason": "a\0 \ud800\nb"}),
            UploadState.FAILED,
        ),
    ],
    ids=["aborted", "failed"],
)
def test_an_upload_that_is_given_up_frees_everything(
    ana: Uploader, data: bytes, where: str, end: Callable[..., Any], state: UploadState,
    nothing_kept: Callable[..., None], store: Storage, request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    upload = ana.create(data)
    ana.send(upload, {1: cut(data, upload["part_size_bytes"])[1]})
    (ticket,) = ana.tickets(upload, {2: cut(data, upload["part_size_bytes"])[2]})
    assert parts_kept(store, request) == 1
    assert end(ana, upload).status_code == 204
    assert end(ana, upload).status_code == 204, "a second time changes nothing"
    nothing_kept(state)
    late = put(ana.browser, ticket, cut(data, upload["part_size_bytes"])[2])
    assert late == (404 if where == "local" else 500)  # moto falls over it, AWS says 404
    assert ana.ask(f"{upload['url']}/parts", {"parts": [{"number": 1, "sha256": digest(b"")}]}).status_code == 409


def test_an_upload_that_nobody_went_on_with_is_swept(
    ana: Uploader, data: bytes, app: Flask, db_session: Session, nothing_kept: Callable[..., None]
) -> None:
    upload = ana.create(data)
    ana.send(upload, {1: cut(data, upload["part_size_bytes"])[1]})
    with app.app_context():
        assert upload_sweeps.sweep_expired() == 0
    db_session.get_one(Upload, upload["id"]).expires_at = now() - timedelta(seconds=1)
    db_session.commit()
    assert ana.ask("/uploads", method="GET").json == {"uploads": []}
    assert ana.confirm(upload, data).status_code == 409
    with app.app_context():
        assert upload_sweeps.sweep_expired() == 1
        db.session.commit()
    nothing_kept()


def test_somebody_elses_upload_is_not_there(
    ana: Uploader, data: bytes, make_person: Callable[..., User], uploader_of: Callable[..., Uploader], client: Browser
) -> None:
    upload = ana.create(data)
    bo = uploader_of(make_person(role="artist", username="bo"))
    url = upload["url"]
    asked = [
        bo.ask(url, method="GET"),
        bo.ask(f"{url}/parts", {"parts": [{"number": 1, "sha256": digest(b"")}]}),
        bo.confirm(upload, data),
        bo.ask(f"{url}/failed"),
        bo.ask(url, method="DELETE"),
    ]
    assert [answer.status_code for answer in asked] == [404] * 5
    assert bo.ask("/uploads", method="GET").json == {"uploads": []}
    assert client.get(url, headers={"Accept": "application/json"}).status_code == 401
    assert ana.ask(url, method="GET").json["state"] == "open"
