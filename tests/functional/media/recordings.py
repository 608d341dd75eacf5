"""Recordings for the whole pipeline: a song with everything in its tags, a film of two chunks with everything in it."""

import shutil
from functools import cache
from pathlib import Path
from typing import Any

from mutagen.id3 import ID3
from mutagen.id3 import Frames as frames  # noqa: N813 - a dictionary

from tests.factories import media_files

LYRICS = "[00:00.50]The night bus hums\n[00:03.00]and nobody gets off\n"
FILM_FRAMES = 13 * 25


@cache
def sung_song() -> Path:
    """``media_files.song`` with lyrics that have times."""

    def build(draft: Path) -> None:
        shutil.copyfile(media_files.song(), draft)
        id3: Any = ID3  # mutagen has no types
        tags = id3(draft)
        tags.add(frames["USLT"](encoding=3, lang="eng", desc="", text=LYRICS))
        tags.save()

    return media_files._make("sung-1.mp3", build)


@cache
def two_chunk_film() -> Path:
    """``media_files.film``, 13 s of 25 frames, in MKV with English captions, two chapters and a title."""

    def build(draft: Path) -> None:
        captions, chapters = draft.with_name("captions.srt"), draft.with_name("chapters.txt")
        captions.write_text("1\n00:00:00,500 --> 00:00:02,000\n<i>Hello</i> <b onclick=x>you</b>\n")
        marks = ((0, 6000, "Out"), (6000, 13000, "And back"))
        chapters.write_text(
            ";FFMETADATA1\ntitle=There and Back\n"
            + "".join(f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={a}\nEND={b}\ntitle={name}\n" for a, b, name in marks)
        )
        inputs = ("-i", media_files.film(), "-i", captions, "-i", chapters)
        maps = ("-map", "0", "-map", "1", "-map_metadata", "2", "-map_chapters", "2")
        media_files.ffmpeg(*inputs, *maps, "-c", "copy", "-c:s", "srt", "-metadata:s:s:0", "language=eng", draft)

    return media_files._make("there-and-back-1.mkv", build)


@cache
def long_film(seconds: int = 75, size: str = "1280x720") -> Path:
    """A film as long as one likes: a clip of 10 s of few details, repeated without encoding it again."""

    def build(draft: Path) -> None:
        clip = draft.with_name("clip.mp4")
        picture, sound = f"testsrc=s={size}:r=25:d=10", "sine=f=330:d=10:r=48000"
        sources = ("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound)
        coded = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "32", "-pix_fmt", "yuv420p", "-g", "50", "-bf", "0")
        media_files.ffmpeg(*sources, *coded, "-c:a", "aac", "-b:a", "96k", "-ac", "2", "-shortest", clip)
        loops = str(-(-seconds // 10) - 1)
        media_files.ffmpeg("-stream_loop", loops, "-i", clip, "-c", "copy", "-movflags", "+faststart", draft)

    return media_files._make(f"long-1-{seconds}-{size}.mp4", build)
