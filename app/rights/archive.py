"""The archive of a person: a ZIP written into storage part by part, so that memory and disk know no whole of it.

``soundstage.json`` comes first, then the files that it names. Sound and film are stored, not squeezed: they do not get
smaller. ZIP64 throughout, because a film may be larger than four gigabytes.
"""

import base64
import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Final
from uuid import UUID

from app.accounts.models import FormerUsername, User
from app.core.clock import now
from app.core.pictures import Picture
from app.core.storage import Storage
from app.core.storage.base import Part
from app.extensions import db
from app.media.models import Version
from app.rights import export_sections
from config import ROOT

PART_BYTES: Final = 16 * 1024 * 1024
BLOCK_BYTES: Final = 1024 * 1024
FORMAT, VERSION = "soundstage-export", 1
SCHEMA: Final = ROOT / "docs" / "schemas" / "export-1.json"
README: Final = """This is everything of yours that was here.

soundstage.json   what you wrote, chose and did, as export-1.json describes it
media/            the files that you uploaded, as you uploaded them
pictures/         your pictures in their largest size
left-out.txt      what could not be put in, where there was any

Another Soundstage takes it in: flask people import ARCHIVE
"""
_UNSAFE: Final = re.compile(r"[^\w.() -]+", re.ASCII)


class StorageSink:
    """A file to write to that becomes one object of the storage; it cannot be read or gone back in.

    ``on_part`` is called after every part, which is 16 MiB.
    """

    def __init__(self, store: Storage, key: str, on_part: Callable[[], None]) -> None:
        self.size_bytes = 0
        self._store, self._key, self._on_part = store, key, on_part
        self._multipart_id = store.create_multipart(key, content_type="application/zip")
        self._parts: list[Part] = []
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        """Take bytes; whole parts go to storage."""
        self._waiting += data
        self.size_bytes += len(data)
        while len(self._waiting) >= PART_BYTES:
            self._send(bytes(self._waiting[:PART_BYTES]))
            del self._waiting[:PART_BYTES]
        return len(data)

    def flush(self) -> None:
        """Nothing: a part is sent once it is whole."""

    def finish(self) -> None:
        """Join the parts: now the object is there."""
        if self._waiting or not self._parts:
            self._send(bytes(self._waiting))
        self._store.complete_multipart(self._key, self._multipart_id, self._parts)

    def abort(self) -> None:
        """Free what was sent."""
        self._store.abort_multipart(self._key, self._multipart_id)

    def _send(self, data: bytes) -> None:
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        number = len(self._parts) + 1
        ticket = self._store.part_ticket(
            self._key, self._multipart_id, number=number, sha256=digest, size_bytes=len(data)
        )
        self._parts.append(self._store.send_part(ticket, data))
        self._on_part()


@dataclass
class Contents:
    """Which files go into an archive: found while ``soundstage.json`` is written."""

    originals: dict[str, UUID] = field(default_factory=dict)
    """Path in the archive, and the version whose original it is."""
    pictures: dict[str, UUID] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def picture(self, picture_id: str | None) -> str | None:
        """Where a picture lies in the archive."""
        if not picture_id:
            return None
        path = f"pictures/{picture_id}.jpg"
        self.pictures[path] = UUID(picture_id)
        return path


def write_archive(user: User, sink: BinaryIO, store: Storage, public_url: str) -> Contents:
    """Write everything of ``user``. The session's transaction is read from, then ended before files are copied."""
    contents = Contents()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        _put(archive, "README.txt", README.encode())
        _put(archive, "export-1.json", SCHEMA.read_bytes())
        with archive.open(_entry("soundstage.json"), "w", force_zip64=True) as file:
            for piece in _document(user, contents, public_url):
                file.write(piece)
        db.session.commit()  # copying may take long: no transaction stays open over it
        _copy_files(archive, contents, store)
        if contents.left_out:
            _put(archive, "left-out.txt", "\n".join(contents.left_out).encode())
    return contents


