"""Pictures: posters and covers in the widths that pages need, without their metadata, and two tints from each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.media.engine.streams import Probe

WIDTHS = (160, 320, 640, 1280)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePicture:
    """A picture ready to be served.

    Attributes:
        files: name -> path, names like ``640.webp`` and ``640.jpg``; no width is larger than the original's.
        width, height: of the largest one, in pixels.
        tints: two colours as ``#rrggbb``, (background, accent), of a lightness that text can stand on.
    """

    files: dict[str, Path]
    width: int
    height: int
    tints: tuple[str, str]


def candidate_frames(source: Path, probe: Probe, scratch: Path, *, count: int = 3) -> list[Path]:
    """Take up to ``count`` frames that could be a poster, best first: neither black nor blurred, and apart in time."""
    raise NotImplementedError


def make_picture(source: Path, scratch: Path, widths: Sequence[int] = WIDTHS) -> MadePicture:
    """Make every width of a picture, as WebP and as JPEG, keeping its proportions.

    Raises:
        PictureRefused: not a JPEG, PNG or WebP, over 10 MB, over 60 million pixels, or damaged.
    """
    raise NotImplementedError
