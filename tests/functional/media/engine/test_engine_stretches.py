"""Stretches of sound: cut on whole segments, and joined without a gap, a sample twice, or a click."""

import dataclasses
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from app.media.engine import ladder
from app.media.engine.audio import EncodedAudio, encode_audio, encode_stretch, join_parts, make_plain
from app.media.engine.errors import EncodingFailed
from app.media.engine.fragments import read_fragments
from app.media.engine.stretches import PACKET_SAMPLES, SoundStretch, segment_packets, sound_stretches
from tests.factories import media_files
from tests.functional.media.engine import decoded

RATE_HZ = 44_100
TONES = "+".join(f"{level}*sin(2*PI*{hz}*t)*(0.6+0.4*sin({slow}*t))" for level, hz, slow in (
    (0.25, 220, 1.3), (0.12, 554.37, 2.1), (0.08, 1318.5, 0.7), (0.2, 92, 3.1),
))  # fmt: skip


def music(seconds: int, target: Path) -> Path:
    """Four tones that swell, so that whatever is missing, twice or torn shows at once."""
    source = ("-f", "lavfi", "-i", f"aevalsrc='{TONES}|{TONES}':s={RATE_HZ}:d={seconds}")
    media_files.ffmpeg(*source, "-c:a", "flac", target)
    return target


def samples(path: Path) -> NDArray[np.float32]:
    """Every sample that a player hears, a row a channel."""
    pieces: list[Any] = []
    with av.open(str(path)) as container:
        to_floats = av.AudioResampler(format="fltp")
        for frame in container.decode(audio=0):
            pieces += [one.to_ndarray() for one in to_floats.resample(frame)]
    joined: NDArray[np.float32] = np.concatenate(pieces, axis=1)
    return joined


def stretches_of(segments: list[int]) -> list[SoundStretch]:
    """Stretches of so many segments, the last to the end."""
    made, at = [], 0
    for index, count in enumerate(segments):
        last = index == len(segments) - 1
        times = {"starts_at_ms": at * 4017, "duration_ms": count * 4017}
        one = SoundStretch(index=index, first_segment=at, segments=count, is_last=last, **times)
        made.append(one)
        at += count
    return made


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return music(38, tmp_path_factory.mktemp("music") / "music.flac")


def test_stretches_join_to_the_sample_and_without_a_click(song: Path, tmp_path: Path) -> None:
    found = decoded.probed(song)
    rungs = ladder.audio_rungs(found.audio)[1:2]
    made: list[EncodedAudio] = []
    for stretch in stretches_of([3, 4, 3]):
        scratch = tmp_path / str(stretch.index)
        scratch.mkdir()
        made += encode_stretch(song, found, rungs, stretch, scratch)
    whole = tmp_path / "whole"
    whole.mkdir()
    once = encode_audio(song, found, rungs, whole)

    joined = read_fragments(join_parts([one.path for one in made], tmp_path / "joined.mp4"))
    assert {one.init_sha256 for one in made} == {once.rungs[0].init_sha256}, "players need no second initialisation"
    assert joined.samples == read_fragments(once.rungs[0].path).samples, "packet for packet what one pass makes"

    original, heard = samples(song), samples(make_plain([one.path for one in made], tmp_path))
    in_one_pass = samples(once.progressive)
    assert heard.shape == in_one_pass.shape
    assert abs(heard.shape[1] - original.shape[1]) < PACKET_SAMPLES, "no stretch lacks a sample"
    length = min(heard.shape[1], original.shape[1])
    error = errors(heard[:, :length] - original[:, :length])
    usual = errors(in_one_pass[:, :length] - original[:, :length])
    settled = 3 * segment_packets(RATE_HZ)  # the encoder's own beginning is no border
    for border in (3, 7):
        around = slice(border * segment_packets(RATE_HZ) - 3, border * segment_packets(RATE_HZ) + 3)
        assert error[around].max() <= 1.5 * usual[settled - 20 :].max(), f"a click at the border of segment {border}"
        assert error[around].max() < 0.02


def errors(difference: NDArray[np.float32]) -> NDArray[np.float32]:
    """The root of the mean square of each packet's time."""
    whole = difference[:, : difference.shape[1] // PACKET_SAMPLES * PACKET_SAMPLES]
    rows = whole.reshape(whole.shape[0], -1, PACKET_SAMPLES)
    result: NDArray[np.float32] = np.sqrt((rows**2).mean(axis=(0, 2)))
    return result


def test_a_films_sound_may_end_before_its_picture_and_a_recordings_may_not(song: Path, tmp_path: Path) -> None:
    found = decoded.probed(song)
    rungs = ladder.audio_rungs(found.audio)[:1]
    beyond = dataclasses.replace(stretches_of([3, 4, 20, 5])[3], starts_at_ms=40_000)
    as_film = dataclasses.replace(found, video=decoded.probed(media_files.film()).video, duration_ms=120_000)
    assert encode_stretch(song, as_film, rungs, beyond, tmp_path) == ()
    with pytest.raises(EncodingFailed, match="ends at"):
        encode_stretch(song, dataclasses.replace(found, duration_ms=120_000), rungs, beyond, tmp_path)


@pytest.mark.parametrize("minutes", [0.003, 1, 2, 16, 125, 360])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
@pytest.mark.parametrize("with_picture", [True, False])
def test_stretches_follow_one_another_and_the_first_is_soon_there(
    minutes: float, rate_hz: int, *, with_picture: bool
) -> None:
    made = sound_stretches(round(minutes * 60_000), rate_hz, with_picture=with_picture)
    assert [one.index for one in made] == list(range(len(made)))
    assert [one.first_segment for one in made] == [
        sum(before.segments for before in made[:n]) for n in range(len(made))
    ]
    assert [one.is_last for one in made] == [False] * (len(made) - 1) + [True]
    total_s = sum(one.segments for one in made) * segment_packets(rate_hz) * PACKET_SAMPLES / rate_hz
    assert 0 <= total_s - minutes * 60 < 4.1
    assert made[0].duration_ms <= (95_000 if with_picture or minutes > 15 else 905_000)
    assert all(one.duration_ms <= 905_000 for one in made)
