"""The picture: chunks of every rung, and the storyboard."""

from flask import current_app

from app.media.engine.ladder import Span, VideoRung
from app.media.engine.storyboard import make_storyboard, storyboard_vtt
from app.media.engine.video import encode_chunk
from app.media.making.renditions import keep_chunk, list_renditions
from app.media.making.work import Keep, Work
from app.media.models import Kind, Version
from app.media.records import from_record
from config import Settings


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
