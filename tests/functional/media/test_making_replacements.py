"""A new file for a published work: address, chapters and what a person added stay; what plays goes on playing."""

import io
from datetime import timedelta

from sqlalchemy import select, update

from app.core.clock import now
from app.media.models import Caption, Chapter, Kind, MediumState, Task, TaskKind, TaskState, VersionState
from tests.factories import media_files
from tests.functional.media import recordings
from tests.functional.media.studio import Studio

VTT = b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nAdded by hand\n"


def publish(studio: Studio, public_id: str) -> None:
    assert studio.uploader.browser.submit(f"/studio/media/{public_id}/publish").status_code == 303


def spoil_the_rest(studio: Studio) -> None:
    """Let the chunks that wait be some that have killed three workers already."""
    waiting = update(Task).where(Task.kind == TaskKind.VIDEO, Task.state == TaskState.QUEUED)
    studio.session.execute(waiting.values(attempts=3, deaths=3))
    studio.session.commit()


def test_a_replacement_takes_over_when_it_can_be_played_and_the_old_files_go(studio: Studio) -> None:
    browser = studio.uploader.browser
    public_id = studio.make(recordings.sung_song())
    publish(studio, public_id)
    chapters = {"chapters": "0:00 In\n0:02 Out"}
    browser.submit(f"/studio/media/{public_id}/chapters", chapters)
    caption = {"language": "de", "label": "Von Hand", "kind": "captions", "file": (io.BytesIO(VTT), "c.vtt")}
    assert browser.submit(f"/studio/media/{public_id}/captions", caption).status_code == 303
    before, made = studio.playback(public_id), studio.medium(public_id)
    address, artwork_id = made.slug, made.artwork_id
    old = studio.version(public_id)
    old_prefix, old_duration_ms = old.storage_prefix, old.duration_ms
    assert len(studio.objects(old_prefix)) == 3

    assert studio.upload(media_files.sound("mp3"), replaces=public_id) == public_id
    assert studio.step()
    assert studio.playback(public_id)["hls"] == before["hls"], "the old one plays until the new one does"
    assert studio.text(before["hls"]).startswith("#EXTM3U")
    assert studio.medium(public_id).state is MediumState.READY
    assert studio.medium(public_id).duration_ms == old_duration_ms
    assert studio.step()
    after = studio.playback(public_id)
    assert after["hls"] != before["hls"]
    assert not after["complete"]

    studio.settle()
    medium, (version,) = studio.medium(public_id), studio.versions(public_id)
    assert (medium.state, medium.version_id, version.number) == (MediumState.READY, version.id, 2)
    assert (medium.slug, medium.title, medium.artwork_id) == (address, "Night Bus", artwork_id)
    assert 4_900 <= medium.duration_ms <= 5_200
    assert medium.listed
    assert studio.objects(old_prefix) == []
    assert studio.objects("originals/") == [version.original_key]
    assert browser.get(before["hls"]).status_code == 404
    chapters_kept = studio.session.scalars(select(Chapter))
    assert [(one.title, one.starts_at_ms) for one in chapters_kept] == [("In", 0), ("Out", 2000)]
    captions_kept = studio.session.scalars(select(Caption))
    assert [(one.label, one.from_file) for one in captions_kept] == [("Von Hand", False)]


def test_a_replacement_that_cannot_be_read_leaves_everything_as_it_was(studio: Studio) -> None:
    public_id = studio.make(recordings.sung_song())
    publish(studio, public_id)
    studio.settle()  # its files come to lie in the open
    before = studio.playback(public_id)
    old_objects = set(studio.objects())
    studio.upload(media_files.cut(media_files.sound("flac"), 0.5), replaces=public_id)
    studio.settle()
    medium = studio.medium(public_id)
    assert (medium.state, medium.listed) == (MediumState.READY, True)
    assert studio.playback(public_id) == before
    assert old_objects < set(studio.objects())
    failed = studio.version(public_id)
    assert (failed.number, failed.state) == (2, VersionState.FAILED)
    page = studio.uploader.browser.get(f"/studio/media/{public_id}").text
    assert failed.failure_sentence
    assert failed.failure_sentence in page


