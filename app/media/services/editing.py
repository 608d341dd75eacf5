"""What an artist says about a medium, and what belongs to it: details, captions, chapters, poster; and its deletion."""

import re
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, func, or_, select

from app.core.errors import DomainError
from app.core.events import publish
from app.core.pictures import Picture, drop_picture, keep_picture, plain_face
from app.core.storage import storage
from app.extensions import db
from app.media import gate
from app.media.engine import text_tracks
from app.media.engine.pictures import make_picture
from app.media.errors import ChapterOutOfRange
from app.media.events import MediumChanged
from app.media.models import Caption, CaptionKind, Chapter, CommentPolicy, Medium, Realm, Upload, Version
from app.media.services import publishing, removal, screened, text_rules, uploads
from app.media.services.licences import LICENCES
from app.media.services.slugs import change_slug

MOST_TAGS = 20
MOST_CREDITS = 60
MOST_CHAPTERS = 200
MOST_CAPTIONS = 40
_CHAPTER_LINE = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})\s+(?:[-–—]\s*)?(\S.*)")


class DetailsInvalid(DomainError):
    """Something about the details cannot be kept."""


class CaptionRefused(DomainError):
    """A text track that cannot be kept."""


class ChaptersInvalid(DomainError):
    """A line of the chapter list cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Details:
    """What an artist says about a medium. ``tags`` are separated by commas, ``credits`` are lines of ``Role: Name``."""

    title: str
    slug: str
    description: str
    realm: str
    genre: str
    tags: str
    language: str
    licence: str
    explicit: bool
    credits: str
    release_date: date | None
    downloads_allowed: bool


def edit_details(medium: Medium, details: Details) -> None:
    """Keep what the artist says. Time stamps in the description become chapters where there are none yet.

    Raises:
        DetailsInvalid: no such realm, licence or language, or too much of something.
        SlugInvalid, SlugTaken: the address cannot be had.
        Refused: more than a new account may do.
    """
    if db.session.get(Realm, details.realm) is None:
        raise DetailsInvalid("There is no such realm.")
    if details.licence not in LICENCES:
        raise DetailsInvalid("There is no such licence.")
    language = text_rules.language_tag(details.language)
    if details.language.strip() and not language:
        raise DetailsInvalid("A language is a short code such as en, de or pt-BR.")
    if details.slug.strip():
        change_slug(medium, details.slug)
    medium.title = text_rules.one_line(details.title, 200) or medium.title
    medium.description_markdown = details.description.replace("\r\n", "\n").replace("\0", "")[:20_000]
    medium.realm_slug, medium.licence, medium.language = details.realm, details.licence, language
    medium.genre = text_rules.one_line(details.genre, 60)
    medium.tags = parse_tags(details.tags)
    medium.credits = parse_credits(details.credits)
    medium.downloads_allowed = details.downloads_allowed
    publishing.mark_explicit(medium, explicit=details.explicit)
    medium.release_date = details.release_date
    if not _has_chapters(medium):
        set_chapters(medium, chapters_in_description(medium))
    publish(MediumChanged(public_id=medium.public_id))
    screened.screen_details(medium).settle(medium.id)


def choose_comments(medium: Medium, policy: CommentPolicy) -> None:
    """Keep who may comment on a medium from now on; what was said stays."""
    medium.comments_policy = policy
    publish(MediumChanged(public_id=medium.public_id))


def parse_tags(written: str) -> list[str]:
    """Tags from a comma-separated line: small letters, each once, twenty at most.

    Raises:
        DetailsInvalid: too many.
    """
    tags = list(
        dict.fromkeys(tag for part in written.split(",") if (tag := text_rules.one_line(part.strip(" #"), 40).lower()))
    )
    if len(tags) > MOST_TAGS:
        raise DetailsInvalid(f"{MOST_TAGS} tags are enough.")
    return tags


def parse_credits(written: str) -> list[list[str]]:
    """Credits from lines of ``Role: Name``; a line without a colon is a name with no role.

    Raises:
        DetailsInvalid: too many.
    """
    pairs = []
    for line in written.splitlines():
        role, colon, name = line.partition(":")
        role, name = (role, name) if colon else ("", role)
        if name := text_rules.one_line(name, 120):
            pairs.append([text_rules.one_line(role, 80), name])
    if len(pairs) > MOST_CREDITS:
        raise DetailsInvalid(f"{MOST_CREDITS} credits are enough.")
    return pairs


def add_caption(medium: Medium, *, language: str, label: str, kind: CaptionKind, data: bytes) -> Caption:
    """Add a text track from a WebVTT, SRT or LRC file; one of the same language, kind and label is replaced.

    Raises:
        CaptionRefused: no such language, or too many tracks.
        TextTrackRefused: the file cannot be read; the sentence names the line.
    """
    tag = text_rules.language_tag(language)
    if not tag:
        raise CaptionRefused("A language is a short code such as en, de or pt-BR.")
    label = text_rules.one_line(label, 80) or text_rules.language_name(tag)
    webvtt = text_tracks.write_webvtt(text_tracks.parse_captions(data))
    same = select(Caption).where(
        Caption.medium_id == medium.id, Caption.language == tag, Caption.kind == kind, Caption.label == label
    )
    caption = db.session.scalar(same.where(Caption.version_id.is_(None)))
    db.session.execute(  # those of any file: a person's own wins over them
        delete(Caption).where(Caption.id.in_(same.where(Caption.version_id.is_not(None)).with_only_columns(Caption.id)))
    )
    if caption is None:
        shown = or_(Caption.version_id.is_(None), Caption.version_id == medium.version_id)
        count = db.session.scalar(
            select(func.count()).select_from(Caption).where(Caption.medium_id == medium.id, shown)
        )
        if (count or 0) >= MOST_CAPTIONS:
            raise CaptionRefused(f"{MOST_CAPTIONS} text tracks are enough.")
        caption = Caption(medium_id=medium.id, language=tag, label=label, kind=kind)
        db.session.add(caption)
    caption.webvtt = webvtt
    publish(MediumChanged(public_id=medium.public_id))
    screened.screen_text(medium, "captions", f"{label}\n{webvtt}").settle(medium.id)
    return caption


def remove_caption(medium: Medium, caption_id: UUID) -> None:
    """Take a text track away; one that is gone already changes nothing."""
    db.session.execute(delete(Caption).where(Caption.id == caption_id, Caption.medium_id == medium.id))
    publish(MediumChanged(public_id=medium.public_id))


def set_chapters(medium: Medium, written: str) -> None:
    """Replace the chapters by lines of ``1:23 Title``. An empty text removes them all.

    Raises:
        ChaptersInvalid: a line cannot be read, or there are too many; the sentence names the line.
        ChapterOutOfRange: a chapter begins after the end, or where another does.
    """
    marks: dict[int, str] = {}
    for number, line in enumerate(written.splitlines(), start=1):
        if not line.strip():
            continue
        match = _CHAPTER_LINE.fullmatch(line.strip())
        if match is None or int(match[3]) > 59:
            raise ChaptersInvalid(f"Line {number} should read like “1:23 The bridge”.")
        starts_at_ms = (int(match[1] or 0) * 3600 + int(match[2]) * 60 + int(match[3])) * 1000
        if medium.duration_ms and starts_at_ms >= medium.duration_ms:
            raise ChapterOutOfRange(f"Line {number} lies after the end.")
        if starts_at_ms in marks:
            raise ChapterOutOfRange(f"Line {number} begins where another chapter does.")
        marks[starts_at_ms] = text_rules.one_line(match[4], 120)
    if len(marks) > MOST_CHAPTERS:
        raise ChaptersInvalid(f"{MOST_CHAPTERS} chapters are enough.")
    db.session.execute(delete(Chapter).where(Chapter.medium_id == medium.id))
    screened.screen_text(medium, "chapters", "\n".join(marks.values())).settle(medium.id)
    db.session.add_all(
        Chapter(medium_id=medium.id, starts_at_ms=starts_at_ms, title=title) for starts_at_ms, title in marks.items()
    )
    publish(MediumChanged(public_id=medium.public_id))


def chapters_in_description(medium: Medium) -> str:
    """The chapter lines that the description's time stamps make, "" where they make none."""
    marks = text_tracks.chapters_from_description(medium.description_markdown, medium.duration_ms)
    return "\n".join(f"{format_time(mark.start_ms)} {mark.title}" for mark in marks)