def _copy_files(archive: zipfile.ZipFile, contents: Contents, store: Storage) -> None:
    for path, version_id in contents.originals.items():
        version = db.session.get(Version, version_id)
        key = version.original_key if version is not None else None
        db.session.commit()
        _copy(archive, path, key, store, contents)
    for path, picture_id in contents.pictures.items():
        picture = db.session.get(Picture, picture_id)
        key = f"{picture.storage_prefix}{max(picture.widths)}.jpg" if picture is not None else None
        db.session.commit()
        _copy(archive, path, key, store, contents)


def _copy(archive: zipfile.ZipFile, path: str, key: str | None, store: Storage, contents: Contents) -> None:
    try:
        source = store.open(key) if key is not None else None
    except OSError:
        source = None
    if source is None:
        contents.left_out.append(f"{path}: it was not there when the archive was made")
        return
    with source, archive.open(_entry(path, zipfile.ZIP_STORED), "w", force_zip64=True) as file:
        while block := source.read(BLOCK_BYTES):
            file.write(block)


def _document(user: User, contents: Contents, public_url: str) -> Iterator[bytes]:
    head = {"format": FORMAT, "version": VERSION, "made_at": now().isoformat(), "place": public_url}
    yield json.dumps({**head, "person": _person(user, contents), "settings": _settings(user)})[:-1].encode()
    for name in export_sections.SECTIONS:
        rows = (_with_files(name, row, contents) for row in export_sections.section_rows(name, user.id))
        yield from _list(name, rows)
    yield from _list("log", export_sections.log_rows(user.id))
    yield from _list("more", export_sections.more_rows(user.id))
    yield b"}"


def _list(name: str, rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    yield f', "{name}": ['.encode()
    comma = ""
    for row in rows:
        yield (comma + "\n" + json.dumps(row, ensure_ascii=False)).encode()
        comma = ","
    yield b"]"


def _with_files(name: str, row: dict[str, Any], contents: Contents) -> dict[str, Any]:
    """A row with the paths of its files in place of the ids of what they are of."""
    if name == "media":
        version_id, filename = row.pop("version_id"), row.pop("filename")
        said = {key: row.pop(key) for key in ("content_type", "size_bytes", "sha256")}
        row["file"] = None
        if version_id:
            path = f"media/{row['public_id']}/{safe_name(filename)}"
            contents.originals[path] = UUID(version_id)
            row["file"] = {"path": path, "name": filename, **said}
    if name in {"media", "sets"}:
        row["artwork"] = contents.picture(row.pop("picture_id"))
    if name == "posts":
        row["pictures"] = [{"path": contents.picture(one["picture_id"]), "alt": one["alt"]} for one in row["pictures"]]
    return row


def safe_name(filename: str) -> str:
    """A file name that no program takes for anything else."""
    name = _UNSAFE.sub("_", PurePosixPath(filename.replace("\\", "/")).name).strip(". ")[-120:]
    return name or "file"


def _person(user: User, contents: Contents) -> dict[str, Any]:
    former = db.session.query(FormerUsername.username_key).filter(FormerUsername.user_id == user.id)
    return {
        "id": str(user.id), "username": user.username, "former_usernames": [key for (key,) in former],
        "email": user.email, "email_verified_at": _moment(user.email_verified_at), "role": user.role.value,
        "display_name": user.display_name, "bio": user.bio_markdown, "location": user.location,
        "links": list(user.links), "realm": user.realm_slug, "created_at": _moment(user.created_at),
        "standing": user.standing_now.value, "standing_until": _moment(user.standing_until),
        "adult_since": _moment(user.adult_since), "avatar": contents.picture(_text(user.avatar_id)),
        "cover": contents.picture(_text(user.cover_id)),
    }  # fmt: skip


def _settings(user: User) -> dict[str, Any]:
    return {
        "remembers_history": user.remembers_history, "levels_loudness": user.levels_loudness,
        "plays_next": user.plays_next, "shares_likes": user.shares_likes, "who_may_write": user.who_may_write.value,
    }  # fmt: skip


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at is not None else None


def _text(value: UUID | None) -> str | None:
    return str(value) if value is not None else None


def _entry(path: str, how: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, now().timetuple()[:6])
    entry.compress_type, entry.external_attr = how, 0o600 << 16
    return entry


def _put(archive: zipfile.ZipFile, path: str, data: bytes) -> None:
    with archive.open(_entry(path), "w", force_zip64=True) as file:
        file.write(data)
