"""How an answer with bytes is made: who moves them, what caches may keep, ranges, conditions."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, redirect, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import quote_etag
from werkzeug.wsgi import wrap_file

from app.core.cdn import cdn, is_public
from app.core.errors import NotFound
from app.core.sending import StoredStretch, Stretch
from app.core.storage import storage
from app.core.storage.naming import attachment, content_type
from config import Settings

ELSEWHERE_SECONDS = 4
"""How long an address at a bucket or a CDN holds: whoever's access ends is out after that."""
ASKED_AGAIN = "public, no-cache"
REDIRECT_KEPT = "public, max-age=60"
PUBLIC_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Range, If-Range, If-None-Match",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range, ETag",
    "Access-Control-Max-Age": "86400",
}


class Kept(StrEnum):
    """Who may keep an answer, as ``Cache-Control`` says it."""

    ANYWHERE = "public, max-age=31536000, immutable"
    NOWHERE = "private, no-store"


def text(body: str, mimetype: str, *, kept: Kept) -> Response:
    """A text from the tables: it may change, so whoever keeps it has to ask whether it still holds."""
    response = Response(body, mimetype=mimetype)
    response.headers["Cache-Control"] = ASKED_AGAIN if kept is Kept.ANYWHERE else kept
    _allow_other_sites(response, kept)
    response.add_etag()
    response.make_conditional(request.environ)
    return inert(response)


def send(
    key: str,
    *,
    kept: Kept,
    mimetype: str | None = None,
    download_as: str | None = None,
    seconds: int = ELSEWHERE_SECONDS,
    through_us: bool = False,
    may_go_on: Callable[[], bool] | None = None,
) -> Response:
    """An object of storage: 200, 206, 304 or 416 as the request asks; by nginx, a CDN or S3 where they move the bytes.

    With ``download_as`` a browser saves it under that name, whoever moves the bytes. An address elsewhere holds for
    ``seconds``. With ``through_us`` there is none: browsers go on asking the address that they were redirected to, and
    nobody else can be told to stop a long answer. Where this process sends the bytes, ``may_go_on`` is asked every two
    seconds that a long answer takes.

    Raises:
        NotFound: there is no such object.
    """
    settings: Settings = current_app.config["SETTINGS"]
    mimetype = mimetype or content_type(key.rpartition("/")[2])
    path = storage().local_path(key)
    if path is None and not through_us:
        return _elsewhere(key, kept=kept, mimetype=mimetype, download_as=download_as, seconds=seconds)
    if path is None:
        response = _stored(key, mimetype, may_go_on)
    elif not path.is_file():
        raise NotFound
    elif settings.accel_redirect and path.is_relative_to(settings.data_dir / "media"):  # nginx knows of no other place
        response = Response(mimetype=mimetype)
        response.headers["X-Accel-Redirect"] = f"/_media/{key}"
    else:
        response = _file(path, key, mimetype, may_go_on)
    if download_as is not None:
        response.headers["Content-Disposition"] = attachment(download_as)
    response.headers["Cache-Control"] = kept
    _allow_other_sites(response, kept)
    return inert(response)


def in_context(question: Callable[[], bool]) -> Callable[[], bool]:
    """``question``, to be asked after the request is over, with a database session of its own."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's documented way

    def ask() -> bool:
        with app.app_context():
            return question()

    return ask


def inert(response: Response) -> Response:
    """Whatever a file holds, a browser that opens it by itself runs nothing of it."""
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _elsewhere(key: str, *, kept: Kept, mimetype: str, download_as: str | None, seconds: int) -> Response:
    """A redirect to the CDN or the bucket, good for the method that was asked with."""
    is_open = kept is Kept.ANYWHERE and is_public(key) and cdn().serves_public
    if is_open:
        url = cdn().address(key)
    elif download_as is None and cdn().serves_restricted:
        url = cdn().signed_address(key, seconds=seconds)
    else:
        is_head = request.method == "HEAD"
        found = storage().read_url(key, content_type=mimetype, seconds=seconds, download_as=download_as, head=is_head)
        assert found is not None, key  # noqa: S101 - a storage without files of its own has addresses
        url = found
    response: Any = redirect(url, code=302)
    response.headers["Cache-Control"] = REDIRECT_KEPT if is_open else Kept.NOWHERE
    _allow_other_sites(response, kept)
    return inert(response)


def _file(path: Path, key: str, mimetype: str, may_go_on: Callable[[], bool] | None) -> Response:
    """A file on our disk, by ranges."""

    def stretch(start: int, length: int) -> Stretch:
        return Stretch(path, start=start, length=length, may_go_on=may_go_on)

    return _ranged(key, path.stat().st_size, mimetype, stretch)


def _stored(key: str, mimetype: str, may_go_on: Callable[[], bool] | None) -> Response:
    """An object that lies elsewhere, by ranges, through this process."""
    size, store = storage().size_bytes(key), storage()
    if size is None:
        raise NotFound

    def stretch(start: int, length: int) -> StoredStretch:
        return StoredStretch(
            lambda at, count: store.read_bytes(key, start=at, length=count),
            start=start,
            length=length,
            may_go_on=may_go_on,
        )

    return _ranged(key, size, mimetype, stretch)


def _ranged(key: str, size: int, mimetype: str, stretch: Callable[[int, int], Any]) -> Response:
    """What was asked for of ``size`` bytes. Of several ranges, or of what is none, the whole (RFC 9110, 14.2)."""
    response = Response(mimetype=mimetype, direct_passthrough=True)
    response.content_length = size
    response.headers["ETag"] = quote_etag(key.replace("/", "-"))
    environ, asked = dict(request.environ), request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        environ.pop("HTTP_RANGE", None)
    elif asked.ranges[0][0] < -size:
        environ["HTTP_RANGE"] = "bytes=0-"  # the last N bytes of what has fewer
    try:
        response.make_conditional(environ, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        return Response(status=416, headers={"Content-Range": f"bytes */{size}"})
    start, length = 0, size
    if response.status_code == 206:
        start, stop = response.content_range.start or 0, response.content_range.stop or size
        length = stop - start
        response.headers["Content-Encoding"] = "identity"  # a range counts the file's bytes: nothing may compress it
    if response.status_code in {200, 206} and request.method != "HEAD":
        response.response = wrap_file(request.environ, stretch(start, length), buffer_size=1 << 16)
    return response


def _allow_other_sites(response: Response, kept: Kept) -> None:
    if kept is Kept.ANYWHERE:
        for name in ("Access-Control-Allow-Origin", "Access-Control-Expose-Headers"):
            response.headers[name] = PUBLIC_CORS[name]
