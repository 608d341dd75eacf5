"""Uploads over a line that is cut, reset, stalled and changed, to a real web process that may die."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.storage import Storage
from app.media.models import Medium, Upload
from config import MIB, Settings
from tests.functional.media import upload_runs
from tests.functional.media.upload_runs import PART_BYTES
from tests.functional.media.uploader import wav
from tests.harness.faulty_proxy import Fault, FaultyProxy
from tests.harness.web_process import WebProcess
from tests.harness.wire_uploader import Login, Source, WireUploader


@pytest.fixture
def store(app: Flask) -> Storage:
    storage: Storage = app.extensions["storage"]
    return storage


def test_uploads_over_a_line_that_breaks_go_on_and_end_equal(
    web: WebProcess, wire_login: Login, store: Storage, db_session: Session
) -> None:
    happened, _ = upload_runs.send_over_a_bad_line(
        web, wire_login, store, db_session, uploads=6, kinds=upload_runs.BREAKS, seed=11
    )
    assert happened.total() >= 6, "the line was good"


def test_a_bit_that_flips_on_the_way_costs_its_part_alone(web: WebProcess, wire_login: Login, store: Storage) -> None:
    source = Source.of(wav(2 * PART_BYTES + 99))
    device = WireUploader(web.url, wire_login)
    upload = device.create(source)
    device.send(upload, source, [1, 3])
    ticket, data = device.ticket(upload, source, 2)
    flip = Fault(kind="flip", at=PART_BYTES // 2, bit=3)
    with FaultyProxy(web.port, lambda number: flip if number == 0 else None) as line:
        bad_line = WireUploader(f"http://127.0.0.1:{line.port}", wire_login)
        # The ticket's address is ours, so that it leads over the line.
        status, body = bad_line.put(ticket, data)
        assert (status, body["error"]) == (400, "This part of the file arrived damaged. Please send it again.")
        assert set(device.there(upload)) == {1, 3}
        assert bad_line.put(ticket, data)[0] == 200
    assert device.confirm(upload, source).status == 200
    (kept,) = store.list_objects("originals/")
    assert store.read_bytes(kept.key) == source.read(0, source.size)


def test_fifty_confirms_while_the_web_process_dies_make_one_medium_and_one_task(
    web: WebProcess, wire_login: Login, db_session: Session
) -> None:
    upload_runs.confirm_while_it_dies(web, wire_login, db_session, data=wav(3 * PART_BYTES + 5), confirms=50, deaths=1)


def test_uploads_that_end_anywhere_leave_nothing_once_they_are_swept(
    web: WebProcess, wire_login: Login, app: Flask, settings: Settings, db_session: Session
) -> None:
    upload_runs.give_up_at_random(web.url, wire_login, uploads=8, seed=5, endings=("aborted", "cut"))
    upload_runs.sweep_everything(app)
    confirmed = db_session.scalars(select(Upload.storage_key)).all()
    assert upload_runs.files_below(settings.data_dir / "media") == sorted(confirmed)
    assert db_session.scalar(select(func.count()).select_from(Medium)) == len(confirmed)


def test_two_tabs_and_two_devices_send_one_upload_without_harm(
    web: WebProcess, wire_login: Login, store: Storage, db_session: Session
) -> None:
    source = Source.of(wav(3 * PART_BYTES + 17))
    first = WireUploader(web.url, wire_login)
    upload = first.create(source)
    devices = [WireUploader(web.url, wire_login) for _ in range(4)]
    orders = [[1, 2, 3, 4], [4, 3, 2, 1], [1, 2], [3, 4, 1]]

    def work(device: WireUploader, order: list[int]) -> str:
        device.send(upload, source, order)
        return str(device.finish(upload, source)["public_id"])

    with ThreadPoolExecutor(4) as pool:
        media = set(pool.map(work, devices, orders))
    assert len(media) == 1
    assert db_session.scalars(select(Medium.public_id)).all() == list(media)
    (kept,) = store.list_objects("originals/")
    assert (
        hashlib.sha256(store.read_bytes(kept.key)).hexdigest()
        == hashlib.sha256(source.read(0, source.size)).hexdigest()
    )


def test_a_large_file_goes_through_the_web_process_without_growing_it(web: WebProcess, wire_login: Login) -> None:
    device = WireUploader(web.url, wire_login, timeout_s=20)
    warm = Source.of(wav(PART_BYTES))
    device.upload(warm)
    before_mb, _ = web.memory_mb()
    device.upload(upload_runs.endless(64 * MIB))
    after_mb, highest_mb = web.memory_mb()
    assert highest_mb < 200
    assert after_mb - before_mb < 25, "parts stay in memory"
