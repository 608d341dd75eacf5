"""Real workers in processes of their own, killed with SIGKILL, stalled and woken: what a power failure leaves."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from app.media.models import EncodedChunk, MediumState, Task, TaskKind, TaskState
from tests.functional.media import recordings
from tests.functional.media.killing import it_is_whole_once, make_under_fire
from tests.functional.media.studio import Studio, decoded_frames, served
from tests.functional.media.workers import due_now
from tests.harness.engines import Engines
from tests.harness.worker_process import WorkerProcesses, encoders, kill

STEPS = [(TaskKind.INSPECT, 0), (TaskKind.VIDEO, 0), (TaskKind.AUDIO, 0), (TaskKind.VIDEO, 1), (TaskKind.STORYBOARD, 0),
         (TaskKind.PROGRESSIVE, 0)]  # fmt: skip


@pytest.fixture
def workers(app: Flask, tmp_path: Path) -> Iterator[WorkerProcesses]:
    """Workers whose leases last two seconds."""
    processes = WorkerProcesses(app.config["SETTINGS"], lease_s=2, log=tmp_path / "workers.log")
    yield processes
    processes.close()


def wait_for(studio: Studio, kind: TaskKind, state: TaskState, *, seconds: float = 30) -> None:
    """Until the first task of a kind is in a state."""
    deadline = time.monotonic() + seconds
    while (task := studio.tasks().get((kind, 0))) is None or task.state is not state:
        assert time.monotonic() < deadline, (kind, state, studio.tasks())
        time.sleep(0.02)


def test_whoever_is_killed_at_whatever_step_costs_that_step_alone(
    studio: Studio, workers: WorkerProcesses, app: Flask, engines: Engines
) -> None:
    public_id = studio.upload(recordings.two_chunk_film())
    hit = make_under_fire(studio, workers, public_id, STEPS, seed=1)
    engines.redis.flushall()
    assert hit, "a death met a worker at work"  # how many do is a matter of luck and load
    it_is_whole_once(studio, public_id, chunks=2)
    attempts = sum(task.attempts for task in studio.tasks().values())
    assert attempts <= len(studio.tasks()) + len(STEPS), "no death cost more than one task"
    studio.uploader.browser.submit(f"/studio/media/{public_id}/publish")
    studio.settle()
    said = studio.playback(public_id)
    with served(app) as address:
        assert len(decoded_frames(address + said["hls"], "0:v:0")) == recordings.FILM_FRAMES


def test_a_worker_that_slept_through_its_lease_keeps_nothing_when_it_wakes(
    studio: Studio, workers: WorkerProcesses
) -> None:
    public_id = studio.upload(recordings.two_chunk_film())
    studio.step()
    sleeper = workers.start()
    wait_for(studio, TaskKind.VIDEO, TaskState.RUNNING)
    os.kill(sleeper, signal.SIGSTOP)
    other = workers.start()
    wait_for(studio, TaskKind.VIDEO, TaskState.DONE)
    names = studio.session.scalars(select(EncodedChunk.object_name)).all()
    os.kill(sleeper, signal.SIGCONT)
    while studio.medium(public_id).state is not MediumState.READY:
        due_now(studio)
        time.sleep(0.05)
    for worker in (sleeper, other):
        kill(worker)
    assert set(names) <= set(studio.session.scalars(select(EncodedChunk.object_name))), "nothing was written over"
    assert studio.tasks()[TaskKind.VIDEO, 0].lease_number == 2
    it_is_whole_once(studio, public_id, chunks=2)


def test_deleting_a_film_stops_its_encoder_within_seconds_and_leaves_no_object(
    studio: Studio, workers: WorkerProcesses
) -> None:
    public_id = studio.upload(recordings.long_film())
    studio.step()
    worker = workers.start()
    wait_for(studio, TaskKind.VIDEO, TaskState.DONE)
    while not (running := encoders(worker)):
        time.sleep(0.02)
    assert studio.uploader.browser.submit(f"/studio/media/{public_id}/delete", {"confirm": "y"}).status_code == 303
    deleted_at = time.monotonic()
    while any(program.is_running() for program in running) or encoders(worker):
        assert time.monotonic() - deleted_at < 5
        time.sleep(0.05)
    time.sleep(0.3)
    kill(worker)
    studio.settle()
    assert studio.session.scalar(select(func.count()).select_from(Task)) == 0
    assert studio.objects() == []
    studio.session.execute(delete(Task))
