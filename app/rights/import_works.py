"""Works and sets of an archive: files go the way of every upload, pictures are made anew, words are looked at."""

import tempfile
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select

from app.core.clock import now
from app.core.errors import DomainError
from app.core.screening import Screened, screen
from app.core.storage import storage
from app.extensions import db
from app.media.models import (
    CaptionKind,
    Chapter,
    CommentPolicy,
    FormerSlug,
    Medium,
    Upload,
    UploadState,
    Visibility,
)
from app.media.realms import realms
from app.media.services import editing, publishing, slugs, text_rules, uploads
from app.media.services.licences import LICENCES
from app.messaging.services import fan_outs
from app.playlists.models import ChangeKind, Set, SetChange, SetItem, SetKind
from app.playlists.services import changes, items, ranks, sets
from app.rights.import_file import ArchiveRefused
from app.rights.import_kit import THERE, Kit, NotHere
from app.social.models import Verb
from app.social.services import activities
from app.social.subjects import SubjectKind

MOST_FORMER: Final = 50
LATEST_MS: Final = 2**31 - 1


def bring_media(kit: Kit, say: Callable[[str], None]) -> None:
    """Works, with their files, captions, chapters and artwork."""
    for one in kit.said["media"]:
        kit.attempt(f"work “{one['title']}”", lambda one=one: _medium(kit, one))  # type: ignore[misc]  # bound now
        say(one["title"])


def bring_sets(kit: Kit) -> None:
    """Sets with their covers, and what is here of what is in them; what comes later is added by the next run."""
    for one in kit.said["sets"]:
        kit.attempt(f"set “{one['title']}”", lambda one=one: _set(kit, one))  # type: ignore[misc]  # likewise


def _medium(kit: Kit, one: dict[str, Any]) -> str:
    if kit.brought(one["id"]) is not None:
        return THERE
    slug = slugs.slugify(one["slug"])
    found = db.session.scalar(select(Medium).where(Medium.owner_id == kit.user.id, Medium.slug == slug))
    if found is not None:
        kit.remember(one["id"], one["public_id"], medium_id=found.id)
        return THERE
    upload = _begin(kit, one["file"])
    try:
        medium = _received(kit, upload, one["file"])
        _describe(kit, medium, one)
        _show(kit, medium, one)
        kit.remember(one["id"], one["public_id"], medium_id=medium.id)
        db.session.commit()
    except Exception:
        db.session.rollback()
        uploads.close_upload(kit.user, upload.id, state=UploadState.ABORTED)
        db.session.commit()
        raise
    return "works"


def _begin(kit: Kit, file: dict[str, Any] | None) -> Upload:
    """An upload whose row holds from now on: what of it a killed process leaves is found by that and freed.

    Raises:
        ArchiveRefused: the file is not in the archive, or not as large as it should be.
    """
    size_bytes = kit.file.size_of(file["path"]) if file is not None else None
    if file is None or size_bytes is None:
        raise ArchiveRefused("its file is not in the archive.")
    if size_bytes != file["size_bytes"]:
        raise ArchiveRefused("its file is not as large as it should be.")
    upload = uploads.create_upload(kit.user, filename=file["name"], size_bytes=size_bytes)
    db.session.commit()
    return upload


def _received(kit: Kit, upload: Upload, file: dict[str, Any]) -> Medium:
    """Send a file part by part, as a browser does, and confirm it.

    Raises:
        ArchiveRefused: it is not the file that it says it is.
    """
    digests, whole = [], sha256()
    for number, data in enumerate(kit.file.blocks(file["path"], upload.part_size_bytes), 1):
        whole.update(data)
        digests.append(sha256(data).digest())
        ticket = uploads.part_tickets(upload, [(number, b64encode(digests[-1]).decode())])[0]
        storage().send_part(ticket, data)
    if file.get("sha256") and whole.hexdigest() != file["sha256"]:
        raise ArchiveRefused("its file is not the one that was exported.")
    digest = b64encode(sha256(b"".join(digests)).digest()).decode()
    return uploads.confirm_upload(kit.user, upload.id, sha256=digest)


