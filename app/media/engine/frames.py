"""Frames of a film that could be its poster."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.media.engine.errors import EncodingFailed
from app.media.engine.ffmpeg import input_options, run_ffmpeg
from app.media.engine.sandbox import Limits
from app.media.engine.streams import Probe, VideoStream
from app.media.engine.tonemap import to_sdr

POSTER_WIDTH = 1280
_LOOKED_AT = 6
_WINDOW_FRAMES = 20
_SMALL = (160, 90)
_LIMITS = Limits(cpu_s=90, wall_s=180, memory_bytes=6 << 30, file_bytes=64 << 20)


def candidate_frames(source: Path, probe: Probe, scratch: Path, *, count: int = 3) -> list[Path]:
    """Take up to ``count`` frames that could be a poster, best first: neither black nor blurred, and apart in time.

    Six places of the film are looked at; ffmpeg's ``thumbnail`` filter takes the most typical of twenty frames at each,
    and the ones with the most light, contrast and detail win. They are JPEGs in the scratch folder, upright, at most
    1280 pixels wide.

    Raises:
        EncodingFailed: not one frame could be taken.
    """
    video = probe.video
    if video is None:
        return []
    found: list[tuple[float, Path]] = []
    for number in range(_LOOKED_AT):
        at_s = video.duration_ms / 1000 * (2 * number + 1) / (2 * _LOOKED_AT)
        target, small = scratch / f"frame{number}.jpg", scratch / f"frame{number}.gray"
        try:
            _take(source, probe, video, at_s, target, small)
        except EncodingFailed:
            continue  # a damaged place; there are others
        if target.exists() and small.exists() and small.stat().st_size == _SMALL[0] * _SMALL[1]:
            pixels = np.fromfile(small, np.uint8).reshape(_SMALL[1], _SMALL[0]).astype(np.float32)
            found.append((worth(pixels), target))
    if not found:
        raise EncodingFailed("We could not take a picture out of this film.")
    return [path for _, path in sorted(found, key=lambda one: -one[0])[:count]]


def worth(pixels: NDArray[np.float32]) -> float:
    """How good a poster a grey picture (0 to 255) would make: contrast plus detail, little if nearly black or white."""
    light = float(pixels.mean())
    edges = np.abs(np.diff(pixels, axis=0)).mean() + np.abs(np.diff(pixels, axis=1)).mean()
    exposure = min(1.0, light / 40, (255 - light) / 25)
    return float(exposure * (pixels.std() + 4 * edges))


def _take(source: Path, probe: Probe, video: VideoStream, at_s: float, target: Path, small: Path) -> None:
    width = min(POSTER_WIDTH, video.width)
    height = max(1, round(video.height * width / video.width))
    chain = "bwdif=deint=interlaced," if video.interlaced else ""
    colours = to_sdr(video.hdr) + "," if video.hdr else ""
    graph = (
        f"[0:{video.index}]{chain}thumbnail=n={_WINDOW_FRAMES},scale={width}:{height},setsar=1,{colours}format=yuv420p,split[whole][s];"
        f"[whole]scale=out_range=pc,format=yuvj420p[poster];[s]scale={_SMALL[0]}:{_SMALL[1]},format=gray[small]"
    )
    run_ffmpeg(
        [
            *input_options(source, probe.demuxers, "-ss", f"{at_s:.3f}"),
            *("-filter_complex", graph),
            *("-map", "[poster]", "-frames:v", "1", "-q:v", "2", "-f", "image2", "-update", "1", target),
            *("-map", "[small]", "-frames:v", "1", "-f", "rawvideo", small),
        ],
        scratch=target.parent,
        limits=_LIMITS,
        reads=[source],
    )
