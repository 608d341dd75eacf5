"""What a container says about its own length, read from its boxes and chunks without decoding anything.

It answers one question: are the bytes that the file promises there? Demuxers are lenient and do not tell.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_UNKNOWN_LENGTHS = (0, 0x7FFFFFFF, 0xFFFFFFFF)
_MP3_SEARCHED = 64 << 10
_SLACK_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """What the outside of a file says.

    Attributes:
        has_index: an MP4 has its ``moov``; true for other containers.
        is_cut: the last box or chunk, or the frames that a header counts, reach past the end of the file.
        declared_ms: how long the file says it is, where a chunk's length says so (WAV, AIFF, MP3 with a Xing header).
    """

    has_index: bool = True
    is_cut: bool = False
    declared_ms: int | None = None


def read_structure(path: Path, demuxer: str) -> Structure:
    """Look at the boxes or chunks of a file. ``demuxer`` is ffmpeg's name, as in `detect.DetectedType.demuxers`."""
    size = path.stat().st_size
    with path.open("rb") as file:
        try:
            if demuxer == "mov":
                return _mp4(file, size)
            if demuxer in {"wav", "aiff"}:
                return _chunks(file, size, big_endian=demuxer == "aiff")
            if demuxer == "matroska":
                return _matroska(file, size)
            if demuxer == "avi":
                return Structure(is_cut=8 + struct.unpack("<4xI", file.read(8))[0] > size + _SLACK_BYTES)
            if demuxer == "mp3":
                return _mp3(file, size)
        except (struct.error, OverflowError):  # too short, or numbers that nobody means
            return Structure(is_cut=True)
    return Structure()


def _mp4(file: BinaryIO, size: int) -> Structure:
    has_index, at = False, 0
    while at + 8 <= size:
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        if length == 1:
            length = struct.unpack(">Q", file.read(8))[0]
        elif length == 0:
            length = size - at
        has_index |= kind == b"moov" and at + length <= size
        if length < 8:
            break
        at += length
    return Structure(has_index=has_index, is_cut=at > size)


def _matroska(file: BinaryIO, size: int) -> Structure:
    """EBML: an identifier and a size, both of variable length; the second element at the top is the whole Segment."""
    at = 0
    for _ in range(2):
        file.seek(at)
        head = file.read(12)
        id_length = 9 - head[0].bit_length() if head and head[0] else 1
        body = head[id_length:]
        if not body or not body[0]:
            return Structure()
        size_length = 9 - body[0].bit_length()
        number = int.from_bytes(body[:size_length]) & (1 << 7 * size_length) - 1
        if number == (1 << 7 * size_length) - 1:  # written live, without a known end
            return Structure()
        at += id_length + size_length + number
    return Structure(is_cut=at > size)


def _chunks(file: BinaryIO, size: int, *, big_endian: bool) -> Structure:
    """WAV and AIFF: a format chunk that says bytes a second, and a sound chunk that says how many bytes."""
    bytes_a_second = 0.0
    for kind, at, length in _iff(file, size, big_endian=big_endian):
        file.seek(at)
        if kind == b"fmt ":
            bytes_a_second = struct.unpack("<8xI", file.read(12))[0]
        elif kind == b"COMM":
            channels, _, bits, exponent, mantissa = struct.unpack(">hIhHQ", file.read(18))
            rate = mantissa * 2.0 ** ((exponent & 0x7FFF) - 16383 - 63)  # 80-bit floating point (SANE)
            bytes_a_second = rate * channels * -(-bits // 8)
        elif kind in {b"data", b"SSND"}:
            is_known = length not in _UNKNOWN_LENGTHS and bytes_a_second > 0
            declared_ms = round(length / bytes_a_second * 1000) if is_known else None
            return Structure(is_cut=is_known and at + length > size + _SLACK_BYTES, declared_ms=declared_ms)
    return Structure()


def _iff(file: BinaryIO, size: int, *, big_endian: bool) -> Iterator[tuple[bytes, int, int]]:
    at = 12
    while at + 8 <= size:
        file.seek(at)
        kind, length = struct.unpack(">4sI" if big_endian else "<4sI", file.read(8))
        yield kind, at + 8, length
        at += 8 + length + length % 2


def _mp3(file: BinaryIO, size: int) -> Structure:
    """The Xing or Info header in the first frame counts the frames and the bytes that follow (LAME's tag)."""
    head = file.read(10)
    tag = (
        10 + sum((byte & 0x7F) << 7 * place for place, byte in enumerate(reversed(head[6:10])))
        if head[:3] == b"ID3"
        else 0
    )
    file.seek(tag)
    body = file.read(_MP3_SEARCHED)
    at = max(body.find(b"Xing"), body.find(b"Info"))
    sync = body.find(b"\xff")
    if at < 0 or sync < 0 or at - sync > 40:
        return Structure()
    flags = struct.unpack(">I", body[at + 4 : at + 8])[0]
    if flags & 3 != 3:
        return Structure()
    frames, declared_bytes = struct.unpack(">II", body[at + 8 : at + 16])
    version = body[sync + 1] >> 3 & 3
    rate = (44_100, 48_000, 32_000, 44_100)[body[sync + 2] >> 2 & 3] >> {3: 0, 2: 1, 0: 2, 1: 0}[version]
    samples = 1152 if version == 3 else 576
    return Structure(
        is_cut=declared_bytes > size - tag - sync + _SLACK_BYTES, declared_ms=round(frames * samples * 1000 / rate)
    )
