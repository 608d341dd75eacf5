"""Delivery for longer: slow readers by the dozen, and one access after the other that ends."""

import os
import socket
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import urllib3
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.media.models import Medium, Version
from config import Settings
from tests.conftest import store_of
from tests.functional.media.test_sending import SECRET, slow_reader, small_window
from tests.harness.web_process import WebProcess, environ_of

READERS, SECONDS, LONG_MB = 50, 45, 64
ENDINGS = 12
OUT_S = 5.0


def make_long_film(app: Flask, session: Session, owner: User, make_medium: Callable[..., Medium]) -> str:
    """The address of a long plain file of an unlisted film."""
    make_medium(owner, "video", files=True, visibility="unlisted", link_secret=SECRET)
    version = session.scalars(select(Version)).one()
    data = os.urandom(1 << 20) * LONG_MB
    store_of(app).put_bytes(version.storage_prefix + "film.mp4", data, content_type="")
    session.commit()
    return f"/media/restricted/{version.delivery_key}/{SECRET}/film.mp4"


def test_slow_readers_hang_on_the_web_process_for_long(
    settings: Settings, app: Flask, make_person: Callable[..., User], make_medium: Callable[..., Medium],
    db_session: Session, tmp_path: Path, finding: Callable[[str], None],
) -> None:  # fmt: skip
    """Fifty slow readers hang on a web process for most of a minute."""
    path = make_long_film(app, db_session, make_person(role="artist"), make_medium)
    web = WebProcess(tmp_path)
    web.start(environ_of(settings))
    try:
        with urllib3.PoolManager(retries=False, timeout=20) as pool, ExitStack() as stack:
            pool.request("GET", web.url + "/music")
            alone = _page_times(pool, web, 3.0, [])
            readers = [slow_reader(stack, web, path) for _ in range(READERS)]
            times = _page_times(pool, web, float(SECONDS), readers)
            memory_mb, most_mb = web.memory_mb()
    finally:
        web.stop()
    p95_ms = sorted(times)[int(len(times) * 0.95)] * 1000
    finding(
        f"{READERS} readers of a {LONG_MB} MB file for {SECONDS} s: {len(times)} pages answered meanwhile, median"
        f" {statistics.median(times) * 1000:.0f} ms (alone {statistics.median(alone) * 1000:.0f} ms), p95"
        f" {p95_ms:.0f} ms; web process {memory_mb:.0f} MB, at most {most_mb:.0f} MB"
    )
    assert statistics.median(times) < 5 * statistics.median(alone)
    assert most_mb < 200


def test_one_access_after_the_other_ends_in_the_middle_of_a_long_answer(
    settings: Settings, app: Flask, make_person: Callable[..., User], make_medium: Callable[..., Medium],
    db_session: Session, tmp_path: Path, finding: Callable[[str], None],
) -> None:  # fmt: skip
    """One access after the other ends in the middle of a long answer."""
    path = make_long_film(app, db_session, make_person(role="artist"), make_medium)
    web = WebProcess(tmp_path)
    web.start(environ_of(settings))
    seconds = []
    try:
        for _ in range(ENDINGS):
            with small_window() as pool:
                answer = pool.request("GET", web.url + path, preload_content=False)
                assert answer.status == 200
                answer.read(1 << 20)
                db_session.execute(update(Medium).values(link_secret="another"))
                db_session.commit()
                seconds.append(_seconds_until_broken(answer))
            db_session.execute(update(Medium).values(link_secret=SECRET))
            db_session.commit()
    finally:
        web.stop()
    finding(f"{ENDINGS} long answers of the web process broke off {min(seconds):.1f} to {max(seconds):.1f} s later")
    assert max(seconds) < OUT_S


def _page_times(
    pool: urllib3.PoolManager, web: WebProcess, seconds: float, readers: list[socket.socket]
) -> list[float]:
    times, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        for reader in readers[::5]:
            reader.recv(4096)
        began = time.monotonic()
        assert pool.request("GET", web.url + "/music").status == 200
        times.append(time.monotonic() - began)
        time.sleep(0.02)
    return times


def _seconds_until_broken(answer: urllib3.BaseHTTPResponse) -> float:
    began = time.monotonic()
    while True:
        try:
            data = answer.read(64 * 1024)
        except urllib3.exceptions.HTTPError:
            return time.monotonic() - began
        assert data, "it came to its end"
        time.sleep(0.05)
