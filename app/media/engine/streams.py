"""What the engine knows about a recording: plain values, and how they follow from what a demuxer says."""

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, Self

from app.media.engine.detect import DetectedType
from app.media.engine.errors import UnreadableMedia
from app.media.engine.frame_rate import choose_rate

_TEXT_SUBTITLES = ("subrip", "srt", "ass", "ssa", "webvtt", "mov_text", "text")
_TAGS = ("title", "artist", "album", "album_artist", "track", "date", "genre", "comment", "lyrics")
_TRANSFERS = {16: "pq", 18: "hlg"}  # ITU-T H.273, table 3
_MOST_PIXELS = 8192 * 8192


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
        starts_at: what the container's clock shows at its start, in seconds, as a fraction; empty in old records.
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
    starts_at: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Back from `to_dict`, also after a journey through JSON."""
        return cls(
            **{
                **data,
                "demuxers": tuple(data["demuxers"]),
                "video": VideoStream(**data["video"]) if data["video"] else None,
                "audio": AudioStream(**data["audio"]) if data["audio"] else None,
                "subtitles": tuple(SubtitleStream(**one) for one in data["subtitles"]),
                "chapters": tuple(ChapterMark(**one) for one in data["chapters"]),
                "warnings": tuple(data["warnings"]),
            }
        )


def interpret(raw: dict[str, Any], detected: DetectedType) -> Probe:
    """Build a `Probe` from what ``probe_child.read`` returned.

    Raises:
        UnreadableMedia: there is no stream in it that can be decoded.
    """
    streams, ends = raw["streams"], {int(index): Fraction(end) for index, end in raw["ends"]["streams"].items()}
    pictures = [one for one in streams if one["type"] == "video" and one["is_picture"]]
    videos = [one for one in streams if one["type"] == "video" and not one["is_picture"] and one.get("is_readable")]
    sounds = [one for one in streams if one["type"] == "audio" and one.get("is_readable") and one["channels"]]
    if not videos and not sounds:
        raise UnreadableMedia("This file has no sound and no picture that we can read.")
    best_video = max(videos, key=lambda one: (one["is_default"], one["width"] * one["height"]), default=None)
    best_sound = max(sounds, key=lambda one: (one["is_default"], one["channels"]), default=None)
    duration = max(
        (ends[one["index"]] for one in (best_video, best_sound) if one and one["index"] in ends), default=Fraction(0)
    )
    duration = duration or Fraction(raw["duration"] or 0)
    tags = {**(best_sound or {}).get("tags", {}), **raw["tags"]}
    return Probe(
        container=detected.container,
        demuxers=detected.demuxers,
        duration_ms=round(duration * 1000),
        video=_video(best_video, ends.get(best_video["index"], duration)) if best_video else None,
        audio=_audio(best_sound) if best_sound else None,
        subtitles=tuple(_subtitle(one) for one in streams if one["type"] == "subtitle"),
        chapters=_chapters(raw["chapters"], round(duration * 1000)),
        tags={key: clean_text(tags[key]) for key in _TAGS if clean_text(tags.get(key, ""))},
        has_cover=bool(pictures),
        warnings=tuple(_warnings(streams)),
        starts_at=raw["starts_at"],
    )


def _video(raw: dict[str, Any], ends_at: Fraction) -> VideoStream:
    width, height = raw["width"] * (Fraction(raw["aspect"]) or 1), Fraction(raw["height"])
    rotation = round(-raw["rotation"] / 90) * 90 % 360
    if rotation in {90, 270}:
        width, height = height, width
    times = [Fraction(one) for one in raw["times"]]
    rate, is_variable = choose_rate(times, Fraction(raw["average_rate"]), Fraction(raw["guessed_rate"]))
    if not 0 < width * height <= _MOST_PIXELS:
        raise UnreadableMedia("The picture of this film is larger than we can take.")
    return VideoStream(
        index=raw["index"],
        codec=raw["codec"],
        width=max(2, round(width)),
        height=max(2, round(height)),
        rotation=rotation,
        frame_rate=str(rate),
        variable_rate=is_variable,
        starts_at=str(max(Fraction(0), Fraction(raw["starts_at"]))),
        duration_ms=round(ends_at * 1000),
        pix_fmt=raw["pix_fmt"],
        hdr=_TRANSFERS.get(raw["transfer"], ""),
        interlaced=raw["is_interlaced"],
        frame_count_hint=raw["frames"] or None,
    )


def _audio(raw: dict[str, Any]) -> AudioStream:
    return AudioStream(
        index=raw["index"],
        codec=raw["codec"],
        sample_rate_hz=raw["sample_rate"],
        channels=raw["channels"],
        bitrate_bps=raw["bit_rate"] or None,
    )


def _subtitle(raw: dict[str, Any]) -> SubtitleStream:
    language = clean_text(raw["language"])
    return SubtitleStream(
        index=raw["index"],
        codec=raw["codec"],
        language=language if language not in {"", "und"} else None,
        title=clean_text(raw["title"]) or None,
        is_text=raw["codec"] in _TEXT_SUBTITLES,
    )


def _chapters(raw: list[dict[str, Any]], duration_ms: int) -> tuple[ChapterMark, ...]:
    marks = [
        ChapterMark(
            start_ms=round(Fraction(one["start"]) * 1000),
            end_ms=round(Fraction(one["end"]) * 1000),
            title=clean_text(one["title"]),
        )
        for one in raw
    ]
    return tuple(one for one in marks if 0 <= one.start_ms < min(one.end_ms, duration_ms))


def _warnings(streams: list[dict[str, Any]]) -> list[str]:
    count = {kind: sum(one["type"] == kind and not one["is_picture"] for one in streams) for kind in ("video", "audio")}
    found = []
    if count["audio"] > 1:
        found.append(f"This file has {count['audio']} sound tracks; the first is used.")
    if count["video"] > 1:
        found.append(f"This file has {count['video']} pictures; the main one is used.")
    if any(
        one["type"] in {"video", "audio"} and not one["is_picture"] and not one.get("is_readable") for one in streams
    ):
        found.append("One of the tracks in this file cannot be read and is left out.")
    return found


def clean_text(text: str) -> str:
    """Without control characters, which have no business in a title and are a danger in a terminal."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t").strip()
