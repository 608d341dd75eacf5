"""Everything that a medium is made of, handed out: playlists, segments, pictures, captions, downloads.

Every address asks the gate, on every request. What is open to all lies under addresses that any cache may keep;
nothing else is kept anywhere. nginx, a CDN or S3 moves the bytes where there is one, else this process does, by ranges.
Where nginx is, it hands out by itself what lies in the open, and asks ``gate_check`` about the rest.
"""

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.login import Asker, Stranger, current_asker
from app.core.cdn import cdn
from app.core.errors import NotFound
from app.core.pictures import Picture
from app.extensions import db
from app.media import by_link, gate, links, playlists, queries, shown
from app.media.gate import Action, Reason
from app.media.links import COOKIE_PASS
from app.media.models import Kind, Medium, Version
from app.media.sending_views import ELSEWHERE_SECONDS, PUBLIC_CORS, Kept, in_context, send, text
from app.media.services import sharing
from app.media.shown import Shown
from app.media.upkeep import originals

bp = Blueprint("delivery", __name__)

PLAYLIST = "application/vnd.apple.mpegurl"
PLAIN_SECONDS = 3600
"""How long a bucket's address of a public song's plain file holds: browsers that play it ask that address for further
ranges, not ours. When the medium is closed, the object goes."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
_PLAYED = re.compile(r"\.(?:mp4|m4a)$|^(?!master\.)[^/]*\.m3u8$")
_CAPTION = re.compile(r"captions/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(vtt|m3u8)")


@bp.get("/media/public/<key>/<path:name>", provide_automatic_options=False)
def public_object(key: str, name: str) -> ResponseReturnValue:
    """A derivative of a medium that is open to all: the answer is the same for everyone."""
    version = queries.find_version(key)
    gate.require(Stranger(), version.medium if version else None, Action.PLAY)
    return _answer(_found(version), name, Kept.ANYWHERE, _still_plays(key))


@bp.route("/media/public/<key>/<path:name>", methods=["OPTIONS"], provide_automatic_options=False)
def public_preflight(key: str, name: str) -> ResponseReturnValue:  # noqa: ARG001 - the same for all
    """What a browser asks before a script of another site reads ranges; it says nothing of what there is."""
    return Response(status=204, headers=PUBLIC_CORS)


@bp.get("/media/restricted/<key>/<pass_>/<path:name>")
def restricted_object(key: str, pass_: str, name: str) -> ResponseReturnValue:
    """A derivative of a medium that is not: the session, or the secret in the path, decides each time.

    Sound and picture are not handed out under the token of a named link, but under the ticket of a play that counts.
    """
    version = queries.find_version(key)
    medium = version.medium if version else None
    secret = by_link.secret_of(current_user, medium, Action.PLAY, None if pass_ == COOKIE_PASS else pass_)
    decision = gate.require(current_user, medium, Action.PLAY, secret=secret)
    if decision.reason is Reason.SHARE_LINK and _PLAYED.search(name):
        return _begin_play(pass_, lambda ticket: links.delivery_base(key, open_to_all=False, secret=ticket) + name)
    return _answer(_found(version), name, Kept.NOWHERE, _still_plays(key, current_asker(), secret=secret))


@bp.get("/media/gate/<key>/<pass_>")
def gate_check(key: str, pass_: str) -> ResponseReturnValue:
    """What nginx's ``auth_request`` asks: 204 for whoever may have what lies under a key, 403 for everyone else.

    nginx keeps the answer for two seconds for the same cookies, key and secret. Where a play has to begin first, it is
    told no, and asks for the object itself.
    """
    version = queries.find_version(key)
    secret = None if pass_ == COOKIE_PASS else pass_
    decision = None
    if version is not None:
        said = gate.decide(current_user, version.medium, Action.PLAY, secret=secret)
        decision = gate.told(version.medium, Action.PLAY, said)
    allowed = decision is not None and decision.allowed and decision.reason is not Reason.SHARE_LINK
    return Response(status=204 if allowed else 403, headers={"Cache-Control": Kept.NOWHERE})


@bp.get("/pictures/<key>/<name>")
def picture_file(key: str, name: str) -> ResponseReturnValue:
    """A width of a picture, by the gate of what shows it: a medium, a set, a post, a person."""
    picture = queries.find_picture(key)
    if picture is None or not _is_width_of(picture, name):
        raise NotFound
    thing = shown.find_things([picture.id]).get(picture.id)
    if thing is None:
        raise NotFound
    is_open = shown.is_open(thing)
    if not (is_open and isinstance(thing, Shown)):  # portraits and posts in the open are the same for everyone
        action = Action.PLAY if gate.is_veiled(thing) else Action.SEE
        secret = by_link.secret_of(current_user, thing, action, request.args.get("s"))
        gate.require(current_user, thing, action, secret=secret)
    return send(picture.storage_prefix + name, kept=Kept.ANYWHERE if is_open else Kept.NOWHERE)


@bp.get("/media/<public_id>/download")
def download(public_id: str) -> ResponseReturnValue:
    """The original file, under the name that it came with."""
    medium = queries.find_by_public_id(public_id)
    secret = by_link.secret_of(current_user, medium, Action.DOWNLOAD, request.args.get("s"))
    decision = gate.require(current_user, medium, Action.DOWNLOAD, secret=secret)
    if decision.reason is Reason.SHARE_LINK:
        return _begin_play(secret or "", lambda ticket: links.download_url(public_id, ticket))
    version = medium.version if medium else None
    if version is None:
        raise NotFound
    if originals.note_wish(version):
        db.session.commit()
    originals.require_at_hand(version)
    asker = current_asker()

    def still_loads() -> bool:
        found = queries.find_by_public_id(public_id)
        return _allows(found, Action.DOWNLOAD, asker, secret)

    name, mimetype = version.original_name, version.content_type
    may_go_on = in_context(still_loads)
    return send(version.original_key, kept=Kept.NOWHERE, mimetype=mimetype, download_as=name, may_go_on=may_go_on)


def _begin_play(token: str, address: Callable[[str], str]) -> ResponseReturnValue:
    """Count a play by a link, and lead to ``address(ticket)``, so that relative addresses carry the ticket, too.

    Raises:
        LinkEnded: it was the play that is one too many.
    """
    ticket = sharing.begin_play(token, by_link.browser_key())
    db.session.commit()
    response = redirect(address(ticket), code=302)
    assert isinstance(response, Response)  # noqa: S101 - Flask's redirect makes Flask's responses
    return by_link.keep_to_oneself(by_link.mark_browser(response))


def _still_plays(key: str, asker: Asker = Asker(), *, secret: str | None = None) -> Callable[[], bool]:  # noqa: B008 - frozen
    """Asks the gate again, for an answer that takes long. The key must still be the version's, too."""

    def ask() -> bool:
        version = queries.find_version(key)
        return _allows(version.medium if version else None, Action.PLAY, asker, secret)

    return in_context(ask)


