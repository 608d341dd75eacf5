"""Taking an archive in: whoever it is of lives here again, with works, sets, posts, words and choices.

Nothing in an archive is believed: its JSON must be as the schema says, its files must have the sizes and digests that
it names, and nothing is ever written under a name that it gives. Files go the way of every upload. Done again, what is
there already is passed over, so that an import that was cut off goes on.
"""

import json
import secrets
import tempfile
import zipfile
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import jsonschema
from sqlalchemy import select

from app.accounts.errors import PictureRefused
from app.accounts.models import Role, TokenPurpose, User, WhoMayWrite
from app.accounts.names import username_key
from app.accounts.services import consents, portraits
from app.accounts.services.mailed_tokens import request_mail
from app.accounts.services.sign_up import make_user
from app.core import audit
from app.core.errors import DomainError
from app.core.ids import uuid7
from app.core.storage import storage
from app.extensions import db
from app.media.models import CaptionKind, Chapter, CommentPolicy, Medium, UploadState, Visibility
from app.media.realms import realms
from app.media.services import editing, publishing, slugs, uploads
from app.playlists.models import Set, SetItem, SetKind
from app.playlists.services import ranks
from app.rights.archive import SCHEMA
from app.social.models import Comment, Post

MOST_ENTRIES: Final = 200_000
MOST_JSON_BYTES: Final = 256 * 1024 * 1024
MOST_PICTURE_BYTES: Final = 30 * 1024 * 1024
MOST_SQUEEZED: Final = 200
"""How many times smaller than its content an entry may be; honest JSON is at most some forty times."""
OF_ELSEWHERE: Final = {
    "likes": "they are of things of the other place", "reposts": "they are of things of the other place",
    "follows": "those people are not here", "blocks": "those people are not here", "mutes": "those people are not here",
    "messages": "those people are not here", "history": "it is of things of the other place",
    "share_links": "their addresses were of the other place", "sessions": "they were of the other place",
    "log": "it is the other place's", "more": "it is the other place's",
}  # fmt: skip


class ArchiveRefused(DomainError):
    """This is no archive that can be taken in; the sentence says why."""


