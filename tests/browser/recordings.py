"""The recordings that the browser tests upload: small, real, and each with what its tests look for."""

from pathlib import Path

from tests.factories.media_files import ffmpeg, picture

_QUICK = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "30", "-c:a", "aac")


def _tone(seconds: int, hertz: int) -> tuple[str, ...]:
    """A tone that swells twice a second, so that its waveform has a shape."""
    return "-f", "lavfi", "-i", f"sine=f={hertz}:d={seconds},volume='0.2+0.6*abs(sin(PI*t/2))':eval=frame"


def song(folder: Path, title: str, seconds: int = 12, hertz: int = 330) -> Path:
    """An MP3 with a title and a cover."""
    path = folder / f"{title}.mp3"
    cover = ("-i", picture(), "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic")
    named = ("-metadata", f"title={title}", "-metadata", "artist=Ada Lin", "-id3v2_version", "3")
    ffmpeg(*_tone(seconds, hertz), *cover, "-c:a", "libmp3lame", "-b:a", "128k", *named, path)
    return path


def film(folder: Path, title: str, seconds: int = 14, size: str = "854x480") -> Path:
    """An MKV with captions in English and German and three chapters: Opening, Middle (5 s), End (10 s)."""
    path, texts = folder / f"{title}.mkv", []
    for language, words in (("en", "Good evening"), ("de", "Guten Abend")):
        texts.append(folder / f"{title}.{language}.srt")
        texts[-1].write_text(f"1\n00:00:00,000 --> 00:00:{seconds:02d},000\n{words}\n")
    chapters = folder / f"{title}.chapters"
    marks = [("Opening", 0, 5), ("Middle", 5, 10), ("End", 10, seconds)]
    chapters.write_text(
        f";FFMETADATA1\ntitle={title}\n"
        + "".join(f"[CHAPTER]\nTIMEBASE=1/1\nSTART={start}\nEND={end}\ntitle={name}\n" for name, start, end in marks)
    )
    source = ("-f", "lavfi", "-i", f"testsrc2=s={size}:r=15:d={seconds}", *_tone(seconds, 440))
    maps = ("-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map_metadata", "4", "-map_chapters", "4")
    languages = ("-metadata:s:s:0", "language=eng", "-metadata:s:s:1", "language=ger")
    ffmpeg(*source, "-i", texts[0], "-i", texts[1], "-i", chapters, *maps, *_QUICK, "-c:s", "srt", *languages, path)
    return path


def plain_film(folder: Path, title: str, seconds: int = 12, size: str = "426x240") -> Path:
    """An MP4 with nothing but picture and sound."""
    path = folder / f"{title}.mp4"
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=s={size}:r=15:d={seconds}", *_tone(seconds, 550), *_QUICK, path)
    return path


def large_song(folder: Path, title: str) -> Path:
    """A WAV of noise with 17 MB, four parts of five, that is soon made: 22 s, but each sample is large."""
    path = folder / f"{title}.wav"
    ffmpeg("-f", "lavfi", "-i", "anoisesrc=d=22:a=0.1:r=96000", "-ac", "2", "-c:a", "pcm_s32le", path)
    return path
