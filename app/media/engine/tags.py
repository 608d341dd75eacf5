"""Tags and cover art that a file carries; what is hostile or broken comes out as nothing."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from app.media.engine.errors import MediaError
from app.media.engine.sandbox import Limits, run_python
from app.media.engine.streams import Probe, clean_text

_CHILD = Path(__file__).with_name("tags_child.py")
_LIMITS = Limits(cpu_s=20, wall_s=40, memory_bytes=1 << 30, file_bytes=16 << 20)
_LONGEST_LINE = 200
_LONGEST_TEXT = 20_000
_HIGHEST_NUMBER = 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """What a file says about itself. Texts are trimmed and bounded; ``cover`` is a file in the scratch folder."""

    title: str = ""
    artist: str = ""
    album: str = ""
    number: int | None = None
    date: str = ""
    genre: str = ""
    comment: str = ""
    lyrics: str = ""
    cover: Path | None = None


def read_tags(source: Path, scratch: Path, probe: Probe | None = None) -> Tags:
    """Read tags and cover in a sandboxed child. Never raises for what is in the file: then there are no tags.

    ``probe`` fills in what mutagen cannot read (MKV, WebM and AVI). The cover's bytes are as found: give them to
    `pictures.make_picture`, which decides whether they are a picture.
    """
    cover = scratch / "cover"
    try:
        done = run_python(_CHILD, [source, cover], scratch=scratch, limits=_LIMITS, reads=[source])
        raw = json.loads(done.stdout)
    except (MediaError, ValueError):
        raw = {}
    known = {**({**probe.tags, "number": probe.tags.get("track", "")} if probe else {}), **raw}
    return Tags(
        title=_line(known, "title"),
        artist=_line(known, "artist"),
        album=_line(known, "album"),
        number=_number(known.get("number", "")),
        date=_line(known, "date"),
        genre=_line(known, "genre"),
        comment=clean_text(known.get("comment", ""))[:_LONGEST_TEXT],
        lyrics=clean_text(known.get("lyrics", "").replace("\r\n", "\n").replace("\r", "\n"))[:_LONGEST_TEXT],
        cover=cover if cover.exists() and cover.stat().st_size else None,
    )


def _line(known: dict[str, str], key: str) -> str:
    return " ".join(clean_text(known.get(key, "")).split())[:_LONGEST_LINE]


def _number(text: str) -> int | None:
    """The track's number out of ``7``, ``07/12`` or what else people write."""
    found = re.match(r"\s*(\d{1,4})\b", text)
    number = int(found[1]) if found else 0
    return number if 1 <= number <= _HIGHEST_NUMBER else None
