"""Hostile tags: too many, too large, or carrying a picture that unpacks to more than the machine has."""

import struct
import zlib
from functools import cache
from pathlib import Path

from tests.factories import media_files
from tests.harness.canary import Canaries
from tests.harness.payloads import EITHER, HONEST, STOPPED, Payload

SIDE = 16_000
MANY_FRAMES = 20_000
"""Tags in the quick runs; the long ones take a million."""


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@cache
def huge_picture(bits: int = 1) -> bytes:
    """A PNG of 16,000 by 16,000: of 1 bit a pixel in a few kilobytes, or of 24 (``bits=8``) in some hundred."""

    def build(draft: Path) -> None:
        colour, row = (2, 3 * SIDE) if bits == 8 else (0, SIDE // 8)
        packer = zlib.compressobj(9)
        rows = b"".join(packer.compress(b"\0" * (row + 1)) for _ in range(SIDE)) + packer.flush()
        head = _chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, bits, colour, 0, 0, 0))
        draft.write_bytes(b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", rows) + _chunk(b"IEND", b""))

    return media_files._make(f"huge-{SIDE}-{bits}.png", build).read_bytes()


def moving(picture: bytes, frames: int = 1_000_000) -> bytes:
    """The same as an animated PNG that says it has so many frames."""
    return picture[:33] + _chunk(b"acTL", struct.pack(">II", frames, 0)) + picture[33:]  # after IHDR


def id3(*frames: bytes, claims: int | None = None) -> bytes:
    """An ID3v2.3 tag; ``claims`` is the size that it says."""
    body = b"".join(frames)
    size = len(body) if claims is None else claims
    return b"ID3\x03\x00\x00" + bytes(size >> 7 * place & 0x7F for place in (3, 2, 1, 0)) + body


def frame(kind: bytes, body: bytes, *, claims: int | None = None) -> bytes:
    """An ID3v2.3 frame."""
    return kind + struct.pack(">IH", len(body) if claims is None else claims, 0) + body


def apic(picture: bytes) -> bytes:
    """An ID3 cover."""
    return frame(b"APIC", b"\0image/png\0\3\0" + picture)


def many_frames(count: int) -> bytes:
    """A tag of so many small frames."""
    return id3(frame(b"TXXX", b"\0a\0b") * count)


def flac_with(picture: bytes) -> bytes:
    """A FLAC whose cover is ``picture``."""
    sound = media_files.blip("flac").read_bytes()
    body = (
        struct.pack(">II", 3, 9) + b"image/png" + struct.pack(">IIIIII", 0, SIDE, SIDE, 24, 0, len(picture)) + picture
    )
    block = b"\x06" + len(body).to_bytes(3) + body
    end = 8 + int.from_bytes(sound[5:8])  # STREAMINFO is the first
    return sound[:4] + bytes((sound[4] & 0x7F,)) + sound[5:end] + block + sound[end:]


def cut_cover() -> bytes:
    """A FLAC that ends in a cover of which it says that it has 16 MB."""
    return (
        media_files.blip("flac").read_bytes()[:42].replace(b"fLaC\x80", b"fLaC\0") + b"\x86\xff\xff\xff" + b"\0" * 400
    )


def tagged(canaries: Canaries) -> list[Payload]:
    """All of them."""
    sound = media_files.blip("mp3").read_bytes()
    sound = sound[10 + sum(byte << 7 * place for place, byte in enumerate(reversed(sound[6:10]))) :]
    largest = (1 << 28) - 1
    link = frame(b"APIC", b"\0-->\0\3\0" + canaries.url.encode())
    packed = frame(b"APIC", b"\0" * 4 + zlib.compress(b"\0" * (16 << 20)))[:8] + b"\0\x80" + struct.pack(">I", 16 << 20)

    def song(what: str, data: bytes, *, ends: frozenset[str] = HONEST) -> Payload:
        return Payload(what=what, filename="song.mp3", data=data, ends=ends)

    return [
        song("a tag that says 256 MB", id3(claims=largest) + sound, ends=STOPPED),
        song("four tags that say a gigabyte", id3(claims=largest) * 4 + sound, ends=STOPPED),
        song("many frames", many_frames(MANY_FRAMES) + sound),
        song("a frame that says 4 GB", id3(frame(b"TIT2", b"\0x", claims=0xFFFFFFFF)) + sound),
        song("a packed frame", id3(packed + zlib.compress(b"\0" * (16 << 20))) + sound),
        song("a tag of nothing but text", id3(frame(b"TIT2", b"\0" + b"A" * 3_000_000)) + sound),
        song("a cover by address", id3(link) + sound),
        song("a cover of 16,000 by 16,000", id3(apic(huge_picture())) + sound),
        song("a moving cover", id3(apic(moving(huge_picture()))) + sound),
        song("a cover that is a playlist", id3(apic(b"#EXTM3U\n" + canaries.url.encode())) + sound),
        song("a cover that is SVG", id3(apic(b"<svg><image href='" + canaries.url.encode() + b"'/></svg>")) + sound),
        song("a count of four thousand million frames", xing(sound), ends=EITHER),
        Payload(
            what="a FLAC cover of 16,000 by 16,000", filename="a.flac", data=flac_with(huge_picture()), ends=HONEST
        ),
        Payload(what="a FLAC cover that says 16 MB", filename="a.flac", data=cut_cover(), ends=STOPPED),
    ]


def xing(sound: bytes) -> bytes:
    """A sound whose first frame says that four thousand million follow."""
    at = max(sound.find(b"Xing", 0, 400), sound.find(b"Info", 0, 400))
    return sound if at < 0 else sound[: at + 8] + b"\xff" * 8 + sound[at + 16 :]
