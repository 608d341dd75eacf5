"""One chunk of video, every rung of it: decoded once, split, scaled, encoded, and checked before it is handed over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.media.engine.fragments import Segment
from app.media.engine.ladder import Span, VideoRung
from app.media.engine.probe import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedChunk:
    """One rung of one chunk: an object of CMAF fragments whose time stamps run on from the chunk before.

    Attributes:
        rung: what was asked for.
        path: the file, in the scratch folder; the caller moves it to storage.
        size_bytes: its length.
        init_bytes: length of the initialisation segment at its beginning.
        init_sha256: digest of that; equal digests share one ``EXT-X-MAP``.
        segments: byte ranges in order, all but a medium's last about two seconds long.
        frames: how many frames it holds.
        codecs: the RFC 6381 name read from the file.
        peak_bps, average_bps: of the segments, for BANDWIDTH and AVERAGE-BANDWIDTH.
    """

    rung: VideoRung
    path: Path
    size_bytes: int
    init_bytes: int
    init_sha256: str
    segments: tuple[Segment, ...]
    frames: int
    codecs: str
    peak_bps: int
    average_bps: int


def encode_chunk(
    source: Path,
    span: Span,
    rungs: Sequence[VideoRung],
    scratch: Path,
    probe: Probe,
    *,
    threads: int = 0,
    on_progress: Callable[[int], None] | None = None,
) -> list[EncodedChunk]:
    """Encode one chunk of a video into every rung.

    Args:
        source: the original, on local disk.
        span: which chunk, from `ladder.chunk_spans`.
        rungs: from `ladder.video_rungs`.
        scratch: an empty folder of this call's own; outputs are left there, named ``<rung name>.mp4``.
        probe: what the original is.
        threads: encoder threads a rung; 0 leaves it to x264.
        on_progress: called with a percentage, 0 to 100, at most twice a second; what it raises ends the work.

    Raises:
        EncodingFailed: an output is not what was asked for.
        TookTooLong: the deadline passed.
    """
    raise NotImplementedError
