"""Small real recordings to test with, made by ffmpeg when they are first asked for and kept for later runs.

Every function returns a path that nobody may write to. The folder is named for this file's content, so that a change
here makes everything anew; an unfinished file is never seen, because each is made beside its place and then moved.
"""

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import imageio_ffmpeg
from PIL import Image, ImageDraw

_STATE = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
FOLDER = Path(tempfile.gettempdir()) / f"soundstage-test-media-{os.getuid()}-{_STATE}"
_QUICK = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def counted(seconds: float, rate: str, size: str = "320x180") -> str:
    """A picture source whose every frame carries its own number, as twelve black or white bars from left to right."""
    bar = "if(bitand(1,floor(N/pow(2,floor(X*12/W)))),235,16)"
    small = f"color=gray:s=96x54:r={rate}:d={seconds},format=gray,geq=lum='{bar}'"
    return f"{small},scale={size.replace('x', ':')}:flags=neighbor,setsar=1"


def _make(name: str, build: Callable[[Path], None]) -> Path:
    target = FOLDER / name
    if not target.exists():
        FOLDER.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            draft = Path(folder) / name
            build(draft)
            draft.replace(target)
    return target


def ffmpeg(*arguments: str | Path) -> None:
    """Run ffmpeg outside of the sandbox, on our own material."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, timeout=60)


def _from_ffmpeg(name: str, *arguments: str | Path) -> Path:
    return _make(name, lambda draft: ffmpeg(*arguments, draft))


def _lavfi(*sources: str) -> list[str]:
    return [part for source in sources for part in ("-f", "lavfi", "-i", source)]


@cache
def film() -> Path:
    """13 s of 320×180 at 25 frames a second with a tone, MP4."""
    sound = ("-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart")
    return _from_ffmpeg("film.mp4", *_lavfi("testsrc2=s=320x180:r=25:d=13", "sine=f=440:d=13"), *_QUICK, *sound)


@cache
def counted_ntsc() -> Path:
    """9 s of numbered frames at 30000/1001 in MKV, whose clock counts milliseconds; key frames every 4 s, B-frames."""
    return _from_ffmpeg("counted-ntsc.mkv", *_lavfi(counted(9, "30000/1001")), *_QUICK, "-g", "120", "-bf", "2")


@cache
def counted_late() -> Path:
    """9 s of numbered frames at 25 a second in MP4 that begin half a frame after the sound does."""
    late = ("-itsoffset", "0.5195")
    source = ("-f", "lavfi", "-i", counted(9, "25"), "-f", "lavfi", "-i", "sine=d=10")
    return _from_ffmpeg("counted-late.mp4", *late, *source, *_QUICK, "-g", "70", "-bf", "3", "-c:a", "aac")


@cache
def counted_varying() -> Path:
    """Numbered frames at 30 a second of which a third, and one whole second, were never recorded (as telephones do)."""
    drop = "select='not(eq(mod(n,3),1))*not(between(n,100,130))'"
    keep = (*_QUICK, "-g", "90", "-fps_mode", "passthrough", "-enc_time_base", "1:90000")
    return _from_ffmpeg("counted-varying.mp4", *_lavfi(counted(9, "30")), "-vf", drop, *keep)


@cache
def fast_film() -> Path:
    """5 s of numbered frames at 60 a second, 640×480, no sound."""
    return _from_ffmpeg("fast.mp4", *_lavfi(counted(5, "60", "640x480")), *_QUICK, "-g", "60")


@cache
def telephone() -> Path:
    """2 s from a telephone held upright: stored lying, with a note to turn it."""
    source = film()
    return _from_ffmpeg("telephone.mp4", "-display_rotation", "90", "-t", "2", "-i", source, "-c", "copy")


@cache
def wide_pixels() -> Path:
    """1 s of 180×144 with pixels of 16:11, and an odd height after scaling."""
    return _from_ffmpeg("wide.mp4", *_lavfi("testsrc=s=180x144:r=25:d=1"), "-vf", "setsar=16/11", *_QUICK)


@cache
def odd_sizes() -> Path:
    """1 s of 321×181, lossless in MKV."""
    return _from_ffmpeg("odd.mkv", *_lavfi("testsrc=s=321x181:r=24:d=1"), "-c:v", "ffv1")


@cache
def hdr_film() -> Path:
    """1 s of ten bits in BT.2020 with the PQ curve."""
    colours = ("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc")
    params = ("-x265-params", "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc")
    code = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le")
    tagged = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"
    return _from_ffmpeg("hdr.mp4", *_lavfi("testsrc2=s=320x240:r=24:d=1"), "-vf", tagged, *code, *colours, *params)


@cache
def interlaced() -> Path:
    """1 s of 25 frames of two fields."""
    field = ("-vf", "tinterlace=interleave_top,fieldorder=tff", "-flags", "+ilme+ildct")
    return _from_ffmpeg("fields.mp4", *_lavfi("testsrc2=s=320x240:r=50:d=1"), *field, *_QUICK)


@cache
def silent_film() -> Path:
    """2 s without a sound track."""
    return _from_ffmpeg("silent.mp4", *_lavfi("testsrc2=s=320x180:r=25:d=2"), *_QUICK)


@cache
def rich_film() -> Path:
    """4 s of MKV with a sound, English and German captions, and three chapters."""

    def build(draft: Path) -> None:
        captions, chapters = draft.with_name("captions.srt"), draft.with_name("chapters.txt")
        captions.write_text(
            "1\n00:00:00,500 --> 00:00:01,500\n<i>Hello</i> & welcome\n\n2\n00:00:02,000 --> 00:00:03,000\nBye\n"
        )
        marks = [("Opening", 0, 1000), ("Middle", 1000, 3000), ("End", 3000, 4000)]
        chapters.write_text(
            ";FFMETADATA1\ntitle=A rich film\n"
            + "".join(
                f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={name}\n" for name, start, end in marks
            )
        )
        inputs: list[str | Path] = [
            *_lavfi("testsrc2=s=320x180:r=25:d=4", "sine=d=4"),
            "-i",
            captions,
            "-i",
            captions,
            "-i",
            chapters,
        ]
        maps = ("-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map_metadata", "4", "-map_chapters", "4")
        names = (
            "-metadata:s:s:0",
            "language=eng",
            "-metadata:s:s:1",
            "language=ger",
            "-metadata:s:s:1",
            "title=Deutsch",
        )
        ffmpeg(*inputs, *maps, *_QUICK, "-c:a", "aac", "-c:s", "srt", *names, draft)

    return _make("rich.mkv", build)


@cache
def lingering_caption(extension: str = "mkv") -> Path:
    """1 s of picture and sound whose last caption, as it was written, stays for a minute; ``mkv`` or ``mp4``."""

    def build(draft: Path) -> None:
        captions = draft.with_name("captions.srt")
        captions.write_text("1\n00:00:00,200 --> 00:01:00,000\nThe end\n")
        coded = ("-c:a", "aac", "-c:s", "mov_text" if extension == "mp4" else "srt")
        ffmpeg(*_lavfi("testsrc2=s=320x180:r=25:d=1", "sine=d=1"), "-i", captions, *_QUICK, *coded, draft)

    return _make(f"lingering.{extension}", build)


@cache
def song() -> Path:
    """6 s of MP3 with every tag and a cover."""

    def build(draft: Path) -> None:
        tags = {
            "title": "Night Bus",
            "artist": "Ada Lin",
            "album": "Depots",
            "track": "3/9",
            "date": "2024",
            "genre": "Ambient",
        }
        named = [part for key, value in tags.items() for part in ("-metadata", f"{key}={value}")]
        cover = ("-i", picture(), "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic")
        ffmpeg(
            *_lavfi("sine=f=330:d=6"),
            *cover,
            "-c:a",
            "libmp3lame",
            "-b:a",
            "192k",
            *named,
            "-id3v2_version",
            "3",
            draft,
        )

    return _make("song.mp3", build)


@cache
def sound(extension: str) -> Path:
    """5 s of a tone, as ``wav``, ``flac``, ``ogg``, ``opus``, ``aiff``, ``aac``, ``m4a`` or ``mp3``."""
    return _from_ffmpeg(f"tone.{extension}", *_lavfi("sine=f=220:r=48000:d=5"), "-ac", "2")


@cache
def blip(extension: str) -> Path:
    """A third of a second of a tone, as in `sound`: for where there are many of them."""
    return _from_ffmpeg(f"blip.{extension}", *_lavfi("sine=f=220:r=48000:d=0.3"), "-ac", "2")


@cache
def click_film() -> Path:
    """4 s in which the picture turns white and a tone begins at the same moment, second 2."""
    flash = "color=black:s=320x180:r=25:d=4,geq=lum='if(gte(T,2),235,16)':cb=128:cr=128"
    tone = "aevalsrc='if(gte(t,2),0.8*sin(2*PI*880*t),0)':d=4:s=48000"
    return _from_ffmpeg("click.mp4", *_lavfi(flash, tone), *_QUICK, "-c:a", "aac", "-b:a", "192k")


@cache
def video_in(extension: str) -> Path:
    """1 s of picture and sound as ``mov``, ``avi`` or ``webm``."""
    codecs = {
        "mov": (*_QUICK, "-c:a", "aac"),
        "avi": ("-c:v", "mpeg4", "-c:a", "libmp3lame"),
        "webm": ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"),
    }[extension]
    return _from_ffmpeg(f"short.{extension}", *_lavfi("testsrc2=s=160x120:r=25:d=1", "sine=d=1"), *codecs)


def cut(source: Path, share: float) -> Path:
    """The first ``share`` of a file's bytes."""
    data = source.read_bytes()
    return written(f"cut-{share}-{source.name}", data[: int(len(data) * share)])


