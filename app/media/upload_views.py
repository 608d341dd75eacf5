"""Uploads over HTTP: the protocol that the uploader speaks, and a plain form for browsers without scripts."""

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from werkzeug.exceptions import ClientDisconnected, RequestTimeout

from app.core.alone import alone_at
from app.core.errors import DomainError
from app.core.storage import Part, storage
from app.core.storage.local import LocalStorage
from app.extensions import csrf, db, limiter
from app.media import links, queries
from app.media.engine.errors import UnsupportedType
from app.media.errors import MayNotUpload, PartsMissing, UploadBusy, UploadNotFound, WholeMismatch
from app.media.models import Medium, Upload, UploadState
from app.media.services import uploads
from app.media.services.limits import find_allowance
from app.web.hx import render

bp = Blueprint("uploads", __name__)

MOST_PARTS_ASKED = 100
STALL_SECONDS = 60
"""A part that brings no byte for so long is given up: a line that went away without a word says nothing more."""
CONFIRM_WAIT_SECONDS = 20
_SHA256 = re.compile(r"[A-Za-z0-9+/]{43}=")
FORM_OVERHEAD_BYTES = 1024 * 1024
ACCEPT = (
    "audio/*,video/*,.mp3,.wav,.flac,.aac,.m4a,.ogg,.oga,.opus,.aif,.aiff,.mp4,.m4v,.mov,.mkv,.webm,.avi,.ts,.mts,.m2ts"
)


class RequestInvalid(DomainError):
    """What the uploader sent is not of the protocol's form."""

    status = 400
    sentence = "The upload was asked for in a way that we do not understand. Load the page again."


