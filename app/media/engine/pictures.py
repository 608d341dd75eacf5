"""Pictures: posters and covers in the widths that pages need, without their metadata, and two tints from each."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.media.engine.errors import PictureRefused
from app.media.engine.sandbox import Limits, run_python
from app.media.engine.tints import choose_tints

WIDTHS = (160, 320, 640, 1280)
MOST_BYTES = 10 << 20

_CHILD = Path(__file__).with_name("picture_child.py")
_LIMITS = Limits(cpu_s=60, wall_s=120, memory_bytes=2 << 30, file_bytes=64 << 20)
_DAMAGED = "This picture is damaged and cannot be opened."


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePicture:
    """A picture ready to be served.

    Attributes:
        files: name -> path, names like ``640.webp`` and ``640.jpg``; no width is larger than the original's.
        width, height: of the largest one, in pixels.
        tints: two colours as ``#rrggbb``, (background, accent), of a lightness that text can stand on (`tints`).
    """

    files: dict[str, Path]
    width: int
    height: int
    tints: tuple[str, str]


def make_picture(source: Path, scratch: Path, widths: Sequence[int] = WIDTHS) -> MadePicture:
    """Make every width of a picture, as WebP and as JPEG, keeping its proportions.

    Args:
        source: an uploaded picture, an embedded cover, or a frame (`frames.candidate_frames`).
        scratch: a folder of this call's own; the files are left there.
        widths: in pixels; those above the picture's own are replaced by its own.

    Raises:
        PictureRefused: not a JPEG, PNG or WebP, over 10 MB, over 60 million pixels, or damaged.
    """
    size = source.stat().st_size
    if size > MOST_BYTES:
        raise PictureRefused(f"This picture has {size / (1 << 20):.1f} MB; we take up to {MOST_BYTES >> 20} MB.")
    with source.open("rb") as file:
        head = file.read(12)
    if not (head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (head[:4] == b"RIFF" and head[8:] == b"WEBP")):
        raise PictureRefused("This is not a picture that we can take. We take JPEG, PNG and WebP.")
    done = run_python(
        _CHILD, [source, scratch, json.dumps(list(widths))], scratch=scratch, limits=_LIMITS, reads=[source]
    )
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = {"error": done.stderr}
    if "files" not in answer:
        problem = PictureRefused(answer.get("refused", _DAMAGED))
        problem.add_note(answer.get("error", ""))
        raise problem
    files = {name: scratch / name for name in answer["files"]}
    if not all(path.exists() and path.stat().st_size for path in files.values()):
        raise PictureRefused(_DAMAGED)
    return MadePicture(
        files=files,
        width=answer["width"],
        height=answer["height"],
        tints=choose_tints((count, (rgb[0], rgb[1], rgb[2])) for count, rgb in answer["colours"]),
    )