def _describe(kit: Kit, medium: Medium, one: dict[str, Any]) -> None:
    medium.title = text_rules.one_line(one["title"], 200) or medium.title
    medium.description_markdown = one["description"][:20_000]
    medium.genre = text_rules.one_line(one.get("genre", ""), 60)
    medium.tags = _tags(one["tags"])
    medium.language = text_rules.language_tag(one.get("language", ""))
    if one.get("licence") in LICENCES:
        medium.licence = one["licence"]
    medium.credits = [
        [text_rules.one_line(role, 80), text_rules.one_line(name, 120)]
        for role, name in one.get("credits", [])[: editing.MOST_CREDITS]
    ]
    if one["realm"] in {realm.slug for realm in realms()}:
        medium.realm_slug = one["realm"]
    medium.release_date = kit.day(one.get("release_date"))
    medium.comments_policy = CommentPolicy(one.get("comments_policy", "open"))
    medium.downloads_allowed = one.get("downloads_allowed", False)
    medium.explicit, medium.age_restricted = one.get("explicit", False), one.get("age_restricted", False)
    _address(kit, medium, one)
    starts = {chapter["starts_at_ms"]: chapter["title"] for chapter in one["chapters"][: editing.MOST_CHAPTERS]}
    db.session.add_all(
        Chapter(medium_id=medium.id, starts_at_ms=start, title=text_rules.one_line(title, 200))
        for start, title in starts.items()
        if start <= LATEST_MS
    )
    _captions(kit, medium, one)
    _picture(kit, one["artwork"], f"artwork of “{medium.title}”", lambda source: editing.set_artwork(medium, source))


def _address(kit: Kit, medium: Medium, one: dict[str, Any]) -> None:
    """The addresses that it has and had there; the one that its file's name would have made it leads nowhere."""
    try:
        slugs.change_slug(medium, one["slug"])
        db.session.flush()
        db.session.execute(delete(FormerSlug).where(FormerSlug.medium_id == medium.id))
    except DomainError as error:
        kit.left_out[f"the address of “{medium.title}”: {error.sentence}"] += 1
    for slug in {slugs.slugify(slug) for slug in one.get("former_slugs", [])[:MOST_FORMER]} - {"", medium.slug}:
        if slugs.free_slug(kit.user.id, slug) == slug:
            db.session.merge(FormerSlug(owner_id=kit.user.id, slug=slug, medium_id=medium.id))


def _captions(kit: Kit, medium: Medium, one: dict[str, Any]) -> None:
    """The text tracks that were not in the file itself: those that are come with it."""
    for track in one["captions"]:
        if track["from_file"]:
            continue
        try:
            editing.add_caption(
                medium, language=track["language"], label=track["label"], kind=CaptionKind(track["kind"]),
                data=track["webvtt"].encode(),
            )  # fmt: skip
        except DomainError as error:
            kit.left_out[f"a text track of “{medium.title}”: {error.sentence}"] += 1


def _picture(kit: Kit, path: str | None, what: str, keep: Callable[[Path], None]) -> None:
    """A picture that goes the way of every upload; without it the thing is there all the same."""
    data = kit.file.picture(path)
    if data is None:
        if path:
            kit.left_out[f"{what}: it is not in the archive, or too large"] += 1
        return
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        file.write(data)
        file.flush()
        try:
            keep(Path(file.name))
        except DomainError as error:
            kit.left_out[f"{what}: {error.sentence}"] += 1


def _show(kit: Kit, medium: Medium, one: dict[str, Any]) -> None:
    """Let those see it who saw it there. Its release was there: nobody is told, and feeds have it where it was."""
    at, due = kit.moment(one.get("published_at")), _still_to_come(kit, one.get("publish_at"))
    publishing.set_visibility(
        medium, Visibility(one["visibility"]), publish_at=None if at else due, available_until=None
    )
    until = one.get("available_until")
    medium.available_until = kit.any_moment(until) if until else None
    if at is None:
        return
    publishing.publish_medium(medium)
    medium.published_at = at
    if medium.visibility is Visibility.PUBLIC:
        activities.note_past_activity(kit.user.id, Verb.PUBLISHED, at=at, medium_id=medium.id)
        fan_outs.leave_untold(actor_id=kit.user.id, medium_id=medium.id)


def _still_to_come(kit: Kit, text: str | None) -> datetime | None:
    at = kit.any_moment(text) if text else None
    return at if at is not None and at > now() else None


def _tags(said: list[str]) -> list[str]:
    tags = (text_rules.one_line(tag.strip(" #"), 40).lower() for tag in said)
    return list(dict.fromkeys(tag for tag in tags if tag))[: editing.MOST_TAGS]


def _set(kit: Kit, one: dict[str, Any]) -> str:
    known = kit.brought(one["id"])
    if known is not None and known.set_id is None:
        return THERE  # it was deleted here since
    found = db.session.get(Set, known.set_id) if known is not None else _same_set(kit, one)
    made = found or _made_set(kit, one)
    kit.remember(one["id"], one["public_id"], set_id=made.id)
    added = _fill(kit, made, one)
    if found is None:
        cover, what = one.get("artwork"), f"cover of “{made.title}”"
        _picture(kit, cover, what, lambda source: sets.set_cover(made, source, by=kit.user))
        return "sets"
    if added:
        kit.made["works in sets"] += added
    return THERE


