"""Workers that share the work, die over it, come too late; files that fail; what is deleted meanwhile."""

import dataclasses
import os
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from app.core.clock import now
from app.core.events import OutboxEntry
from app.core.queue import MEDIA, queue
from app.extensions import db
from app.media.errors import LeaseLost
from app.media.jobs import sweep_work_folder
from app.media.making import runner, sources
from app.media.making.lease import lease_kept
from app.media.making.work import Keep, Work
from app.media.models import (
    EncodedChunk,
    Medium,
    MediumState,
    Rendition,
    Task,
    TaskKind,
    TaskState,
    Version,
    VersionState,
)
from app.media.services import tasks
from app.media.services.tasks import MOST_ATTEMPTS, Claim
from app.operations.spine import ring_for_free_tasks
from config import Settings
from tests.factories import media_files
from tests.functional.media import recordings
from tests.functional.media.conftest import BUCKET
from tests.functional.media.studio import Studio, decoded_frames, served
from tests.harness import work
from tests.harness.engines import Engines

SONG = media_files.sound


def claim(app: Flask) -> Claim:
    """Take a task as a worker does that then says nothing more."""
    with app.app_context():
        taken = tasks.claim_task()
        db.session.commit()
    assert taken is not None
    return taken


def run_out(studio: Studio, taken: Claim) -> None:
    """Let a lease run out."""
    studio.session.execute(update(Task).where(Task.id == taken.task_id).values(lease_expires_at=now()))
    studio.session.commit()


def doorbells(app: Flask) -> int:
    """How many workers have been rung for."""
    with app.app_context():
        return int(queue(MEDIA).count)


def due_now(studio: Studio) -> None:
    """Let no task wait for its next try any longer."""
    studio.session.execute(update(Task).values(not_before=None))
    studio.session.commit()


def test_two_workers_share_the_tasks_and_none_is_done_twice(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    public_id = studio.upload(recordings.two_chunk_film())
    done: list[tuple[int, Claim]] = []
    for kind, step in dict(runner.STEPS).items():

        def noted(work: Work, step: Callable[[Work], Keep] = step) -> Keep:
            done.append((threading.get_ident(), work.claim))
            return step(work)

        monkeypatch.setitem(runner.STEPS, kind, noted)
    assert studio.step()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: studio.steps(), range(2)))
    studio.steps()  # what became free when both had gone home
    assert studio.medium(public_id).state is MediumState.READY
    assert set(Counter(taken.task_id for _, taken in done).values()) == {1}
    assert {task.attempts for task in studio.tasks().values()} == {1}
    assert len({thread for thread, _ in done[1:]}) >= 2
    count = select(func.count()).select_from(EncodedChunk).join(Rendition).where(Rendition.kind == "video")
    assert studio.session.scalar(count) == 2


def test_many_workers_that_ask_at_once_get_a_task_each(studio: Studio) -> None:
    public_id = studio.upload(SONG("mp3"))
    version_id = studio.version(public_id).id
    studio.session.add_all(Task(version_id=version_id, kind=TaskKind.VIDEO, position=n, span={}) for n in range(40))
    studio.session.commit()
    start = threading.Barrier(6)

    def ask() -> list[Claim]:
        start.wait()
        taken = []
        with studio.app.app_context():
            while (one := tasks.claim_task()) is not None:
                taken.append(one)
                db.session.commit()
            db.session.remove()
        return taken

    with ThreadPoolExecutor(6) as pool:
        taken = [one for asked in [pool.submit(ask) for _ in range(6)] for one in asked.result()]
    assert len(taken) == len({one.task_id for one in taken}) == 41
    assert {one.lease_number for one in taken} == {1}


def test_a_dead_workers_task_is_taken_up_when_its_lease_has_run_out(studio: Studio) -> None:
    public_id = studio.upload(SONG("mp3"))
    first = claim(studio.app)
    assert not studio.step(), "nobody takes it while the lease lives"
    run_out(studio, first)
    second = claim(studio.app)
    assert (second.task_id, second.lease_number, second.attempts) == (first.task_id, 2, 2)
    run_out(studio, second)
    studio.steps()
    assert studio.medium(public_id).state is MediumState.READY


