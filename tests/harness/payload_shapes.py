"""Recordings of a hostile shape: too many streams, too little for their length, headers that lie, noise."""

import random
import struct
import subprocess
import zlib
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from tests.factories import media_files
from tests.harness.canary import Canaries
from tests.harness.payload_tags import huge_picture
from tests.harness.payloads import EITHER, HONEST, STOPPED, Payload

STREAMS = 300


def _made(name: str, *arguments: str | Path) -> bytes:
    def build(draft: Path) -> None:
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *map(str, arguments), str(draft)]
        subprocess.run(command, check=True, timeout=60)

    return media_files._make(name, build).read_bytes()


@cache
def many_streams() -> bytes:
    """300 sounds in one MKV."""
    source = ("-f", "lavfi", "-t", "0.3", "-i", "sine=r=8000")
    return _made("streams.mkv", *source, *(["-map", "0"] * STREAMS), "-c:a", "pcm_u8")


@cache
def with_attachments(mark: str) -> bytes:
    """An MKV that carries a page, a font and a playlist, under names that lead out of a folder."""
    folder = media_files.FOLDER
    page = media_files.written("page.html", b"<script>alert(1)</script>")
    names = [f"../../../{mark}.html", "/etc/cron.d/x", "a\r\nb.ttf"]
    attached = [part for _ in names for part in ("-attach", str(page))]
    typed = [
        part
        for number, name in enumerate(names)
        for part in (f"-metadata:s:t:{number}", "mimetype=text/html", f"-metadata:s:t:{number}", f"filename={name}")
    ]
    assert folder.is_dir()
    return _made("attached.mkv", "-i", media_files.video_in("webm"), *attached, *typed, "-c", "copy")


@cache
def with_directives() -> bytes:
    """An MKV whose captions are ASS with fonts, drawings, paths and script."""
    ass = (
        "[Script Info]\nScriptType: v4.00+\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\n"
        "Style: Default,../../../etc/passwd,20\n[Fonts]\nfontname: ../../evil.ttf\n" + "!" * 400 + "\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:00.10,0:00:00.90,Default,,0,0,0,,{\\fn/etc/passwd\\p1\\t(0,9,\\fscx1e9)}m 0 0"
        "<script>alert(1)</script>\\Nb\n"
    )
    path = media_files.written("directives.ass", ass.encode())
    return _made("directives.mkv", "-i", media_files.video_in("webm"), "-i", path, "-c", "copy", "-c:s", "ass")


@cache
def huge_film() -> bytes:
    """A film whose one frame has 16,000 by 16,000 pixels."""
    return _made("huge.mov", "-i", media_files.written("huge.png", huge_picture()), "-c", "copy")


def wav(*, channels: int = 2, rate: int = 48_000, align: int = 4, bits: int = 16, claims: int = 4000) -> bytes:
    """A WAV with a head of these numbers and a second of silence."""
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * align & 0xFFFFFFFF, align, bits)
    return (
        b"RIFF"
        + b"\xff" * 4
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", claims)
        + b"\0" * 4000
    )


def element(name: int, body: bytes) -> bytes:
    """An EBML element with a size of eight bytes."""
    return name.to_bytes((name.bit_length() + 7) // 8) + (1 << 56 | len(body)).to_bytes(8) + body


def packed_matroska() -> bytes:
    """A Matroska whose packets are zlib bombs."""
    head = element(0x1A45DFA3, element(0x4282, b"matroska"))
    packing = element(0x6D80, element(0x6240, element(0x5034, element(0x4254, b"\0"))))
    track = element(0xD7, b"\1") + element(0x73C5, b"\1") + element(0x83, b"\2") + element(0x86, b"A_PCM/INT/LIT")
    track += element(0xE1, element(0xB5, struct.pack(">d", 48000.0)) + element(0x9F, b"\1") + element(0x6264, b"\x10"))
    block = element(0xA3, b"\x81\0\0\x80" + zlib.compress(b"\0" * (32 << 20)))
    cluster = element(0x1F43B675, element(0xE7, b"\0") + block * 20)
    info = element(0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40"))
    return head + element(0x18538067, info + element(0x1654AE6B, element(0xAE, track + packing)) + cluster)


def shapes() -> list[Payload]:
    """All of them."""
    noise = random.Random(3).randbytes  # noqa: S311 - bytes to be wrong with
    deep = b""
    for _ in range(2000):
        deep = element(0x18538067, deep)
    flac = media_files.blip("flac").read_bytes()
    ogg, mkv = media_files.blip("ogg").read_bytes(), media_files.rich_film().read_bytes()

    def shape(what: str, filename: str, data: bytes, ends: frozenset[str] = STOPPED) -> Payload:
        return Payload(what=what, filename=filename, data=data, ends=ends)

    return [
        shape("two frames 26 hours apart", "film.mkv", media_files.two_frames_hours_apart().read_bytes()),
        shape("300 streams", "film.mkv", many_streams(), EITHER),
        shape("a frame of 16,000 by 16,000", "film.mov", huge_film()),
        shape("a cut Matroska", "film.mkv", mkv[: len(mkv) // 2]),
        shape("Matroska in Matroska", "film.mkv", element(0x1A45DFA3, element(0x4282, b"webm")) + deep),
        shape("Matroska of packed packets", "film.mkv", packed_matroska(), EITHER),
        shape("Matroska of noise", "film.mkv", mkv[:4096] + noise(20_000), EITHER),
        shape("a WAV of 65,535 channels", "a.wav", wav(channels=65_535), EITHER),
        shape("a WAV at 0 Hz", "a.wav", wav(rate=0, align=0), EITHER),
        shape("a WAV at four gigahertz", "a.wav", wav(rate=0xFFFFFFFF), EITHER),
        shape("a WAV that says 4 GB", "a.wav", wav(claims=0xFFFFFFF0)),
        shape("an AVI of noise", "a.avi", b"RIFF\x00\x01\x00\x00AVI LIST\xff\xff\xff\x7fhdrl" + noise(3000)),
        shape("an Ogg of noise", "a.ogg", ogg[:200] + noise(20_000), EITHER),
        shape("an Ogg, fifty times", "a.ogg", ogg * 50, EITHER),
        shape("MPEG-TS of noise", "a.ts", b"".join(b"\x47" + noise(187) for _ in range(200))),
        shape("frames of noise", "a.mp3", b"\xff\xfb\x90\x00" + noise(20_000), EITHER),
        shape("a FLAC that says 18 hours", "a.flac", flac[:21] + b"\xff" * 5 + flac[26:], EITHER),
        shape("a FLAC cut in its head", "a.flac", flac[:30]),
    ]


def carried(canaries: Canaries) -> list[Payload]:
    """Honest recordings that carry what is none."""
    given = {
        "attachments": ("film.mkv", with_attachments("canary")),
        "captions with directives": ("film.mkv", with_directives()),
    }
    flac = media_files.blip("flac").read_bytes()
    given["a name that asks for a neighbour"] = (str(canaries.file), flac)
    return [Payload(what=what, filename=name, data=data, ends=HONEST) for what, (name, data) in given.items()]