class Importer:
    """One archive on its way in. ``left_out`` says what did not come along, and why."""

    def __init__(self, path: Path) -> None:
        try:
            self.archive = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise ArchiveRefused("This is no ZIP file, or it is cut off.") from error
        self.left_out: Counter[str] = Counter()
        self.made: Counter[str] = Counter()
        self.said = self._read_document()
        self._media: dict[str, UUID] = {}
        self._things: dict[str, dict[str, UUID]] = {"medium_id": {}, "set_id": {}, "post_id": {}}

    def run(self, say: Callable[[str], None] = lambda _line: None) -> User:
        """Take it in; commits after each thing, so that whoever is cut off can go on.

        Raises:
            ArchiveRefused, and what making an account raises.
        """
        user = self._person()
        db.session.commit()
        for one in self.said["media"]:
            self._try(f"work “{one['title']}”", lambda one=one: self._medium(user, one))  # type: ignore[misc]  # bound now
            say(f"{one['title']}")
        for one in self.said["sets"]:
            self._try(f"set “{one['title']}”", lambda one=one: self._set(user, one))  # type: ignore[misc]  # likewise
        for one in self.said["posts"]:
            self._try("a post", lambda one=one: self._post(user, one))  # type: ignore[misc]  # likewise
        for one in self.said["comments"]:
            self._try("a comment", lambda one=one: self._comment(user, one))  # type: ignore[misc]  # likewise
        for name, why in OF_ELSEWHERE.items():
            if self.said[name]:
                self.left_out[f"{name}: {why}"] += len(self.said[name])
        audit.record("person.imported", actor=None, about=user, facts=dict(self.made))
        db.session.commit()
        return user

    def _read_document(self) -> dict[str, Any]:
        entries = self.archive.infolist()
        if len(entries) > MOST_ENTRIES or len({entry.filename for entry in entries}) != len(entries):
            raise ArchiveRefused("This archive has too many files, or two of one name.")
        for entry in entries:
            if entry.filename.startswith("/") or ".." in entry.filename.split("/") or "\\" in entry.filename:
                raise ArchiveRefused(f"This archive has a file whose name leads out of it: {entry.filename[:80]!r}.")
            if entry.file_size > MOST_SQUEEZED * max(entry.compress_size, 1024):
                raise ArchiveRefused(f"This archive grows without end where it is unpacked: {entry.filename[:80]!r}.")
        data = self._read("soundstage.json", MOST_JSON_BYTES)
        if data is None:
            raise ArchiveRefused("There is no soundstage.json in this archive, or it is too large.")
        try:
            said: dict[str, Any] = json.loads(data.replace(b"\\u0000", b""))  # which no row can have
        except (ValueError, RecursionError) as error:
            raise ArchiveRefused("soundstage.json is no JSON.") from error
        schema = json.loads(SCHEMA.read_bytes())
        wrong = next(iter(jsonschema.Draft202012Validator(schema).iter_errors(said)), None)
        if wrong is not None:
            raise ArchiveRefused(f"soundstage.json is not as export-1.json wants it, at {wrong.json_path}.")
        return said

    def _read(self, name: str, most: int) -> bytes | None:
        try:
            entry = self.archive.getinfo(name)
            if entry.file_size > most:
                return None
            return self.archive.read(entry)
        except (KeyError, OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
            return None  # not there, too large, damaged, squeezed in a way that nobody reads, or locked

    def _try(self, what: str, take: Callable[[], str]) -> None:
        try:
            self.made[take()] += 1
            db.session.commit()
        except DomainError as error:
            db.session.rollback()
            self.left_out[f"{what}: {error.sentence}"] += 1

    def _person(self) -> User:
        one = self.said["person"]
        user = db.session.scalar(select(User).where(User.email_key == one["email"].strip().lower()))
        if user is not None:
            if user.username_key != username_key(one["username"]):
                raise ArchiveRefused("Somebody else has this address for mail here.")
            return user
        user = make_user(username=one["username"], email=one["email"], password=secrets.token_urlsafe(32))
        known = {realm.slug for realm in realms()}
        user.role = Role.LISTENER if one["role"] == "listener" else Role.ARTIST  # nobody brings power along
        user.display_name, user.bio_markdown = one["display_name"][:80] or user.username, one["bio"]
        user.location, user.links = one["location"], one["links"]
        user.realm_slug = one.get("realm") if one.get("realm") in known else None
        settings = self.said["settings"]
        for name in ("remembers_history", "levels_loudness", "plays_next", "shares_likes"):
            setattr(user, name, settings[name])
        user.who_may_write = WhoMayWrite(settings["who_may_write"])
        if one.get("adult_since"):
            consents.say_adult(user)
        for which in ("avatar", "cover"):
            self._portrait(user, which, one[which])
        request_mail(user, TokenPurpose.RESET_PASSWORD, email=user.email)
        self.made["person"] += 1
        return user

    def _portrait(self, user: User, which: str, path: str | None) -> None:
        data = self._read(path, MOST_PICTURE_BYTES) if path else None
        if data is None:
            return
        try:
            with tempfile.TemporaryFile() as file:
                file.write(data)
                file.seek(0)
                portraits.replace_portrait(user, which, file)
        except PictureRefused as error:
            self.left_out[f"{which}: {error.sentence}"] += 1

    def _medium(self, user: User, one: dict[str, Any]) -> str:
        found = db.session.scalar(select(Medium).where(Medium.owner_id == user.id, Medium.slug == one["slug"]))
        if found is not None:
            self._things["medium_id"][one["id"]] = found.id
            return "there already"
        medium = self._upload(user, one["file"])
        medium.title, medium.description_markdown = one["title"][:200], one["description"]
        medium.genre, medium.tags = one.get("genre", ""), one["tags"]
        medium.language, medium.licence = one.get("language", ""), one.get("licence", medium.licence)
        medium.credits, medium.downloads_allowed = one.get("credits", []), one.get("downloads_allowed", False)
        if one["realm"] in {realm.slug for realm in realms()}:
            medium.realm_slug = one["realm"]
        medium.release_date = _moment(one.get("release_date"), lambda text: datetime.fromisoformat(text).date())
        medium.comments_policy = CommentPolicy(one.get("comments_policy", "open"))
        medium.explicit, medium.age_restricted = one.get("explicit", False), one.get("age_restricted", False)
        slugs.change_slug(medium, one["slug"])
        db.session.add_all(
            Chapter(medium_id=medium.id, starts_at_ms=chapter["starts_at_ms"], title=chapter["title"][:200])
            for chapter in one["chapters"]
        )
        for track in one["captions"]:
            if not track["from_file"]:
                editing.add_caption(
                    medium, language=track["language"], label=track["label"], kind=CaptionKind(track["kind"]),
                    data=track["webvtt"].encode(),
                )  # fmt: skip
        self._artwork(medium, one["artwork"])
        until = _moment(one.get("available_until"), datetime.fromisoformat)
        publishing.set_visibility(medium, Visibility(one["visibility"]), publish_at=None, available_until=None)
        medium.available_until = until
        if one.get("published_at"):
            publishing.publish_medium(medium)
            medium.published_at = datetime.fromisoformat(one["published_at"])
        self._things["medium_id"][one["id"]] = medium.id
        return "works"

    def _artwork(self, medium: Medium, path: str | None) -> None:
        data = self._read(path, MOST_PICTURE_BYTES) if path else None
        if data is None:
            return
        with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
            file.write(data)
            file.flush()
            try:
                editing.set_artwork(medium, Path(file.name))
            except DomainError as error:
                self.left_out[f"artwork of “{medium.title}”: {error.sentence}"] += 1

    def _upload(self, user: User, file: dict[str, Any] | None) -> Medium:
        """Send a file part by part, as a browser does, and confirm it.

        Raises:
            ArchiveRefused: it is not in the archive, or not the file that it says it is.
        """
        try:
            entry = self.archive.getinfo(file["path"]) if file is not None else None
        except KeyError:
            entry = None
        if file is None or entry is None:
            raise ArchiveRefused("its file is not in the archive.")
        if entry.file_size != file["size_bytes"]:
            raise ArchiveRefused("its file is not as large as it should be.")
        upload = uploads.create_upload(user, filename=file["name"], size_bytes=entry.file_size)
        digests, whole = [], sha256()
        try:
            with self.archive.open(entry) as source:
                for number in range(1, uploads.part_count(upload) + 1):
                    data = source.read(upload.part_size_bytes)
                    whole.update(data)
                    digests.append(sha256(data).digest())
                    ticket = uploads.part_tickets(upload, [(number, b64encode(digests[-1]).decode())])[0]
                    storage().send_part(ticket, data)
        except (OSError, zipfile.BadZipFile, EOFError) as error:
            raise ArchiveRefused("its file is damaged.") from error
        if file.get("sha256") and whole.hexdigest() != file["sha256"]:
            uploads.give_up(upload, UploadState.ABORTED, None)
            raise ArchiveRefused("its file is not the one that was exported.")
        db.session.flush()
        return uploads.confirm_upload(user, upload.id, sha256=b64encode(sha256(b"".join(digests)).digest()).decode())

    def _set(self, user: User, one: dict[str, Any]) -> str:
        found = db.session.scalar(select(Set).where(Set.owner_id == user.id, Set.slug == one["slug"]))
        if found is not None or one["kind"] == SetKind.WATCH_LATER:
            if found is not None:
                self._things["set_id"][one["id"]] = found.id
            return "there already"
        made = Set(
            id=uuid7(), owner_id=user.id, kind=SetKind(one["kind"]), slug=one["slug"], title=one["title"],
            description_markdown=one["description"], genre=one.get("genre", ""), tags=one.get("tags", []),
            visibility=Visibility(one["visibility"]), newest_first=one.get("newest_first", False),
            published_at=_moment(one.get("published_at"), datetime.fromisoformat),
        )  # fmt: skip
        db.session.add(made)
        db.session.flush()
        own = [(item, self._things["medium_id"].get(item["medium_id"])) for item in one["items"]]
        kept = [(item, medium_id) for item, medium_id in own if medium_id is not None]
        for rank, (item, medium_id) in zip(ranks.fresh_ranks(len(kept)), kept, strict=True):
            times = {name: item.get(name) for name in ("season", "episode", "starts_at_ms", "stops_at_ms")}
            db.session.add(
                SetItem(
                    id=uuid7(), set_id=made.id, medium_id=medium_id, rank=rank, note=item["note"],
                    added_by_id=user.id, **times,
                )
            )  # fmt: skip
        if len(kept) < len(own):
            self.left_out[f"in the set “{one['title']}”: works that are others'"] += len(own) - len(kept)
        made.listed = bool(kept) and made.visibility is Visibility.PUBLIC and made.published_at is not None
        self._things["set_id"][one["id"]] = made.id
        return "sets"

    def _post(self, user: User, one: dict[str, Any]) -> str:
        at = datetime.fromisoformat(one["created_at"])
        found = db.session.scalar(select(Post).where(Post.author_id == user.id, Post.created_at == at))
        if found is None:
            found = Post(
                id=uuid7(), author_id=user.id, body_markdown=one["body"], created_at=at,
                edited_at=_moment(one.get("edited_at"), datetime.fromisoformat),
                medium_id=self._things["medium_id"].get(one.get("medium_id") or ""),
                set_id=self._things["set_id"].get(one.get("set_id") or ""),
            )  # fmt: skip
            db.session.add(found)
            self._count("pictures of posts: they are in the archive, for you to add", one["pictures"])
            self._count("polls: they were asked of the people there", one["answers"][:1])
            self._things["post_id"][one["id"]] = found.id
            return "posts"
        self._things["post_id"][one["id"]] = found.id
        return "there already"

    def _comment(self, user: User, one: dict[str, Any]) -> str:
        on = {name: things[one[name]] for name, things in self._things.items() if one.get(name) in things}
        if not on:
            self.left_out["comments: they are on things of the other place"] += 1
            return "left out"
        at = datetime.fromisoformat(one["created_at"])
        if db.session.scalar(select(Comment.id).where(Comment.author_id == user.id, Comment.created_at == at)):
            return "there already"
        is_moment = "medium_id" in on and one.get("at_ms") is not None
        db.session.add(
            Comment(
                id=uuid7(), author_id=user.id, owner_id=user.id, body=one["body"], created_at=at,
                at_ms=one["at_ms"] if is_moment else None, **on,
            )
        )  # fmt: skip
        return "comments"

    def _count(self, why: str, things: Iterable[object]) -> None:
        count = len(list(things))
        if count:
            self.left_out[why] += count


def _moment(text: str | None, read: Callable[[str], Any]) -> Any:
    try:
        return read(text) if text else None
    except ValueError as error:
        raise ArchiveRefused("one of its times is none.") from error
