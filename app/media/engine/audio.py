"""Sound: every AAC rung as one fragmented object, and one plain file for players that know no HLS."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.media.engine.fragments import Segment
from app.media.engine.ladder import AudioRung
from app.media.engine.streams import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedAudio:
    """One AAC rung: an object of CMAF fragments of about four seconds.

    Attributes are those of `video.EncodedChunk`, with ``duration_ms`` in place of frames.
    """

    rung: AudioRung
    path: Path
    size_bytes: int
    init_bytes: int
    init_sha256: str
    segments: tuple[Segment, ...]
    duration_ms: int
    codecs: str
    peak_bps: int
    average_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioLadder:
    """Every rung, lowest first, and the plain M4A that holds the best of them."""

    rungs: tuple[EncodedAudio, ...]
    progressive: Path
    progressive_rung: AudioRung


OnRungGrown = Callable[[AudioRung, Path, int, tuple[Segment, ...]], None]


def encode_audio(
    source: Path,
    probe: Probe,
    rungs: Sequence[AudioRung],
    scratch: Path,
    *,
    on_progress: Callable[[int], None] | None = None,
    on_rung_grown: OnRungGrown | None = None,
) -> AudioLadder:
    """Encode the sound of a medium into every rung, lowest first.

    ``on_rung_grown(rung, path, init_bytes, segments)`` is called while a rung grows, with all segments that are
    complete in the file so far, about twice a second; a playlist of them is playable when the first
    ``segments[-1].offset + segments[-1].length`` bytes are published.

    Raises:
        EncodingFailed: an output is not what was asked for.
        TookTooLong: the deadline passed.
    """
    raise NotImplementedError