def written(name: str, data: bytes) -> Path:
    """A file of exactly these bytes."""
    return _make(f"{hashlib.sha256(data).hexdigest()[:8]}-{name}", lambda draft: _write(draft, data))


def _write(draft: Path, data: bytes) -> None:
    draft.write_bytes(data)


@cache
def unfinished_film() -> Path:
    """An MP4 whose recorder died before it wrote the index."""
    whole = _from_ffmpeg("late-index.mp4", "-i", film(), "-c", "copy")
    return cut(whole, 0.8)


@cache
def two_frames_hours_apart() -> Path:
    """A small MKV of 26 hours: two frames, and nothing between them."""
    apart = ("-vf", "setpts='if(eq(N,0),0,26*3600/TB)'", "-fps_mode", "passthrough", "-enc_time_base", "1:1000")
    return _from_ffmpeg("hours.mkv", *_lavfi("testsrc=s=160x120:r=1:d=2"), *apart, *_QUICK)


@cache
def picture(width: int = 700, height: int = 500, kind: str = "png") -> Path:
    """A picture with a dark blue ground and an orange disc."""

    def build(draft: Path) -> None:
        image = Image.new("RGB", (width, height), (20, 30, 90))
        ImageDraw.Draw(image).ellipse((width // 4, height // 4, width * 3 // 4, height * 3 // 4), fill=(250, 140, 20))
        image.save(draft)

    return _make(f"picture-{width}x{height}.{kind}", build)
