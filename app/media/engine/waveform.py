"""The shape of a sound: peaks for the waveform in the player, and its loudness, in one pass over the file.

The peaks are those of the mono mix, in the JSON shape of BBC's audiowaveform (version 2, 8 bits). They are normalised:
the loudest peak of a recording is 127. A waveform shows where a piece is loud and where it is quiet; how loud the whole
is, the listener does not hear either, because playback is levelled (see `loudness`), and eight bits would leave a
quiet recording a line.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.media.engine.errors import EncodingFailed, UnreadableMedia
from app.media.engine.ffmpeg import clock_options, input_options, run_ffmpeg
from app.media.engine.loudness import Loudness
from app.media.engine.sandbox import Limits
from app.media.engine.streams import Probe

PIXELS = 1800
SAMPLE_RATE_HZ = 22_050
_BYTES_A_SAMPLE = 2
_SILENT_LUFS = -70.0
_SUMMARY = re.compile(
    r"Integrated loudness:\s+I:\s+(?P<integrated>\S+) LUFS.*?LRA:\s+(?P<range>\S+) LU.*?Peak:\s+(?P<peak>\S+) dBFS",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundShape:
    """Peaks in audiowaveform's JSON shape (version 2), and the loudness (None for silence)."""

    waveform: dict[str, Any]
    loudness: Loudness | None


def measure_sound(
    source: Path, probe: Probe, scratch: Path, *, on_progress: Callable[[int], None] | None = None
) -> SoundShape:
    """Read the sound of a medium once, and return its peaks and its loudness.

    ``on_progress`` is called with 0 to 100; what it raises ends the work. Memory does not grow with the length.

    Raises:
        UnreadableMedia: there is no sound, or none that can be decoded.
        TookTooLong: the deadline passed.
    """
    if probe.audio is None:
        raise UnreadableMedia("This file has no sound.")
    samples = max(1, probe.duration_ms * SAMPLE_RATE_HZ // 1000)
    peaks = Peaks(samples_per_pixel=-(-samples // PIXELS))
    tell = on_progress or (lambda _percent: None)

    def take(data: bytes) -> None:
        peaks.add(data)
        tell(min(99, peaks.samples * 100 // samples))

    graph = (
        f"[0:{probe.audio.index}]aresample=async=1:first_pts=0,asplit[measured][drawn];"
        f"[measured]ebur128=peak=true:framelog=quiet,anullsink;"
        f"[drawn]aresample={SAMPLE_RATE_HZ},aformat=sample_fmts=s16:channel_layouts=mono[peaks]"
    )
    seconds = 120 + probe.duration_ms // 5000
    try:
        done = run_ffmpeg(
            [
                *clock_options(probe),
                *input_options(source, probe.demuxers, "-vn", "-sn", "-dn"),
                *("-filter_complex", graph),
                *("-map", "[peaks]", "-f", "s16le", "-c:a", "pcm_s16le", "pipe:1"),
            ],
            scratch=scratch,
            limits=Limits(cpu_s=seconds, wall_s=3 * seconds, memory_bytes=3 << 30, file_bytes=0),
            reads=[source],
            on_bytes=take,
            talks=True,
        )
    except EncodingFailed as problem:
        raise UnreadableMedia("The sound of this file cannot be decoded.") from problem
    if not peaks.samples:
        raise UnreadableMedia("The sound of this file cannot be decoded.")
    tell(100)
    return SoundShape(waveform=peaks.to_json(), loudness=parse_loudness(done.stderr))


def parse_loudness(report: str) -> Loudness | None:
    """Read the summary that ffmpeg's ebur128 filter writes at its end; None for silence."""
    found = next(reversed(list(_SUMMARY.finditer(report))), None)
    if found is None:
        return None
    integrated, peak = float(found["integrated"]), float(found["peak"])
    if integrated <= _SILENT_LUFS or peak == float("-inf"):
        return None
    return Loudness(integrated_lufs=integrated, range_lu=float(found["range"]), true_peak_dbtp=peak)


class Peaks:
    """Lowest and highest sample of each pixel, gathered from a stream of 16-bit little-endian mono samples."""

    def __init__(self, *, samples_per_pixel: int) -> None:
        self.samples_per_pixel = samples_per_pixel
        self.samples = 0
        self._pairs: list[NDArray[np.int16]] = []
        self._count = 0
        self._rest = b""

    def add(self, data: bytes) -> None:
        """Take the next piece of the stream, of any length."""
        data = self._rest + data
        size = self.samples_per_pixel * _BYTES_A_SAMPLE
        whole = len(data) // size * size
        self.samples += (len(data) - len(self._rest)) // _BYTES_A_SAMPLE
        self._rest = data[whole:]
        if whole:
            rows = np.frombuffer(data[:whole], dtype="<i2").reshape(-1, self.samples_per_pixel)
            self._keep(rows)

    def to_json(self) -> dict[str, Any]:
        """In audiowaveform's shape, the last, shorter pixel included."""
        rest = self._rest[: len(self._rest) // _BYTES_A_SAMPLE * _BYTES_A_SAMPLE]
        if rest:
            self._keep(np.frombuffer(rest, dtype="<i2").reshape(1, -1))
            self._rest = b""
        pairs = np.concatenate(self._pairs).astype(np.int32) if self._pairs else np.zeros((0, 2), np.int32)
        loudest = max(1, int(np.abs(pairs).max(initial=0)))
        scaled = np.rint(pairs * 127 / loudest).astype(int)
        return {
            "version": 2,
            "channels": 1,
            "sample_rate": SAMPLE_RATE_HZ,
            "samples_per_pixel": self.samples_per_pixel,
            "bits": 8,
            "length": len(scaled),
            "data": scaled.ravel().tolist(),
        }

    def _keep(self, rows: NDArray[np.int16]) -> None:
        self._pairs.append(np.stack((rows.min(axis=1), rows.max(axis=1)), axis=1))
        self._count += len(rows)
        if self._count >= 4 * PIXELS:  # the length was understated: two pixels become one, as often as it takes
            pairs = np.concatenate(self._pairs)
            odd = pairs[len(pairs) // 2 * 2 :]
            pairs = pairs[: len(pairs) // 2 * 2].reshape(-1, 2, 2)
            pairs = np.stack((pairs[:, :, 0].min(axis=1), pairs[:, :, 1].max(axis=1)), axis=1)
            self._pairs = [pairs, odd] if len(odd) else [pairs]
            self._count = len(pairs) + len(odd)
            self.samples_per_pixel *= 2
