"""Frames that could be a film's poster; the best becomes its artwork until the artist chooses."""

from app.extensions import db
from app.media.engine import frames as film_frames
from app.media.engine import pictures
from app.media.engine.errors import MediaError
from app.media.making.work import Keep, Work
from app.media.models import Medium, Version
from app.media.services import belongings


def choose_frames(work: Work) -> Keep:
    """Take up to three frames, and make the first into artwork where there is none."""
    assert work.probe is not None  # noqa: S101 - the inspection comes before every other step
    frames = film_frames.candidate_frames(work.source, work.probe, work.scratch)
    work.report(50)
    names = [work.store(f"poster-{number}{frame.suffix}", frame) for number, frame in enumerate(frames, start=1)]
    made = None
    for frame in frames:
        try:
            made = pictures.make_picture(frame, work.scratch)
            break
        except MediaError:
            continue

    def keep(version: Version) -> None:
        version.poster_names = names
        medium = db.session.get_one(Medium, version.medium_id, with_for_update=True)
        if made is not None:
            belongings.offer_artwork(medium, version, made)

    return keep