def test_a_replacement_that_fails_after_it_began_to_play_gives_the_place_back(studio: Studio) -> None:
    public_id = studio.make(media_files.film())
    publish(studio, public_id)
    before = studio.playback(public_id)
    old = studio.version(public_id)

    studio.upload(recordings.two_chunk_film(), replaces=public_id)
    while studio.playback(public_id)["hls"] == before["hls"]:
        assert studio.step()
    spoil_the_rest(studio)
    studio.steps()

    medium, new = studio.medium(public_id), studio.version(public_id)
    assert (new.state, new.playable_at) == (VersionState.FAILED, None)
    assert (medium.state, medium.version_id, medium.listed) == (MediumState.READY, old.id, True)
    assert studio.playback(public_id)["hls"] == before["hls"]
    assert studio.text(before["hls"]).startswith("#EXTM3U")

    failed = next(task for task in studio.tasks().values() if task.state is TaskState.FAILED)
    studio.uploader.browser.submit(f"/studio/media/{public_id}/retry/{failed.id}")
    assert studio.medium(public_id).state is MediumState.READY
    studio.settle()
    medium, (version,) = studio.medium(public_id), studio.versions(public_id)
    assert (medium.version_id, version.id, version.state) == (new.id, new.id, VersionState.READY)


def test_a_first_file_that_fails_half_way_says_so_and_plays_as_far_as_it_goes(studio: Studio) -> None:
    public_id = studio.upload(recordings.two_chunk_film())
    publish(studio, public_id)
    while studio.medium(public_id).version_id is None:
        assert studio.step()
    spoil_the_rest(studio)
    studio.steps()
    medium = studio.medium(public_id)
    assert (medium.state, medium.listed) == (MediumState.FAILED, True)
    said = studio.playback(public_id)
    assert studio.text(said["hls"]).startswith("#EXTM3U")
    assert "Failed" in studio.uploader.browser.get("/studio/media").text
    stranger = studio.app.test_client()
    assert "Failed" not in stranger.get("/@ana").text + stranger.get(f"/@ana/{medium.slug}").text


def test_a_sound_cannot_replace_a_film(studio: Studio) -> None:
    public_id = studio.make(media_files.film())
    before = studio.playback(public_id)
    studio.upload(media_files.sound("mp3"), replaces=public_id)
    studio.settle()
    medium = studio.medium(public_id)
    assert (medium.kind, medium.state) == (Kind.VIDEO, MediumState.READY)
    assert studio.playback(public_id) == before
    assert "it was to replace a film" in (studio.version(public_id).failure_sentence or "")


def test_a_film_without_sound_cannot_replace_a_recording_and_one_with_sound_lends_its_own(studio: Studio) -> None:
    public_id = studio.make(media_files.sound("mp3"))
    before = studio.playback(public_id)
    studio.upload(media_files.silent_film(), replaces=public_id)
    studio.settle()
    assert studio.playback(public_id) == before
    assert "no sound" in (studio.version(public_id).failure_sentence or "")
    studio.upload(media_files.film(), replaces=public_id)
    studio.settle()
    medium, (version,) = studio.medium(public_id), studio.versions(public_id)
    assert (medium.kind, medium.state, version.number) == (Kind.AUDIO, MediumState.READY, 3)
    assert {task.kind for task in studio.tasks().values()} == {TaskKind.INSPECT, TaskKind.AUDIO, TaskKind.WAVEFORM}


def test_of_two_replacements_the_later_one_wins_whatever_their_order(studio: Studio) -> None:
    public_id = studio.make(media_files.sound("mp3"))
    studio.upload(media_files.sound("flac"), replaces=public_id)
    second = studio.version(public_id)
    later = now() + timedelta(days=1)
    studio.session.execute(update(Task).where(Task.version_id == second.id).values(not_before=later))
    studio.session.commit()
    studio.upload(media_files.sound("wav"), replaces=public_id)
    studio.settle()
    (version,) = studio.versions(public_id)
    assert (version.number, studio.medium(public_id).version_id) == (3, version.id)
    assert studio.objects("originals/") == [version.original_key]
    assert all(key.startswith(version.storage_prefix) for key in studio.objects("media/"))
    assert {task.version_id for task in studio.tasks().values()} == {version.id}


def test_a_replacement_with_captions_replaces_those_of_the_old_file(studio: Studio) -> None:
    public_id = studio.make(recordings.two_chunk_film())
    studio.upload(media_files.rich_film(), replaces=public_id)
    studio.settle()
    kept = studio.session.execute(select(Caption.language, Caption.label).order_by(Caption.language)).all()
    assert [tuple(one) for one in kept] == [("de", "Deutsch"), ("en", "English")]
    chapters = studio.session.scalars(select(Chapter.title).order_by(Chapter.starts_at_ms)).all()
    assert chapters == ["Out", "And back"]