def test_a_worker_that_comes_too_late_keeps_no_row_and_no_object(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    public_id = studio.upload(SONG("mp3"))
    assert studio.step()
    real = runner.STEPS[TaskKind.AUDIO]
    stored: list[str] = []

    def overtaken(work: Work) -> Keep:
        """Encode; and before anything is kept, another worker takes the task over and finishes it."""
        keep = real(work)
        stored.extend(work.stored)
        if work.claim.lease_number == 1:
            run_out(studio, work.claim)
            thread = threading.Thread(target=studio.steps)
            thread.start()
            thread.join()
        return keep

    monkeypatch.setitem(runner.STEPS, TaskKind.AUDIO, overtaken)
    studio.steps()
    assert studio.medium(public_id).state is MediumState.READY
    assert studio.tasks()[TaskKind.AUDIO, 0].lease_number == 2
    names = {key.rsplit("/", 1)[-1] for key in studio.objects("media/")}
    assert len(stored) == 2 * len([name for name in names if name.startswith(("aac", "sound"))])
    assert {name for name in names if name.startswith(("aac", "sound"))} == {one for one in stored if "-2." in one}
    assert studio.version(public_id).progressive_name == "sound-2.m4a"


def test_what_a_killed_worker_had_stored_goes_when_another_has_done_its_task(studio: Studio) -> None:
    public_id = studio.upload(SONG("mp3"))
    assert studio.step()
    killed = claim(studio.app)
    assert killed.kind is TaskKind.AUDIO
    prefix = studio.version(public_id).storage_prefix
    studio.store.put_bytes(prefix + "sound-1.m4a", b"half", content_type="audio/mp4")
    run_out(studio, killed)
    studio.steps()
    names = [key.removeprefix(prefix) for key in studio.objects("media/")]
    assert "sound-2.m4a" in names
    assert "sound-1.m4a" not in names


def test_a_long_step_keeps_its_lease_and_hears_when_it_has_lost_it(
    studio: Studio, make_app: Callable[..., Flask]
) -> None:
    studio.upload(SONG("mp3"))
    quick = make_app(lease_s=1)
    taken = claim(quick)
    with quick.app_context():
        with lease_kept(taken):
            threading.Event().wait(1.5)
            assert tasks.count_free() == 0
        db.session.execute(update(Task).values(lease_number=2))
        db.session.commit()
        with lease_kept(taken):
            threading.Event().wait(0.5)
        with pytest.raises(LeaseLost):
            tasks.keep_lease(taken)
        db.session.remove()


def test_a_task_that_fails_three_times_fails_the_medium_and_a_retry_makes_it(studio: Studio) -> None:
    public_id = studio.upload(SONG("mp3"))
    original = studio.store.local_path(studio.version(public_id).original_key)
    assert original is not None
    away = original.with_suffix(".away")
    original.rename(away)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert studio.step()
        assert not studio.step(), "the next try waits a while"
        task = studio.tasks()[TaskKind.INSPECT, 0]
        assert (task.attempts, task.state is TaskState.FAILED) == (attempt, attempt == MOST_ATTEMPTS)
        assert studio.medium(public_id).state is (
            MediumState.FAILED if attempt == MOST_ATTEMPTS else MediumState.PROCESSING
        )
        due_now(studio)
    assert studio.version(public_id).failure_sentence == runner.UNEXPECTED
    browser = studio.uploader.browser
    progress = browser.get(f"/studio/media/{public_id}/progress").text
    assert runner.UNEXPECTED in progress
    assert f"/studio/media/{public_id}/retry/{task.id}" in progress

    away.rename(original)
    assert browser.submit(f"/studio/media/{public_id}/retry/{task.id}").status_code == 303
    assert studio.medium(public_id).state is MediumState.PROCESSING
    studio.settle()
    assert studio.medium(public_id).state is MediumState.READY


def test_a_retry_puts_back_that_one_task_alone(studio: Studio) -> None:
    public_id = studio.make(SONG("mp3"))
    done_at = studio.tasks()[TaskKind.WAVEFORM, 0].finished_at
    studio.session.execute(
        update(Task).where(Task.kind == TaskKind.AUDIO).values(state=TaskState.FAILED, failure_sentence="No.")
    )
    studio.session.commit()
    task = studio.tasks()[TaskKind.AUDIO, 0]
    browser = studio.uploader.browser
    for other in (studio.tasks()[TaskKind.WAVEFORM, 0].id, studio.version(public_id).id):
        browser.submit(f"/studio/media/{public_id}/retry/{other}")
    assert studio.states() == {TaskState.DONE, TaskState.FAILED}, "only what failed can be tried again"
    browser.submit(f"/studio/media/{public_id}/retry/{task.id}")
    assert studio.states() == {TaskState.DONE, TaskState.QUEUED}
    studio.settle()
    assert studio.tasks()[TaskKind.WAVEFORM, 0].finished_at == done_at
    assert studio.version(public_id).state is VersionState.READY


def test_a_task_that_kills_its_workers_is_put_aside(studio: Studio) -> None:
    public_id = studio.upload(SONG("mp3"))
    for _ in range(MOST_ATTEMPTS):
        run_out(studio, claim(studio.app))
    assert studio.step()
    assert not studio.step()
    assert studio.states() == {TaskState.FAILED}
    assert studio.version(public_id).failure_sentence == runner.DIED


def test_a_step_that_fails_in_an_unforeseen_way_leaves_nothing_behind(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    public_id = studio.upload(SONG("mp3"))
    assert studio.step()
    real = runner.STEPS[TaskKind.AUDIO]

    def broken(work: Work) -> Keep:
        real(work)
        raise ZeroDivisionError

    monkeypatch.setitem(runner.STEPS, TaskKind.AUDIO, broken)
    assert studio.step()
    task = studio.tasks()[TaskKind.AUDIO, 0]
    assert (task.state, task.failure_sentence) == (TaskState.QUEUED, runner.UNEXPECTED)
    assert task.not_before is not None
    assert task.not_before > now() + timedelta(seconds=5)
    assert studio.objects("media/") == []
    assert studio.leftovers() == []
    monkeypatch.setitem(runner.STEPS, TaskKind.AUDIO, real)
    due_now(studio)
    studio.steps()
    assert studio.medium(public_id).state is MediumState.READY


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


def test_old_scratch_folders_and_originals_are_swept(app: Flask) -> None:
    with app.app_context():
        root = sources.work_root()
        (root / "video-old").mkdir()
        (root / "source-old").write_bytes(b"x")
        (root / "video-new").mkdir()
        long_ago = (now() - timedelta(days=2)).timestamp()
        for name in ("video-old", "source-old"):
            os.utime(root / name, (long_ago, long_ago))
        sweep_work_folder()
        assert [path.name for path in root.iterdir()] == ["video-new"]
        shutil.rmtree(root)


class TestOnS3:
    """The same, where every byte lies in a bucket."""

    @pytest.fixture
    def settings(self, settings: Settings, s3_endpoint: str, bucket: Any) -> Settings:  # noqa: ARG002 - an empty one
        return dataclasses.replace(settings, s3_bucket=BUCKET, s3_endpoint_url=s3_endpoint)

    def test_a_film_is_made_and_plays_from_the_bucket(self, studio: Studio, app: Flask) -> None:
        public_id = studio.upload(recordings.two_chunk_film())
        studio.uploader.browser.submit(f"/studio/media/{public_id}/publish")
        studio.settle()
        assert studio.medium(public_id).state is MediumState.READY
        assert studio.leftovers() == [], "neither scratch folders nor the fetched original"
        said = studio.playback(public_id)
        answer = studio.uploader.browser.get(said["progressive"])
        assert answer.status_code == 302
        with served(app) as address:
            assert len(decoded_frames(address + said["hls"], "0:v:0")) == recordings.FILM_FRAMES

    def test_a_bucket_that_lost_the_original_fails_the_task_not_the_worker(self, studio: Studio, bucket: Any) -> None:
        public_id = studio.upload(SONG("mp3"))
        bucket.delete_object(Bucket=BUCKET, Key=studio.version(public_id).original_key)
        for _ in range(MOST_ATTEMPTS):
            assert studio.step()
            due_now(studio)
        assert studio.medium(public_id).state is MediumState.FAILED
        assert studio.leftovers() == []
