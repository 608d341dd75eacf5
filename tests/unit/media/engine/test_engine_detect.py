"""Kinds of files by their first bytes, and what the outside of a container says of its length."""

import struct
from pathlib import Path

import pytest

from app.media.engine.detect import detect
from app.media.engine.errors import EncodingFailed, UnsupportedType
from app.media.engine.fragments import count_frames, read_fragments, shift_times
from app.media.engine.structure import Structure, read_structure

MP3 = b"\xff\xfb\x90\x00" + bytes(413)
ADTS = b"\xff\xf1\x50\x80\x01\x9f\xfc" + bytes(5)
ID3 = b"ID3\x04\0\0\0\0\0\x10" + bytes(16)


@pytest.mark.parametrize(
    ("data", "container", "demuxer"),
    [
        (MP3 * 3, "mp3", "mp3"),
        (ID3 + MP3 * 3, "mp3", "mp3"),
        (bytes(100) + MP3 * 2, "mp3", "mp3"),
        (ADTS * 4, "aac", "aac"),
        (ID3 + b"fLaC", "flac", "flac"),
        (b"RIFF....WAVEfmt ", "wav", "wav"),
        (b"RF64....WAVEds64", "wav", "wav"),
        (b"RIFF....AVI LIST", "avi", "avi"),
        ((b"G" + bytes(187)) * 9, "ts", "mpegts"),
        ((bytes(4) + b"G" + bytes(187)) * 9, "ts", "mpegts"),
        (b"fLaC....", "flac", "flac"),
        (b"OggS" + bytes(24) + b"OpusHead", "opus", "ogg"),
        (b"OggS" + bytes(25) + b"vorbis", "ogg", "ogg"),
        (b"FORM....AIFFCOMM", "aiff", "aiff"),
        (b"FORM....AIFCCOMM", "aiff", "aiff"),
        (b"\0\0\0\x20ftypisom", "mp4", "mov"),
        (b"\0\0\0\x20ftypM4A ", "m4a", "mov"),
        (b"\0\0\0\x20ftypqt  ", "mov", "mov"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "mov", "mov"),
        (b"\x1aE\xdf\xa3....webm", "webm", "matroska"),
        (b"\x1aE\xdf\xa3....matroska", "mkv", "matroska"),
    ],
)
def test_known_kinds(tmp_path: Path, data: bytes, container: str, demuxer: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    found = detect(path)
    assert (found.container, found.demuxers) == (container, (demuxer,))
    assert found.mime.startswith(found.media_type)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "This file is empty."),
        (bytes(500), "This file holds nothing but zeros; it was probably not copied to its end."),
        (b"#EXTM3U\n", "This is a playlist, not a recording."),
        (b"\xef\xbb\xbf  ffconcat version 1.0", "This is a playlist, not a recording."),
        (b"<?xml version='1.0'?>\n<MPD/>", "This is a playlist, not a recording."),
        (b"<?xml version='1.0'?>\n<svg/>", "This is a drawing (SVG), not a recording."),
        (b"<?xml version='1.0'?>\n<rss/>", "This is an XML text, not a recording."),
        (b"<!DOCTYPE HTML><p>", "This is a web page, not a recording."),
        (b"PK\x03\x04", "This is a ZIP archive. Unpack it, and upload the recordings in it."),
        (b"Rar!", "This is an archive. Unpack it, and upload the recordings in it."),
        (b"\x89PNG\r\n", "This is a picture, not a recording."),
        (b"MThd", "This is a MIDI file: notes without sound. Render it to a recording first."),
        (b"hello there", "This is a text, not a recording."),
        (ID3 + b"nothing", "This file has a music tag, but no music that we know after it."),
    ],
)
def test_refused_kinds(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(data)
    with pytest.raises(UnsupportedType) as caught:
        detect(path)
    assert caught.value.sentence == sentence


@pytest.mark.parametrize(
    "data", [b"\x00\x01\xfe\x80" * 50, b"\0\0\0\x20ftypheic", b"RIFF....WEBP", b"RIFX....WAVE", b"FLV\x01"]
)
def test_refusals_of_what_is_near_say_what_is_taken(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(UnsupportedType, match="We take MP3, WAV"):
        detect(path)


def wav(declared: int, present: int) -> bytes:
    return (
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0"
        + struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
        + b"data"
        + struct.pack("<I", declared)
        + bytes(present)
    )


@pytest.mark.parametrize(
    ("demuxer", "data", "expected"),
    [
        ("wav", wav(80_000, 20_000), Structure(is_cut=True, declared_ms=10_000)),
        ("wav", wav(0xFFFFFFFF, 20_000), Structure()),
        ("wav", b"RIFF\0\0\0\0WAVE", Structure()),
        ("wav", b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1", Structure(is_cut=True)),
        ("avi", b"RIFF\xff\xff\0\0AVI ", Structure(is_cut=True)),
        ("mov", struct.pack(">I4sQ", 1, b"mdat", 16) + struct.pack(">I4s", 8, b"moov"), Structure()),
        ("mov", struct.pack(">I4s", 0, b"mdat") + bytes(90), Structure(has_index=False)),
        ("mov", struct.pack(">I4s", 3, b"mdat") + bytes(90), Structure(has_index=False)),
        ("mov", struct.pack(">I4s", 99, b"moov"), Structure(has_index=False, is_cut=True)),
        ("matroska", b"\x1aE\xdf\xa3\x80\x18S\x80g\x01\xff\xff\xff\xff\xff\xff\xff", Structure()),
        ("matroska", b"\x1aE\xdf\xa3\x80\x18S\x80g\x88", Structure(is_cut=True)),
        ("matroska", b"\x1aE\xdf\xa3", Structure()),
        ("mp3", MP3 * 3, Structure()),
        ("mp3", ID3 + MP3[:36] + b"Xing\0\0\0\1" + bytes(400), Structure()),
        (
            "mp3",
            MP3[:36] + b"Xing\0\0\0\3" + struct.pack(">II", 1000, 99_999) + bytes(400),
            Structure(is_cut=True, declared_ms=26_122),
        ),
        ("flac", b"fLaC", Structure()),
    ],
)
def test_what_containers_promise(tmp_path: Path, demuxer: str, data: bytes, expected: Structure) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert read_structure(path, demuxer) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\0\x04moov",
        struct.pack(">I4s", 8, b"moof"),
        struct.pack(">I4s", 16, b"moov") + b"\0\0\0\x02mdhd",
        struct.pack(">I4s", 99, b"moov"),
    ],
)
def test_objects_that_are_no_fragments_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(EncodingFailed):
        read_fragments(path)


def test_boxes_without_what_is_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert count_frames(path) == 0
    path.write_bytes(struct.pack(">I4s", 12, b"moof") + bytes(4))
    assert count_frames(path) == 0
    with pytest.raises(EncodingFailed):
        shift_times(path, 5)
