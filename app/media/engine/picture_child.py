"""Decodes a picture and writes its widths; prints what it made as JSON. Runs in the sandbox.

``picture_child.py SOURCE FOLDER WIDTHS``. Pillow, and nothing of the application, so that it runs with ``python -I``.
"""

import io
import json
import sys
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageOps

MOST_PIXELS = 60_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
JPEG_QUALITY, WEBP_QUALITY = 82, 80


def make(source: Path, folder: Path, widths: list[int]) -> dict[str, Any]:
    """Write each width as WebP and JPEG, and count the colours. A refusal comes back as ``{"refused": why}``."""
    Image.MAX_IMAGE_PIXELS = None  # the limit is ours, and it is checked before anything is decoded
    with Image.open(source, formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            return {"refused": f"This picture has {opened.width} × {opened.height} pixels; we take up to 60 million."}
        opened.draft("RGB", (2 * max(widths), 2 * max(widths)))  # a JPEG is decoded at the size that is needed
        upright = ImageOps.exif_transpose(opened)
    largest = min(upright.width, max(widths))
    picture = _fit(_to_srgb(upright), largest)
    files = []
    for width in sorted({width for width in widths if width < largest} | {largest}, reverse=True):
        picture_of_width = _fit(picture, width)
        picture_of_width.save(folder / f"{width}.webp", quality=WEBP_QUALITY, method=4)
        picture_of_width.save(folder / f"{width}.jpg", quality=JPEG_QUALITY, progressive=True, optimize=True)
        files += [f"{width}.webp", f"{width}.jpg"]
    return {"files": files, "width": picture.width, "height": picture.height, "colours": _colours(picture)}


def _to_srgb(image: Image.Image) -> Image.Image:
    """Without alpha (on white), in sRGB, and with none of the metadata."""
    profile = image.info.get("icc_profile")
    if profile and image.mode in {"RGB", "L", "CMYK"}:
        try:
            transformed = ImageCms.profileToProfile(
                image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            transformed = None  # a broken profile: the picture is taken as it is
        image = transformed or image
    if image.has_transparency_data:
        alpha = image.convert("RGBA")
        image = Image.new("RGBA", alpha.size, "white")
        image.alpha_composite(alpha)
    clean = image.convert("RGB")
    clean.info = {}
    return clean


def _fit(image: Image.Image, width: int) -> Image.Image:
    if image.width == width:
        return image
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _colours(image: Image.Image) -> list[tuple[int, list[int]]]:
    """The eight colours that stand for the picture best, each with its number of pixels."""
    small = image.resize((64, 64), Image.Resampling.BOX).quantize(8, Image.Quantize.MEDIANCUT)
    palette = small.getpalette() or []
    counts = small.histogram()
    return [(counts[index], palette[3 * index : 3 * index + 3]) for index in range(len(palette) // 3) if counts[index]]


if __name__ == "__main__":  # pragma: no cover - the sandboxed side of it; the functions above are tested as they are
    try:
        answer = make(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))
    except (OSError, ValueError, SyntaxError, MemoryError, OverflowError) as problem:
        answer = {"error": repr(problem)}
    sys.stdout.write(json.dumps(answer))
