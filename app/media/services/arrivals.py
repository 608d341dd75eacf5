"""A whole file has come in: look at its first bytes, make a medium or a new version of one, and the first task."""

import re
import tempfile
import unicodedata
from pathlib import Path

from sqlalchemy import func, select

from app.accounts.models import User
from app.core.ids import public_id, secret, uuid7
from app.core.storage import storage
from app.extensions import db
from app.media import gate
from app.media.engine.detect import DetectedType, detect, id3_length
from app.media.models import Kind, Medium, MediumState, Realm, Upload, Version, Visibility
from app.media.services import planning
from app.media.services.slugs import free_slug

HEAD_BYTES = 256 * 1024
DEFAULT_REALMS = {Kind.AUDIO: "music", Kind.VIDEO: "screen"}


def receive_file(user: User, upload: Upload, *, parts_sha256: str) -> Medium:
    """The medium that ``upload``'s joined file becomes, or gets as its next version.

    Raises:
        UnsupportedType: the content is no recording that we take, whatever its name says.
    """
    detected = detect_object(upload.storage_key)
    medium = db.session.get(Medium, upload.replaces_id, with_for_update=True) if upload.replaces_id else None
    if medium is None:
        medium = _new_medium(user, upload.filename, Kind(detected.media_type))
    version = Version(
        id=uuid7(),
        medium_id=medium.id,
        number=1 + (db.session.scalar(select(func.max(Version.number)).where(Version.medium_id == medium.id)) or 0),
        delivery_key=secret(),
        exposed=gate.is_open_to_all(medium),
        original_key=upload.storage_key,
        original_name=upload.filename,
        content_type=detected.mime,
        size_bytes=upload.size_bytes,
        parts_sha256=parts_sha256,
    )
    db.session.add(version)
    db.session.flush()
    if medium.version_id is None:
        medium.state = MediumState.PROCESSING
    planning.plan_inspection(version)
    return medium


def detect_object(key: str) -> DetectedType:
    """What kind of recording an object in storage is, by its first bytes.

    Raises:
        UnsupportedType
    """
    path = storage().local_path(key)
    if path is not None:
        return detect(path)
    with tempfile.NamedTemporaryFile(prefix="head-") as head:
        first = storage().read_bytes(key, length=HEAD_BYTES)
        head.write(first)
        after = id3_length(first) if first[:3] == b"ID3" else 0
        if after >= HEAD_BYTES // 2 and after < (storage().size_bytes(key) or 0):
            head.seek(after)  # a long tag, with a cover in it: what the file is stands behind it
            head.write(storage().read_bytes(key, start=after, length=HEAD_BYTES))
        head.flush()
        return detect(Path(head.name))


def title_from_filename(filename: str) -> str:
    """``01_my-song.final.mp3`` as ``my song.final``: no extension, no track number, spaces where there were none."""
    stem = filename.rsplit(".", 1)[0] if "." in filename else filename
    stem = re.sub(r"^\d{1,3}[\s._-]+(?=\S)", "", stem)
    if " " not in stem:
        stem = re.sub(r"[_-]+", " ", stem)
    return " ".join(unicodedata.normalize("NFC", stem).split())[:200] or "Untitled"


def _new_medium(user: User, filename: str, kind: Kind) -> Medium:
    title = title_from_filename(filename)
    medium = Medium(
        id=uuid7(),
        public_id=public_id(),
        owner_id=user.id,
        kind=kind,
        realm_slug=_default_realm(user, kind),
        title=title,
        slug=free_slug(user.id, title),
        visibility=Visibility.PUBLIC,
        state=MediumState.PROCESSING,
    )
    db.session.add(medium)
    db.session.flush()
    return medium


def _default_realm(user: User, kind: Kind) -> str:
    """The owner's own realm where it suits the kind, else the kind's; any realm where an operator renamed them."""
    slugs = set(db.session.scalars(select(Realm.slug).order_by(Realm.position)))
    for wanted in (user.realm_slug if kind is Kind.AUDIO else None, DEFAULT_REALMS[kind]):
        if wanted in slugs:
            return str(wanted)
    return min(slugs)
