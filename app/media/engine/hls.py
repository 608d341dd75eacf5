"""HLS playlists as text (RFC 8216, version 7: fragmented MP4 by byte range). Pure functions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from app.media.engine.fragments import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistObject:
    """One object and what of it is to be played.

    Attributes:
        uri: its address, relative to the playlist or absolute.
        init_bytes, init_sha256: its initialisation segment; a new ``EXT-X-MAP`` is written where the digest changes.
        segments: byte ranges, in order.
    """

    uri: str
    init_bytes: int
    init_sha256: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoVariant:
    """A line of the master playlist. Bit rates are the picture's own; the sound's are added."""

    uri: str
    peak_bps: int
    average_bps: int
    codecs: str
    width: int
    height: int
    frame_rate: Fraction
    audio_group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioRendition:
    """A sound. ``group`` is what `VideoVariant.audio_group` names."""

    uri: str
    group: str
    peak_bps: int
    average_bps: int
    codecs: str
    channels: int = 2
    name: str = "Sound"
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitleRendition:
    """Captions: ``uri`` is that of a `subtitle_playlist`."""

    uri: str
    name: str
    language: str
    is_default: bool = False


def media_playlist(objects: Sequence[PlaylistObject], *, ended: bool) -> str:
    """The playlist of one rendition: EVENT while it grows, VOD once it has ended."""
    segments = [segment for one in objects for segment in one.segments]
    target = max((_round_half_up(segment.duration_s) for segment in segments), default=1)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(1, target)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        f"#EXT-X-PLAYLIST-TYPE:{'VOD' if ended else 'EVENT'}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    known = None
    for one in objects:
        if one.init_sha256 != known:
            known = one.init_sha256
            lines.append(f'#EXT-X-MAP:URI="{_quoted(one.uri)}",BYTERANGE="{one.init_bytes}@0"')
        for segment in one.segments:
            lines += [
                f"#EXTINF:{float(segment.duration_s):.6f},",
                f"#EXT-X-BYTERANGE:{segment.length}@{segment.offset}",
                one.uri,
            ]
    if ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def length_s(objects: Sequence[PlaylistObject]) -> Fraction:
    """How long these are together, in seconds."""
    return sum((segment.duration_s for one in objects for segment in one.segments), Fraction(0))


def cut_at(objects: Sequence[PlaylistObject], end_s: Fraction) -> list[PlaylistObject]:
    """The segments that begin before ``end_s`` seconds."""
    kept, at_s = [], Fraction(0)
    for one in objects:
        segments = []
        for segment in one.segments:
            if at_s < end_s:
                segments.append(segment)
            at_s += segment.duration_s
        if segments:
            kept.append(replace(one, segments=tuple(segments)))
    return kept


def subtitle_playlist(uri: str, duration_ms: int) -> str:
    """The playlist of a caption track that is one WebVTT file."""
    seconds = duration_ms / 1000
    return (
        "#EXTM3U\n#EXT-X-VERSION:7\n"
        f"#EXT-X-TARGETDURATION:{max(1, math.ceil(seconds))}\n"
        "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n"
        f"#EXTINF:{seconds:.3f},\n{uri}\n#EXT-X-ENDLIST\n"
    )


def master_playlist(
    videos: Sequence[VideoVariant],
    audios: Sequence[AudioRendition] = (),
    subtitles: Sequence[SubtitleRendition] = (),
) -> str:
    """The list of what there is: pictures with the sound each goes with, or, without pictures, the sounds alone."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if videos:
        lines += [_audio_line(one) for one in audios]
    lines += [_subtitle_line(one) for one in subtitles]
    by_group = {one.group: one for one in audios}
    for video in videos:
        audio = by_group.get(video.audio_group or "")
        codecs = video.codecs + (f",{audio.codecs}" if audio else "")
        lines.append(
            _stream_line(
                video.peak_bps + (audio.peak_bps if audio else 0),
                video.average_bps + (audio.average_bps if audio else 0),
                codecs,
                f"RESOLUTION={video.width}x{video.height}",
                f"FRAME-RATE={float(video.frame_rate):.3f}",
                *([f'AUDIO="{_quoted(audio.group)}"'] if audio else []),
                *(['SUBTITLES="captions"'] if subtitles else []),
            )
        )
        lines.append(video.uri)
    if not videos:
        for audio in audios:
            lines += [_stream_line(audio.peak_bps, audio.average_bps, audio.codecs), audio.uri]
    return "\n".join(lines) + "\n"


def _stream_line(peak_bps: int, average_bps: int, codecs: str, *more: str) -> str:
    attributes = [f"BANDWIDTH={max(peak_bps, average_bps)}", f"AVERAGE-BANDWIDTH={average_bps}", f'CODECS="{codecs}"']
    return "#EXT-X-STREAM-INF:" + ",".join([*attributes, *more])


def _audio_line(audio: AudioRendition) -> str:
    language = f'LANGUAGE="{_quoted(audio.language)}",' if audio.language else ""
    return (
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{_quoted(audio.group)}",NAME="{_quoted(audio.name)}",{language}'
        f'DEFAULT=YES,AUTOSELECT=YES,CHANNELS="{audio.channels}",URI="{_quoted(audio.uri)}"'
    )


def _subtitle_line(track: SubtitleRendition) -> str:
    default = "YES" if track.is_default else "NO"
    return (
        f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="{_quoted(track.name)}",'
        f'LANGUAGE="{_quoted(track.language)}",DEFAULT={default},AUTOSELECT=YES,FORCED=NO,URI="{_quoted(track.uri)}"'
    )


def _quoted(text: str) -> str:
    """A quoted string of RFC 8216 holds neither quotes nor line breaks."""
    return "".join(" " if sign in '"\r\n' else sign for sign in text)


def _round_half_up(seconds: Fraction) -> int:
    return math.floor(seconds + Fraction(1, 2))
