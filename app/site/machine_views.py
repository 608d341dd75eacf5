"""Feeds, sitemap, robots.txt: what machines read. All of it is for strangers: what they may not see is not there.

The answers are the same for everyone, except that somebody whom a block keeps apart from a person finds no feed of
them. ``Last-Modified`` says when the newest item came; a 304 is for those who send the entity tag back, because a title
that is changed or a work that is closed changes a feed without being its newest item.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as account_queries
from app.accounts.errors import PersonNotFound
from app.accounts.models import User
from app.core.errors import NotFound
from app.extensions import db
from app.media import gate
from app.media import queries as media_queries
from app.media.gate import Action
from app.playlists import links as set_links
from app.playlists import queries as set_queries
from app.playlists.errors import SetNotFound
from app.site.machines import feeds, sitemap_xml, sitemaps
from app.site.machines.feed_xml import Feed, feed_xml
from app.site.machines.feeds import Paging
from app.web.pagination import BadCursor, decode_cursor, encode_cursor
from app.web.shared import shared

bp = Blueprint("machines", __name__)
ROBOTS = """User-agent: *
Disallow: /studio
Disallow: /settings
Disallow: /messages
Disallow: /notifications
Disallow: /feed
Disallow: /library
Disallow: /search
Disallow: /login
Disallow: /signup
Disallow: /upload

Sitemap: {base}/sitemap.xml
"""


# Feeds ----------------------------------------------------------------------------------------------------------------


@bp.get("/@<username>/feed.xml")
def person_feed(username: str) -> ResponseReturnValue:
    """What a person published, for podcast clients and feed readers."""
    owner = _seen_person(username)
    own = f"{_base()}/@{owner.username}/feed.xml"
    if owner.username != username:
        return redirect(own, code=301)
    cursor = request.args.get("after")
    batch = feeds.works_of(owner, after=decode_cursor(cursor))
    next_url = f"{own}?after={encode_cursor(*batch.next_place)}" if batch.next_place else None
    paging = _paging(own, cursor, next_url)
    return _answer(batch, lambda: feeds.feed_of_person(owner, batch, base=_base(), paging=paging))


@bp.get("/@<username>/sets/<slug>/feed.xml")
def set_feed(username: str, slug: str) -> ResponseReturnValue:
    """What is in a set, in its order."""
    owner = _seen_person(username)
    one = set_queries.find_by_address(owner, slug)
    if one is None or not gate.is_open_to_all(one):
        raise SetNotFound
    own = f"{_base()}{set_links.set_url(owner.username, one.slug)}/feed.xml"
    if (owner.username, one.slug) != (username, slug):
        return redirect(own, code=301)
    cursor = request.args.get("after")
    batch = feeds.works_in(one, after=_decode_rank(cursor))
    next_url = f"{own}?after={_encode_rank(*batch.next_place)}" if batch.next_place else None
    paging = _paging(own, cursor, next_url)
    return _answer(batch, lambda: feeds.feed_of_set(one, batch, base=_base(), paging=paging))


@bp.get("/media/<public_id>/chapters.json")
def chapters(public_id: str) -> ResponseReturnValue:
    """A medium's chapters as podcast clients want them (podcastindex.org, JSON chapters 1.2)."""
    medium = media_queries.find_by_public_id(public_id)
    gate.require(current_user, medium, Action.SEE, secret=request.args.get("s"))
    assert medium is not None  # noqa: S101 - the gate has just seen it
    said = [{"startTime": one.starts_at_ms / 1000, "title": one.title} for one in medium.chapters]
    response = jsonify(version="1.2.0", chapters=said)
    response.mimetype = "application/json+chapters"
    if gate.is_open_to_all(medium):
        response.headers["Access-Control-Allow-Origin"] = "*"
    else:
        response.headers["Cache-Control"] = "private, no-store"
    return response


def _answer(batch: feeds.Batch[Any], build: Callable[[], Feed]) -> Response:
    learnt = feeds.learn_sizes(batch)
    feed = build()
    response = _conditional(feed_xml(feed), "application/rss+xml")
    response.last_modified = max((item.published_at for item in feed.items), default=None)
    if learnt:
        db.session.commit()
    return response


def _paging(own: str, cursor: str | None, next_url: str | None) -> Paging:
    return Paging(f"{own}?after={cursor}" if cursor else own, next_url, own if cursor else None)


def _encode_rank(rank: str, item_id: UUID) -> str:
    return base64.urlsafe_b64encode(json.dumps([rank, item_id.hex]).encode()).decode().rstrip("=")


def _decode_rank(cursor: str | None) -> tuple[str, UUID] | None:
    if not cursor:
        return None
    try:
        rank, item_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(rank, str) or "\0" in rank:
            raise BadCursor
        return rank, UUID(hex=item_id)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        raise BadCursor from error


# Sitemap --------------------------------------------------------------------------------------------------------------


@bp.get("/sitemap.xml")
def sitemap_index() -> ResponseReturnValue:
    """Every page of the sitemap."""
    made = shared("sitemap", lambda: sitemap_xml.index_xml(sitemaps.page_addresses(_base())))
    return _conditional(made, "application/xml")


@bp.get("/sitemaps/<name>.xml")
def sitemap_page(name: str) -> ResponseReturnValue:
    """A page of the sitemap: ``media``, or ``media-<key>`` for what comes after a key."""
    section_name, _, key = name.partition("-")
    if name == "pages":
        return _conditional(sitemap_xml.page_xml(sitemaps.fixed_places(_base())), "application/xml")
    section = sitemaps.SECTIONS.get(section_name)
    try:
        after = UUID(hex=key) if key else None
    except ValueError:
        section = None
    if section is None:
        raise NotFound
    return _conditional(sitemap_xml.page_xml(sitemaps.places(section, after, _base())), "application/xml")


@bp.get("/robots.txt")
def robots() -> ResponseReturnValue:
    """Where crawlers may go, and where the sitemap is."""
    return Response(
        ROBOTS.format(base=_base()), mimetype="text/plain", headers={"Cache-Control": "public, max-age=3600"}
    )


# Shared by all of them ------------------------------------------------------------------------------------------------


def _seen_person(username: str) -> User:
    """A person whom whoever asks may know of."""
    owner = account_queries.get_person(username)
    if owner.is_withheld or current_user.is_apart_from(owner.id):
        raise PersonNotFound
    return owner


def _conditional(body: bytes, mimetype: str) -> Response:
    """The answer, or 304 for whoever has it already. Caches ask each time: what is closed must not live on in them."""
    response = Response(body, content_type=f"{mimetype}; charset=utf-8")
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.headers["Cache-Control"] = "public, no-cache"
    response.make_conditional(request)
    return response


def _base() -> str:
    return str(current_app.config["SETTINGS"].public_url)