def _same_set(kit: Kit, one: dict[str, Any]) -> Set | None:
    if one["kind"] == SetKind.WATCH_LATER:
        return sets.watch_later_of(kit.user)
    query = select(Set).where(Set.owner_id == kit.user.id, Set.slug == slugs.slugify(one["slug"]))
    return db.session.scalar(query.where(Set.kind != SetKind.WATCH_LATER))


def _made_set(kit: Kit, one: dict[str, Any]) -> Set:
    known = {realm.slug for realm in realms()}
    made = sets.create_set(
        kit.user,
        sets.SetDetails(
            title=one["title"][: sets.LONGEST_TITLE], kind=SetKind(one["kind"]),
            description=one["description"][: sets.LONGEST_DESCRIPTION],
            realm=one.get("realm") if one.get("realm") in known else None, genre=one.get("genre", ""),
            tags=",".join(_tags(one.get("tags", []))), release_date=kit.day(one.get("release_date")),
            newest_first=one.get("newest_first", False), slug=slugs.slugify(one["slug"]),
            visibility=Visibility(one["visibility"]),
            comments_policy=CommentPolicy(one.get("comments_policy", "open")),
        ),
    )  # fmt: skip
    made.published_at = kit.moment(one.get("published_at"))
    made.created_at = kit.moment(one.get("created_at")) or made.created_at
    if made.published_at is not None and made.visibility is Visibility.PUBLIC:
        made.announced_at = made.published_at  # there: here nobody is told
        activities.note_past_activity(kit.user.id, Verb.PUBLISHED, at=made.published_at, set_id=made.id)
    return made


def _fill(kit: Kit, one: Set, said: dict[str, Any]) -> int:
    """Put what is here into a set, each behind what it stood behind; returns how many. What was taken out stays out."""
    taken_out = select(SetChange.medium_id).where(
        SetChange.set_id == one.id, SetChange.kind == ChangeKind.REMOVED, SetChange.undone_at.is_(None)
    )
    present = set(db.session.scalars(select(SetItem.medium_id).where(SetItem.set_id == one.id)))
    gone = set(db.session.scalars(taken_out))
    wanted: dict[UUID, dict[str, Any]] = {}
    missing = 0
    for item in said["items"]:
        medium_id = _medium_of(kit, item)
        missing += medium_id is None
        if medium_id is not None and medium_id not in gone:
            wanted.setdefault(medium_id, item)
    if missing:
        kit.left_out["in sets: works that are not here (yet)"] += missing
    fresh = [medium_id for medium_id in wanted if medium_id not in present]
    fresh = fresh[: max(0, items.MOST_ITEMS - len(present))]
    if not fresh:
        return 0
    notes = [text_rules.one_line(wanted[medium_id]["note"], items.LONGEST_NOTE) for medium_id in fresh]
    verdict = screen(Screened.SET, kit.user, texts={"notes": "\n".join(notes)}, subject_id=one.id)
    rows = [
        _item(kit, one, wanted[medium_id], medium_id, note, rank)
        for medium_id, note, rank in zip(fresh, notes, ranks.fresh_ranks(len(fresh)), strict=True)
    ]
    if present:
        _put_in_place(one, rows, list(wanted))
    db.session.flush()
    changes.tell_changed(one)
    verdict.settle(one.id)
    return len(rows)


def _medium_of(kit: Kit, item: dict[str, Any]) -> UUID | None:
    own = kit.brought(item["medium_id"]) if item["is_own"] else None
    if own is not None:
        return own.medium_id
    try:
        subject = kit.subject(item["address"], item["medium_id"])
    except NotHere:
        return None
    return subject.id if subject.kind is SubjectKind.MEDIUM else None


def _item(kit: Kit, one: Set, said: dict[str, Any], medium_id: UUID, note: str, rank: str) -> SetItem:
    season, episode = (
        number if number is None or number <= items.HIGHEST_NUMBER else None
        for number in (said.get("season"), said.get("episode"))
    )
    starts, stops = said.get("starts_at_ms"), said.get("stops_at_ms")
    if max(starts or 0, stops or 0) > LATEST_MS or (stops is not None and stops <= (starts or 0)):
        starts = stops = None
    item = SetItem(
        set_id=one.id, medium_id=medium_id, rank=rank, note=note, added_by_id=kit.user.id, starts_at_ms=starts,
        stops_at_ms=stops, season=season, episode=episode,
    )  # fmt: skip
    db.session.add(item)
    return item


def _put_in_place(one: Set, rows: list[SetItem], order: list[UUID]) -> None:
    """Give what is new the place behind whatever stood before it there, and is here."""
    db.session.flush()
    for row in rows:
        place = order.index(row.medium_id)
        items.put_behind(one, row, order[place - 1] if place else None)
        db.session.flush()
