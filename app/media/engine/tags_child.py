"""Reads tags with mutagen and prints them as JSON; the cover goes to a file. Runs in the sandbox.

``tags_child.py SOURCE COVER``. Nothing of the application, so that it runs with ``python -I``.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

import mutagen
from mutagen.flac import Picture

MOST_TEXT = 20_000
MOST_COVER_BYTES = 10 << 20
NAMES = {  # ours -> ID3 frame, MP4 atom, Vorbis comment
    "title": ("TIT2", "\xa9nam", "title"),
    "artist": ("TPE1", "\xa9ART", "artist"),
    "album": ("TALB", "\xa9alb", "album"),
    "number": ("TRCK", "trkn", "tracknumber"),
    "date": ("TDRC", "\xa9day", "date"),
    "genre": ("TCON", "\xa9gen", "genre"),
    "comment": ("COMM", "\xa9cmt", "comment"),
    "lyrics": ("USLT", "\xa9lyr", "lyrics"),
}
COVER_FRONT = 3


def read(source: Path, cover: Path) -> dict[str, str]:
    """Every tag that is there, as text; the front cover's bytes are written to ``cover``."""
    file = mutagen.File(source)
    if file is None:
        return {}
    tags = file.tags or {}
    found = {name: text for name, keys in NAMES.items() if (text := _text(tags, keys))}
    picture = _cover(file, tags)
    if picture and len(picture) <= MOST_COVER_BYTES:
        cover.write_bytes(picture)
    return found


def _text(tags: Any, keys: tuple[str, ...]) -> str:
    for key in keys:
        values = tags.getall(key) if hasattr(tags, "getall") else _plain(tags, key)
        for value in values:
            content = getattr(value, "text", value)
            while isinstance(content, (list, tuple)):
                content = content[0] if content else ""
            text = str(content).strip()[:MOST_TEXT]
            if text:
                return text
    return ""


def _plain(tags: Any, key: str) -> list[Any]:
    try:
        value = tags.get(key)
    except ValueError:  # a name that this kind of tag cannot have
        return []
    return value if isinstance(value, list) else [] if value is None else [value]


def _cover(file: Any, tags: Any) -> bytes | None:
    pictures = list(getattr(file, "pictures", []))
    if hasattr(tags, "getall"):
        pictures += tags.getall("APIC")
    else:
        made: Any = Picture  # mutagen has no types
        pictures += [made(base64.b64decode(text)) for text in _plain(tags, "metadata_block_picture")]
        for raw in _plain(tags, "covr"):
            return bytes(raw)
    pictures.sort(key=lambda one: one.type != COVER_FRONT)
    return bytes(pictures[0].data) if pictures else None


if __name__ == "__main__":  # pragma: no cover - the sandboxed side of it; the functions above are tested as they are
    try:
        answer = read(Path(sys.argv[1]), Path(sys.argv[2]))
    except Exception:  # noqa: BLE001 - mutagen raises what it meets; hostile tags are no tags
        answer = {}
    sys.stdout.write(json.dumps(answer))
