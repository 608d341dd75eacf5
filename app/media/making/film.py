"""The picture: chunks of every rung, the storyboard, and the one plain file of the finished film."""

from pathlib import Path

from flask import current_app

from app.core.storage import storage
from app.media.engine.ladder import Span, VideoRung
from app.media.engine.progressive import make_progressive
from app.media.engine.storyboard import make_storyboard, storyboard_vtt
from app.media.engine.video import encode_chunk
from app.media.making.renditions import keep_chunk, list_chunks, list_renditions
from app.media.making.work import Keep, Work
from app.media.models import Kind, Version
from app.media.records import from_record
from config import Settings

PLAIN_HEIGHT = 720
"""The plain file is the largest rung up to this, so that a phone can take it."""


def encode(work: Work) -> Keep:
    """Decode one chunk once and encode every rung of it."""
    assert work.probe is not None  # noqa: S101 - the inspection comes before every other step
    assert work.claim.span is not None  # noqa: S101 - the planner gives every chunk its span
    settings: Settings = current_app.config["SETTINGS"]
    renditions = list_renditions(work.claim.version_id, Kind.VIDEO)
    encoded = encode_chunk(
        work.source,
        from_record(Span, work.claim.span),
        [from_record(VideoRung, rendition.rung) for rendition in renditions],
        work.scratch,
        work.probe,
        threads=settings.ffmpeg_threads,
        on_progress=work.report,
    )
    position = work.claim.position
    named = [
        (rendition.id, work.store(f"{rendition.name}-{position:04d}.mp4", chunk.path), chunk)
        for rendition, chunk in zip(renditions, encoded, strict=True)
    ]

    def keep(_version: Version) -> None:
        for rendition_id, name, chunk in named:
            keep_chunk(rendition_id, position, name, chunk)

    return keep


def draw_storyboard(work: Work) -> Keep:
    """The sheet of small frames that shows while someone seeks."""
    assert work.probe is not None  # noqa: S101 - the inspection comes before every other step
    board = make_storyboard(work.source, work.probe, work.scratch)
    sheet = work.store("storyboard.jpg", board.sheet)
    vtt = work.scratch / "storyboard.vtt"
    vtt.write_text(storyboard_vtt(board, sheet, work.probe.duration_ms))
    name = work.store("storyboard.vtt", vtt)

    def keep(version: Version) -> None:
        version.storyboard_name = name

    return keep


def join_progressive(work: Work) -> Keep:
    """One plain MP4 of the finished film, for feeds, downloads and browsers without HLS."""
    renditions = list_renditions(work.claim.version_id, Kind.VIDEO)
    fitting = [one for one in renditions if min(one.rung["width"], one.rung["height"]) <= PLAIN_HEIGHT] or renditions[
        :1
    ]
    chunks = [_fetch(work, chunk.object_name) for chunk in list_chunks(fitting[-1].id)]
    sounds = list_renditions(work.claim.version_id, Kind.AUDIO)
    sound = _fetch(work, list_chunks(sounds[-1].id)[0].object_name) if sounds else None
    name = work.store("film.mp4", make_progressive(chunks, sound, work.scratch))

    def keep(version: Version) -> None:
        version.progressive_name = name

    return keep


def _fetch(work: Work, object_name: str) -> Path:
    """One of our own objects as a local file."""
    key = work.storage_prefix + object_name
    path = storage().local_path(key)
    if path is None:
        path = work.scratch / object_name
        path.write_bytes(storage().read_bytes(key))
    return path
