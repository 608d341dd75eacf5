"""Picture and sound in their long forms: odd files over chunk borders, six hours, twelve ways to store a film, VMAF."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.factories.border_files import BORDER_FILES
from tests.factories.odd_files import AAC, QUICK, beep, lavfi, made, picture
from tests.functional.media.engine import borders
from tests.functional.media.engine.decoded import pictures
from tests.functional.media.engine.watched import Watched, make, watch

TOGETHER_S = 0.040
Finding = Callable[[str], None]


def flashing(name: str, seconds: int, every_s: int, *more: str, size: str = "640x360", rate: str = "25") -> Path:
    """A film with a flash and a beep at every so many seconds."""
    sources = (picture(size, rate, seconds, every_s=every_s), beep(seconds, every_s=every_s))
    return made(name, *lavfi(*sources), *QUICK, *AAC, *more)


def late_picture() -> Path:
    """As `flashing`, with a picture that begins half a second after its sound, by an edit list."""
    sources = lavfi(picture("640x360", "25", 80, every_s=5), beep(80, every_s=5))
    shift = ("-vf", "trim=start=0.52", "-fps_mode", "passthrough", "-enc_time_base", "1:12800")
    return made("late-long.mp4", *sources, *shift, *QUICK, *AAC)


LONG: dict[str, Callable[[], Path]] = {
    "23.976 a second, MKV": lambda: flashing("cinema-long.mkv", 80, 5, rate="24000/1001"),
    "29.97 a second, MPEG-TS from 72 minutes on": lambda: flashing(
        "broadcast-long.ts", 80, 5, "-output_ts_offset", "4321.098", rate="30000/1001"
    ),
    "60 a second, B-frames, key frames ten seconds apart": lambda: flashing(
        "fast-long.mp4", 80, 5, "-g", "600", "-bf", "3", rate="60"
    ),
    "picture half a second later than sound": late_picture,
    "varying rate": lambda: flashing(
        "varying-long.mp4", 80, 5, "-vf", "select='not(eq(mod(n,7),3))'", "-fps_mode", "passthrough",
        "-enc_time_base", "1:90000", rate="30",
    ),
    "Opus and VP9, WebM": lambda: made(
        "webm-long.webm", *lavfi(picture("320x180", "25", 80, every_s=5), beep(80, every_s=5)),
        *("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k", "-c:a", "libopus"),
    ),
}  # fmt: skip


def apart_ms(seen: Watched, marks: int) -> NDArray[np.float64]:
    """By how much each flash comes after its beep, in milliseconds."""
    flashes, beeps = seen.flashes_s(), seen.beeps_s()
    assert (len(flashes), len(beeps)) == (marks, marks)
    return np.subtract(flashes, beeps) * 1000


def moved_ms(source: Path, seen: Watched, marks: int) -> float:
    """How much further apart the worst flash and beep are than in the source, whose frames need not meet the beep."""
    return float(np.abs(apart_ms(seen, marks) - apart_ms(watch(source), marks)).max())


def test_picture_and_sound_stay_together_over_borders(tmp_path: Path, finding: Finding) -> None:
    """Picture and sound over chunk borders: a flash and a beep every 5 s of 80 s, through HLS and as a plain file."""
    for number, (name, build) in enumerate(LONG.items()):
        source = build()
        film = make(source, tmp_path / str(number), best_alone=True)
        assert len(film.chunks) == 2
        worst = [moved_ms(source, seen, 15) for seen in film.watched()]
        finding(f"{name}: moved by at most {worst[0]:.0f} ms in HLS, {worst[1]:.0f} ms in the plain file")
        assert max(worst) <= TOGETHER_S * 1000


def test_six_hours_are_whole_and_in_time(tmp_path: Path, finding: Finding) -> None:
    """Six hours: every frame, and a flash and a beep every ten minutes, together to 40 ms."""
    seconds = 6 * 3600
    sources = (picture("64x36", "4", 600, every_s=300), beep(600, 8_000, every_s=300))
    piece = made("ten-minutes.mkv", *lavfi(*sources), *QUICK, "-g", "40", "-bf", "0", "-c:a", "pcm_s16le")
    source = made("six-hours.mkv", "-stream_loop", "35", "-i", piece, "-c", "copy")
    began = time.monotonic()
    film = make(source, tmp_path, best_alone=True)
    made_in_s = time.monotonic() - began
    finding(f"{len(film.chunks)} chunks of 64×36 at 4 a second and one rung of sound, made in {made_in_s:.0f} s")
    for name, seen in zip(("HLS", "the plain file"), film.watched(), strict=True):
        worst = float(np.abs(apart_ms(seen, 36)).max())
        finding(f"{name}: {len(seen.times):,} frames, {seen.sound_s:.1f} s of sound, at most {worst:.0f} ms apart")
        assert len(seen.times) == seconds * 4
        assert np.diff(seen.times) == pytest.approx(0.25, abs=0.001)
        assert seen.sound_s == pytest.approx(seconds, abs=0.05)
        assert worst <= TOGETHER_S * 1000


def test_borders_are_exact_for_every_way_of_storing(tmp_path: Path, finding: Finding) -> None:
    """Frame-exact borders: 24 s cut in five, against one pass: count, order and time stamps of numbered frames."""
    for number, (name, source) in enumerate(BORDER_FILES.items()):
        film = source(24)
        one_pass, chunked = borders.compare(film, [1, 2, 3, 1], tmp_path / str(number)).pictures()
        assert chunked == one_pass, name
        stored = pictures(film)
        shown = "each of the source's once" if chunked.numbers == stored.numbers else "on a grid"
        assert sorted(set(chunked.numbers)) == stored.numbers
        finding(f"{name}: {len(chunked.numbers)} frames, {shown}; equal in number, order and time")


def test_quality_near_borders_is_no_lower(tmp_path: Path, finding: Finding) -> None:
    """Quality near borders: VMAF of the frames around them, cut and in one pass, of films that are at their cap."""
    for content in ("noise", "cells", "zoom"):
        source, folder = borders.at_the_cap(content, "640x360", 16), tmp_path / content
        compared = borders.compare(source, [3, 2], folder)
        frames = borders.near(compared.borders)
        one_pass = borders.vmaf(source, compared.one_pass, folder / "one.json")[frames]
        chunked = borders.vmaf(source, compared.chunked, folder / "cut.json")[frames]
        finding(
            f"{content}: mean {chunked.mean():.1f} cut, {one_pass.mean():.1f} in one pass; "
            f"lowest {chunked.min():.1f} cut, {one_pass.min():.1f} in one pass"
        )
        assert chunked.mean() >= one_pass.mean() - 0.5
        assert chunked.min() >= one_pass.min() - 1
