"""What is in a recording: streams, length, chapters, tags, and whether it is whole."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from app.media.engine.detect import DetectedType

LONGEST_MS = 12 * 3600 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoStream:
    """The picture.

    Attributes:
        index: stream number in the container.
        codec: ffmpeg's name of the decoder.
        width, height: as displayed: upright, with square pixels.
        rotation: degrees clockwise that the stored picture is turned for display (0, 90, 180, 270).
        frame_rate: of the grid that outputs are made on, as a fraction, for example ``30000/1001``.
        variable_rate: the source's own frames do not keep to one rate.
        starts_at: time of the first frame from the container's start, in seconds, as a fraction.
        duration_ms: the picture's own length, from the container's start to the end of the last frame.
        pix_fmt: ffmpeg's name of the pixel format.
        hdr: ``pq``, ``hlg`` or empty.
        interlaced: two fields a frame.
        frame_count_hint: what the container says; may be missing or wrong.
    """

    index: int
    codec: str
    width: int
    height: int
    rotation: int
    frame_rate: str
    variable_rate: bool
    starts_at: str
    duration_ms: int
    pix_fmt: str
    hdr: str
    interlaced: bool
    frame_count_hint: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStream:
    """The sound. ``bitrate_bps`` is None where the container does not say."""

    index: int
    codec: str
    sample_rate_hz: int
    channels: int
    bitrate_bps: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitleStream:
    """A subtitle track; ``language`` is BCP 47 or ISO 639-2 as written in the file, ``is_text`` false for pictures."""

    index: int
    codec: str
    language: str | None
    title: str | None
    is_text: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterMark:
    """A named stretch. Times in milliseconds from the start."""

    start_ms: int
    end_ms: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Everything the engine knows about a recording; plain values that can live in a JSON column.

    Attributes:
        container: `DetectedType.container`.
        demuxers: `DetectedType.demuxers`.
        duration_ms: of the longest stream.
        video, audio: the best stream of its kind, or None. A cover picture is no video.
        subtitles, chapters: in the file's order.
        tags: lower-case keys as found, of: title, artist, album, album_artist, track, date, genre, comment, lyrics.
        has_cover: the file carries an attached picture (see `tags.read_tags`).
        warnings: sentences for the owner about what was found and will be lived with.
    """

    container: str
    demuxers: tuple[str, ...]
    duration_ms: int
    video: VideoStream | None
    audio: AudioStream | None
    subtitles: tuple[SubtitleStream, ...]
    chapters: tuple[ChapterMark, ...]
    tags: dict[str, str]
    has_cover: bool
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        raise NotImplementedError

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Back from `to_dict`."""
        raise NotImplementedError


def probe(path: Path, detected: DetectedType, *, longest_ms: int = LONGEST_MS) -> Probe:
    """Read what a recording holds, in a sandboxed child process, and check that it is whole.

    Raises:
        UnreadableMedia: nothing in it can be played.
        TruncatedMedia: its end is missing; the sentence says where it ends.
        MediaTooLong: longer than ``longest_ms``.
        TookTooLong: reading it took too long.
    """
    raise NotImplementedError
