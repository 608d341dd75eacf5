"""Reads a recording with PyAV and prints what it found as JSON. Runs in the sandbox.

``probe_child.py FILE DEMUXERS whole|ends``. It decides nothing: `probe` does. It imports nothing of the application, so
that it runs with ``python -I``.
"""

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

HEAD_PACKETS = 600
TAIL_S = 20
MOST_TEXT = 20_000
MOST_STREAMS = 64
MOST_CHAPTERS = 500
ATTACHED_PICTURE = av.stream.Disposition.attached_pic


def read(path: str, demuxers: str, *, is_whole: bool) -> dict[str, Any]:
    """Everything that demuxer and decoder say; ``is_whole``: walk every packet to find the end, not only the last."""
    options = {"format_whitelist": demuxers, "protocol_whitelist": "none", "max_pixels": str(8192 * 8192)}
    with (
        Path(path).open("rb") as file,
        av.open(file, options=options, buffer_size=1 << 18, metadata_errors="replace") as opened,
    ):
        box: Any = opened
        start = Fraction(box.start_time or 0, av.time_base)
        streams = [_stream(stream, start) for stream in list(box.streams)[:MOST_STREAMS]]
        timed = [one["index"] for one in streams if one["type"] in {"video", "audio"} and not one["is_picture"]]
        captions = [one["index"] for one in streams if one["type"] == "subtitle"]
        decoded = _first_frames(box, timed)
        for one in streams:
            one.update(decoded.get(one["index"], {}))
        return {
            "starts_at": str(start),
            "duration": None if box.duration is None else str(Fraction(box.duration, av.time_base)),
            "streams": streams,
            "ends": _ends(box, timed, captions, start, is_whole=is_whole),
            "chapters": [_chapter(one) for one in box.chapters()[:MOST_CHAPTERS]],
            "tags": {key.lower()[:40]: value[:MOST_TEXT] for key, value in list(box.metadata.items())[:100]},
        }


def _stream(stream: Any, start: Fraction) -> dict[str, Any]:
    context = stream.codec_context
    found: dict[str, Any] = {
        "index": stream.index,
        "type": stream.type,
        "codec": context.codec.canonical_name if context is not None else "",
        "is_picture": bool(stream.disposition & ATTACHED_PICTURE),
        "is_default": bool(stream.disposition & av.stream.Disposition.default),
        "language": stream.metadata.get("language", "")[:20],
        "title": stream.metadata.get("title", "")[:200],
        "tags": {key.lower()[:40]: value[:MOST_TEXT] for key, value in list(stream.metadata.items())[:100]},
    }
    if stream.type == "video" and context is not None:
        aspect = stream.sample_aspect_ratio
        found |= {
            "width": context.width,
            "height": context.height,
            "aspect": str(aspect) if aspect else "1",
            "pix_fmt": context.pix_fmt or "",
            "transfer": int(context.color_trc or 0),
            "average_rate": str(stream.average_rate or 0),
            "guessed_rate": str(stream.guessed_rate or 0),
            "frames": stream.frames,
            "starts_at": str((stream.start_time or 0) * stream.time_base - start) if stream.time_base else "0",
        }
    if stream.type == "audio" and context is not None:
        rates = {
            "sample_rate": context.sample_rate,
            "channels": context.layout.nb_channels,
            "bit_rate": context.bit_rate,
        }
        found |= rates
    return found


def _first_frames(box: Any, timed: list[int]) -> dict[int, dict[str, Any]]:
    """Decode one frame of each stream, and note the times of the first packets of each."""
    found: dict[int, dict[str, Any]] = {index: {"is_readable": False, "times": []} for index in timed}
    if not timed:
        return found
    for number, packet in enumerate(_packets(box, timed)):
        one = found[packet.stream.index]
        if packet.pts is not None and packet.stream.type == "video":
            one["times"].append(str(packet.pts * packet.time_base))
        if not one["is_readable"]:
            _decode(packet, one)
        if number > HEAD_PACKETS and (
            number > 20 * HEAD_PACKETS or all(each["is_readable"] for each in found.values())
        ):
            break
    for one in found.values():
        one["times"] = one["times"][:HEAD_PACKETS]
    return found


def _decode(packet: Any, found: dict[str, Any]) -> None:
    try:
        frames = packet.decode()
    except (av.error.FFmpegError, ValueError):
        return
    for frame in frames:
        found["is_readable"] = True
        if packet.stream.type == "video":
            found |= {
                "rotation": frame.rotation,
                "is_interlaced": bool(frame.interlaced_frame),
                "transfer": int(frame.color_trc),
                "width": frame.width,
                "height": frame.height,
            }
        return


def _ends(box: Any, timed: list[int], captions: list[int], start: Fraction, *, is_whole: bool) -> dict[str, Any]:
    """Where the packets of each stream end, in seconds from the start, and whether the last one is damaged.

    ``gap`` is the longest pause between packets of a picture or sound; captions pause as they like.
    """
    ends: dict[int, Fraction] = {}
    gap, is_torn = Fraction(0), False
    if not timed:
        return {"streams": {}, "gap": "0", "is_torn": False}
    tail = max(0, (box.start_time or 0) + (box.duration or 0) - TAIL_S * av.time_base)
    try:
        box.seek(0 if is_whole else tail)
    except av.error.FFmpegError:
        box.seek(0)
    for packet in _packets(box, [*timed, *captions]):
        if packet.is_corrupt:
            is_torn = True
            break
        if packet.pts is not None:
            at = packet.pts * packet.time_base - start
            end = at + (packet.duration or 0) * packet.time_base
            before = ends.get(packet.stream.index)
            if before is not None and packet.stream.index in timed:
                gap = max(gap, min(at - before, Fraction(TAIL_S)))
            ends[packet.stream.index] = end if before is None else max(before, end)
    return {"streams": {str(index): str(end) for index, end in ends.items()}, "gap": str(gap), "is_torn": is_torn}


def _packets(box: Any, timed: list[int]) -> Any:
    """All packets until the data end, in peace or not."""
    try:
        yield from (packet for packet in box.demux([box.streams[index] for index in timed]) if packet.size)
    except av.error.FFmpegError:
        return


def _chapter(chapter: Any) -> dict[str, Any]:
    base = chapter["time_base"]
    title = (chapter.get("metadata") or {}).get("title", "")
    return {"start": str(chapter["start"] * base), "end": str(chapter["end"] * base), "title": title[:200]}


if __name__ == "__main__":  # pragma: no cover - the sandboxed side of it; the functions above are tested as they are
    av.logging.set_level(None)
    try:
        answer = read(sys.argv[1], sys.argv[2], is_whole=sys.argv[3] == "whole")
    except (av.error.FFmpegError, ValueError, MemoryError) as problem:
        answer = {"error": f"{type(problem).__name__}: {problem}"}
    sys.stdout.write(json.dumps(answer))
