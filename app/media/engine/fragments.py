"""Fragmented MP4 as the engine's outputs have it: boxes read, checked, and shared as plain values.

Box layouts are those of ISO/IEC 14496-12. Only our own encoder's files come here, one track each; they are read anyway
as if they could be wrong, because on a full disk an encoder ends well and leaves half a file.
"""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from app.media.engine.errors import EncodingFailed

_LARGEST_HEADER = 8 << 20
_CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"moof", b"traf")
_TFHD_OPTIONAL = ((0x1, 8), (0x2, 4))  # base data offset, sample description index: before the default duration
_TRUN_HEADER = ((0x1, 4), (0x4, 4))  # data offset, first sample flags


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
        samples: how many samples each segment holds.
        segments: the fragments that are complete, in order.
        codecs: the RFC 6381 name read from the sample entry.
    """

    init_bytes: int
    init_sha256: str
    timescale: int
    starts_at: int
    samples: tuple[int, ...]
    segments: tuple[Segment, ...]
    codecs: str

    @property
    def duration_s(self) -> Fraction:
        """Of all segments together, exact."""
        return sum((one.duration_s for one in self.segments), Fraction(0))

    @property
    def average_bps(self) -> int:
        """Bits a second over the whole object."""
        return round(sum(one.length for one in self.segments) * 8 / self.duration_s) if self.segments else 0

    @property
    def peak_bps(self) -> int:
        """Bits a second of the densest segment; a last piece of less than half a second does not count."""
        long = [one for one in self.segments if one.duration_s >= Fraction(1, 2)] or list(self.segments)
        return max((round(one.length * 8 / one.duration_s) for one in long), default=0)


def read_fragments(path: Path, *, growing: bool = False) -> FragmentedFile:
    """Read the boxes of an object; with ``growing`` a cut last fragment is left out instead of being an error.

    Raises:
        EncodingFailed: the boxes are not those of one fragmented track, or their times do not run on.
    """
    try:
        with path.open("rb") as file:
            return _read(file, path.stat().st_size, growing=growing)
    except (struct.error, IndexError, KeyError, OSError, ValueError) as problem:
        raise EncodingFailed("What we made from this file came out incomplete.") from problem


def _read(file: BinaryIO, size: int, *, growing: bool) -> FragmentedFile:
    init: bytes | None = None
    timescale, default_duration = 0, 0
    samples: list[int] = []
    segments: list[Segment] = []
    starts_at = expected = -1
    moof_at, ticks, count = -1, 0, 0
    for kind, at, length, header in _top_level(file, size):
        if at + length > size:
            if growing:
                break
            raise ValueError("a box runs past the end")
        if kind == b"moov":
            file.seek(0)
            init = file.read(at + length)
            boxes = dict(_tree(init[at:]))
            timescale = _timescale(boxes[b"mdhd"])
            default_duration = struct.unpack(">I", boxes[b"trex"][12:16])[0]
        elif kind == b"moof":
            file.seek(at + header)
            boxes = dict(_tree(file.read(min(length, _LARGEST_HEADER) - header)))
            decode_time = struct.unpack(">Q", boxes[b"tfdt"][4:12])[0]
            ticks, count = _run(boxes[b"tfhd"], boxes[b"trun"], default_duration)
            if starts_at < 0:
                starts_at = expected = decode_time
            if decode_time != expected:
                raise ValueError("time stamps do not run on")
            expected, moof_at = decode_time + ticks, at
        elif kind == b"mdat" and moof_at >= 0:
            segments.append(Segment(Fraction(ticks, timescale), moof_at, at + length - moof_at))
            samples.append(count)
            moof_at = -1
    if init is None or (moof_at >= 0 and not growing):
        raise ValueError("no index, or a fragment without its data")
    return FragmentedFile(
        init_bytes=len(init),
        init_sha256=hashlib.sha256(init).hexdigest(),
        timescale=timescale,
        starts_at=max(0, starts_at),
        samples=tuple(samples),
        segments=tuple(segments),
        codecs=_codecs(init),
    )


def shift_times(path: Path, ticks: int) -> None:
    """Add ``ticks`` to the decode time of every fragment, in place: it then plays that much later on its track's clock.

    Raises:
        EncodingFailed: a fragment has no decode time of 64 bits.
    """
    with path.open("r+b") as file:
        for kind, at, length, _header in list(_top_level(file, path.stat().st_size)):
            if kind != b"moof":
                continue
            file.seek(at)
            place = file.read(min(length, _LARGEST_HEADER)).find(b"tfdt\x01")
            if place < 0:
                raise EncodingFailed("What we made from this file came out incomplete.")
            file.seek(at + place + 8)
            time = struct.unpack(">Q", file.read(8))[0]
            file.seek(at + place + 8)
            file.write(struct.pack(">Q", time + ticks))


def count_frames(path: Path) -> int:
    """How many pictures the index of a plain MP4 of ours counts; 0 for a file without one."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        for kind, at, length, header in _top_level(file, path.stat().st_size):
            if kind == b"moov":
                file.seek(at + header)
                boxes = list(_tree(file.read(length - header)))
                kinds = [body[8:12] for name, body in boxes if name == b"hdlr" and body[8:12] in {b"vide", b"soun"}]
                counts = [struct.unpack(">I", body[8:12])[0] for name, body in boxes if name == b"stsz"]
                return sum(count for which, count in zip(kinds, counts, strict=False) if which == b"vide")
    return 0


