"""Sound that is made in several stretches: a film plays with its first, a recording when its plain file is whole."""

from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask

from app.media.engine import stretches
from app.media.models import MediumState, TaskKind, TaskState
from tests.factories import media_files
from tests.functional.media import recordings
from tests.functional.media.killing import it_is_whole_once
from tests.functional.media.studio import Studio, decoded_frames, served

TEXT = "#EXTINF"


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds in the place of minutes."""
    monkeypatch.setattr(stretches, "WHOLE_S", 10)
    monkeypatch.setattr(stretches, "FIRST_STRETCH_S", 4)
    monkeypatch.setattr(stretches, "STRETCH_S", 8)


def test_a_films_sound_grows_as_it_is_made_and_ends_in_one_piece(studio: Studio, app: Flask) -> None:
    public_id = studio.upload(recordings.two_chunk_film())
    studio.uploader.browser.submit(f"/studio/media/{public_id}/publish")
    while studio.medium(public_id).version_id is None:
        assert studio.step()
    done = {key for key, task in studio.tasks().items() if task.state is TaskState.DONE}
    assert (TaskKind.AUDIO, 0) in done
    assert (TaskKind.AUDIO, 1) not in done, "it plays with the first stretch of its sound"
    hls = studio.playback(public_id)["hls"]
    growing = studio.text(hls.replace("master", "aac-96k"))
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in growing
    assert "#EXT-X-ENDLIST" not in growing
    assert growing.count(TEXT) == 1

    studio.settle()
    assert studio.medium(public_id).state is MediumState.READY
    it_is_whole_once(studio, public_id, chunks=2, stretches=2)
    said = studio.playback(public_id)
    whole = studio.text(said["hls"].replace("master", "aac-96k"))
    assert whole.startswith(growing[: growing.index("#EXT-X-PLAYLIST-TYPE")]), "what was listed stays as it was"
    assert whole.count("#EXT-X-MAP") == 1, "one initialisation serves every stretch"
    with served(app) as address:
        for url in (said["hls"], said["progressive"]):
            heard = decoded_frames(address + url, "0:a:0")
            assert {later - earlier for earlier, later in pairwise(heard)} == {1024}, "no packet is missing or twice"
            assert len(heard) >= 13 * 44_100 // 1024


def test_a_long_recording_plays_when_its_plain_file_is_whole(studio: Studio, app: Flask, tmp_path: Path) -> None:
    tone = tmp_path / "talk.flac"
    media_files.ffmpeg("-f", "lavfi", "-i", "sine=f=220:d=25:r=48000", "-c:a", "flac", tone)
    public_id = studio.upload(tone)
    studio.uploader.browser.submit(f"/studio/media/{public_id}/publish")
    while (TaskKind.PROGRESSIVE, 0) not in studio.tasks():
        assert studio.medium(public_id).version_id is None
        assert studio.step()
    studio.settle()
    assert studio.medium(public_id).state is MediumState.READY
    stretches_made = [key for key in studio.tasks() if key[0] is TaskKind.AUDIO]
    assert len(stretches_made) > 2
    said = studio.playback(public_id)
    with served(app) as address:
        plain = decoded_frames(address + said["progressive"], "0:a:0")
        adaptive = decoded_frames(address + said["hls"], "0:a:0")
    for heard in (plain, adaptive):
        assert {later - earlier for earlier, later in pairwise(heard)} == {1024}
        assert abs(len(heard) - 25 * 48_000 / 1024) < 3
