"""Workers that share the work, die over it, or come too late: leases and what they fence."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.extensions import db
from app.media.errors import LeaseLost
from app.media.making import runner
from app.media.making.lease import lease_kept
from app.media.making.work import Keep, Work
from app.media.models import (
    EncodedChunk,
    MediumState,
    Rendition,
    Task,
    TaskKind,
)
from app.media.services import tasks
from app.media.services.tasks import Claim
from tests.functional.media import recordings
from tests.functional.media.studio import Studio
from tests.functional.media.workers import SONG, claim, run_out


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
