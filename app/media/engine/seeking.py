"""Where decoding has to begin, so that the frame that is on screen at a given time is known.

Containers with an index find the key frame before a time. MPEG-TS has none: there, a seek lands between key frames,
and the first picture that can be decoded may come after the time that was meant. So we look before we decode.
"""

import re
from fractions import Fraction
from pathlib import Path

from app.media.engine.errors import EncodingFailed
from app.media.engine.ffmpeg import clock_options, input_options, run_ffmpeg
from app.media.engine.sandbox import Limits
from app.media.engine.streams import Probe

LEAD_INS_S = (3, 12, 48)
_LIMITS = Limits(cpu_s=60, wall_s=120, memory_bytes=4 << 30, file_bytes=0)
_CLOCK = re.compile(rb"^#tb 0: (\d+)/(\d+)", re.MULTILINE)
_PACKET = re.compile(rb"^0, *-?\d+, *(-?\d+),", re.MULTILINE)


def seek_options(source: Path, probe: Probe, at: Fraction, scratch: Path) -> list[str]:
    """What goes before an input so that decoding begins at a key frame before ``at`` (seconds of the container).

    Empty where it has to begin at the beginning: near it, or where no key frame was found within 48 s before.
    """
    for lead_in_s in LEAD_INS_S:
        if at <= lead_in_s:
            break
        seek = ["-noaccurate_seek", "-ss", f"{float(at - lead_in_s):.6f}"]
        found = _first_key_frame(source, probe, seek, scratch)
        if found is None or found <= at:
            return seek
    return []


def _first_key_frame(source: Path, probe: Probe, seek: list[str], scratch: Path) -> Fraction | None:
    """The time of the first key frame after a seek, in seconds; None where nothing follows or it cannot be read."""
    if probe.video is None:
        return None
    try:
        done = run_ffmpeg(
            [
                *clock_options(probe),
                *input_options(source, probe.demuxers, *seek),
                *("-map", f"0:{probe.video.index}", "-c", "copy", "-copypriorss", "1", "-frames:v", "1"),
                *("-avoid_negative_ts", "disabled", "-f", "framecrc", "pipe:1"),
            ],
            scratch=scratch,
            limits=_LIMITS,
            reads=[source],
        )
    except EncodingFailed:
        return None
    clock, packet = _CLOCK.search(done.stdout), _PACKET.search(done.stdout)
    if clock is None or packet is None:
        return None
    return int(packet[1]) * Fraction(int(clock[1]), int(clock[2]))
