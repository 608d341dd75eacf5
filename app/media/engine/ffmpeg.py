"""How the engine calls ffmpeg: in the sandbox, on local files, and only through the demuxers that each may use."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from app.media.engine import sandbox
from app.media.engine.errors import EncodingFailed, OutOfRoom
from app.media.engine.sandbox import Completed, Limits
from app.media.engine.streams import Probe

LARGEST_PICTURE_PIXELS = 8192 * 8192
_FULL = ("No space left on device", "Disk quota exceeded", "File too large")


@cache
def executable() -> Path:
    """The ffmpeg that imageio-ffmpeg carries (or that ``IMAGEIO_FFMPEG_EXE`` names)."""
    return Path(imageio_ffmpeg.get_ffmpeg_exe()).resolve()


def input_options(source: Path, demuxers: Sequence[str], *before: str) -> list[str]:
    """The part of a command line that opens a file: nothing but these demuxers, nothing but this file."""
    return [
        *("-format_whitelist", ",".join(demuxers), "-protocol_whitelist", "file"),
        *("-max_pixels", str(LARGEST_PICTURE_PIXELS), *before, "-i", f"file:{source}"),
    ]


def clock_options(probe: Probe) -> list[str]:
    """What goes before an input so that its time stamps count from the container's start, for sound and picture alike.

    ffmpeg's own zero will not do: in MPEG-TS and Ogg it is the start of those streams that are used, so that a sound
    and a picture that are worked on apart would each begin at zero.
    """
    if not probe.starts_at:
        return ["-copyts", "-start_at_zero"]
    return ["-copyts", "-itsoffset", f"{float(-Fraction(probe.starts_at)):.6f}"]


def run_ffmpeg(
    arguments: Sequence[str | Path],
    *,
    scratch: Path,
    limits: Limits,
    reads: Sequence[Path] = (),
    on_bytes: Callable[[bytes], None] | None = None,
    on_progress: Callable[[int], None] | None = None,
    duration_ms: int = 0,
    talks: bool = False,
) -> Completed:
    """Run ffmpeg with these arguments. Its exit code is looked at, and proves nothing: check what it made.

    Args:
        arguments: inputs, filters and outputs.
        scratch: as in `sandbox.run`.
        limits: as in `sandbox.run`.
        reads: as in `sandbox.run`.
        on_bytes: as in `sandbox.run`.
        on_progress: called with 0 to 99, about twice a second; what it raises ends the work.
        duration_ms: how long the outputs will be, which is 100 percent.
        talks: let it say more than errors; what filters report is then in the result's ``stderr``.

    Raises:
        EncodingFailed: ffmpeg said that it failed.
        OutOfRoom: because nothing more could be written.
        TookTooLong: as in `sandbox.run`.
    """
    progress = ["-progress", "pipe:1", "-stats_period", "0.5"] if on_progress else []
    done = sandbox.run(
        [
            executable(),
            "-hide_banner",
            "-nostdin",
            "-nostats",
            "-v",
            "info" if talks else "error",
            "-y",
            *progress,
            *arguments,
        ],
        scratch=scratch,
        limits=limits,
        reads=reads,
        on_bytes=on_bytes,
        on_line=_Progress(on_progress, duration_ms).take if on_progress else None,
    )
    if not talks and any(sign in done.stderr for sign in _FULL):
        raise OutOfRoom("There is no room left to keep what is made from this file.")
    if done.returncode:
        problem = EncodingFailed("We could not work on this file to its end.")
        problem.add_note(done.stderr)
        raise problem
    return done


class _Progress:
    """Turns ffmpeg's ``-progress`` lines into percentages."""

    def __init__(self, tell: Callable[[int], None], duration_ms: int) -> None:
        self._tell = tell
        self._duration_us = max(1, duration_ms * 1000)

    def take(self, line: str) -> None:
        """Take one ``key=value`` line."""
        key, _, value = line.partition("=")
        if key == "out_time_us" and value.strip().lstrip("-").isdigit():
            self._tell(max(0, min(99, int(value) * 100 // self._duration_us)))
