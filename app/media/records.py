"""The engine's values as JSON and back, for columns that keep them. Fractions are written as ``n/d``."""

import dataclasses
from fractions import Fraction
from typing import Any, TypeVar, get_type_hints

from app.media.engine.fragments import Segment
from app.media.engine.hls import PlaylistObject

T = TypeVar("T")


def to_record(value: Any) -> dict[str, Any]:
    """A flat dataclass of the engine as a JSON object."""
    return {
        field.name: str(item) if isinstance(item := getattr(value, field.name), Fraction) else item
        for field in dataclasses.fields(value)
    }


def from_record(kind: type[T], record: dict[str, Any]) -> T:
    """The dataclass that ``to_record`` wrote."""
    hints = get_type_hints(kind)
    return kind(**{name: Fraction(item) if hints[name] is Fraction else item for name, item in record.items()})


def to_manifest(encoded: Any) -> dict[str, Any]:
    """What a playlist needs of an encoded object: where its segments are, and what it costs to play them."""
    return {
        "init_bytes": encoded.init_bytes,
        "init_sha256": encoded.init_sha256,
        "codecs": encoded.codecs,
        "peak_bps": encoded.peak_bps,
        "average_bps": encoded.average_bps,
        "segments": [[str(segment.duration_s), segment.offset, segment.length] for segment in encoded.segments],
    }


def beginning_bytes(manifest: dict[str, Any], segments: int = 2) -> int:
    """How many bytes of an object someone fetches who begins to play it: its initialisation and its first segments."""
    ends = [offset + length for _length_s, offset, length in manifest["segments"][:segments]]
    return int(max(ends, default=manifest["init_bytes"]))


def to_playlist_object(uri: str, manifest: dict[str, Any]) -> PlaylistObject:
    """The object at ``uri`` as the playlist writer wants it."""
    return PlaylistObject(
        uri=uri,
        init_bytes=manifest["init_bytes"],
        init_sha256=manifest["init_sha256"],
        segments=tuple(
            Segment(Fraction(length_s), offset, length) for length_s, offset, length in manifest["segments"]
        ),
    )
