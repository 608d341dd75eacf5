"""Runs over the upload path against a real web process, short in ``make test`` and long in ``make endurance``."""

import hashlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.core.events import OutboxEntry
from app.core.queue import DEFAULT
from app.core.storage import Storage
from app.extensions import db
from app.media.models import Medium, Task, TaskKind, Upload, Version
from app.media.services import upload_sweeps
from config import MIB
from tests.functional.media.uploader import wav
from tests.harness import work
from tests.harness.faulty_proxy import Fault, FaultyProxy, Kind, random_faults
from tests.harness.web_process import WebProcess
from tests.harness.wire_uploader import Answer, Login, Lost, Refused, Source, WireUploader

PART_BYTES = 5 * MIB
BREAKS: tuple[Kind, ...] = ("cut", "reset", "stall", "slow")
CHANGES: tuple[Kind, ...] = ("flip",)


def endless(size: int) -> Source:
    """A recording of ``size`` bytes that nobody holds: a WAV head, and blocks that follow from their place."""
    block = 1 * MIB

    def block_at(number: int) -> bytes:
        head = wav(1000)[:44] if number == 0 else b""
        return (head + hashlib.sha256(number.to_bytes(8)).digest() * (block // 32))[:block]

    def read(at: int, length: int) -> bytes:
        end = min(at + length, size)
        first = at // block
        data = b"".join(block_at(number) for number in range(first, -(-end // block)))
        return data[at - first * block : end - first * block]

    return Source(size, read)


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def send_over_a_bad_line(
    web: WebProcess,
    login: Login,
    store: Storage,
    db_session: Session,
    *,
    uploads: int,
    kinds: tuple[Kind, ...],
    seed: int,
) -> tuple[Counter[str], Counter[int]]:
    """Send ``uploads`` files of three parts over a line with faults; each ends sha256-equal.

    Returns the faults that came about, and the statuses of parts that were refused.
    """
    happened: Counter[str] = Counter()
    refused: Counter[int] = Counter()
    for number in range(uploads):
        data = wav(2 * PART_BYTES + 4321, seed=number)
        faults = random_faults(seed + number, kinds, reach_bytes=PART_BYTES + 800, share=0.6)
        with FaultyProxy(web.port, faults) as line:
            device = WireUploader(f"http://127.0.0.1:{line.port}", login, timeout_s=0.7)
            medium = device.upload(Source.of(data), f"{number}.wav")
        happened += line.happened
        refused += device.refused
        query = select(Version.original_key).join(Medium, Medium.id == Version.medium_id)
        key = db_session.scalars(query.where(Medium.public_id == medium["public_id"])).one()
        assert sha256_of(store.read_bytes(key)) == sha256_of(data)
        store.delete_prefix(key)
    assert db_session.scalar(select(func.count()).select_from(Medium)) == uploads
    return happened, refused


def confirm_while_it_dies(
    web: WebProcess, login: Login, db_session: Session, *, data: bytes, confirms: int, deaths: int
) -> list[Answer]:
    """Confirm one upload ``confirms`` times at once while the web process is killed ``deaths`` times."""
    source = Source.of(data)
    device = WireUploader(web.url, login)
    upload = device.create(source)
    device.send(upload, source)
    with ThreadPoolExecutor(confirms) as pool:
        asked = [pool.submit(WireUploader(web.url, login).confirm, upload, source) for _ in range(confirms)]
        for _ in range(deaths):
            time.sleep(random.uniform(0.01, 0.15))  # noqa: S311 - at any moment
            web.kill()
            web.start()
        answers = [one.result() for one in asked]
    assert {answer.status for answer in answers} == {200}, answers
    assert len({answer.body["medium"]["public_id"] for answer in answers}) == 1
    assert db_session.scalar(select(func.count()).select_from(Medium)) == 1
    assert db_session.scalars(select(Task.kind)).all() == [TaskKind.INSPECT]
    rung = select(func.count()).select_from(OutboxEntry).where(OutboxEntry.name == "TasksWaiting")
    assert db_session.scalar(rung) == 1
    return answers


def give_up_at_random(
    url: str, login: Login, *, uploads: int, seed: int, endings: tuple[str, ...] = ("aborted", "left", "cut")
) -> Counter[str]:
    """Begin ``uploads`` and end each somewhere on its way: aborted by a second tab, left alone, or cut off for good.

    Returns how they ended; ``done`` are those whose end came too late.
    """
    ended: Counter[str] = Counter()

    def one(number: int) -> str:
        dice = random.Random(f"{seed}/{number}")  # noqa: S311 - a run to be repeated
        ending = dice.choice(endings)
        data = wav(PART_BYTES + dice.randrange(1, PART_BYTES // 4), seed=number)
        device, source = WireUploader(url, login, timeout_s=5, tries=4), Source.of(data)
        upload = device.create(source, f"given-up-{number}.wav")
        if ending == "cut":
            with FaultyProxy(
                int(url.rsplit(":", 1)[1]), lambda _: Fault(kind="cut", at=dice.randrange(PART_BYTES))
            ) as line:
                device = WireUploader(f"http://127.0.0.1:{line.port}", login, timeout_s=2, tries=1)
                with suppress(Lost, Refused):
                    device.send(upload, source)
            return ending
        sender = threading.Thread(target=_quietly, args=(device.finish, upload, source))
        sender.start()
        time.sleep(dice.uniform(0, 0.25))
        device.stop.set()
        if ending == "aborted":
            assert WireUploader(url, login).insist(upload["url"], method="DELETE").status == 204
        sender.join()
        return ending

    with ThreadPoolExecutor(4) as pool:
        ended.update(pool.map(one, range(uploads)))
    return ended


def _quietly(work: Callable[..., object], *args: object) -> None:
    with suppress(Lost, Refused):
        work(*args)


def sweep_everything(app: Flask) -> None:
    """What the spine does in time, with the time over: every open upload has run out."""
    with app.app_context():
        db.session.execute(update(Upload).values(expires_at=func.now()))
        db.session.commit()
        while upload_sweeps.sweep_expired():
            db.session.commit()
        db.session.commit()
    work.relay(app)
    work.work_off(app, DEFAULT)
    with app.app_context():
        upload_sweeps.sweep_parts(older_than_s=0)
        db.session.commit()


def files_below(folder: Path) -> list[str]:
    """Every file and every folder of parts, as paths below ``folder``."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() or path.parent.name == ".multipart"
    )
