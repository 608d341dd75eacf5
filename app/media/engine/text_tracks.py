"""Captions, lyrics and chapters as text: read from what people have, written as WebVTT that is safe to serve."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.media.engine.cue_text import safe_cue_text
from app.media.engine.errors import EncodingFailed, TextTrackRefused
from app.media.engine.ffmpeg import input_options, run_ffmpeg
from app.media.engine.sandbox import Limits
from app.media.engine.streams import ChapterMark, Probe

MOST_BYTES = 2 << 20
MOST_CUES = 20_000
FEWEST_CHAPTERS = 3
_MOST_CHAPTERS = 200
_LAST_LINE_MS = 5000
_LONGEST_TITLE = 200
_LATEST_MS = 100 * 3_600_000

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMING = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}(?:\s|$)")
_LRC_TIME = re.compile(r"\[(\d{1,3}):(\d{2})(?:[.:](\d{1,3}))?\]")
_LRC_OFFSET = re.compile(r"^\[offset:\s*([+-]?\d{1,7})\s*\]", re.IGNORECASE | re.MULTILINE)
_CHAPTER = re.compile(r"^\W{0,4}?(?:(\d{1,2}):)?(\d{1,2}):(\d{2})\b[)\]]?\s*[-–—:|.]?\s*(\S.*)$")
_LIMITS = Limits(cpu_s=120, wall_s=600, memory_bytes=2 << 30, file_bytes=16 << 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A text and when it shows. Times in milliseconds; ``text`` is safe WebVTT cue text (`cue_text`)."""

    start_ms: int
    end_ms: int
    text: str


def parse_captions(data: bytes) -> list[Cue]:
    """Read WebVTT, SRT or LRC, told apart by content; cues come back in order of time.

    Raises:
        TextTrackRefused: it is none of them, too large, or broken; the sentence names the line.
    """
    if len(data) > MOST_BYTES:
        raise TextTrackRefused(f"This caption file is larger than {MOST_BYTES >> 20} MB.")
    lines = _decode(data).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    text = "\n".join(lines)
    if lines[0].startswith("WEBVTT"):
        cues = list(_blocks(lines, is_webvtt=True))
    elif "-->" in text:
        cues = list(_blocks(lines, is_webvtt=False))
    elif _LRC_TIME.search(text):
        cues = _lyrics(lines, text)
    else:
        raise TextTrackRefused("This is not a caption file that we know. We take WebVTT, SRT and LRC.")
    if len(cues) > MOST_CUES:
        raise TextTrackRefused(f"This caption file has more than {MOST_CUES:,} cues.")
    return sorted((cue for cue in cues if cue.text), key=lambda cue: (cue.start_ms, cue.end_ms))


def write_webvtt(cues: Sequence[Cue]) -> str:
    """The cues as a WebVTT file."""
    blocks = [f"{webvtt_time(cue.start_ms)} --> {webvtt_time(cue.end_ms)}\n{cue.text}\n" for cue in cues]
    return "\n".join(["WEBVTT\n", *blocks])


def webvtt_time(ms: int) -> str:
    """Milliseconds as ``01:02:03.456``."""
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"


def extract_subtitles(source: Path, probe: Probe, stream_index: int, scratch: Path) -> list[Cue]:
    """Read a text subtitle track out of a recording; no cues where the track is empty.

    Raises:
        TextTrackRefused: the track cannot be read as text.
    """
    if not any(track.index == stream_index and track.is_text for track in probe.subtitles):
        raise TextTrackRefused("This subtitle track consists of pictures and cannot be read as text.")
    target = scratch / "subtitles.vtt"
    try:
        run_ffmpeg(
            [
                *input_options(source, probe.demuxers),
                "-map",
                f"0:{stream_index}",
                "-c:s",
                "webvtt",
                "-f",
                "webvtt",
                target,
            ],
            scratch=scratch,
            limits=_LIMITS,
            reads=[source],
        )
    except EncodingFailed as problem:
        raise TextTrackRefused("This subtitle track cannot be read.") from problem
    return parse_captions(target.read_bytes()) if target.exists() else []


