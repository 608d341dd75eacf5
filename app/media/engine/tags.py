"""Tags and cover art that a file carries; what is hostile or broken comes out as nothing."""

from dataclasses import dataclass
from pathlib import Path


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


def read_tags(source: Path, scratch: Path) -> Tags:
    """Read tags and cover in a sandboxed child. Never raises for what is in the file: then there are no tags."""
    raise NotImplementedError
