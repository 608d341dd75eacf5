"""Captions, lyrics and chapters as text: read from what people have, written as WebVTT that is safe to serve."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.media.engine.streams import ChapterMark, Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A text and when it shows. Times in milliseconds; ``text`` is safe WebVTT cue text."""

    start_ms: int
    end_ms: int
    text: str


def parse_captions(data: bytes) -> list[Cue]:
    """Read WebVTT, SRT or LRC, told apart by content.

    Raises:
        TextTrackRefused: it is none of them, too large, or broken; the sentence names the line.
    """
    raise NotImplementedError


def write_webvtt(cues: Sequence[Cue]) -> str:
    """The cues as a WebVTT file."""
    raise NotImplementedError


def extract_subtitles(source: Path, probe: Probe, stream_index: int, scratch: Path) -> list[Cue]:
    """Read a text subtitle track out of a recording.

    Raises:
        TextTrackRefused: the track cannot be read as text.
    """
    raise NotImplementedError


def chapters_from_description(text: str, duration_ms: int) -> list[ChapterMark]:
    """Chapters from lines like ``1:23 The bridge``, by YouTube's rule: first at 0:00, three or more, ascending.

    Returns an empty list where the text is no such list.
    """
    raise NotImplementedError