def artists_only(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Let people with a channel in."""

    @wraps(view)
    @login_required
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if not current_user.is_artist:
            raise MayNotUpload
        return view(*args, **kwargs)

    return guarded


@bp.get("/upload")
@login_required
def upload_page() -> ResponseReturnValue:
    """The page where files are dropped; listeners are asked to open a channel first."""
    allowance = find_allowance(current_user) if current_user.is_artist else None
    return render(
        "studio/upload.html",
        limits=allowance.sentences() if allowance else [],
        max_bytes=allowance.file_bytes if allowance else 0,
        accept=ACCEPT,
        open_uploads=uploads.list_open(current_user) if allowance else [],
    )


@bp.post("/upload")
@csrf.exempt
@artists_only
@limiter.limit("600 per hour")
def upload_plain() -> ResponseReturnValue:
    """One file by a plain form. It takes the same way as every other: parts, confirm."""
    uploads.require_disk_room(request.content_length or 0)
    # The form is larger than others may be, and CSRF protection reads it: first the room, then the check.
    request.max_content_length = find_allowance(current_user).file_bytes + FORM_OVERHEAD_BYTES
    csrf.protect()
    file = request.files.get("file")
    if file is None or not file.filename:
        raise RequestInvalid("Choose a file first.")
    file.stream.seek(0, 2)
    size_bytes = file.stream.tell()
    file.stream.seek(0)
    upload = uploads.create_upload(current_user, filename=file.filename, size_bytes=size_bytes)
    db.session.commit()
    digests = []
    for number in range(1, uploads.part_count(upload) + 1):
        data = file.stream.read(uploads.part_bytes(upload, number))
        digest = hashlib.sha256(data).digest()
        digests.append(digest)
        _put_part(upload, number, data, b64encode(digest).decode())
    whole = b64encode(hashlib.sha256(b"".join(digests)).digest()).decode()
    medium = _confirm(upload.id, whole)
    return redirect(links.edit_url(medium.public_id), code=303)


@bp.get("/uploads")
@artists_only
def upload_index() -> ResponseReturnValue:
    """The uploads that one can go on with."""
    return jsonify(uploads=[_describe(upload) for upload in uploads.list_open(current_user)])


@bp.post("/uploads")
@artists_only
@limiter.limit("600 per hour")
def upload_create() -> ResponseReturnValue:
    """Begin an upload: 201, or a sentence about why not."""
    said = _said()
    filename, size_bytes, replaces = said.get("filename"), said.get("size_bytes"), said.get("replaces")
    if not isinstance(filename, str) or not isinstance(size_bytes, int) or isinstance(size_bytes, bool):
        raise RequestInvalid
    medium = queries.get_own(current_user.id, str(replaces), lock=True) if replaces else None
    upload = uploads.create_upload(current_user, filename=filename, size_bytes=size_bytes, replaces=medium)
    db.session.commit()
    return jsonify(_describe(upload)), 201


@bp.get("/uploads/<uuid:upload_id>")
@artists_only
def upload_show(upload_id: UUID) -> ResponseReturnValue:
    """An upload and the parts that have arrived."""
    upload = uploads.get_upload(current_user, upload_id)
    parts = uploads.arrived_parts(upload) if upload.state is UploadState.OPEN else []
    return jsonify(
        **_describe(upload),
        parts=[{"number": part.number, "size_bytes": part.size_bytes, "sha256": part.sha256} for part in parts],
    )


@bp.post("/uploads/<uuid:upload_id>/parts")
@artists_only
@limiter.limit("3000 per minute")
def part_tickets(upload_id: UUID) -> ResponseReturnValue:
    """Where to PUT some parts, whose checksums are said first."""
    upload = uploads.get_upload(current_user, upload_id)
    wanted = _said().get("parts")
    if not isinstance(wanted, list) or not 0 < len(wanted) <= MOST_PARTS_ASKED:
        raise RequestInvalid
    tickets = uploads.part_tickets(upload, [_wanted_part(part) for part in wanted])
    return jsonify(parts=[{"number": one.number, "url": one.url, "headers": one.headers} for one in tickets])


@bp.put("/uploads/parts/<token>")
@csrf.exempt
@limiter.exempt  # the address is a permission for these bytes, given out within a limit
def part_put(token: str) -> ResponseReturnValue:
    """The bytes of one part, for the local disk. The token, which we signed, is the permission; no cookie counts."""
    store = storage()
    if not isinstance(store, LocalStorage):
        raise UploadNotFound
    request.max_content_length = current_app.config["SETTINGS"].part_size_bytes * 1024
    connection = request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(STALL_SECONDS)
    try:
        part = store.receive_part(token, request.stream.read)
    except ClientDisconnected as error:
        if isinstance(error.__context__, TimeoutError):
            raise RequestTimeout from error
        raise
    if connection is not None:
        connection.settimeout(None)
    return Response(status=200, headers={"ETag": f'"{b64decode(part.sha256).hex()}"'})


@bp.post("/uploads/<uuid:upload_id>/confirm")
@artists_only
def upload_confirm(upload_id: UUID) -> ResponseReturnValue:
    """The file is whole: make it a medium. Repeated, the answer is the same."""
    sha256 = _said().get("sha256")
    if not isinstance(sha256, str):
        raise RequestInvalid
    try:
        medium = _confirm(upload_id, sha256)
    except PartsMissing as error:
        db.session.rollback()
        return jsonify(error=error.sentence, missing=error.missing), 409
    return jsonify(
        state=UploadState.CONFIRMED.value,
        medium={
            "public_id": medium.public_id,
            "title": medium.title,
            "url": links.medium_url(current_user.username, medium.slug),
            "edit_url": links.edit_url(medium.public_id),
            "progress_url": f"{links.edit_url(medium.public_id)}/progress",
        },
    )


@bp.post("/uploads/<uuid:upload_id>/failed")
@artists_only
def upload_failed(upload_id: UUID) -> ResponseReturnValue:
    """The browser gives up, and says why."""
    uploads.close_upload(current_user, upload_id, state=UploadState.FAILED, reason=str(_said().get("reason", ""))[:500])
    db.session.commit()
    return Response(status=204)


@bp.delete("/uploads/<uuid:upload_id>")
@artists_only
def upload_abort(upload_id: UUID) -> ResponseReturnValue:
    """The person does not want it any more."""
    uploads.close_upload(current_user, upload_id, state=UploadState.ABORTED)
    db.session.commit()
    return Response(status=204)


def _confirm(upload_id: UUID, sha256: str) -> Medium:
    """Confirm and commit; what can never become a medium is closed, so that nothing of it is kept.

    A large file is joined for minutes. Meanwhile no transaction is open, and other confirms of it wait without one too:
    fifty of them would leave no connection for anybody else.
    """
    db.session.rollback()
    with alone_at(f"confirm {upload_id}", wait_s=CONFIRM_WAIT_SECONDS) as alone:
        if not alone:
            raise UploadBusy
        try:
            whole = uploads.find_whole(current_user, upload_id, sha256=sha256)
            db.session.rollback()
            if whole is not None:
                uploads.join_whole(whole)
            medium = uploads.confirm_upload(current_user, upload_id, sha256=sha256, joined=whole)
            db.session.commit()
        except (WholeMismatch, UnsupportedType) as error:
            db.session.rollback()
            uploads.close_upload(current_user, upload_id, state=UploadState.FAILED, reason=error.sentence)
            db.session.commit()
            raise
    return medium


def _put_part(upload: Upload, number: int, data: bytes, sha256: str) -> Part:
    """Send a part by the way that a browser would take, without the network where the disk is ours."""
    ticket = uploads.part_tickets(upload, [(number, sha256)])[0]
    store = storage()
    return store.send_part(ticket, data)


def _describe(upload: Upload) -> dict[str, Any]:
    return {
        "id": str(upload.id),
        "url": url_for(".upload_show", upload_id=upload.id),
        "state": upload.state.value,
        "filename": upload.filename,
        "size_bytes": upload.size_bytes,
        "part_size_bytes": upload.part_size_bytes,
        "part_count": uploads.part_count(upload),
        "expires_at": upload.expires_at.isoformat(),
    }


def _wanted_part(part: object) -> tuple[int, str]:
    if isinstance(part, dict):
        number, sha256 = part.get("number"), part.get("sha256")
        if type(number) is int and isinstance(sha256, str) and _SHA256.fullmatch(sha256):  # True is an int, too
            return number, sha256
    raise RequestInvalid


def _said() -> dict[str, Any]:
    said = request.get_json(silent=True)
    if not isinstance(said, dict):
        raise RequestInvalid
    return said
