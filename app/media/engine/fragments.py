"""Fragmented MP4 as the engine's outputs have it: boxes read, checked, and shared as plain values."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Segment:
    """One playable piece of an object: it starts with a key frame and can be fetched by a byte range.

    Attributes:
        duration_s: exact, in seconds.
        offset: first byte within the object.
        length: number of bytes.
    """

    duration_s: Fraction
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FragmentedFile:
    """What the boxes of a fragmented MP4 say.

    Attributes:
        init_bytes: length of the initialisation segment, which starts at byte 0.
        init_sha256: its digest; objects with equal ones can share one ``EXT-X-MAP``.
        timescale: ticks a second of the one track.
        starts_at: decode time of the first sample, in ticks.
        samples: how many samples all fragments hold.
        segments: the fragments that are complete, in order.
        codecs: the RFC 6381 name read from the sample entry.
    """

    init_bytes: int
    init_sha256: str
    timescale: int
    starts_at: int
    samples: int
    segments: tuple[Segment, ...]
    codecs: str


def read_fragments(path: Path, *, growing: bool = False) -> FragmentedFile:
    """Read the boxes of an object; with ``growing`` a cut last fragment is left out instead of being an error.

    Raises:
        EncodingFailed: the boxes are not those of one fragmented track.
    """
    raise NotImplementedError
