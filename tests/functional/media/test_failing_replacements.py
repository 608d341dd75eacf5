"""A replacement that fails, however far it came, leaves everything of the medium as it was."""

import io
from typing import Any

import pytest
from sqlalchemy import select, update

from app.media.models import Caption, Chapter, Medium, MediumState, Task, TaskKind, TaskState, VersionState
from tests.factories import media_files
from tests.functional.media import recordings
from tests.functional.media.studio import Studio

OWN = b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nAdded by hand\n"
SAID = (
    "title", "genre", "credits", "release_date", "artwork_id", "bars", "duration_ms", "kind", "state", "version_id",
    "listed", "published_at", "slug", "language", "tags",
)  # fmt: skip


def everything_of(studio: Studio, public_id: str) -> dict[str, Any]:
    """All that a person can notice of a medium: its columns, its text tracks, its chapters, its page and its player."""
    medium = studio.medium(public_id)
    said = studio.playback(public_id)
    captions = studio.session.scalars(select(Caption.id).order_by(Caption.id)).all()
    shown = {track["url"].rsplit("/", 1)[1]: studio.text(track["url"]) for track in said["captions"]}
    return {
        **{name: getattr(medium, name) for name in SAID},
        "playback": said,
        "captions": shown,
        "caption_rows": [str(one) for one in captions if f"{one}.vtt" in shown],
        "chapters": studio.session.execute(select(Chapter.starts_at_ms, Chapter.title).order_by(Chapter.id)).all(),
        "master": studio.text(said["hls"]),
        "objects": set(studio.objects()),
    }  # fmt: skip


def spoil(studio: Studio, *kinds: TaskKind) -> None:
    """Let waiting tasks of these kinds be some that have killed three workers already."""
    waiting = update(Task).where(Task.kind.in_(kinds), Task.state == TaskState.QUEUED)
    studio.session.execute(waiting.values(attempts=3, deaths=3))
    studio.session.commit()


def clear_words(studio: Studio, public_id: str) -> None:
    """A person who wants no genre, no credits, no chapters and no picture."""
    studio.session.execute(update(Medium).values(genre="", credits=[], release_date=None, artwork_id=None))
    for chapter in studio.session.scalars(select(Chapter)):
        studio.session.delete(chapter)
    studio.session.commit()
    assert studio.medium(public_id).genre == ""


@pytest.mark.parametrize("kinds", [(TaskKind.AUDIO,), (TaskKind.WAVEFORM,)])
def test_a_song_whose_replacement_fails_after_it_was_inspected_is_as_it_was(
    studio: Studio, kinds: tuple[TaskKind, ...]
) -> None:
    public_id = studio.make(recordings.sung_song())
    clear_words(studio, public_id)
    before = everything_of(studio, public_id)
    assert len(before["captions"]) == 1, "the lyrics of the old file"
    studio.upload(media_files.song(), replaces=public_id)
    assert studio.step()
    spoil(studio, *kinds)
    studio.steps()
    assert studio.version(public_id).state is VersionState.FAILED
    after = everything_of(studio, public_id)
    assert before["objects"] < after.pop("objects")
    assert after == {name: value for name, value in before.items() if name != "objects"}


def test_a_film_whose_replacement_played_and_then_failed_has_its_own_captions_and_chapters_again(
    studio: Studio,
) -> None:
    public_id = studio.make(recordings.two_chunk_film())
    caption = {"language": "fr", "label": "À la main", "kind": "captions", "file": (io.BytesIO(OWN), "c.vtt")}
    assert studio.uploader.browser.submit(f"/studio/media/{public_id}/captions", caption).status_code == 303
    clear_words(studio, public_id)
    before = everything_of(studio, public_id)
    assert [track["language"] for track in before["playback"]["captions"]] == ["en", "fr"]
    studio.upload(media_files.rich_film(), replaces=public_id)
    while studio.playback(public_id)["hls"] == before["playback"]["hls"]:
        assert studio.step()
    said = studio.playback(public_id)["captions"]
    assert sorted(track["language"] for track in said) == ["de", "en", "fr"], "while it plays, it brings its own"
    spoil(studio, TaskKind.STORYBOARD, TaskKind.VIDEO, TaskKind.PROGRESSIVE)
    studio.steps()
    after = everything_of(studio, public_id)
    after.pop("objects")
    assert after == {name: value for name, value in before.items() if name != "objects"}


def test_a_replacement_that_comes_through_fills_in_what_nobody_said_and_takes_the_old_captions_along(
    studio: Studio,
) -> None:
    public_id = studio.make(media_files.sound("mp3"))
    studio.upload(recordings.sung_song(), replaces=public_id)
    assert studio.step()
    assert studio.medium(public_id).genre == "", "not before it is whole"
    studio.settle()
    medium = studio.medium(public_id)
    assert (medium.genre, medium.credits, medium.state) == ("Ambient", [["Artist", "Ada Lin"]], MediumState.READY)
    assert medium.artwork_id is not None
    assert studio.version(public_id).tags["album"] == "Depots"
    assert studio.version(public_id).tags["number"] == 3
    assert [track["kind"] for track in studio.playback(public_id)["captions"]] == ["lyrics"]
    studio.upload(media_files.sound("flac"), replaces=public_id)
    studio.settle()
    assert studio.playback(public_id)["captions"] == []
    assert studio.session.scalars(select(Caption)).all() == []


def test_a_persons_own_track_wins_over_the_files_and_over_those_of_the_next_file(studio: Studio) -> None:
    public_id = studio.make(media_files.rich_film())
    own = {"language": "en", "label": "English", "kind": "subtitles", "file": (io.BytesIO(OWN), "c.vtt")}
    assert studio.uploader.browser.submit(f"/studio/media/{public_id}/captions", own).status_code == 303
    for _ in range(2):
        tracks = studio.playback(public_id)["captions"]
        assert [track["label"] for track in tracks] == ["Deutsch", "English"]
        assert "Added by hand" in studio.text(tracks[1]["url"])
        if studio.version(public_id).number == 1:
            studio.upload(media_files.rich_film(), replaces=public_id)
            studio.settle()
