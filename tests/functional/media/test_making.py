"""From an uploaded file to something that plays: everything that is made, as it is made."""

import io
import json
from fractions import Fraction
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.pictures import Picture
from app.media.models import (
    Caption,
    CaptionKind,
    Chapter,
    Kind,
    MediumState,
    Rendition,
    RenditionState,
    TaskKind,
    TaskState,
    VersionState,
)
from tests.factories import media_files
from tests.functional.media import recordings
from tests.functional.media.studio import Studio, decoded_frames, served

BASE_TASKS = {(TaskKind.INSPECT, 0), (TaskKind.AUDIO, 0), (TaskKind.WAVEFORM, 0)}


def test_a_song_becomes_ready_with_all_that_its_tags_say(studio: Studio) -> None:
    public_id = studio.make(recordings.sung_song())

    medium, version = studio.medium(public_id), studio.version(public_id)
    assert (medium.kind, medium.state, medium.realm_slug) == (Kind.AUDIO, MediumState.READY, "music")
    assert (medium.title, medium.genre, medium.credits) == ("Night Bus", "Ambient", [["Artist", "Ada Lin"]])
    assert str(medium.release_date) == "2024-01-01"
    assert medium.published_at is None, "what is uploaded is a draft"
    assert 5_900 <= medium.duration_ms <= 6_200
    assert len(medium.bars) == 200
    assert max(medium.bars) == 255
    assert (version.state, version.content_type, medium.version_id) == (VersionState.READY, "audio/mpeg", version.id)
    assert version.loudness_lufs is not None
    assert -30 < version.loudness_lufs < -5
    assert -20 < version.gain_db < 20
    assert version.gain_db != 0

    (lyrics,) = studio.session.scalars(select(Caption))
    assert (lyrics.kind, lyrics.from_file) == (CaptionKind.LYRICS, True)
    assert "00:00:00.500 --> 00:00:03.000\nThe night bus hums" in lyrics.webvtt
    picture = studio.session.scalars(select(Picture)).one()
    assert medium.artwork_id == picture.id
    assert {f"pictures/{picture.key}/{width}.{kind}" for width in picture.widths for kind in ("jpg", "webp")} == set(
        studio.objects("pictures/")
    )

    assert set(studio.tasks()) == BASE_TASKS
    assert studio.states() == {TaskState.DONE}
    renditions = studio.session.scalars(select(Rendition)).all()
    assert {(one.state, one.progress_pct) for one in renditions} == {(RenditionState.READY, 100)}

    said = studio.playback(public_id)
    peaks = json.loads(studio.text(said["peaks"]))
    assert (peaks["version"], peaks["bits"], len(peaks["data"])) == (2, 8, 2 * peaks["length"])
    assert said["complete"]
    assert said["storyboard"] is None
    assert studio.uploader.browser.get(said["progressive"]).data[4:8] == b"ftyp"
    assert "#EXT-X-ENDLIST" in studio.text(said["hls"].replace("master", renditions[0].name))
    assert studio.leftovers() == []


def test_a_film_plays_after_its_first_chunk_and_its_sound_and_is_whole_at_the_end(studio: Studio, app: Flask) -> None:
    public_id = studio.upload(recordings.two_chunk_film())
    browser = studio.uploader.browser
    browser.submit(f"/studio/media/{public_id}/publish")
    assert browser.get(f"/studio/media/{public_id}/progress").status_code == 200
    assert studio.step()
    it_was_looked_at(studio, public_id)
    while studio.medium(public_id).version_id is None:
        assert studio.step()
    it_plays_in_half(studio, public_id)
    studio.steps()
    it_is_whole(studio, public_id)
    it_decodes_without_a_gap(studio, public_id, app)
    assert studio.leftovers() == []


def it_was_looked_at(studio: Studio, public_id: str) -> None:
    medium = studio.medium(public_id)
    assert (medium.kind, medium.title, medium.realm_slug) == (Kind.VIDEO, "There and Back", "screen")
    also = {(TaskKind.VIDEO, 0), (TaskKind.VIDEO, 1), (TaskKind.PICTURES, 0), (TaskKind.STORYBOARD, 0)}
    assert set(studio.tasks()) == BASE_TASKS | also
    (caption,) = studio.session.scalars(select(Caption))
    assert (caption.language, caption.kind, caption.from_file) == ("en", CaptionKind.SUBTITLES, True)
    assert "Hello" in caption.webvtt
    assert "onclick" not in caption.webvtt
    chapters = studio.session.scalars(select(Chapter).order_by(Chapter.starts_at_ms)).all()
    assert [(one.starts_at_ms, one.title) for one in chapters] == [(0, "Out"), (6000, "And back")]
    assert studio.playback(public_id)["hls"] is None


def film_renditions(studio: Studio) -> list[Rendition]:
    return [one for one in studio.session.scalars(select(Rendition)) if one.kind is Kind.VIDEO]


def it_plays_in_half(studio: Studio, public_id: str) -> None:
    done = {key for key, task in studio.tasks().items() if task.state is TaskState.DONE}
    assert {(TaskKind.VIDEO, 0), (TaskKind.AUDIO, 0)} <= done
    assert (TaskKind.VIDEO, 1) not in done, "it plays before its second chunk is there"
    medium, version = studio.medium(public_id), studio.version(public_id)
    assert (medium.state, version.state) == (MediumState.PROCESSING, VersionState.PROCESSING)
    assert version.playable_at is not None
    assert version.finished_at is None
    assert medium.listed, "published while it was made, it is found as soon as it plays"
    said = studio.playback(public_id)
    assert not said["complete"]
    assert said["progressive"] is None, "the plain file of a film is a film, not its sound"
    renditions = film_renditions(studio)
    playlist = studio.text(said["hls"].replace("master", renditions[0].name))
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in playlist
    assert "#EXT-X-ENDLIST" not in playlist
    assert {(one.state, one.progress_pct) for one in renditions} == {(RenditionState.ENCODING, 50)}


