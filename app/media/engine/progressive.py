"""One plain MP4 of a video, for feeds, downloads and browsers without HLS; made without encoding anything again.

Chunks of one rung have equal initialisation segments and time stamps that run on, so their bytes, one behind the other,
are one fragmented file; it is given an ordinary index and its sound.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from app.media.engine.errors import EncodingFailed
from app.media.engine.ffmpeg import input_options, run_ffmpeg
from app.media.engine.fragments import count_frames, read_fragments
from app.media.engine.sandbox import Limits

_NAME = "progressive.mp4"


def make_progressive(chunks: Sequence[Path], audio: Path | None, scratch: Path) -> Path:
    """Join the chunks of one video rung, and an audio rung if there is one, into ``scratch/progressive.mp4``.

    Args:
        chunks: the objects of one rung (`video.EncodedChunk.path`), in order of time, all of them.
        audio: an object of `audio.EncodedAudio`, or None for a silent film.
        scratch: a folder of this call's own, with room for the film twice.

    Raises:
        EncodingFailed: the result does not hold every frame.
    """
    joined, frames = scratch / "joined.mp4", 0
    with joined.open("wb") as target:
        for number, chunk in enumerate(chunks):
            found = read_fragments(chunk)
            frames += sum(found.samples)
            with chunk.open("rb") as part:
                part.seek(found.init_bytes if number else 0)
                shutil.copyfileobj(part, target, 1 << 20)
    size = joined.stat().st_size + (audio.stat().st_size if audio else 0)
    path = scratch / _NAME
    sound = [*input_options(audio, ["mov"]), "-map", "0:v:0", "-map", "1:a:0"] if audio else ["-map", "0:v:0"]
    run_ffmpeg(
        [
            *input_options(joined, ["mov"]),
            *sound,
            *("-c", "copy", "-movflags", "+faststart", "-fflags", "+bitexact", "-f", "mp4", path),
        ],
        scratch=scratch,
        limits=Limits(
            cpu_s=120 + (size >> 22), wall_s=600 + (size >> 20), memory_bytes=4 << 30, file_bytes=(16 << 20) + 2 * size
        ),
        reads=[audio] if audio else [],
    )
    joined.unlink()
    if count_frames(path) != frames:
        raise EncodingFailed("The plain file of this film came out incomplete.")
    return path
