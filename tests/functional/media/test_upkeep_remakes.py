"""flask media reprocess: what plays goes on playing until the new files are whole, and for a grace after that."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.clock import now
from app.media import jobs
from app.media.models import LADDER, Caption, Chapter, Medium, MediumState, Task, TaskState, Version, VersionState
from app.media.upkeep import remakes
from config import Settings
from tests.factories import media_files
from tests.functional.media import recordings
from tests.functional.media.studio import Studio
from tests.harness.kinds import MakeMedium

GRACE = timedelta(hours=24)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return dataclasses.replace(settings, remakes_at_once=2)


@pytest.fixture
def media(app: Flask) -> Callable[..., str]:
    """``media("reprocess", "--all")``: what it says."""

    def run(*arguments: str) -> str:
        result = app.test_cli_runner().invoke(args=["media", *arguments])
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    return run


def run_job(studio: Studio, job: Callable[[], None]) -> None:
    """What the spine rings for."""
    with studio.app.app_context():
        job()
    studio.session.expire_all()


def all_answer(studio: Studio, said: dict[str, Any]) -> bool:
    """Whether a player that was told ``said`` goes on: playlists, segments, the plain file, captions."""
    master = studio.text(said["hls"])
    base = said["hls"].rsplit("/", 1)[0]
    names = [line for line in master.splitlines() if line.endswith(".m3u8") and not line.startswith("#")]
    files = {line.rpartition(",URI=")[2].strip('"') or line for line in studio.text(f"{base}/{names[0]}").splitlines()}
    urls = [f"{base}/{name}" for name in files if name.endswith(".mp4")] + [one["url"] for one in said["captions"]]
    urls += [said[name] for name in ("progressive", "peaks", "storyboard") if said[name]]
    answers = [studio.uploader.browser.get(url) for url in urls]
    return bool(urls) and all(answer.status_code == 200 for answer in answers)


def test_the_old_files_play_until_the_new_are_whole_and_go_after_a_grace(studio: Studio, media: Any) -> None:
    browser = studio.uploader.browser
    public_id = studio.make(recordings.sung_song())
    assert browser.submit(f"/studio/media/{public_id}/publish").status_code == 303
    studio.settle()
    before, old = studio.playback(public_id), studio.version(public_id)
    words = {name: getattr(studio.medium(public_id), name) for name in ("title", "genre", "credits", "artwork_id")}
    assert media("reprocess", "--medium", public_id).startswith("1 will be made anew.")
    assert media("reprocess", "--medium", public_id).startswith("0 will be made anew.\nThe others wait already")
    for _ in range(2):
        run_job(studio, jobs.begin_remakes)
    assert [one.is_remake for one in studio.versions(public_id)] == [False, True]
    while studio.version(public_id).state is VersionState.PROCESSING:
        assert studio.playback(public_id) == before
        assert all_answer(studio, before)
        assert studio.step()

    after = studio.playback(public_id)
    assert after["hls"] != before["hls"]
    assert all_answer(studio, after)
    assert all_answer(studio, before), "whoever is in the middle of it comes to its end"
    assert [one["kind"] for one in after["captions"]] == ["lyrics"]
    studio.settle()
    run_job(studio, jobs.drop_retired)
    assert all_answer(studio, before), "for a while"
    studio.session.execute(update(Version).where(Version.id == old.id).values(retired_at=now() - GRACE))
    studio.session.commit()
    old_prefix, original = old.storage_prefix, old.original_key
    for _ in range(2):
        run_job(studio, jobs.drop_retired)
    studio.settle()
    (version,) = studio.versions(public_id)
    assert (version.is_remake, version.number, version.original_key) == (True, 2, original)
    assert studio.objects(old_prefix) == []
    assert studio.store.size_bytes(original), "the original is the remake's now"
    assert browser.get(before["hls"]).status_code == 404
    assert studio.playback(public_id) == after
    assert {name: getattr(studio.medium(public_id), name) for name in words} == words
    assert media("verify", "--deep", "--older-than", "0").startswith("Everything is there")


def test_what_people_changed_since_stays_as_they_left_it(studio: Studio, media: Any) -> None:
    public_id = studio.make(recordings.sung_song())
    (track,) = studio.session.scalars(select(Caption))
    studio.session.delete(track)
    for chapter in studio.session.scalars(select(Chapter)):
        studio.session.delete(chapter)
    studio.session.execute(update(Medium).values(title="sung-1", genre="", credits=[], artwork_id=None))
    studio.session.commit()
    media("reprocess", "--all")
    run_job(studio, jobs.begin_remakes)
    studio.settle()
    medium = studio.medium(public_id)
    assert medium.version_id == studio.version(public_id).id
    assert studio.version(public_id).number == 2
    assert (medium.title, medium.genre, medium.credits, medium.artwork_id) == ("sung-1", "", [], None)
    assert studio.session.scalars(select(Caption)).all() == []
    assert studio.session.scalars(select(Chapter)).all() == []


def test_a_remake_that_fails_changes_nothing_and_can_be_tried_again(studio: Studio, media: Any) -> None:
    public_id = studio.make(recordings.sung_song())
    before = studio.playback(public_id)
    media("reprocess", "--all")
    run_job(studio, jobs.begin_remakes)
    assert studio.step()
    studio.session.execute(update(Task).where(Task.state == TaskState.QUEUED).values(attempts=3, deaths=3))
    studio.session.commit()
    studio.steps()
    assert studio.version(public_id).state is VersionState.FAILED
    assert studio.playback(public_id) == before
    assert studio.medium(public_id).state is MediumState.READY
    assert "Everything is ready." in studio.uploader.browser.get(f"/studio/media/{public_id}").text
    said = media("reprocess")
    assert "1 failed and play as before." in said
    assert f"{public_id}: {studio.version(public_id).failure_sentence}" in said
    assert media("reprocess", "--all").startswith("1 will")
    run_job(studio, jobs.begin_remakes)
    studio.settle()
    numbers = [(one.number, one.state) for one in studio.versions(public_id)]
    assert numbers == [(1, VersionState.READY), (3, VersionState.READY)]
    assert all_answer(studio, studio.playback(public_id))


def test_a_replacement_goes_before_a_remake(studio: Studio, media: Any) -> None:
    public_id = studio.make(recordings.sung_song())
    media("reprocess", "--all")
    run_job(studio, jobs.begin_remakes)
    assert studio.step()
    studio.upload(media_files.sound("flac"), replaces=public_id)
    studio.settle()
    (version,) = studio.versions(public_id)
    assert (version.number, version.original_name, version.is_remake) == (3, "tone.flac", False)
    assert studio.medium(public_id).version_id == version.id
    assert studio.objects("originals/") == [version.original_key]
    media("verify", "--older-than", "0")
    studio.upload(media_files.sound("wav"), replaces=public_id)
    assert media("reprocess", "--all").startswith("0 will"), "it is being replaced"


def test_only_what_an_older_ladder_made_is_asked_for_where_that_is_wanted(
    media: Any, studio: Studio, make_medium: MakeMedium, db_session: Session
) -> None:
    ana = studio.medium(studio.make(media_files.sound("mp3"))).owner_id
    owner = type("Owner", (), {"id": ana})()
    old = make_medium(owner, "audio")
    db_session.execute(update(Version).where(Version.id == old.version_id).values(ladder=LADDER - 1))
    make_medium(owner, "audio", "failed", with_version=False)
    make_medium(owner, "audio", "removed")
    db_session.commit()
    assert media("reprocess", "--older-than-ladder").startswith("1 will")
    asked = db_session.scalars(select(Medium.id).where(Medium.remake_asked_at.is_not(None))).all()
    assert asked == [old.id]
    assert "1 will not be made anew." in media("reprocess", "--cancel")
    assert "0 wait, 0 are being made (at most 2 at once), 0 failed" in media("reprocess")


def test_a_few_are_begun_at_once_in_the_order_of_the_wishes(
    app: Flask, media: Any, artist: Any, make_medium: MakeMedium, db_session: Session
) -> None:
    made = [make_medium(artist, "audio", files=True) for _ in range(5)]
    assert media("reprocess", "--all").startswith("5 will")
    with app.app_context():
        assert [remakes.begin_remakes(2), remakes.begin_remakes(2), remakes.begin_remakes(3)] == [2, 0, 1]
    waiting = db_session.scalars(select(Medium.id).where(Medium.remake_asked_at.is_not(None)).order_by(Medium.id)).all()
    assert waiting == [one.id for one in made[3:]]


def test_a_command_that_was_cut_asked_for_whole_batches_and_goes_on(
    app: Flask, artist: Any, make_medium: MakeMedium, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remakes, "BATCH", 2)
    for _ in range(5):
        make_medium(artist, "audio")
    with app.app_context():
        cut = remakes.ask_for_remakes()
        assert next(cut) == 2
        del cut
        assert list(remakes.ask_for_remakes()) == [2, 1]
        assert list(remakes.ask_for_remakes()) == []


def test_without_its_original_nothing_is_begun_and_the_next_gets_its_turn(
    app: Flask, media: Any, artist: Any, make_medium: MakeMedium, db_session: Session
) -> None:
    make_medium(artist, "audio")
    whole = make_medium(artist, "audio", files=True)
    media("reprocess", "--all")
    with app.app_context():
        assert remakes.begin_remakes(5) == 1
    remade = db_session.scalars(select(Version.medium_id).where(Version.is_remake)).all()
    assert remade == [whole.id]
    assert media("reprocess").startswith("0 wait, 1 are being made")


def test_an_option_too_many_is_refused(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["media", "reprocess", "--all", "--cancel"])
    assert result.exit_code == 2
