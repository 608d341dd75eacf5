"""Reads back what the engine made, with a decoder of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from app.media.engine import ladder
from app.media.engine.detect import detect
from app.media.engine.fragments import read_fragments
from app.media.engine.ladder import Span
from app.media.engine.probe import probe
from app.media.engine.video import EncodedChunk, encode_chunk


@dataclass(frozen=True)
class Pictures:
    numbers: list[int]
    times: list[Fraction]


def probed(path: Path) -> Any:
    """A probe whose streams a test may use at once: one that is None fails it anyway."""
    return probe(path, detect(path))


def pictures(path: Path) -> Pictures:
    """The number that each frame carries (see media_files.counted), and its time."""
    numbers: list[int] = []
    times: list[Fraction] = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            grey: Any = frame.to_ndarray(format="gray")
            bars: Any = np.array_split(grey[grey.shape[0] // 4 : -grey.shape[0] // 4], 12, axis=1)
            numbers.append(sum(1 << bit for bit, bar in enumerate(bars) if bar.mean() > 128))
            times.append(Fraction(frame.pts or 0) * Fraction(frame.time_base or 1))
    return Pictures(numbers, times)


def spans_of(path: Path, lengths: Sequence[int]) -> list[Span]:
    """Chunks of so many segments each, and a last one to the end."""
    video = probed(path).video
    rate = ladder.grid_rate(Fraction(video.frame_rate))
    segment, total = ladder.segment_frames(rate), round(Fraction(video.duration_ms, 1000) * rate)
    spans, at = [], 0
    for index, length in enumerate([*lengths, None]):
        frames = total - at if length is None else length * segment
        times = {"starts_at_ms": round(at / rate * 1000), "duration_ms": round(frames / rate * 1000)}
        spans.append(Span(index=index, first_frame=at, frames=frames, is_last=length is None, **times))
        at += frames
    return spans


def encoded(source: Path, lengths: Sequence[int], folder: Path) -> list[list[EncodedChunk]]:
    """Every chunk of a film, every rung of it."""
    found = probed(source)
    made = []
    for span in spans_of(source, lengths):
        scratch = folder / str(span.index)
        scratch.mkdir(parents=True)
        made.append(encode_chunk(source, span, ladder.video_rungs(found.video), scratch, found, threads=1))
    return made


def joined(chunks: Sequence[EncodedChunk], target: Path) -> Path:
    """The bytes of one rung's chunks, one behind the other."""
    parts = [chunk.path.read_bytes()[chunk.init_bytes if number else 0 :] for number, chunk in enumerate(chunks)]
    target.write_bytes(b"".join(parts))
    assert len({read_fragments(chunk.path).init_sha256 for chunk in chunks}) == 1
    return target
