"""The first step: what is this file? Its digest, streams, tags, captions, chapters and cover; then the plan."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from app.accounts.models import User
from app.core.pictures import plain_face
from app.extensions import db
from app.media.engine import text_tracks
from app.media.engine.content import measure_content
from app.media.engine.detect import DetectedType, detect
from app.media.engine.errors import MediaError
from app.media.engine.ladder import Content
from app.media.engine.pictures import MadePicture, make_picture
from app.media.engine.probe import probe as probe_file
from app.media.engine.streams import Probe
from app.media.engine.tags import Tags, read_tags
from app.media.errors import KindDiffers
from app.media.making.work import Keep, Work
from app.media.models import CaptionKind, Kind, Medium, Version
from app.media.services import belongings, planning, screened, text_rules
from app.media.services.limits import find_limit, require_minutes

READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Findings:
    """What was found in a file, before anything is written down."""

    sha256: str
    detected: DetectedType
    probe: Probe
    tags: Tags
    cover: MadePicture | None
    captions: list[tuple[str, str, CaptionKind, str]]
    """Language, label, kind and WebVTT of each text track."""
    content: Content | None
    """What the picture wants; None where there is none, or nobody could tell."""


def inspect_file(work: Work) -> Keep:
    """Look at the source and say what to write down.

    Raises:
        MediaError: the file cannot be used; its sentence is for the owner.
    """
    detected = detect(work.source)
    found = probe_file(work.source, detected)
    work.report(30)
    sha256 = file_sha256(work)
    tags = read_tags(work.source, work.scratch, found)
    findings = Findings(
        sha256=sha256,
        detected=detected,
        probe=found,
        tags=tags,
        cover=_make_cover(tags, work.scratch),
        captions=[*_subtitles(work, found), *_lyrics(tags)],
        content=measure_content(work.source, found, work.scratch),
    )

    def keep(version: Version) -> None:
        _write_down(version, findings)

    return keep


def file_sha256(work: Work) -> str:
    """The digest of the whole source in hexadecimal, renewing the lease on the way."""
    digest = hashlib.sha256()
    with work.source.open("rb") as file:
        while block := file.read(READ_BYTES):
            digest.update(block)
            work.report(40)
    return digest.hexdigest()


def _make_cover(tags: Tags, scratch: Path) -> MadePicture | None:
    """The cover in its widths; a broken one is as good as none."""
    if tags.cover is None:
        return None
    try:
        return make_picture(tags.cover, scratch)
    except MediaError:
        return None


def _subtitles(work: Work, found: Probe) -> list[tuple[str, str, CaptionKind, str]]:
    tracks: list[tuple[str, str, CaptionKind, str]] = []
    for stream in found.subtitles:
        if not stream.is_text:
            continue
        try:
            cues = text_tracks.extract_subtitles(work.source, found, stream.index, work.scratch)
        except MediaError:
            continue
        language = text_rules.language_tag(stream.language or "") or "und"
        label = text_rules.one_line(stream.title or "", 80) or text_rules.language_name(language)
        if cues:
            tracks.append((language, label, CaptionKind.SUBTITLES, text_tracks.write_webvtt(cues)))
    return tracks


def _lyrics(tags: Tags) -> list[tuple[str, str, CaptionKind, str]]:
    """Lyrics with times become a text track; without times there is nothing to show them by."""
    if not tags.lyrics:
        return []
    try:
        cues = text_tracks.parse_captions(tags.lyrics.encode())
    except MediaError:
        return []
    return [("und", "Lyrics", CaptionKind.LYRICS, text_tracks.write_webvtt(cues))] if cues else []


def _write_down(version: Version, findings: Findings) -> None:
    medium = db.session.get_one(Medium, version.medium_id, with_for_update=True)
    owner = db.session.get_one(User, medium.owner_id)
    found = findings.probe
    others_ms = db.session.scalar(
        select(func.coalesce(func.sum(Medium.duration_ms), 0)).where(
            Medium.owner_id == owner.id, Medium.id != medium.id
        )
    )
    if not version.is_remake:
        require_minutes(owner, duration_ms=found.duration_ms, besides_ms=int(others_ms or 0))
    limit = find_limit(owner)
    kind = Kind.VIDEO if found.video is not None else Kind.AUDIO
    version.sha256, version.content_type = findings.sha256, findings.detected.mime
    version.probe, version.duration_ms = json.loads(json.dumps(found.to_dict())), found.duration_ms
    if found.video is not None:
        version.width, version.height = found.video.width, found.video.height
    if medium.version_id is None:
        medium.kind, medium.duration_ms = kind, found.duration_ms
    elif medium.kind is Kind.VIDEO and found.video is None:
        raise KindDiffers("This is a sound, and it was to replace a film. Upload it as a work of its own.")
    elif medium.kind is Kind.AUDIO and found.audio is None:
        raise KindDiffers("This film has no sound, and it was to replace a recording. Upload it as a work of its own.")
    belongings.note_tags(version, findings.tags)
    if not version.is_remake:
        belongings.keep_captions(medium, version, findings.captions)
        if findings.cover is not None:
            belongings.offer_artwork(medium, version, findings.cover)
        if not belongings.replaces_a_whole(version):
            belongings.fill_in(medium, version)
    _screen(medium, findings)
    planning.plan_version(
        version,
        found,
        as_video=medium.kind is Kind.VIDEO,
        max_height=limit.height_px if limit else 1080,
        content=findings.content,
    )


def _screen(medium: Medium, findings: Findings) -> None:
    """Look at what the file is and brings, before anybody can see any of it."""
    said = "\n".join(f"{label}\n{webvtt}" for _, label, _, webvtt in findings.captions)
    screened.screen_words(medium, files=[findings.sha256]).settle(medium.id)
    screened.screen_text(medium, "captions", said).settle(medium.id)
    if findings.cover is not None:
        screened.screen_pictures(medium, [plain_face(findings.cover)]).settle(medium.id)
