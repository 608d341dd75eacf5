"""The one plain file of a finished film or recording: for feeds, downloads and players that know no HLS."""

from app.media.engine.audio import join_parts, make_plain
from app.media.engine.progressive import make_progressive
from app.media.making.renditions import fetch, list_chunks, list_renditions
from app.media.making.work import Keep, Work
from app.media.models import Kind, Version

PLAIN_HEIGHT = 720
"""A film's is of the largest rung up to this, so that a phone can take it."""


def join(work: Work) -> Keep:
    """Join the pieces of one rung, now that all are there; nothing is encoded again."""
    pictures = list_renditions(work.claim.version_id, Kind.VIDEO)
    sounds = list_renditions(work.claim.version_id, Kind.AUDIO)
    stretches = [fetch(work, name) for name in list_chunks(sounds[-1].id)] if sounds else []
    if pictures:
        small = [one for one in pictures if min(one.rung["width"], one.rung["height"]) <= PLAIN_HEIGHT]
        chunks = [fetch(work, name) for name in list_chunks((small or pictures[:1])[-1].id)]
        sound = join_parts(stretches, work.scratch / "sound.mp4") if stretches else None
        name, made = "film.mp4", make_progressive(chunks, sound, work.scratch)
    else:
        name, made = "sound.m4a", make_plain(stretches, work.scratch)
    name, size_bytes = work.store(name, made), made.stat().st_size

    def keep(version: Version) -> None:
        version.progressive_name, version.progressive_bytes = name, size_bytes

    return keep
