"""Tasks that fail, for good or for now; those that kill their workers; and how they are tried again."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core.clock import now
from app.media.making import runner
from app.media.making.work import Keep, Work
from app.media.models import (
    MediumState,
    Task,
    TaskKind,
    TaskState,
    Version,
    VersionState,
)
from app.media.services.tasks import MOST_ATTEMPTS, MOST_DEATHS
from tests.functional.media.studio import Studio
from tests.functional.media.workers import SONG, claim, due_now, run_out


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


def test_an_operator_sees_what_was_put_aside_and_lets_it_be_tried_again(studio: Studio) -> None:
    public_id = studio.upload(SONG("mp3"))
    for _ in range(MOST_DEATHS):
        run_out(studio, claim(studio.app))
    studio.step()
    runner_cli = studio.app.test_cli_runner()
    task = studio.tasks()[TaskKind.INSPECT, 0]
    listed = runner_cli.invoke(args=["tasks", "failed"]).output
    assert f"{task.id} {public_id} inspect 0, {MOST_DEATHS} deaths" in listed
    assert "put it aside" in listed
    assert runner_cli.invoke(args=["tasks", "retry", str(task.id)]).exit_code == 0
    assert runner_cli.invoke(args=["tasks", "retry", str(task.id)]).exit_code == 1, "it is failed no more"
    studio.settle()
    assert studio.medium(public_id).state is MediumState.READY


def test_failures_and_deaths_are_counted_apart(studio: Studio) -> None:
    studio.upload(SONG("mp3"))
    for _ in range(MOST_DEATHS - 1):
        run_out(studio, claim(studio.app))
    original = studio.store.local_path(studio.session.scalars(select(Version)).one().original_key)
    assert original is not None
    original.rename(original.with_suffix(".away"))
    for failures in range(1, MOST_ATTEMPTS):
        assert studio.step()
        task = studio.tasks()[TaskKind.INSPECT, 0]
        assert (task.state, task.attempts - task.deaths) == (TaskState.QUEUED, failures), "deaths take no try away"
        due_now(studio)
    original.with_suffix(".away").rename(original)
    studio.settle()
    assert studio.states() == {TaskState.DONE}
