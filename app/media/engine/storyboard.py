"""The storyboard: one sheet of small frames, and the WebVTT that says which of them belongs to which second."""

from dataclasses import dataclass
from pathlib import Path

from app.media.engine.streams import Probe


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
    """Make a sheet of at most 100 tiles, 160 pixels wide.

    Raises:
        EncodingFailed: no frame could be taken.
    """
    raise NotImplementedError


def storyboard_vtt(board: Storyboard, sheet_url: str, duration_ms: int) -> str:
    """The WebVTT of a storyboard: one cue a tile, with its place on the sheet as ``#xywh=``."""
    raise NotImplementedError
