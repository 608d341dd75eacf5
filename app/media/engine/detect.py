"""What a file is, by its content alone; names are never believed, and nothing is decoded.

Only the first bytes are read. The answer names the demuxers that may open the file, so that a playlist, or anything
else that points elsewhere, is never followed, whatever it is called.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.media.engine.errors import UnsupportedType

_HEAD = 64 << 10
_TAKEN = "We take MP3, WAV, FLAC, AAC, M4A, OGG, Opus, AIFF, MP4, MOV, MKV, WebM, AVI and MPEG-TS."
_ADTS_HEADER = 7


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


def _type(container: str, media_type: Literal["audio", "video"], demuxer: str, mime: str) -> DetectedType:
    return DetectedType(
        container=container, media_type=media_type, demuxers=(demuxer,), mime=mime, extension=f".{container}"
    )


MP3 = _type("mp3", "audio", "mp3", "audio/mpeg")
WAV = _type("wav", "audio", "wav", "audio/wav")
FLAC = _type("flac", "audio", "flac", "audio/flac")
AAC = _type("aac", "audio", "aac", "audio/aac")
M4A = _type("m4a", "audio", "mov", "audio/mp4")
OGG = _type("ogg", "audio", "ogg", "audio/ogg")
OPUS = _type("opus", "audio", "ogg", "audio/ogg")
AIFF = _type("aiff", "audio", "aiff", "audio/aiff")
MP4 = _type("mp4", "video", "mov", "video/mp4")
MOV = _type("mov", "video", "mov", "video/quicktime")
MKV = _type("mkv", "video", "matroska", "video/x-matroska")
WEBM = _type("webm", "video", "matroska", "video/webm")
AVI = _type("avi", "video", "avi", "video/x-msvideo")
TS = _type("ts", "video", "mpegts", "video/mp2t")

_TS_PACKET = 188
_TS_PACKETS_SEEN = 8

_MP4_BOXES = (b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")

# (begins with, what to say), for what people upload by mistake and what others upload on purpose
_REFUSED = (
    ((b"#EXTM3U", b"ffconcat", b"[playlist]", b"<asx", b"<smil"), "This is a playlist, not a recording."),
    ((b"<!doctype html", b"<html", b"<head", b"<body", b"<script"), "This is a web page, not a recording."),
    ((b"<svg",), "This is a drawing (SVG), not a recording."),
    ((b"<?xml", b"<mpd"), "This is an XML text, not a recording."),
    ((b"PK\x03\x04", b"PK\x05\x06"), "This is a ZIP archive. Unpack it, and upload the recordings in it."),
    (
        (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ"),
        "This is an archive. Unpack it, and upload the recordings in it.",
    ),
    ((b"%PDF",), "This is a PDF document, not a recording."),
    ((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM"), "This is a picture, not a recording."),
    ((b"MThd",), "This is a MIDI file: notes without sound. Render it to a recording first."),
    ((b"0&\xb2u\x8ef\xcf\x11",), f"This is a Windows Media file. {_TAKEN}"),
    ((b"FLV\x01",), f"This is a Flash video. {_TAKEN}"),
    ((b"\x7fELF", b"MZ"), "This is a program, not a recording."),
)


def detect(path: Path) -> DetectedType:
    """Say what kind of recording a file holds.

    Raises:
        UnsupportedType: it is none that we take; the sentence says what it seems to be.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if head[:3] == b"ID3":  # a tag in front of MP3, AAC, FLAC or AIFF; its size is seven bits a byte
            file.seek(id3_length(head))
            return _after_id3(file.read(_HEAD))
    if not head:
        raise UnsupportedType("This file is empty.")
    found = _by_magic(head) or _by_packets(head) or _by_frames(head)
    if found is not None:
        return found
    raise UnsupportedType(_refusal(head))


def _by_magic(head: bytes) -> DetectedType | None:
    kind = head[8:12]
    if head[:4] in {b"RIFF", b"RF64", b"RIFX"}:
        return {b"WAVE": WAV, b"AVI ": AVI}.get(kind) if head[:4] != b"RIFX" else None
    if head[:4] == b"FORM" and kind in {b"AIFF", b"AIFC"}:
        return AIFF
    if head[:4] == b"fLaC":
        return FLAC
    if head[:4] == b"OggS":
        return OPUS if b"OpusHead" in head[:128] else OGG
    if head[:4] == b"\x1aE\xdf\xa3":
        return WEBM if b"webm" in head[:64] else MKV
    if head[4:8] == b"ftyp":
        return _by_brand(kind)
    return MOV if head[4:8] in _MP4_BOXES else None


