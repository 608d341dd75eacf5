"""A disk that fills up while a film is made: a real, tiny tmpfs as scratch folder, or where the results go."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.media.models import MediumState, TaskState, VersionState
from tests.functional.media import recordings
from tests.functional.media.killing import it_is_whole_once
from tests.functional.media.studio import Studio
from tests.functional.media.workers import due_now
from tests.harness.web_process import MOUNTED
from tests.harness.worker_process import WorkerProcesses, kill

MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'
SmallDisk = Callable[[Path, str], WorkerProcesses]


def can_mount() -> bool:
    """Whether this machine lets its users have a small disk of their own."""
    done = subprocess.run([*MOUNTED, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=False, capture_output=True)
    return done.returncode == 0


pytestmark = pytest.mark.skipif(not can_mount(), reason="this machine lets nobody mount a small disk (unshare --mount)")


@pytest.fixture
def small_disk(app: Flask, tmp_path: Path) -> Iterator[SmallDisk]:
    """``small_disk(folder, size)``: workers for whom a disk of that size is mounted over ``folder``."""
    made: list[WorkerProcesses] = []

    def make(folder: Path, size: str) -> WorkerProcesses:
        folder.mkdir(parents=True, exist_ok=True)
        before = [*MOUNTED, "sh", "-c", MOUNT, "sh", size, str(folder)]
        made.append(WorkerProcesses(app.config["SETTINGS"], lease_s=5, before=before, log=tmp_path / "workers.log"))
        return made[-1]

    yield make
    for one in made:
        one.close()


def work_until_it_fails(studio: Studio, workers: WorkerProcesses, public_id: str) -> None:
    """Let a worker try until nothing is left to try; it is never ready on the way."""
    worker, deadline = workers.start(), time.monotonic() + 90
    while {TaskState.QUEUED, TaskState.RUNNING} & studio.states():
        assert time.monotonic() < deadline
        assert studio.medium(public_id).state is not MediumState.READY
        due_now(studio)
        time.sleep(0.1)
    kill(worker)


def test_a_full_scratch_disk_fails_the_film_and_room_and_a_retry_make_it(studio: Studio, small_disk: SmallDisk) -> None:
    public_id = studio.upload(recordings.two_chunk_film())
    studio.step()
    work_until_it_fails(studio, small_disk(studio.app.config["SETTINGS"].data_dir / "work", "60k"), public_id)
    it_failed_for_want_of_room(studio, public_id)
    browser = studio.uploader.browser
    for task in [one for one in studio.tasks().values() if one.state is TaskState.FAILED]:
        assert browser.submit(f"/studio/media/{public_id}/retry/{task.id}").status_code == 303
    studio.settle()
    assert studio.medium(public_id).state is MediumState.READY
    it_is_whole_once(studio, public_id, chunks=2)


def test_a_full_disk_where_results_go_fails_the_film(studio: Studio, small_disk: SmallDisk) -> None:
    public_id = studio.upload(recordings.two_chunk_film())
    studio.step()
    results = studio.app.config["SETTINGS"].data_dir / "media" / studio.version(public_id).storage_prefix
    work_until_it_fails(studio, small_disk(results, "60k"), public_id)
    it_failed_for_want_of_room(studio, public_id)


def it_failed_for_want_of_room(studio: Studio, public_id: str) -> None:
    """Failed it has, and the sentence says why."""
    version = studio.version(public_id)
    assert (version.state, studio.medium(public_id).state) == (VersionState.FAILED, MediumState.FAILED)
    assert "room" in (version.failure_sentence or "")