def format_time(milliseconds: int) -> str:
    """``83000`` as ``1:23``, as chapter lines are written: never rounded up."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def _has_chapters(medium: Medium) -> bool:
    return db.session.scalar(select(Chapter.id).where(Chapter.medium_id == medium.id).limit(1)) is not None


def set_artwork(medium: Medium, source: Path) -> None:
    """Make the picture at ``source`` the medium's artwork; the present one's files go after the commit.

    Raises:
        PictureRefused: it is no picture that we can use.
    """
    with tempfile.TemporaryDirectory(prefix="artwork-") as folder:
        made = make_picture(source, Path(folder))
        verdict = screened.screen_pictures(medium, [plain_face(made)])
        picture = keep_picture(made, exposed=gate.is_picture_open(medium))
        old = db.session.get(Picture, medium.artwork_id) if medium.artwork_id else None
        db.session.flush()
        medium.artwork_id = picture.id
        drop_picture(old)
        publish(MediumChanged(public_id=medium.public_id))
        db.session.flush()
        verdict.settle(medium.id)  # while the files are there: some are kept as evidence


def choose_poster(medium: Medium, name: str) -> None:
    """Make one of the film's own frames its artwork.

    Raises:
        DetailsInvalid: none was chosen, or there is no such frame.
    """
    version = medium.version
    if not name:
        raise DetailsInvalid("Choose one of the frames, or a picture of your own.")
    if version is None or name not in version.poster_names:
        raise DetailsInvalid("There is no such picture to choose from.")
    with tempfile.NamedTemporaryFile(prefix="frame-") as file:
        file.write(storage().read_bytes(version.storage_prefix + name))
        file.flush()
        set_artwork(medium, Path(file.name))


def delete_medium(medium: Medium) -> None:
    """Delete a medium and every object that it is made of. Its rows go now, the objects after the commit."""
    removal.drop_versions(db.session.scalars(select(Version).where(Version.medium_id == medium.id)).all())
    uploads.close_replacements(medium.id)
    db.session.execute(delete(Upload).where(Upload.medium_id == medium.id))
    artwork = db.session.get(Picture, medium.artwork_id) if medium.artwork_id else None
    publish(MediumChanged(public_id=medium.public_id))
    db.session.flush()
    db.session.execute(delete(Medium).where(Medium.id == medium.id))
    drop_picture(artwork)