def _by_brand(brand: bytes) -> DetectedType | None:
    if brand in {b"M4A ", b"M4B ", b"F4A "}:
        return M4A
    if brand == b"qt  ":
        return MOV
    return None if brand in {b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1", b"crx "} else MP4


def _by_packets(head: bytes) -> DetectedType | None:
    """MPEG-TS is packets of 188 bytes that begin with 0x47 (ISO 13818-1, 2.4.3.2); cameras put a time before each."""
    for before in (0, 4):
        starts = range(before, len(head), _TS_PACKET + before)[:_TS_PACKETS_SEEN]
        if len(starts) == _TS_PACKETS_SEEN and all(head[at] == 0x47 for at in starts):
            return TS
    return None


def _by_frames(head: bytes) -> DetectedType | None:
    """MP3 and ADTS have no magic, only frames: two of them in a row, after what padding there may be."""
    start = len(head) - len(head.lstrip(b"\0"))
    for at in range(start, min(start + 4096, len(head) - _ADTS_HEADER)):
        if head[at] == 0xFF and head[at + 1] & 0xE0 == 0xE0:
            for length_of, found in ((_mp3_frame, MP3), (_adts_frame, AAC)):
                length = length_of(head[at:])
                if length and (at + length >= len(head) - _ADTS_HEADER or length_of(head[at + length :])):
                    return found
    return None


def _after_id3(body: bytes) -> DetectedType:
    found = _by_magic(body) or _by_frames(body)
    if found not in {MP3, AAC, FLAC, AIFF}:
        raise UnsupportedType("This file has a music tag, but no music that we know after it.")
    return found


def id3_length(head: bytes) -> int:
    """How many bytes the ID3v2 tag takes that ``head`` begins with; what the file is comes after them."""
    size = 0
    for byte in head[6:10]:
        size = size << 7 | (byte & 0x7F)
    return size + (20 if len(head) > 5 and head[5] & 0x10 else 10)


def _mp3_frame(data: bytes) -> int:
    """Length of the MPEG audio layer III frame that begins here, or 0 (ISO 11172-3, 2.4.1)."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return 0
    version, layer = data[1] >> 3 & 3, data[1] >> 1 & 3
    rate_index, frequency_index, padding = data[2] >> 4, data[2] >> 2 & 3, data[2] >> 1 & 1
    layer_3 = 1
    if version == 1 or layer != layer_3 or rate_index in {0, 15} or frequency_index == 3:
        return 0
    is_first = version == 3
    rates = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    slow_rates = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    bits = (rates if is_first else slow_rates)[rate_index - 1] * 1000
    frequency = (44_100, 48_000, 32_000)[frequency_index] >> {3: 0, 2: 1, 0: 2}[version]
    return (144 if is_first else 72) * bits // frequency + padding


def _adts_frame(data: bytes) -> int:
    """Length of the ADTS frame that begins here, or 0 (ISO 13818-7, 6.2)."""
    if len(data) < _ADTS_HEADER or data[0] != 0xFF or data[1] & 0xF6 != 0xF0:
        return 0
    length = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5
    return length if length > _ADTS_HEADER and data[2] >> 2 & 15 <= 12 else 0


def _refusal(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    lowered = text[:512].lower()
    for beginnings, sentence in _REFUSED:
        if any(text.startswith(one) or lowered.startswith(one.lower()) for one in beginnings if one):
            if b"<svg" in lowered:
                return "This is a drawing (SVG), not a recording."
            if b"<mpd" in lowered or b"<smil" in lowered:
                return "This is a playlist, not a recording."
            return sentence
    if not head.strip(b"\0"):
        return "This file holds nothing but zeros; it was probably not copied to its end."
    if head[:4] in {b"RIFF", b"RIFX"} or head[4:8] == b"ftyp":
        return f"This is a picture or a kind of recording that we do not take. {_TAKEN}"
    try:
        head[: len(head) - 4].decode()
    except UnicodeDecodeError:
        return f"We do not know this kind of file. {_TAKEN}"
    return "This is a text, not a recording."
