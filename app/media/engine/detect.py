"""What a file is, by its content alone; names are never believed, and nothing is decoded."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectedType:
    """The kind of a file.

    Attributes:
        container: short name, for example ``mp4``.
        media_type: what it usually holds; the probe has the last word.
        demuxers: the only demuxers that may open it (ffmpeg's names), for ``format_whitelist``.
        mime: for the Content-Type of the original.
        extension: with its dot, for the file name of a download.
    """

    container: str
    media_type: Literal["audio", "video"]
    demuxers: tuple[str, ...]
    mime: str
    extension: str


def detect(path: Path) -> DetectedType:
    """Say what kind of recording a file holds.

    Raises:
        UnsupportedType: it is none that we take; the sentence says what it seems to be.
    """
    raise NotImplementedError
