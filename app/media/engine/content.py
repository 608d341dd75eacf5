"""How many bits a picture wants: a quick look at a few of its seconds, before its ladder is chosen.

Four places of a film, each from a key frame on, are encoded as its rungs will be, but small; their sizes say what
constant quality costs here. A still picture behind a song wants a hundredth of what a concert in the rain does.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from app.media.engine.errors import MediaError
from app.media.engine.ffmpeg import input_options, run_ffmpeg
from app.media.engine.ladder import CRF, SEGMENT_S, Content, grid_rate
from app.media.engine.sandbox import Limits
from app.media.engine.streams import Probe, VideoStream
from app.media.engine.tonemap import to_sdr

LOOKED_AT = 4
SAMPLE_S = 0.5
SMALL_SIDE = 360
_LIMITS = Limits(cpu_s=30, wall_s=15, memory_bytes=6 << 30, file_bytes=1 << 20)
_PACKET = re.compile(rb"^0, *-?\d+, *-?\d+, *\d+, *(?P<size>\d+),", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Size:
    width: int
    height: int


def measure_content(source: Path, probe: Probe, scratch: Path) -> Content | None:
    """What the picture of a film wants, or None where that cannot be told in 15 s: then its ladder is the usual one."""
    video = probe.video
    if video is None or probe.duration_ms <= 0:
        return None
    places = _places(video.duration_ms / 1000)
    size = _small(video)
    try:
        done = run_ffmpeg(
            _arguments(source, probe, video, places, size), scratch=scratch, limits=_LIMITS, reads=[source]
        )
        rates = _rates(done.stdout, len(places), grid_rate(Fraction(video.frame_rate)))
    except MediaError:
        return None
    if not rates:
        return None
    sound_bps = (probe.audio.bitrate_bps or 0) if probe.audio else 0
    return Content(
        pixels=size.width * size.height,
        average_bps=round(sum(rates) / len(rates)),
        most_bps=max(rates),
        source_bps=max(0, source.stat().st_size * 8000 // probe.duration_ms - sound_bps),
    )


def _places(length_s: float) -> list[float]:
    """Where to look, in seconds: evenly, and only once in what is shorter than all samples together."""
    count = LOOKED_AT if length_s > 4 * LOOKED_AT * SAMPLE_S else 1
    return [max(0.0, length_s * (2 * number + 1) / (2 * count) - SAMPLE_S / 2) for number in range(count)]


def _small(video: VideoStream) -> _Size:
    share = min(Fraction(1), Fraction(SMALL_SIDE, min(video.width, video.height)))
    width, height = (max(2, 2 * round(side * share / 2)) for side in (video.width, video.height))
    return _Size(width, height)


def _arguments(source: Path, probe: Probe, video: VideoStream, places: list[float], size: _Size) -> list[str | Path]:
    rate = grid_rate(Fraction(video.frame_rate))
    frames = max(3, round(SAMPLE_S * rate))
    fields = "bwdif=mode=send_frame:deint=interlaced," if video.interlaced else ""
    colours = to_sdr(video.hdr) if video.hdr else "format=yuv420p"
    arguments: list[str | Path] = []
    lines = []
    for number, at_s in enumerate(places):
        place = ("-noaccurate_seek", "-ss", f"{at_s:.3f}", "-t", str(2 * SAMPLE_S), "-an", "-sn", "-threads", "2")
        arguments += input_options(source, probe.demuxers, *place)
        lines.append(
            f"[{number}:{video.index}]{fields}fps={rate.numerator}/{rate.denominator},trim=end_frame={frames},"
            f"scale={size.width}:{size.height}:flags=bicubic:out_range=tv,setsar=1,{colours},"
            f"setpts=N/({rate.numerator}/{rate.denominator})/TB[s{number}]"
        )
    joined = "".join(f"[s{number}]" for number in range(len(places)))
    graph = ";".join([*lines, f"{joined}concat=n={len(places)}[all]"])
    arguments += ["-filter_complex", graph, "-map", "[all]", "-c:v", "libx264", "-preset", "veryfast", "-crf", str(CRF)]
    arguments += ["-g", str(frames), "-keyint_min", str(frames), "-sc_threshold", "0", "-bf", "0"]
    return [*arguments, "-fps_mode", "passthrough", "-f", "framecrc", "pipe:1"]


def _rates(told: bytes, places: int, rate: Fraction) -> list[int]:
    """Bits a second of each sample; its key frame counts for the share that it has of a whole segment."""
    sizes = [int(one["size"]) for one in _PACKET.finditer(told)]
    if len(sizes) < places:
        return []
    each = len(sizes) / places
    samples = [sizes[round(number * each) : round((number + 1) * each)] for number in range(places)]
    return [
        round(8 * (one[0] / SEGMENT_S + sum(one[1:]) * float(rate / max(1, len(one) - 1)))) for one in samples if one
    ]
