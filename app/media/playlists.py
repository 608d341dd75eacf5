"""HLS playlists from what is in the tables: they list what is there, so a film plays after its first chunk."""

from collections.abc import Sequence
from fractions import Fraction

from app.core.errors import NotFound
from app.media import queries
from app.media.engine import ladder
from app.media.engine.hls import (
    AudioRendition,
    SubtitleRendition,
    VideoVariant,
    cut_at,
    length_s,
    master_playlist,
    media_playlist,
    subtitle_playlist,
)
from app.media.models import CaptionKind, EncodedChunk, Kind, Rendition, Version, VersionState
from app.media.records import from_record, to_playlist_object

SOUND_GROUP = "sound"


def master(version: Version) -> str:
    """The list of every rung that can be played, with captions.

    Each picture goes with the sound that suits it (`ladder.audio_for`); bit rates are those of the segments there are.

    Raises:
        NotFound: nothing can be played yet.
    """
    rungs = queries.list_rungs(version.id)
    sounds = [
        AudioRendition(
            uri=f"{rendition.name}.m3u8",
            group=rendition.name,
            peak_bps=max(chunk.manifest["peak_bps"] for chunk in chunks),
            average_bps=_average_bps(chunks),
            codecs=chunks[0].manifest["codecs"],
            channels=rendition.rung["channels"],
        )
        for rendition, chunks in rungs
        if rendition.kind is Kind.AUDIO
    ]
    films = [(rendition, chunks) for rendition, chunks in rungs if rendition.kind is Kind.VIDEO]
    heard = [rendition for rendition, _ in rungs if rendition.kind is Kind.AUDIO]
    videos = [
        VideoVariant(
            uri=f"{rendition.name}.m3u8",
            peak_bps=max(chunk.manifest["peak_bps"] for chunk in chunks),
            average_bps=_average_bps(chunks),
            codecs=chunks[0].manifest["codecs"],
            width=rendition.rung["width"],
            height=rendition.rung["height"],
            frame_rate=Fraction(rendition.rung["frame_rate"]),
            audio_group=_sound_for(rendition, heard),
        )
        for rendition, chunks in films
    ]
    if not videos and not sounds:
        raise NotFound
    tracks = [
        SubtitleRendition(
            uri=f"captions/{caption.id}.m3u8", name=caption.label, language=caption.language, is_default=False
        )
        for caption in queries.list_captions(version)
        if caption.kind is not CaptionKind.LYRICS
    ]
    return master_playlist(videos, sounds, tracks if videos else ())


def _average_bps(chunks: Sequence[EncodedChunk]) -> int:
    """Of all segments of a rung together, whatever the lengths of its chunks."""
    objects = [to_playlist_object("", chunk.manifest) for chunk in chunks]
    size = sum(segment.length for one in objects for segment in one.segments)
    return round(size * 8 / (length_s(objects) or 1))


def _sound_for(picture: Rendition, sounds: Sequence[Rendition]) -> str | None:
    if not sounds:
        return None
    rungs = {from_record(ladder.AudioRung, sound.rung): sound.name for sound in sounds}
    return rungs[ladder.audio_for(from_record(ladder.VideoRung, picture.rung), tuple(rungs))]


def rendition(version: Version, name: str, *, base: str = "") -> tuple[str, bool]:
    """The playlist of one rung, and whether it is final. Its objects are ``base`` and their name.

    What failed ends where picture and sound both do: a player comes to an end there, and does not wait for more.

    Raises:
        NotFound: there is no such rung, or nothing of it yet.
    """
    rungs = queries.list_rungs(version.id)
    found = next(((rung, chunks) for rung, chunks in rungs if rung.name == name), None)
    if found is None:
        raise NotFound
    rung, chunks = found
    objects = [to_playlist_object(base + chunk.object_name, chunk.manifest) for chunk in chunks]
    if version.state is VersionState.FAILED:
        lengths = [length_s([to_playlist_object("", one.manifest) for one in parts]) for _, parts in rungs]
        return media_playlist(cut_at(objects, min(lengths)), ended=True), False
    complete = queries.is_complete(rung)
    return media_playlist(objects, ended=complete), complete


def captions(version: Version, caption_id: str) -> str:
    """The playlist of one caption track, whose file lies beside it."""
    return subtitle_playlist(f"{caption_id}.vtt", version.duration_ms)