def _top_level(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Each box of the file as (kind, where, length, header length), without its body."""
    at = 0
    while at + 8 <= size:
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        header = 8
        if length == 1:
            length, header = struct.unpack(">Q", file.read(8))[0], 16
        if length < header:
            raise ValueError("a box shorter than its header")
        yield kind, at, length, header
        at += length


def _tree(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each box within, depth first, as (kind, body)."""
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if length < 8:
            raise ValueError("a box shorter than its header")
        body = data[at + 8 : at + length]
        yield kind, body
        if kind in _CONTAINERS:
            yield from _tree(body)
        at += length


def _timescale(mdhd: bytes) -> int:
    at = 20 if mdhd[0] == 1 else 12
    scale: int = struct.unpack(">I", mdhd[at : at + 4])[0]
    return scale


def _run(tfhd: bytes, trun: bytes, default_duration: int) -> tuple[int, int]:
    """Length of a fragment in ticks, and how many samples it holds."""
    flags, at = struct.unpack(">I", tfhd[:4])[0], 8 + sum(size for bit, size in _TFHD_OPTIONAL if tfhd[3] & bit)
    if flags & 0x8:
        default_duration = struct.unpack(">I", tfhd[at : at + 4])[0]
    flags, count = struct.unpack(">II", trun[:8])
    if not flags & 0x100:
        return default_duration * count, count
    at = 8 + sum(size for bit, size in _TRUN_HEADER if flags & bit)
    each = 4 * sum(bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800))
    return sum(struct.unpack(">I", trun[at + n * each : at + n * each + 4])[0] for n in range(count)), count


def _codecs(init: bytes) -> str:
    """The codec's name by RFC 6381: for H.264 its profile, constraints and level, as avcC has them."""
    at = init.find(b"avcC")
    if at >= 0:
        return f"avc1.{init[at + 5 : at + 8].hex()}"
    at = init.find(b"esds")
    return _mp4a(init[at + 8 :]) if at >= 0 else ""


def _mp4a(esds: bytes) -> str:
    """Object type and audio object type, from the descriptors of an ``esds`` box (ISO/IEC 14496-1, 7.2.6)."""
    object_type, at = 0, 0
    while at < len(esds):
        tag, at = esds[at], at + 1
        while esds[at] & 0x80:
            at += 1
        at += 1
        if tag == 0x03:
            at += 3
        elif tag == 0x04:
            object_type, at = esds[at], at + 13
        elif tag == 0x05:
            return f"mp4a.{object_type:02x}.{esds[at] >> 3}"
        else:
            break
    return ""
