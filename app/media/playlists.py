"""HLS playlists from what is in the tables: they list what is there, so a film plays after its first chunk."""

from fractions import Fraction

from app.core.cdn import cdn
from app.core.errors import NotFound
from app.media import queries
from app.media.engine.hls import (
    AudioRendition,
    SubtitleRendition,
    VideoVariant,
    master_playlist,
    media_playlist,
    subtitle_playlist,
)
from app.media.models import CaptionKind, Kind, Version
from app.media.records import to_playlist_object

SOUND_GROUP = "sound"


def master(version: Version) -> str:
    """The list of every rung that can be played, with captions.

    Each picture goes with the sound that suits it: the lowest with the lowest, the others with the best.

    Raises:
        NotFound: nothing can be played yet.
    """
    rungs = queries.list_rungs(version.id)
    sounds = [
        AudioRendition(
            uri=f"{rendition.name}.m3u8",
            group=rendition.name,
            peak_bps=max(chunk.manifest["peak_bps"] for chunk in chunks),
            average_bps=sum(chunk.manifest["average_bps"] for chunk in chunks) // len(chunks),
            codecs=chunks[0].manifest["codecs"],
            channels=rendition.rung["channels"],
        )
        for rendition, chunks in rungs
        if rendition.kind is Kind.AUDIO
    ]
    films = [(rendition, chunks) for rendition, chunks in rungs if rendition.kind is Kind.VIDEO]
    videos = [
        VideoVariant(
            uri=f"{rendition.name}.m3u8",
            peak_bps=max(chunk.manifest["peak_bps"] for chunk in chunks),
            average_bps=sum(chunk.manifest["average_bps"] for chunk in chunks) // len(chunks),
            codecs=rendition.rung["codecs"],
            width=rendition.rung["width"],
            height=rendition.rung["height"],
            frame_rate=Fraction(rendition.rung["frame_rate"]),
            audio_group=sounds[min(index, len(sounds) - 1)].group if sounds else None,
        )
        for index, (rendition, chunks) in enumerate(films)
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


def objects_base(version: Version) -> str:
    """What stands before the names of a public version's objects: the CDN's address, where there is one."""
    is_there = version.exposed and cdn().serves_public
    return cdn().address(version.storage_prefix) if is_there else ""


def rendition(version: Version, name: str, *, base: str = "") -> tuple[str, bool]:
    """The playlist of one rung, and whether it is final. Its objects are ``base`` and their name.

    Raises:
        NotFound: there is no such rung, or nothing of it yet.
    """
    for rung, chunks in queries.list_rungs(version.id):
        if rung.name == name:
            complete = queries.is_complete(rung)
            objects = [to_playlist_object(base + chunk.object_name, chunk.manifest) for chunk in chunks]
            return media_playlist(objects, ended=complete), complete
    raise NotFound


def captions(version: Version, caption_id: str) -> str:
    """The playlist of one caption track, whose file lies beside it."""
    return subtitle_playlist(f"{caption_id}.vtt", version.duration_ms)