def _allows(medium: Medium | None, action: Action, asker: Asker, secret: str | None) -> bool:
    return medium is not None and gate.decide(asker.now(), medium, action, secret=secret).allowed


def _found(version: Version | None) -> Version:
    if version is None:
        raise NotFound
    return version


def _answer(version: Version, name: str, kept: Kept, may_go_on: Callable[[], bool]) -> Response:
    """What lies under ``name`` beside a version: made from the tables, or an object in storage."""
    if name == "master.m3u8":
        return text(playlists.master(version), PLAYLIST, kept=kept)
    if caption := _CAPTION.fullmatch(name):
        if caption[2] == "m3u8":
            return text(playlists.captions(version, caption[1]), PLAYLIST, kept=kept)
        track = queries.find_caption(version.medium_id, UUID(caption[1]))
        if track is None:
            raise NotFound
        return text(track.webvtt, "text/vtt", kept=kept)
    if name.endswith(".m3u8"):
        base = cdn().base(version.storage_prefix) if kept is Kept.ANYWHERE else ""
        playlist, _complete = playlists.rendition(version, name.removesuffix(".m3u8"), base=base)
        return text(playlist, PLAYLIST, kept=kept)
    if not _NAME.fullmatch(name) or name == PurePosixPath(version.original_key).name:
        raise NotFound
    is_public, is_plain = kept is Kept.ANYWHERE, name == version.progressive_name
    is_public_song = is_public and is_plain and version.medium.kind is Kind.AUDIO
    return send(
        version.storage_prefix + name,
        kept=kept,
        seconds=PLAIN_SECONDS if is_public_song else ELSEWHERE_SECONDS,
        through_us=is_plain and not is_public,
        may_go_on=may_go_on,
    )


def _is_width_of(picture: Picture, name: str) -> bool:
    stem, _, suffix = name.partition(".")
    return suffix in {"jpg", "webp"} and stem.isdigit() and int(stem) in picture.widths
