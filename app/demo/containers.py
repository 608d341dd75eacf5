"""Which file each item becomes: codecs, tags, cover art, chapters, subtitles; a container for every importer."""

# mypy: disable-error-code="no-untyped-call"
# Mutagen carries no types.

import base64
from pathlib import Path

from mutagen.flac import FLAC, Picture
from mutagen.id3 import APIC, ID3, SYLT, TALB, TCON, TDRC, TIT2, TPE1, USLT
from mutagen.mp4 import MP4, MP4Cover
from mutagen.oggopus import OggOpus

from app.demo.artists import get_artist
from app.demo.captions import lyrics_entries
from app.demo.shapes import DemoItem

OUTPUT_PX = (1280, 720)
OUTPUT_FPS = 24

_AUDIO_CODECS: dict[str, tuple[str, ...]] = {
    "flac": ("-c:a", "flac", "-compression_level", "3"),
    "mp3": ("-c:a", "libmp3lame", "-b:a", "256k", "-compression_level", "7"),
    "m4a": ("-c:a", "aac", "-b:a", "256k", "-aac_coder", "fast", "-movflags", "+faststart"),
    "opus": ("-c:a", "libopus", "-b:a", "160k", "-compression_level", "4"),
    "wav": (
        "-c:a",
        "pcm_s16le",
    ),
}
_X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "19", "-pix_fmt", "yuv420p", "-g", "48")
_VIDEO_CODECS: dict[str, tuple[str, ...]] = {
    "mp4": (*_X264, "-c:a", "aac", "-b:a", "192k", "-movflags", "+faststart"),
    "mov": (*_X264, "-c:a", "pcm_s16le"),
    "mkv": (*_X264, "-c:a", "flac"),
    "webm": ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "16", "-b:v", "4M", "-qmin", "8", "-qmax", "40",
             "-c:a", "libopus", "-b:a", "160k"),
}  # fmt: skip
_EXACT = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")
"""No dates and no versions in the files: the same item gives the same bytes."""


def _escaped(text: str) -> str:
    for sign in "\\=;#\n":
        text = text.replace(sign, f"\\{sign}")
    return text


def write_metadata(item: DemoItem, path: Path) -> None:
    """Write title, artist and, where they live inside the file, chapters, in ffmpeg's ffmetadata format."""
    artist = get_artist(item.artist)
    lines = [";FFMETADATA1", f"title={_escaped(item.title)}", f"artist={_escaped(artist.display_name)}"]
    lines += [f"date={item.release_date.isoformat()}", f"genre={_escaped(item.genre)}"]
    if item.album:
        lines.append(f"album={_escaped(item.album)}")
    if item.embeds_text:
        ends = [*(chapter.starts_at_ms for chapter in item.chapters[1:]), item.duration_ms]
        for chapter, end in zip(item.chapters, ends, strict=True):
            lines += [
                "[CHAPTER]",
                "TIMEBASE=1/1000",
                f"START={chapter.starts_at_ms}",
                f"END={end}",
                f"title={_escaped(chapter.title)}",
            ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def audio_arguments(item: DemoItem, sound_path: Path, notes_path: Path) -> list[str]:
    """The arguments that turn a wave file and its notes into the item's container, all but the output."""
    inputs = ["-i", str(sound_path), "-f", "ffmetadata", "-i", str(notes_path), "-map", "0:a", "-map_metadata", "1"]
    return [*inputs, "-map_chapters", "1", *_AUDIO_CODECS[item.container], *_EXACT]


def video_arguments(
    item: DemoItem, size: tuple[int, int], fps: int, sound_path: Path, notes_path: Path, *, blended: bool
) -> list[str]:
    """The arguments that turn raw frames on standard input, sound and captions into the item's container.

    ``blended`` says whether frames between the drawn ones are mixed from their neighbours or repeated.
    """
    frames = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}", "-r", str(fps), "-i", "-"]
    inputs = [*frames, "-i", str(sound_path), "-f", "ffmetadata", "-i", str(notes_path)]
    maps = ["-map", "0:v", "-map", "1:a", "-map_metadata", "2", "-map_chapters", "2"]
    codec = [*_VIDEO_CODECS[item.container]]
    if item.embeds_text:
        for index, captions in enumerate(item.captions):
            path = notes_path.with_name(f"{item.slug}.caption.{captions.language}.vtt")
            path.write_text(captions.text, encoding="utf-8")
            inputs += ["-i", str(path)]
            maps += ["-map", f"{index + 3}:s", f"-metadata:s:s:{index}", f"language={_ISO_639_2[captions.language]}"]
            maps += [f"-metadata:s:s:{index}", f"title={captions.label}"]
        codec += ["-c:s", "mov_text" if item.container in {"mp4", "mov"} else "subrip"]
    between = f"framerate=fps={OUTPUT_FPS}:scene=100" if blended else f"fps={OUTPUT_FPS}:round=near"
    scale = f"{between},scale={OUTPUT_PX[0]}:{OUTPUT_PX[1]}:flags=bicubic"
    return [*inputs, *maps, "-filter_threads", "1", "-vf", scale, *codec, *_EXACT, "-threads", "1"]


_ISO_639_2 = {"en": "eng", "de": "ger", "ar": "ara"}
"""Three letters for each language, in the bibliographic form that Matroska asks for."""


def tag(item: DemoItem, media_path: Path, artwork_path: Path | None) -> None:
    """Embed the sleeve, and the words of a song, in a finished audio file; a WAV stays bare."""
    cover = artwork_path.read_bytes() if artwork_path else None
    if item.container == "mp3":
        _tag_mp3(item, media_path, cover)
    elif cover is None:
        return
    elif item.container == "flac":
        flac = FLAC(media_path)
        flac.add_picture(_flac_picture(cover))
        flac.save()
    elif item.container == "m4a":
        m4a = MP4(media_path)
        m4a["covr"] = [MP4Cover(cover, imageformat=MP4Cover.FORMAT_JPEG)]
        m4a.save()
    elif item.container == "opus":
        opus = OggOpus(media_path)
        opus["metadata_block_picture"] = [base64.b64encode(_flac_picture(cover).write()).decode("ascii")]
        opus.save()


def _flac_picture(cover: bytes) -> Picture:
    block = Picture()
    block.type, block.mime, block.desc = 3, "image/jpeg", "Front cover"
    block.width = block.height = 1400
    block.depth, block.data = 24, cover
    return block


def _tag_mp3(item: DemoItem, media_path: Path, cover: bytes | None) -> None:
    tags = ID3()
    tags.add(TIT2(encoding=3, text=item.title))
    tags.add(TPE1(encoding=3, text=get_artist(item.artist).display_name))
    tags.add(TDRC(encoding=3, text=item.release_date.isoformat()))
    tags.add(TCON(encoding=3, text=item.genre))
    if item.album:
        tags.add(TALB(encoding=3, text=item.album))
    if cover:
        tags.add(APIC(encoding=3, mime="image/jpeg", type=3, desc="Front cover", data=cover))
    if item.lyrics_lrc:
        entries = lyrics_entries(item.lyrics_lrc)
        tags.add(USLT(encoding=3, lang="eng", desc="", text="\n".join(text for _, text in entries)))
        tags.add(SYLT(encoding=3, lang="eng", format=2, type=1, desc="", text=[(text, at) for at, text in entries]))
    tags.save(media_path)