def it_is_whole(studio: Studio, public_id: str) -> None:
    medium, version, browser = studio.medium(public_id), studio.version(public_id), studio.uploader.browser
    assert (medium.state, version.state) == (MediumState.READY, VersionState.READY)
    assert {one.progress_pct for one in studio.session.scalars(select(Rendition))} == {100}
    said = studio.playback(public_id)
    playlist = studio.text(said["hls"].replace("master", film_renditions(studio)[0].name))
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in playlist
    assert playlist.rstrip().endswith("#EXT-X-ENDLIST")
    assert "TYPE=SUBTITLES" in studio.text(said["hls"])
    assert "#xywh=" in studio.text(said["storyboard"])
    base = said["hls"].removesuffix("master.m3u8")
    sheet = studio.text(said["storyboard"]).split("#xywh=")[0].rsplit("\n", 1)[-1]
    assert 1 <= len(version.poster_names) <= 3
    assert all(browser.get(base + name).data[:3] == b"\xff\xd8\xff" for name in [sheet, *version.poster_names])
    assert said["artwork"] is not None, "the best frame is its artwork until the artist chooses"
    assert said["chapters"] == [{"starts_at_ms": 0, "title": "Out"}, {"starts_at_ms": 6000, "title": "And back"}]
    assert studio.text(said["captions"][0]["url"]).startswith("WEBVTT")


def it_decodes_without_a_gap(studio: Studio, public_id: str, app: Flask) -> None:
    said = studio.playback(public_id)
    with served(app) as address:
        times = decoded_frames(address + said["hls"], "0:v:0")
        heard = decoded_frames(address + said["hls"], "0:a:0")
        plain = decoded_frames(address + said["progressive"], "0:v:0")
    assert len(times) == recordings.FILM_FRAMES
    steps = {later - earlier for earlier, later in pairwise(times)}
    assert len(steps) == 1, "no frame is missing or twice at the border of the chunks"
    assert Fraction(heard[-1] - heard[0], 44100) > Fraction(25, 2)
    assert len(plain) == recordings.FILM_FRAMES


def test_what_a_person_said_is_not_overwritten_by_the_file(studio: Studio) -> None:
    public_id = studio.upload(recordings.sung_song())
    browser = studio.uploader.browser
    page = browser.get(f"/studio/media/{public_id}").text
    assert "sung" in page
    details = {
        "title": "My own name", "slug": "mine", "description": "", "realm": "voice", "genre": "Talk", "tags": "",
        "language": "", "licence": "all-rights-reserved", "credits": "Words: Bo", "release_date": "2020-02-02",
    }  # fmt: skip
    assert browser.submit(f"/studio/media/{public_id}/details", details).status_code == 303
    own = {"picture": (io.BytesIO(media_files.picture().read_bytes()), "own.png")}
    assert (
        browser.submit(f"/studio/media/{public_id}/poster", own, content_type="multipart/form-data").status_code == 303
    )
    artwork_id = studio.medium(public_id).artwork_id
    studio.settle()
    medium = studio.medium(public_id)
    assert (medium.title, medium.slug, medium.realm_slug, medium.genre) == ("My own name", "mine", "voice", "Talk")
    assert medium.credits == [["Words", "Bo"]]
    assert str(medium.release_date) == "2020-02-02"
    assert medium.artwork_id == artwork_id
    assert studio.session.scalars(select(Picture.id)).all() == [artwork_id], "the file's cover was not even kept"


@pytest.mark.parametrize("extension", ["flac", "opus", "m4a"])
def test_a_recording_in_another_form_becomes_ready_too(studio: Studio, extension: str) -> None:
    public_id = studio.make(media_files.sound(extension))
    assert studio.medium(public_id).state is MediumState.READY
    assert studio.playback(public_id)["progressive"]


def test_a_silent_film_plays_when_its_picture_does(studio: Studio) -> None:
    public_id = studio.make(media_files.silent_film())
    medium = studio.medium(public_id)
    assert (medium.kind, medium.state) == (Kind.VIDEO, MediumState.READY)
    said = studio.playback(public_id)
    assert said["peaks"] is None
    assert said["progressive"].endswith(".mp4")


def test_a_file_that_breaks_off_fails_with_a_sentence_that_says_where(studio: Studio) -> None:
    public_id = studio.make(media_files.cut(media_files.sound("flac"), 0.5))
    medium, version = studio.medium(public_id), studio.version(public_id)
    assert (medium.state, version.state, medium.version_id) == (MediumState.FAILED, VersionState.FAILED, None)
    assert version.failure_sentence
    assert "0:02" in version.failure_sentence
    browser = studio.uploader.browser
    assert version.failure_sentence in browser.get(f"/studio/media/{public_id}/progress").text
    assert studio.objects("media/") == []
    refused = browser.submit(f"/studio/media/{public_id}/publish")
    assert refused.status_code == 409
    assert "its file could not be processed" in refused.text
    assert studio.leftovers() == []


def test_a_film_whose_index_was_never_written_says_so(studio: Studio) -> None:
    public_id = studio.make(media_files.unfinished_film())
    assert studio.medium(public_id).state is MediumState.FAILED
    assert studio.version(public_id).failure_sentence
