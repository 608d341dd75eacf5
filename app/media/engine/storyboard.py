"""The storyboard: one sheet of small frames, and the WebVTT that says which of them belongs to which second."""

from dataclasses import dataclass
from pathlib import Path

from app.media.engine.errors import EncodingFailed
from app.media.engine.ffmpeg import input_options, run_ffmpeg
from app.media.engine.sandbox import Limits
from app.media.engine.streams import Probe
from app.media.engine.text_tracks import webvtt_time
from app.media.engine.tonemap import to_sdr

TILE_WIDTH = 160
MOST_TILES = 100
COLUMNS = 10
_EVERY_FRAME_BELOW_MS = 180_000
_INTERVALS_S = (1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600)
_LOWEST, _HIGHEST = 40, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Storyboard:
    """``sheet`` is a JPEG of ``columns`` x ``rows`` tiles, one every ``interval_ms``; ``count`` of them are filled."""

    sheet: Path
    interval_ms: int
    count: int
    columns: int
    rows: int
    tile_width: int
    tile_height: int


def make_storyboard(source: Path, probe: Probe, scratch: Path) -> Storyboard:
    """Make a sheet of at most 100 tiles, 160 pixels wide, as ``scratch/storyboard.jpg``.

    From three minutes on only key frames are decoded: a tile then shows the key frame before its time, and a film of
    two hours takes seconds instead of minutes.

    Raises:
        EncodingFailed: no frame could be taken.
    """
    video = probe.video
    if video is None:
        raise ValueError("a medium without a picture has no storyboard")
    interval_ms = pick_interval_ms(video.duration_ms)
    count = max(1, -(-video.duration_ms // interval_ms))
    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    height = min(_HIGHEST, max(_LOWEST, 2 * round(TILE_WIDTH * video.height / video.width / 2)))
    sheet = scratch / "storyboard.jpg"
    colours = to_sdr(video.hdr) + "," if video.hdr else ""
    skip = ["-skip_frame", "nokey"] if video.duration_ms > _EVERY_FRAME_BELOW_MS else []
    filters = (
        f"fps=fps=1000/{interval_ms}:start_time=0,trim=end_frame={count},scale={TILE_WIDTH}:{height}:flags=bicubic,"
        f"setsar=1,{colours}format=yuv420p,tile={columns}x{rows},scale=out_range=pc,format=yuvj420p"
    )
    seconds = 60 + video.duration_ms // 20_000
    run_ffmpeg(
        [
            *input_options(source, probe.demuxers, *skip),
            *("-map", f"0:{video.index}", "-vf", filters),
            *("-frames:v", "1", "-q:v", "5", "-f", "image2", "-update", "1", sheet),
        ],
        scratch=scratch,
        limits=Limits(cpu_s=seconds, wall_s=3 * seconds, memory_bytes=6 << 30, file_bytes=64 << 20),
        reads=[source],
    )
    if not sheet.exists() or not sheet.stat().st_size:
        raise EncodingFailed("We could not take pictures out of this film.")
    return Storyboard(
        sheet=sheet,
        interval_ms=interval_ms,
        count=count,
        columns=columns,
        rows=rows,
        tile_width=TILE_WIDTH,
        tile_height=height,
    )


def pick_interval_ms(duration_ms: int) -> int:
    """The shortest round interval at which 100 tiles are enough."""
    return next(
        (one * 1000 for one in _INTERVALS_S if one * 1000 * MOST_TILES >= duration_ms), -(-duration_ms // MOST_TILES)
    )


def storyboard_vtt(board: Storyboard, sheet_url: str, duration_ms: int) -> str:
    """The WebVTT of a storyboard: one cue a tile, with its place on the sheet as ``#xywh=``."""
    lines = ["WEBVTT"]
    for number in range(board.count):
        row, column = divmod(number, board.columns)
        start, end = number * board.interval_ms, min((number + 1) * board.interval_ms, duration_ms)
        if start < end:
            place = f"{column * board.tile_width},{row * board.tile_height},{board.tile_width},{board.tile_height}"
            lines += ["", f"{webvtt_time(start)} --> {webvtt_time(end)}", f"{sheet_url}#xywh={place}"]
    return "\n".join(lines) + "\n"
