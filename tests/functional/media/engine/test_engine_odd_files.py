"""Odd but honest files come out upright, whole and in time: watched through their playlists, and as the plain file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.factories import media_files, odd_files
from tests.functional.media.engine.watched import Watched, make, watch

TOGETHER_S = 0.040
FRAME_S = 0.041  # of the slowest of these films
AAC_FRAME_S = 1024 / 48_000

Source = Callable[[], Path]
SMALL = (192, 108)

# What it is, how it is made, its size and frames when played, and how long it is
FILMS: list[tuple[str, Source, tuple[int, int], int, float]] = [
    ("turned by 90", lambda: odd_files.turned(90), (108, 192), 75, 3),
    ("turned by 180", lambda: odd_files.turned(180), SMALL, 75, 3),
    ("turned by 270", lambda: odd_files.turned(270), (108, 192), 75, 3),
    ("upright", lambda: odd_files.film("upright.mp4", "108x192"), (108, 192), 75, 3),
    ("varying rate", odd_files.varying, SMALL, 72, 3),
    ("60 a second", lambda: odd_files.film("sixty.mp4", "640x480", "60"), (640, 480), 180, 3),
    ("23.976 a second", lambda: odd_files.film("cinema.mkv", "192x108", "24000/1001"), SMALL, 72, 3.003),
    ("two fields, MPEG-TS", odd_files.fields, (192, 144), 75, 3.01),
    ("wide pixels", odd_files.anamorphic, (256, 144), 75, 3),
    ("odd sizes", lambda: odd_files.film("odd.mkv", "193x107", "25", "-c:v", "ffv1", "-c:a", "flac"), SMALL, 75, 3),
    ("HDR, PQ", lambda: odd_files.hdr("pq"), SMALL, 75, 3),
    ("HDR, HLG", lambda: odd_files.hdr("hlg"), SMALL, 75, 3),
]

# How each is stored; where the flash and the beep are, counted from the container's start
TIMES: list[tuple[str, Source, float]] = [
    ("MPEG-TS, whose clock begins at 1.4 s", lambda: odd_files.film("clock.ts"), 1.02),
    ("picture later than sound", lambda: odd_files.late(0.5, 0, "mkv"), 1),
    ("picture later than sound, by an edit list", lambda: odd_files.late(0.5, 0, "mp4"), 1),
    ("picture later than sound, MPEG-TS", lambda: odd_files.late(0.5, 0, "ts"), 1.02),
    ("sound later than picture", lambda: odd_files.late(0, 0.5, "mkv"), 1),
    ("sound later than picture, by an edit list", lambda: odd_files.late(0, 0.5, "mp4"), 1),
    ("sound later than picture, MPEG-TS", lambda: odd_files.late(0, 0.5, "ts"), 1),
    ("both late, clock begins at 0.4 s", lambda: odd_files.late(0.4, 0.6, "mkv"), 0.6),
    ("cut by an edit list", odd_files.trimmed, 0.98),
    ("Opus's priming", lambda: odd_files.film("priming.webm", "192x108", "25", *odd_files.WEBM), 1),
    ("MP3's priming, AVI", lambda: odd_files.film("priming.avi", "192x108", "25", *odd_files.AVI), 1.03),
]


def corner_is_red(frame: NDArray[np.uint8]) -> bool:
    """Whether the top left of a picture is red and its other corners are grey."""
    height, width = frame.shape[0] // 8, frame.shape[1] // 8
    corners = [frame[:height, :width], frame[:height, -width:], frame[-height:, :width], frame[-height:, -width:]]
    red, *others = [one.astype(float).mean(axis=(0, 1)) for one in corners]
    return red[0] > 2 * max(red[1], red[2]) and all(np.ptp(one) < 24 for one in others)


def assert_together(seen: Watched, at_s: float) -> None:
    """The flash and the beep are where they belong, and at the same time."""
    assert seen.flash_s == pytest.approx(at_s, abs=TOGETHER_S)
    assert seen.beep_s == pytest.approx(seen.flash_s, abs=TOGETHER_S)


@pytest.mark.parametrize(
    ("source", "size", "frames", "length_s"), [one[1:] for one in FILMS], ids=[f[0] for f in FILMS]
)
def test_a_film_is_shown_upright_whole_and_in_time(
    source: Source, size: tuple[int, int], frames: int, length_s: float, tmp_path: Path
) -> None:
    for seen in make(source(), tmp_path, best_alone=True).watched(keep=[0]):
        assert seen.size == size
        assert len(seen.times) == frames
        assert corner_is_red(seen.frames[0])
        assert np.diff(seen.times) == pytest.approx(length_s / frames, abs=0.001)
        assert seen.times[0] == 0
        assert seen.sound_s == pytest.approx(length_s, abs=2 * AAC_FRAME_S)
        assert_together(seen, 1)


@pytest.mark.parametrize(("source", "at_s"), [one[1:] for one in TIMES], ids=[one[0] for one in TIMES])
def test_picture_and_sound_are_together_however_they_are_stored(source: Source, at_s: float, tmp_path: Path) -> None:
    for seen in make(source(), tmp_path, best_alone=True).watched():
        assert_together(seen, at_s)


def test_fields_are_woven_into_whole_pictures(tmp_path: Path) -> None:
    shown = watch(make(odd_files.fields(), tmp_path, best_alone=True).plain, keep=[10]).frames[0]
    stored = watch(odd_files.fields(), keep=[10]).frames[0]
    assert combing(stored) > 10
    assert combing(shown) < combing(stored) / 4


def combing(frame: NDArray[np.uint8]) -> float:
    """How much rows differ from both neighbours, where those are alike: what two moments in one picture do."""
    rows = frame.astype(float).mean(axis=2)
    above, here, below = rows[:-2], rows[1:-1], rows[2:]
    return float(np.abs(2 * here - above - below)[np.abs(above - below) < 8].mean())


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
def test_hdr_keeps_its_black_grey_white_and_red(transfer: str, tmp_path: Path) -> None:
    shown = watch(make(odd_files.patches(transfer), tmp_path, best_alone=True).plain, keep=[0]).frames[0].astype(int)
    black, grey, white, highlight, red = (
        shown[80:100, 64 * bar + 24 : 64 * bar + 40].mean(axis=(0, 1)) for bar in range(5)
    )
    assert all(np.ptp(one) < 6 for one in (black, grey, white, highlight))
    assert black.max() < 4
    assert grey.mean() == pytest.approx(108, abs=8)  # the grey card of BT.2408 has 42 % in SDR
    assert 210 < white.mean() < 240
    assert highlight.min() > white.max() + 8
    assert red[0] > 170
    assert red[1:].max() < 40


def test_every_channel_of_surround_is_heard_in_stereo(tmp_path: Path) -> None:
    for seen in make(odd_files.surround(), tmp_path, best_alone=True).watched():
        assert seen.sound is not None
        assert seen.sound.shape[1] == 2
        left, right = (seen.sound[52_000 - 4_096 : 52_000, side] for side in (0, 1))
        centre = [strength(one, 1000) for one in (left, right)]
        behind = [strength(one, 400) for one in (left, right)]
        assert centre[0] == pytest.approx(centre[1], rel=0.1)
        assert centre[0] > 0.1
        assert behind[0] > 0.05
        assert behind[1] < behind[0] / 10
        assert np.abs(seen.sound).max() < 1


def strength(samples: NDArray[np.float32], hz: int) -> float:
    """The amplitude of one frequency."""
    turns = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / 48_000)
    return float(2 * np.abs((samples * turns * np.hanning(len(samples)) * 2).mean()))


SOUNDS: list[tuple[str, Source, int, list[str], int]] = [
    ("8 kHz, one channel", lambda: odd_files.sound("telephone.wav", 8_000), 8_000, ["96k"], 1),
    (
        "192 kHz FLAC",
        lambda: odd_files.sound("studio.flac", 192_000, 3, "-ac", "2"),
        192_000,
        ["96k", "160k", "256k"],
        2,
    ),
    ("FLAC with an album's picture", lambda: odd_files.album("flac"), 48_000, ["96k"], 1),
    ("MP3 with an album's picture", lambda: odd_files.album("mp3"), 48_000, ["96k"], 1),
    ("M4A with an album's picture", lambda: odd_files.album("m4a"), 48_000, ["96k"], 1),
]


@pytest.mark.parametrize(
    ("source", "rate_hz", "rungs", "channels"), [one[1:] for one in SOUNDS], ids=[s[0] for s in SOUNDS]
)
def test_a_sound_is_a_sound_and_on_time(
    source: Source, rate_hz: int, rungs: list[str], channels: int, tmp_path: Path
) -> None:
    made = make(source(), tmp_path)
    assert made.audio
    assert made.probe.video is None
    assert made.probe.audio
    assert made.probe.audio.sample_rate_hz == rate_hz
    assert [one.rung.name for one in made.audio.rungs] == rungs
    assert {one.rung.sample_rate_hz for one in made.audio.rungs} == {48_000}
    for seen in made.watched():
        assert not seen.times
        assert seen.sound is not None
        assert seen.sound.shape[1] == channels
        assert seen.beep_s == pytest.approx(1, abs=0.005)
        assert seen.sound_s == pytest.approx(3, abs=2 * AAC_FRAME_S)


def test_a_film_without_sound_plays(tmp_path: Path) -> None:
    for seen in make(media_files.silent_film(), tmp_path, best_alone=True).watched():
        assert len(seen.times) == 50
        assert seen.sound is None


def test_a_fifth_of_a_second_plays(tmp_path: Path) -> None:
    for seen in make(odd_files.short_film(), tmp_path / "film", best_alone=True).watched():
        assert len(seen.times) == 5
        assert seen.sound_s == pytest.approx(0.2, abs=AAC_FRAME_S)
    for seen in make(odd_files.sound("blip.wav", 48_000, 0.2), tmp_path / "sound").watched():
        assert seen.sound_s == pytest.approx(0.2, abs=AAC_FRAME_S)
