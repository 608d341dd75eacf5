"""One plain MP4 of a video, for feeds, downloads and browsers without HLS; made without encoding anything again."""

from collections.abc import Sequence
from pathlib import Path


def make_progressive(chunks: Sequence[Path], audio: Path | None, scratch: Path) -> Path:
    """Join the chunks of one video rung, and an audio rung if there is one, into ``scratch/progressive.mp4``.

    Args:
        chunks: the objects of one rung (`video.EncodedChunk.path`), in order of time, all of them.
        audio: an object of `audio.EncodedAudio`, or None for a silent film.
        scratch: a folder of this call's own.

    Raises:
        EncodingFailed: the result does not hold every frame.
    """
    raise NotImplementedError
