"""What a file brings for its medium: words of its tags, a picture, chapters, text tracks.

A medium's first file fills in what nobody has said yet as soon as it was looked at. A replacement does so only once it
is whole: until then it may fail, and everything must be as it was.
"""

from collections.abc import Sequence

from sqlalchemy import delete, select

from app.core.pictures import MadePicture, Picture, drop_picture, keep_picture
from app.extensions import db
from app.media.engine.streams import Probe
from app.media.engine.tags import Tags
from app.media.models import Caption, CaptionKind, Chapter, Medium, Version, VersionState
from app.media.services import arrivals, text_rules

TextTrack = tuple[str, str, CaptionKind, str]
"""Language, label, kind and WebVTT."""


def replaces_a_whole(version: Version) -> bool:
    """Whether an earlier file of the medium is whole: it plays again where this one fails."""
    earlier = select(Version.id).where(
        Version.medium_id == version.medium_id, Version.number < version.number, Version.state == VersionState.READY
    )
    return db.session.scalar(earlier.limit(1)) is not None


def note_tags(version: Version, tags: Tags) -> None:
    """Keep what the file says of itself."""
    said = {name: getattr(tags, name) for name in ("title", "artist", "album", "number", "date", "genre")}
    version.tags = {name: value for name, value in said.items() if value}


def fill_in(medium: Medium, version: Version) -> None:
    """Take from the file what nobody has said yet; a person's own words, chapters and picture stay."""
    tags = version.tags
    if tags.get("title") and medium.title == arrivals.title_from_filename(version.original_name):
        medium.title = text_rules.one_line(tags["title"], 200) or medium.title
    medium.genre = medium.genre or text_rules.one_line(tags.get("genre", ""), 60)
    if medium.release_date is None:
        medium.release_date = text_rules.find_date(tags.get("date", ""))
    if not medium.credits and tags.get("artist"):
        medium.credits = [["Artist", text_rules.one_line(tags["artist"], 120)]]
    _add_chapters(medium, version)
    _take_artwork(medium, version)


def offer_artwork(medium: Medium, version: Version, made: MadePicture) -> None:
    """A picture out of the file, for a medium that has none; a replacement's waits beside it."""
    if medium.artwork_id is not None or version.artwork_id is not None or version.is_remake:
        return
    version.artwork_id = keep_picture(made).id
    if not replaces_a_whole(version) or version.state is VersionState.READY:
        _take_artwork(medium, version)


def keep_captions(medium: Medium, version: Version, tracks: Sequence[TextTrack]) -> None:
    """Write down the text tracks of a file. They show while it plays; those that a person added win."""
    db.session.execute(delete(Caption).where(Caption.version_id == version.id))
    kept = {
        (one.language, one.kind, one.label)
        for one in db.session.scalars(
            select(Caption).where(Caption.medium_id == medium.id, Caption.version_id.is_(None))
        )
    }
    for language, label, kind, webvtt in tracks:
        if (language, kind, label) not in kept:
            kept.add((language, kind, label))
            db.session.add(
                Caption(
                    medium_id=medium.id, version_id=version.id, language=language, label=label, kind=kind, webvtt=webvtt
                )
            )


def _add_chapters(medium: Medium, version: Version) -> None:
    if db.session.scalar(select(Chapter.id).where(Chapter.medium_id == medium.id).limit(1)) is not None:
        return
    seen: set[int] = set()
    for mark in Probe.from_dict(version.probe).chapters if version.probe else ():
        title = text_rules.one_line(mark.title, 120)
        if title and 0 <= mark.start_ms < version.duration_ms and mark.start_ms not in seen:
            seen.add(mark.start_ms)
            db.session.add(Chapter(medium_id=medium.id, starts_at_ms=mark.start_ms, title=title))


def _take_artwork(medium: Medium, version: Version) -> None:
    """The version's picture becomes the medium's; where that has got one meanwhile, the version's goes."""
    picture_id, version.artwork_id = version.artwork_id, None
    if picture_id is None:
        return
    if medium.artwork_id is None:
        medium.artwork_id = picture_id
        return
    db.session.flush()
    drop_picture(db.session.get(Picture, picture_id))
