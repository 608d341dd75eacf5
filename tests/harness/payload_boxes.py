"""Hostile MP4 and QuickTime: boxes that point elsewhere, lie about their sizes, or unpack to more than there is."""

import struct
import zlib
from collections.abc import Callable

from tests.factories import media_files
from tests.harness.canary import Canaries
from tests.harness.payloads import EITHER, STOPPED, Payload

_PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"edts", b"udta")


def box(kind: bytes, *content: bytes) -> bytes:
    """A box."""
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def rebuilt(data: bytes, change: Callable[[bytes, bytes], bytes | None]) -> bytes:
    """The boxes of ``data``, each made anew by ``change(kind, body)``; where that is None, what is in it."""
    out, at = b"", 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        size = size if size >= 8 else len(data) - at
        body = data[at + 8 : at + size]
        new = change(kind, body)
        if new is None:
            new = box(kind, rebuilt(body, change)) if kind in _PARENTS else box(kind, body)
        out, at = out + new, at + size
    return out + data[at:]


def replaced(data: bytes, kind: bytes, new: Callable[[bytes], bytes]) -> bytes:
    """``data`` with the body of every box of ``kind`` made anew."""
    return rebuilt(data, lambda found, body: box(kind, new(body)) if found == kind else None)


def boxes(canaries: Canaries) -> list[Payload]:
    """All of them; the index is at the end of the file, so that it may grow without moving what it points to."""
    film = media_files.video_in("mov").read_bytes()
    file, url = str(canaries.file).encode(), canaries.url.encode()

    def elsewhere(kind: bytes, where: bytes) -> bytes:
        entry = box(kind, b"\0\0\0\0", where)  # flags 0: the media is not in this file
        return replaced(film, b"dref", lambda _: b"\0\0\0\0\0\0\0\1" + entry)

    alias = (
        struct.pack(">4xHH", 200, 2) + b"\0" * 146 + struct.pack(">hH", 2, len(file)) + file + b"\0" * (len(file) % 2)
    )
    alias += struct.pack(">hH", 18, len(file)) + file + b"\xff\xff\0\0"
    link = box(b"rmra", box(b"rmda", box(b"rdrf", b"\0\0\0\0url ", struct.pack(">I", len(url) + 1), url, b"\0")))
    bomb = zlib.compress(b"\0" * (16 << 20), 9)
    packed = box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", b"\xff\xff\xff\xff", bomb))
    said_packed = box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", struct.pack(">I", 16 << 20), bomb))
    head = box(b"ftyp", b"qt  \0\0\2\0qt  ")
    deep = b""
    for _ in range(3000):
        deep = box(b"udta", deep)
    endless = b"\0\0\0\0" + b"\xff\xff\xff\xff" + struct.pack(">II", 0xFFFFFFFF, 0x7FFFFFFF)
    edits = struct.pack(">II", 0, 100_000) + struct.pack(">IiI", 1, 0, 0x10000) * 100_000
    before = struct.pack(">IIIiI", 0, 1, 0x7FFFFFFF, -0x7FFFFFFF, 0x10000)
    many = b"\xff\xff\xff\xff"

    def made(what: str, data: bytes, *, ends: frozenset[str] = EITHER, heavy: bool = False) -> Payload:
        return Payload(what=what, filename="film.mov", data=data, ends=ends, heavy=heavy)

    def with_box(kind: bytes, new: Callable[[bytes], bytes]) -> bytes:
        return replaced(film, kind, new)

    def backwards(kind: bytes, _body: bytes) -> bytes | None:
        return box(b"ctts", endless) if kind == b"stss" else None

    def inside(kind: bytes, body: bytes) -> bytes | None:
        return box(kind, box(b"trak", body * 3)) if kind == b"trak" else None

    return [
        made("its data is a file elsewhere", elsewhere(b"url ", b"file://" + file + b"\0")),
        made("its data is an address", elsewhere(b"url ", url + b"\0"), heavy=True),
        made("its data is an alias", elsewhere(b"alis", alias)),
        made("a reference movie", head + box(b"moov", link), ends=STOPPED),
        made("a packed index that says 4 GB", head + box(b"moov", packed), ends=STOPPED),
        made("a packed index of 16 MB", head + box(b"moov", said_packed), ends=STOPPED),
        made("four thousand million samples", with_box(b"stsz", lambda _: b"\0\0\0\0\0\0\0\1" + many)),
        made("four thousand million sample sizes", with_box(b"stsz", lambda _: b"\0" * 8 + many)),
        made("samples of four billion ticks", with_box(b"stts", lambda _: endless)),
        made("a list of four thousand million chunks", with_box(b"stco", lambda _: b"\0\0\0\0" + many)),
        made("chunks far behind the end", with_box(b"stco", lambda body: body[:8] + b"\xff" * (len(body) - 8))),
        made("offsets that run backwards", rebuilt(film, backwards)),
        made("an edit list that never ends", with_box(b"elst", lambda _: endless), heavy=True),
        made("an edit list of 100,000 entries", with_box(b"elst", lambda _: edits), heavy=True),
        made("an edit before the beginning", with_box(b"elst", lambda _: before)),
        made("a clock of zero ticks", with_box(b"mdhd", lambda body: body[:12] + b"\0" * 4 + body[16:]), heavy=True),
        made("boxes in boxes, 3,000 deep", head + box(b"moov", deep), ends=STOPPED),
        made("a box of no length", head + b"\0\0\0\1moov" + b"\0" * 8, ends=STOPPED),
        made("a box of 16 EiB", head + b"\0\0\0\1moov" + b"\xff" * 8, ends=STOPPED),
        made("a track inside itself", rebuilt(film, inside)),
        made("65,535 by 65,535", with_box(b"stsd", lambda body: body[:40] + many + body[44:]), heavy=True),
        made("cut in the middle", film[: len(film) // 2], ends=STOPPED),
        made("cut within its index", film[:-200], ends=STOPPED),
    ]