def chapters_from_description(text: str, duration_ms: int) -> list[ChapterMark]:
    """Chapters from lines like ``1:23 The bridge``, by YouTube's rule: first at 0:00, three or more, ascending.

    Returns an empty list where the text is no such list, or leaves the medium's length.
    """
    marks = []
    for line in text.splitlines():
        found = _CHAPTER.match(line)
        if found:
            hours, minutes, seconds, title = found.groups()
            start_ms = ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000
            marks.append((start_ms, title.strip()[:_LONGEST_TITLE]))
    starts = [start for start, _ in marks]
    is_list = FEWEST_CHAPTERS <= len(marks) <= _MOST_CHAPTERS and starts[0] == 0
    if not is_list or starts != sorted(set(starts)) or starts[-1] >= duration_ms:
        return []
    ends = [*starts[1:], duration_ms]
    return [
        ChapterMark(start_ms=start, end_ms=end, title=title) for (start, title), end in zip(marks, ends, strict=True)
    ]


def _decode(data: bytes) -> str:
    for signature, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(signature):
            return data.decode(encoding, errors="replace")
    if b"\0" in data:
        raise TextTrackRefused("This is not a text file.")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _blocks(lines: list[str], *, is_webvtt: bool) -> Iterator[Cue]:
    """WebVTT and SRT are both blocks with a timing line; what is neither a cue nor a comment is an error."""
    pending: Cue | None = None
    for at, block in _split(lines):
        timing = next((number for number, line in enumerate(block[:2]) if "-->" in line), None)
        if timing is None:
            if is_webvtt and (at == 1 or block[0].startswith(("NOTE", "STYLE", "REGION"))):
                continue
            if is_webvtt or pending is None:
                raise TextTrackRefused(f"Line {at}: a time like 00:01:02.000 --> 00:01:05.000 was expected here.")
            more = safe_cue_text("\n".join(block))  # an SRT text with a blank line in it
            pending = Cue(start_ms=pending.start_ms, end_ms=pending.end_ms, text=f"{pending.text}\n{more}")
            continue
        if pending is not None:
            yield pending
        pending = _cue(block, timing, at + timing)
    if pending is not None:
        yield pending


def _split(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Blocks between blank lines, each with the number of its first line, counted from 1."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _cue(block: list[str], timing: int, line: int) -> Cue:
    found = _TIMING.match(block[timing])
    if not found:
        raise TextTrackRefused(
            f"Line {line}: this time cannot be read; it should look like 00:01:02.000 --> 00:01:05.000."
        )
    start_ms, end_ms = _ms(found.groups()[:4]), _ms(found.groups()[4:])
    if end_ms < start_ms:
        raise TextTrackRefused(f"Line {line}: this cue ends before it starts.")
    if end_ms > _LATEST_MS:
        raise TextTrackRefused(f"Line {line}: this time is later than any recording.")
    return Cue(start_ms=start_ms, end_ms=end_ms, text=safe_cue_text("\n".join(block[timing + 1 :])))


def _ms(parts: Sequence[str | None]) -> int:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))


def _lyrics(lines: list[str], text: str) -> list[Cue]:
    """LRC: each line has one or more times, and lasts until the next; a time without text is a pause."""
    offset = _LRC_OFFSET.search(text)
    shift_ms = int(offset[1]) if offset else 0
    sung = []
    for line in lines:
        times = _LRC_TIME.findall(line)
        words = safe_cue_text(_LRC_TIME.sub("", line))
        sung += [(max(0, _ms((None, *time)) - shift_ms), words) for time in times]
    sung.sort(key=lambda one: one[0])
    ends = [start for start, _ in sung[1:]] + [sung[-1][0] + _LAST_LINE_MS]
    return [Cue(start_ms=start, end_ms=end, text=words) for (start, words), end in zip(sung, ends, strict=True)]
