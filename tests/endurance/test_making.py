"""The making under fire, and long films: the long forms of what ``make test`` has in short."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.media.models import TaskKind, TaskState
from tests.functional.media import recordings
from tests.functional.media.killing import Step, it_is_whole_once, make_under_fire
from tests.functional.media.studio import Studio, decoded_frames, served
from tests.functional.media.uploader import Uploader
from tests.harness.browser import Browser
from tests.harness.engines import Engines
from tests.harness.worker_process import WorkerProcesses, kill

RUNS = int(os.environ.get("KILLS", "200"))
MOST_SECONDS = int(os.environ.get("KILL_SECONDS", "900"))
STEPS: list[Step] = [
    (TaskKind.INSPECT, 0), (TaskKind.PICTURES, 0), (TaskKind.VIDEO, 0), (TaskKind.AUDIO, 0), (TaskKind.VIDEO, 1),
    (TaskKind.WAVEFORM, 0), (TaskKind.STORYBOARD, 0), (TaskKind.PROGRESSIVE, 0),
]  # fmt: skip
TWO_HOURS_S = 7200
SOON_S = 30


@pytest.fixture
def studio(app: Flask, db_session: Session, make_person: Callable[..., User], login: Callable[..., Browser]) -> Studio:
    """An artist whose uploads are made by workers in processes of their own."""
    person = make_person(role="admin", username="ana")
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return Studio(app, db_session, Uploader(login(browser, person)))


@pytest.fixture
def workers(app: Flask, tmp_path: Path) -> Iterator[WorkerProcesses]:
    """Workers whose leases last two seconds."""
    processes = WorkerProcesses(app.config["SETTINGS"], lease_s=2, log=tmp_path / "workers.log")
    yield processes
    processes.close()


def test_killed_at_every_step(
    studio: Studio, workers: WorkerProcesses, app: Flask, engines: Engines, finding: Callable[[str], None]
) -> None:
    """SIGKILL at every step: workers and encoders, at random moments."""
    began, hit, films, attempts, tasks = time.monotonic(), Counter[Any](), 0, 0, 0
    while sum(hit.values()) < RUNS and time.monotonic() - began < MOST_SECONDS:
        public_id = studio.upload(recordings.two_chunk_film())
        hit.update(make_under_fire(studio, workers, public_id, STEPS, seed=films))
        engines.redis.flushall()
        it_is_whole_once(studio, public_id, chunks=2)
        films += 1
        mine = list(studio.tasks().values())
        tasks, attempts = tasks + len(mine), attempts + sum(task.attempts for task in mine)
        if films % 8 == 1:
            studio.uploader.browser.submit(f"/studio/media/{public_id}/publish")
            studio.settle()
            with served(app) as address:
                hls = studio.playback(public_id)["hls"]
                assert len(decoded_frames(address + hls, "0:v:0")) == recordings.FILM_FRAMES
        studio.uploader.browser.submit(f"/studio/media/{public_id}/delete", {"confirm": "y"})
        studio.settle()
        assert studio.objects() == []
    steps = ", ".join(f"{kind.value} {position}: {count}" for (kind, position), count in sorted(hit.items()))
    finding(
        f"{sum(hit.values())} deaths over {films} films in {time.monotonic() - began:.0f} s ({steps}): each film ended "
        f"with one set of renditions and no object that no row names; {attempts} tries for {tasks} tasks."
    )
    assert sum(hit.values()) >= min(RUNS, 20)


def test_a_film_of_two_hours_is_watchable_at_once(
    studio: Studio, app: Flask, workers: WorkerProcesses, finding: Callable[[str], None]
) -> None:
    """A film of two hours is watchable half a minute after its upload, and goes on from there."""
    film = recordings.long_film(TWO_HOURS_S)
    running = [workers.start() for _ in range(2)]
    began = time.monotonic()
    public_id = studio.upload(film)
    confirmed = time.monotonic()
    studio.uploader.browser.submit(f"/studio/media/{public_id}/publish")
    while (version := studio.version(public_id)).playable_at is None:
        assert time.monotonic() - confirmed < 180, studio.tasks()
        time.sleep(0.1)
    playable_s = time.monotonic() - confirmed
    hls = studio.playback(public_id)["hls"]
    master = studio.text(hls)
    assert "TYPE=AUDIO" in master
    with served(app) as address:
        assert len(decoded_frames(address + hls, "0:v:0", first_s=5)) == 125
        assert decoded_frames(address + hls, "0:a:0", first_s=5)
    assert version.duration_ms >= TWO_HOURS_S * 1000 - 100
    watched_from = time.monotonic()
    while time.monotonic() - watched_from < 60:
        time.sleep(1)
    minutes = sum(
        task.span["duration_ms"] / 60_000
        for (kind, _), task in studio.tasks().items()
        if kind is TaskKind.VIDEO and task.state is TaskState.DONE and task.span
    )
    for worker in running:
        kill(worker)
    finding(
        f"{film.stat().st_size >> 20} MB of 1280×720 and stereo, two workers: uploaded in {confirmed - began:.1f} s, "
        f"with picture and sound {playable_s:.1f} s after that; a minute later {minutes:.1f} minutes could be watched."
    )
    assert playable_s <= SOON_S
