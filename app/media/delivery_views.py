"""Everything that a medium is made of, handed out: playlists, segments, pictures, captions, downloads.

Every address asks the gate, on every request. What is open to all lies under addresses that any cache may keep;
nothing else is kept anywhere. nginx or S3 moves the bytes where there is one, else this process does, by ranges.
"""

import re
from pathlib import Path, PurePosixPath
from uuid import UUID

from flask import Blueprint, Response, current_app, redirect, request, send_file
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import quote_etag

from app.accounts.login import Stranger
from app.core.errors import NotFound
from app.core.pictures import Picture
from app.core.storage import storage
from app.core.storage.naming import attachment
from app.media import gate, playlists, queries
from app.media.gate import Action
from app.media.links import COOKIE_PASS
from app.media.making.work import content_type
from app.media.models import Version
from config import Settings

bp = Blueprint("delivery", __name__)

A_YEAR = 31_536_000
KEPT = f"public, max-age={A_YEAR}, immutable"
ASKED_AGAIN = "public, no-cache"
NOT_KEPT = "private, no-store"
PLAYLIST = "application/vnd.apple.mpegurl"
S3_SECONDS = 30
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
_CAPTION = re.compile(r"captions/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(vtt|m3u8)")


@bp.get("/media/public/<key>/<path:name>")
def public_object(key: str, name: str) -> ResponseReturnValue:
    """A derivative of a medium that is open to all: the answer is the same for everyone."""
    version = queries.find_version(key)
    gate.require(Stranger(), version.medium if version else None, Action.PLAY)
    return _answer(_found(version), name, kept=True)


@bp.get("/media/restricted/<key>/<pass_>/<path:name>")
def restricted_object(key: str, pass_: str, name: str) -> ResponseReturnValue:
    """A derivative of a medium that is not: the session, or the secret in the path, decides each time."""
    version = queries.find_version(key)
    secret = None if pass_ == COOKIE_PASS else pass_
    gate.require(current_user, version.medium if version else None, Action.PLAY, secret=secret)
    return _answer(_found(version), name, kept=False)


@bp.get("/pictures/<key>/<name>")
def picture_file(key: str, name: str) -> ResponseReturnValue:
    """A width of an artwork, by its medium's gate; or of a portrait, which is for everyone."""
    picture, medium = queries.find_artwork_medium(key)
    if picture is None or not _is_width_of(picture, name):
        raise NotFound
    kept = medium is None or gate.is_open_to_all(medium)
    if medium is not None:
        gate.require(current_user, medium, Action.SEE, secret=request.args.get("s"))
    return _send(picture.storage_prefix + name, name, kept=kept)


@bp.get("/media/<public_id>/download")
def download(public_id: str) -> ResponseReturnValue:
    """The original file, under the name that it came with."""
    medium = queries.find_by_public_id(public_id)
    gate.require(current_user, medium, Action.DOWNLOAD, secret=request.args.get("s"))
    version = medium.version if medium else None
    if version is None:
        raise NotFound
    name = version.original_name
    return _send(version.original_key, name, kept=False, content=version.content_type, download_as=name)


def _found(version: Version | None) -> Version:
    if version is None:
        raise NotFound
    return version


def _answer(version: Version, name: str, *, kept: bool) -> Response:
    """What lies under ``name`` beside a version: made from the tables, or an object in storage."""
    if name == "master.m3u8":
        return _text(playlists.master(version), PLAYLIST, kept=kept)
    if caption := _CAPTION.fullmatch(name):
        if caption[2] == "m3u8":
            return _text(playlists.captions(version, caption[1]), PLAYLIST, kept=kept)
        track = queries.find_caption(version.medium_id, UUID(caption[1]))
        if track is None:
            raise NotFound
        return _text(track.webvtt, "text/vtt", kept=kept)
    if name.endswith(".m3u8"):
        playlist, _complete = playlists.rendition(version, name.removesuffix(".m3u8"))
        return _text(playlist, PLAYLIST, kept=kept)
    if not _NAME.fullmatch(name) or name == PurePosixPath(version.original_key).name:
        raise NotFound
    return _send(version.storage_prefix + name, name, kept=kept)


def _text(body: str, mimetype: str, *, kept: bool) -> Response:
    """A text from the tables: it may change, so whoever keeps it has to ask whether it still holds."""
    response = Response(body, mimetype=mimetype)
    response.headers["Cache-Control"] = ASKED_AGAIN if kept else NOT_KEPT
    if kept:
        response.headers["Access-Control-Allow-Origin"] = "*"
    response.add_etag()
    response.make_conditional(request.environ)
    return _inert(response)


def _send(key: str, name: str, *, kept: bool, content: str | None = None, download_as: str | None = None) -> Response:
    """An object of storage: 200, 206, 304 or 416 as the request asks; by nginx or S3 where they move the bytes.

    With ``download_as`` a browser saves it under that name, whoever moves the bytes.

    Raises:
        NotFound: there is no such object.
    """
    settings: Settings = current_app.config["SETTINGS"]
    mimetype = content or content_type(name)
    url = storage().read_url(key, content_type=mimetype, seconds=S3_SECONDS, download_as=download_as)
    path = storage().local_path(key)
    if url is not None:
        response = _response(redirect(url, code=302))
        response.headers["Cache-Control"] = NOT_KEPT
        return _inert(response)
    if path is None or not path.is_file():
        raise NotFound
    if settings.accel_redirect:
        response = Response(mimetype=mimetype)
        response.headers["X-Accel-Redirect"] = f"/_media/{key}"
    else:
        response = _file(path, key, mimetype)
    if download_as is not None:
        response.headers["Content-Disposition"] = attachment(download_as)
    response.headers["Cache-Control"] = KEPT if kept else NOT_KEPT
    if kept:
        response.headers["Access-Control-Allow-Origin"] = "*"
    return _inert(response)


def _file(path: Path, key: str, mimetype: str) -> Response:
    """A file by ranges. Of several at once, and of what is no range, the answer is the whole (RFC 9110, 14.2)."""
    size = path.stat().st_size
    response = send_file(path, mimetype=mimetype, conditional=False, etag=False, last_modified=None)
    response.headers["ETag"] = quote_etag(key.replace("/", "-"))
    environ, asked = dict(request.environ), request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        environ.pop("HTTP_RANGE", None)
    elif asked.ranges[0][0] < -size:
        environ["HTTP_RANGE"] = "bytes=0-"  # the last N bytes of what has fewer
    try:
        response.make_conditional(environ, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        response.close()
        return Response(status=416, headers={"Content-Range": f"bytes */{size}"})
    if response.status_code == 206:
        response.headers["Content-Encoding"] = (
            "identity"  # a range counts the file's bytes: nothing may compress it now
        )
    return response


def _response(response: object) -> Response:
    assert isinstance(response, Response)  # noqa: S101 - Flask's helpers make Flask's responses
    return response


def _inert(response: Response) -> Response:
    """Whatever a file holds, a browser that opens it by itself runs nothing of it."""
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _is_width_of(picture: Picture, name: str) -> bool:
    stem, _, suffix = name.partition(".")
    return suffix in {"jpg", "webp"} and stem.isdigit() and int(stem) in picture.widths
