"""Probing real files: what is in them, and a sentence for each way in which one can be broken."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.media.engine import probe_child
from app.media.engine.detect import AVI, MKV, WAV, detect
from app.media.engine.errors import MediaTooLong, TruncatedMedia, UnreadableMedia, UnsupportedType
from app.media.engine.probe import probe
from app.media.engine.streams import Probe
from tests.factories import media_files
from tests.functional.media.engine.decoded import probed


@pytest.mark.parametrize("extension", ["wav", "flac", "ogg", "opus", "aiff", "aac", "m4a", "mp3"])
def test_every_kind_of_sound_is_read(extension: str) -> None:
    found = probed(media_files.sound(extension))
    assert found.container == extension
    assert found.video is None
    assert (found.audio.sample_rate_hz, found.audio.channels) == (48_000, 2)
    assert abs(found.duration_ms - 5000) <= 50


@pytest.mark.parametrize("extension", ["mov", "avi", "webm"])
def test_every_kind_of_film_is_read(extension: str) -> None:
    found = probed(media_files.video_in(extension))
    assert (found.container, found.video.width, found.video.height) == (extension, 160, 120)
    assert found.audio


def test_captions_chapters_and_tags_are_found_and_survive_json() -> None:
    found = probed(media_files.rich_film())
    assert [(one.language, one.title, one.is_text) for one in found.subtitles] == [
        ("eng", None, True),
        ("ger", "Deutsch", True),
    ]
    assert [(one.start_ms, one.title) for one in found.chapters] == [(0, "Opening"), (1000, "Middle"), (3000, "End")]
    assert found.tags["title"] == "A rich film"
    assert Probe.from_dict(json.loads(json.dumps(found.to_dict()))) == found


@pytest.mark.parametrize("extension", ["mkv", "mp4"])
def test_a_caption_that_outlasts_the_picture_makes_no_file_longer_nor_cut(extension: str) -> None:
    whole = media_files.lingering_caption(extension)
    assert 900 <= probed(whole).duration_ms <= 1100
    with pytest.raises(TruncatedMedia):
        probed(media_files.cut(whole, 0.5))


def test_a_cover_is_no_video() -> None:
    found = probed(media_files.song())
    assert found.video is None
    assert found.has_cover
    assert Probe.from_dict(found.to_dict()) == found


def test_pictures_are_described_as_they_are_displayed() -> None:
    assert (probed(media_files.telephone()).video.width, probed(media_files.telephone()).video.height) == (180, 320)
    assert probed(media_files.telephone()).video.rotation == 270
    assert probed(media_files.hdr_film()).video.hdr == "pq"
    assert probed(media_files.interlaced()).video.interlaced
    assert probed(media_files.counted_varying()).video.variable_rate
    assert probed(media_files.counted_ntsc()).video.frame_rate == "30000/1001"


CUT = [
    (
        lambda: media_files.cut(media_files.film(), 0.5),
        r"^This file ends in the middle of a frame at 0:0\d; it should be 0:13 long\.$",
    ),
    (
        lambda: media_files.cut(media_files.rich_film(), 0.5),
        r"^This file ends in the middle of a frame at 0:0\d; it should be 0:04 long\.$",
    ),
    (
        lambda: media_files.cut(media_files.sound("wav"), 0.5),
        r"^This file ends in the middle of a frame at 0:02; it should be 0:05 long\.$",
    ),
    (
        lambda: media_files.cut(media_files.sound("aiff"), 0.5),
        r"^This file ends in the middle of a frame at 0:02; it should be 0:05 long\.$",
    ),
    (
        lambda: media_files.cut(media_files.song(), 0.5),
        r"^This file ends in the middle of a frame at 0:0\d; it should be 0:06 long\.$",
    ),
    (
        lambda: media_files.cut(media_files.sound("flac"), 0.4),
        r"^This file ends at 0:0\d, but says that it is 0:05 long\.$",
    ),
    (media_files.unfinished_film, r"^This file has no index \(moov\)"),
]


@pytest.mark.parametrize(("source", "sentence"), CUT)
def test_a_file_without_its_end_is_refused_with_the_time(source: Callable[[], Path], sentence: str) -> None:
    with pytest.raises(TruncatedMedia, match=sentence):
        probed(source())


def test_a_song_that_lacks_a_breath_is_taken() -> None:
    assert probed(media_files.cut(media_files.sound("flac"), 0.8)).duration_ms > 3000


def test_a_file_of_26_hours_is_refused_in_no_time() -> None:
    with pytest.raises(MediaTooLong, match=r"^This file is 26 hours long; the longest that we take is 12 hours\.$"):
        probed(media_files.two_frames_hours_apart())


def test_noise_behind_a_good_beginning_is_refused() -> None:
    noise = media_files.written("noise.mkv", b"\x1aE\xdf\xa3\x88matroska" + bytes(range(256)) * 20)
    with pytest.raises(UnreadableMedia, match=r"^This file is damaged: we cannot find out what is in it\."):
        probed(noise)
    silent = media_files.written(
        "nothing.wav", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x44\xac\0\0\x88\x58\1\0\2\0\x10\0data\0\0\0\0"
    )
    with pytest.raises(UnreadableMedia, match=r"^This file has no sound and no picture that we can read\.$"):
        probed(silent)


HOSTILE = {
    "hls.mp4": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    "ffconcat.mp3": b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    "dash.mp4": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>/etc/passwd</BaseURL></MPD>',
    "page.wav": b"<!DOCTYPE html><script>alert(1)</script>",
    "drawing.mp4": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_playlist_under_an_innocent_name_is_refused_and_never_followed(name: str) -> None:
    path = media_files.written(name, HOSTILE[name])
    with pytest.raises(UnsupportedType):
        detect(path)
    for fooled in (MKV, WAV, AVI):  # and if detection were ever fooled, the demuxer still is not there
        with pytest.raises(UnreadableMedia):
            probe(path, fooled)


def test_the_child_s_own_functions_see_the_same() -> None:
    raw = probe_child.read(str(media_files.rich_film()), "matroska", is_whole=True)
    assert [one["type"] for one in raw["streams"]] == ["video", "audio", "subtitle", "subtitle"]
    assert raw["ends"]["is_torn"] is False
    torn = probe_child.read(str(media_files.cut(media_files.film(), 0.5)), "mov", is_whole=True)
    assert torn["ends"]["is_torn"] is True


def test_a_rate_that_is_no_number_is_a_damaged_file(tmp_path: Path) -> None:
    sound = media_files.blip("aiff").read_bytes()
    at = sound.index(b"COMM") + 16
    path = tmp_path / "sound.aiff"
    path.write_bytes(sound[:at] + b"\x7f\xff" + b"\xff" * 8 + sound[at + 10 :])
    with pytest.raises((UnreadableMedia, TruncatedMedia)):
        probe(path, detect(path))
