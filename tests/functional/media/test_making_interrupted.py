"""What happens meanwhile: media are deleted, Redis is flushed, machines lose their power."""

import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from app.core.clock import now
from app.core.events import OutboxEntry
from app.core.ids import uuid7
from app.core.queue import MEDIA, queue
from app.media.making import runner, sources
from app.media.making.work import Keep, Work
from app.media.models import (
    EncodedChunk,
    Medium,
    MediumState,
    Rendition,
    Task,
    TaskKind,
    Version,
    VersionState,
)
from app.operations.spine import ring_for_free_tasks
from tests.functional.media import recordings
from tests.functional.media.studio import Studio
from tests.functional.media.workers import SONG, doorbells
from tests.harness import work
from tests.harness.engines import Engines


def test_what_is_deleted_while_it_is_made_leaves_neither_rows_nor_objects(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    public_id = studio.upload(recordings.two_chunk_film())
    assert studio.step()
    real, browser = runner.STEPS[TaskKind.VIDEO], studio.uploader.browser
    answers: list[int] = []

    def deleted_meanwhile(work: Work) -> Keep:
        keep = real(work)
        with ThreadPoolExecutor(1) as elsewhere:  # where no application context is
            delete = elsewhere.submit(browser.submit, f"/studio/media/{public_id}/delete", {"confirm": "y"})
        answers.append(delete.result().status_code)
        return keep

    monkeypatch.setitem(runner.STEPS, TaskKind.VIDEO, deleted_meanwhile)
    studio.settle()
    assert answers == [303]
    rows = (Medium, Version, Task, Rendition, EncodedChunk)
    assert [studio.session.scalar(select(func.count()).select_from(one)) for one in rows] == [0] * 5
    assert studio.objects() == []
    assert studio.leftovers() == []
    assert studio.uploader.browser.get(f"/studio/media/{public_id}").status_code == 404


def test_a_deletion_and_a_worker_that_writes_down_wait_for_each_other_in_one_order_only(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    public_id = studio.upload(SONG("mp3"))
    assert studio.step()
    real, browser = runner.STEPS[TaskKind.AUDIO], studio.uploader.browser
    pool, deletions = ThreadPoolExecutor(1), []

    def keep_slowly(work: Work) -> Keep:
        keep = real(work)

        def slowly(version: Version) -> None:
            deletions.append(pool.submit(browser.submit, f"/studio/media/{public_id}/delete", {"confirm": "y"}))
            threading.Event().wait(0.4)  # by then it waits for what is locked here
            keep(version)

        return slowly

    monkeypatch.setitem(runner.STEPS, TaskKind.AUDIO, keep_slowly)
    studio.step()
    assert [one.result().status_code for one in deletions] == [303]
    pool.shutdown()
    assert studio.session.scalar(select(func.count()).select_from(Task)) == 0
    studio.settle()
    assert studio.objects() == []


def test_jobs_that_find_nothing_to_do_do_nothing(studio: Studio) -> None:
    public_id = studio.make(SONG("mp3"))
    before = (studio.objects(), studio.version(public_id).finished_at)
    studio.session.execute(
        update(OutboxEntry).values(delivered_at=None)
    )  # as if the relay had died before it noted them
    studio.session.commit()
    studio.settle()
    assert (studio.objects(), studio.version(public_id).finished_at) == before
    assert {task.attempts for task in studio.tasks().values()} == {1}


def test_a_flushed_redis_delays_the_work_and_loses_none(
    studio: Studio, engines: Engines, run_jobs: Callable[..., int]
) -> None:
    public_id = studio.upload(SONG("mp3"))
    work.relay(studio.app)
    assert doorbells(studio.app) == 1
    engines.redis.flushall()
    for expected in (1, 2):
        with studio.app.app_context():
            assert ring_for_free_tasks() == expected
        assert doorbells(studio.app) == expected
        run_jobs(MEDIA)
        engines.redis.flushall()  # what followed from it is lost too
        studio.session.execute(delete(OutboxEntry))
        studio.session.commit()
    assert studio.medium(public_id).state is MediumState.READY


def test_the_reconciler_does_not_ring_for_what_was_rung_for(studio: Studio) -> None:
    studio.upload(SONG("mp3"))
    work.relay(studio.app)
    with studio.app.app_context():
        for _ in range(5):
            ring_for_free_tasks()
    assert doorbells(studio.app) == 1


def test_a_dead_workers_scratch_folder_goes_and_a_living_ones_stays(studio: Studio) -> None:
    long_ago = (now() - timedelta(hours=3)).timestamp()
    with studio.app.app_context():
        root = sources.work_root()
        for name in ("video-dead", "fetch-dead"):
            (root / name).mkdir() if name.startswith("video") else (root / name).touch()
            os.utime(root / name, (long_ago, long_ago))
        (root / "video-new").mkdir()
        with sources.scratch_folder("video-living") as held:
            os.utime(held, (long_ago, long_ago))
            sources.sweep()
            assert {path.name for path in root.iterdir()} == {"video-new", held.name}
        shutil.rmtree(root)


def test_a_fetched_original_stays_as_long_as_its_version_is_in_the_making(studio: Studio) -> None:
    version_id = studio.version(studio.upload(SONG("mp3"))).id
    long_ago = (now() - timedelta(hours=3)).timestamp()
    with studio.app.app_context():
        root = sources.work_root()
        wanted, done = root / f"source-{version_id}", root / f"source-{uuid7()}"
        for path in (wanted, done):
            path.write_bytes(b"x")
            os.utime(path, (long_ago, long_ago))
        sources.sweep()
        assert (wanted.exists(), done.exists()) == (True, False)
        studio.session.execute(update(Version).values(state=VersionState.FAILED))
        studio.session.commit()
        os.utime(wanted, (long_ago, long_ago))
        sources.sweep()
        assert not wanted.exists()


def test_every_machine_sweeps_its_own_folder_when_a_worker_is_rung_for(
    studio: Studio, run_jobs: Callable[..., int]
) -> None:
    root = studio.app.config["SETTINGS"].data_dir / "work"
    root.mkdir(exist_ok=True)
    long_ago = (now() - timedelta(hours=3)).timestamp()
    root.with_name("work.swept").touch()
    os.utime(root.with_name("work.swept"), (long_ago, long_ago))
    for expected in ([], ["audio-dead"]):
        (root / "audio-dead").mkdir()
        os.utime(root / "audio-dead", (long_ago, long_ago))
        with studio.app.app_context():
            queue(MEDIA).enqueue("app.media.jobs.work_on_media")
        run_jobs(MEDIA)
        assert studio.leftovers() == expected, "at most once in some minutes"
    shutil.rmtree(root)
