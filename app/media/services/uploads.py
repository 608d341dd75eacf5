"""Uploads: a file comes in part by part, can be interrupted at any point, and becomes a medium once.

The parts lie in storage, which alone knows which have arrived. The row here says who sends what, and what became of it.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app.accounts.models import User
from app.core.clock import now
from app.core.errors import StorageFull
from app.core.events import publish
from app.core.ids import secret, uuid7
from app.core.offload import off_loop
from app.core.screening import Screened, screen
from app.core.storage import Part, PartsGone, PartTicket, composite_sha256, storage
from app.extensions import db
from app.media.errors import PartsMissing, UploadClosed, UploadNotFound, WholeMismatch
from app.media.events import UploadEnded
from app.media.models import Medium, Upload, UploadState
from app.media.services import arrivals, text_rules
from app.media.services.limits import require_room_for
from config import Settings

MOST_PARTS = 10_000
"""S3's limit, which the local disk keeps too."""
PREFIX = "originals/"
MOST_OPEN = 100
LONGEST_NAME = 200
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f-\x9f/\\\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def create_upload(user: User, *, filename: str, size_bytes: int, replaces: Medium | None = None) -> Upload:
    """Begin an upload for ``user``.

    Raises:
        MayNotUpload, FileEmpty, FileTooLarge, MinutesUsedUp: as ``limits.require_room_for``.
        StorageFull: the disk has no room for it; said before the first byte.
        Refused: more than a new account may send in a day.
    """
    require_room_for(user, size_bytes)
    screen(Screened.UPLOAD, user)
    require_disk_room(size_bytes)
    settings: Settings = current_app.config["SETTINGS"]
    key = f"{PREFIX}{secret()}"
    upload = Upload(
        id=uuid7(),
        owner_id=user.id,
        replaces_id=replaces.id if replaces else None,
        filename=tidy_filename(filename),
        size_bytes=size_bytes,
        part_size_bytes=max(settings.part_size_bytes, -(-size_bytes // MOST_PARTS)),
        storage_key=key,
        multipart_id=storage().create_multipart(key, content_type="application/octet-stream"),
        state=UploadState.OPEN,
        expires_at=now() + timedelta(seconds=settings.upload_expiry_s),
    )
    db.session.add(upload)
    return upload


def require_disk_room(size_bytes: int) -> None:
    """Refuse a file of ``size_bytes`` before its first byte where the storage cannot hold it.

    Raises:
        StorageFull
    """
    free = storage().free_bytes()
    if free is not None and free < 2 * size_bytes:  # the parts, and the joined file beside them
        raise StorageFull


def tidy_filename(filename: str) -> str:
    """The name as shown to people: no folders, no control characters, nothing that turns the text's direction."""
    name = _NOT_IN_NAMES.sub("", unicodedata.normalize("NFC", filename.replace("\\", "/").rsplit("/", 1)[-1])).strip()
    return name[-LONGEST_NAME:] or "untitled"


def part_count(upload: Upload) -> int:
    """Into how many parts the file is cut; all but the last have ``part_size_bytes``."""
    return -(-upload.size_bytes // upload.part_size_bytes)


def part_bytes(upload: Upload, number: int) -> int:
    """How many bytes part ``number`` has."""
    return min(upload.part_size_bytes, upload.size_bytes - (number - 1) * upload.part_size_bytes)


def get_upload(user: User, upload_id: UUID, *, lock: bool = False) -> Upload:
    """An upload of ``user``; with ``lock`` nobody else changes it until the transaction ends.

    Raises:
        UploadNotFound: there is none, or it is someone else's.
    """
    query = select(Upload).where(Upload.id == upload_id, Upload.owner_id == user.id)
    upload = db.session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if upload is None:
        raise UploadNotFound
    return upload


def list_open(user: User) -> Sequence[Upload]:
    """The uploads that ``user`` may go on with."""
    query = select(Upload).where(
        Upload.owner_id == user.id, Upload.state == UploadState.OPEN, Upload.expires_at > now()
    )
    return db.session.scalars(query.order_by(Upload.id.desc()).limit(MOST_OPEN)).all()


def arrived_parts(upload: Upload) -> list[Part]:
    """The parts that are there and have the size they should."""
    parts = storage().list_parts(upload.storage_key, upload.multipart_id)
    return [
        part
        for part in parts
        if 1 <= part.number <= part_count(upload) and part.size_bytes == part_bytes(upload, part.number)
    ]


def part_tickets(upload: Upload, wanted: Sequence[tuple[int, str]]) -> list[PartTicket]:
    """Where to PUT the parts ``wanted``: pairs of number and SHA-256 in base64.

    Raises:
        UploadClosed: the upload is over.
    """
    _require_open(upload)
    return [
        storage().part_ticket(
            upload.storage_key, upload.multipart_id, number=number, sha256=sha256, size_bytes=part_bytes(upload, number)
        )
        for number, sha256 in wanted
        if 1 <= number <= part_count(upload)
    ]


@dataclass(frozen=True, kw_only=True)
class Whole:
    """What a confirm is about to join. ``parts`` is empty where that was done before."""

    key: str
    multipart_id: str
    parts: tuple[Part, ...]
    part_size_bytes: int
    sha256: str
    is_checked: bool
    """Whether the parts' own checksums have shown that the whole is what its uploader has."""


def find_whole(user: User, upload_id: UUID, *, sha256: str) -> Whole | None:
    """What is to be joined for ``upload_id``; None when it has become a medium.

    ``sha256`` is the uploader's digest over the parts' digests (see ``composite_sha256``).

    Raises:
        UploadNotFound, UploadClosed
        PartsMissing: not everything is there yet; the upload stays open.
        WholeMismatch: the parts are not the file that the uploader has.
    """
    upload = get_upload(user, upload_id)
    if upload.state is UploadState.CONFIRMED and upload.medium_id is not None:
        return None
    _require_open(upload)
    parts = arrived_parts(upload)
    missing = sorted(set(range(1, part_count(upload) + 1)) - {part.number for part in parts})
    is_joined = storage().size_bytes(upload.storage_key) == upload.size_bytes
    if missing and not is_joined:
        raise PartsMissing(missing)
    is_checked = not is_joined and all(part.sha256 for part in parts)
    if is_checked and composite_sha256(parts) != sha256:
        raise WholeMismatch
    return Whole(
        key=upload.storage_key,
        multipart_id=upload.multipart_id,
        parts=() if is_joined else tuple(parts),
        part_size_bytes=upload.part_size_bytes,
        sha256=sha256,
        is_checked=is_checked,
    )


def join_whole(whole: Whole) -> None:
    """Join the parts and check the whole. It takes as long as the file is large: end your transaction before it.

    Done twice, even at once, it comes to the same.

    Raises:
        PartsMissing: a part was damaged or replaced since; the upload stays open.
        WholeMismatch: the whole is not the file that the uploader has.
    """
    if whole.parts:
        try:
            off_loop(storage().complete_multipart, whole.key, whole.multipart_id, list(whole.parts))
        except PartsGone as error:
            raise PartsMissing(error.numbers) from error
    if not whole.is_checked:
        digest = off_loop(storage().joined_sha256, whole.key, part_size_bytes=whole.part_size_bytes)
        if digest != whole.sha256:
            raise WholeMismatch


def confirm_upload(user: User, upload_id: UUID, *, sha256: str, joined: Whole | None = None) -> Medium:
    """Make the medium of a whole file. Repeated, it returns the same medium.

    ``joined`` is what ``join_whole`` has joined and checked; without it that is done here, within the transaction. The
    row is locked, so that of many confirms at once one does the work and the others see its result.

    Raises:
        UploadNotFound, UploadClosed, PartsMissing, WholeMismatch: as ``find_whole`` and ``join_whole``.
        UnsupportedType: the content is no recording that we take.
    """
    upload = get_upload(user, upload_id, lock=True)
    if upload.state is UploadState.CONFIRMED and upload.medium_id is not None:
        medium = db.session.get(Medium, upload.medium_id)
        if medium is None:
            raise UploadClosed
        return medium
    _require_open(upload)
    if joined is None and (whole := find_whole(user, upload_id, sha256=sha256)) is not None:
        join_whole(whole)
    medium = arrivals.receive_file(user, upload, parts_sha256=sha256)
    upload.state, upload.medium_id = UploadState.CONFIRMED, medium.id
    return medium


def close_upload(user: User, upload_id: UUID, *, state: UploadState, reason: str | None = None) -> None:
    """End an open upload as aborted or failed; its parts are freed after the commit. A closed one stays as it is.

    Raises:
        UploadNotFound
    """
    upload = get_upload(user, upload_id, lock=True)
    if upload.state is UploadState.OPEN:
        give_up(upload, state, reason)


def close_replacements(medium_id: UUID) -> None:
    """End the open uploads that were to replace the file of a medium: it is about to go, and their parts with it."""
    query = select(Upload).where(Upload.replaces_id == medium_id, Upload.state == UploadState.OPEN)
    for upload in db.session.scalars(query.with_for_update()).all():
        give_up(upload, UploadState.ABORTED, "What it was to replace is gone.")


def close_uploads_of(owner_id: UUID) -> None:
    """End every open upload of a person who goes, and free what they took."""
    query = select(Upload).where(Upload.owner_id == owner_id, Upload.state == UploadState.OPEN)
    for upload in db.session.scalars(query.with_for_update()).all():
        give_up(upload, UploadState.ABORTED, "Its owner is gone.")


def give_up(upload: Upload, state: UploadState, reason: str | None) -> None:
    """End an upload whose row the caller has locked; what it took is freed after the commit."""
    upload.state, upload.failure_reason = state, text_rules.one_line(reason or "", 500) or None
    publish(UploadEnded(storage_key=upload.storage_key, multipart_id=upload.multipart_id))


def _require_open(upload: Upload) -> None:
    if upload.state is not UploadState.OPEN or upload.expires_at <= now():
        raise UploadClosed
