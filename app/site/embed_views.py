"""Sets in frames on other sites, and the page where one chooses how a frame looks."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from app.media import by_link, gate
from app.media import links as media_links
from app.media import queries as media_queries
from app.media.gate import Action, Reason
from app.media.models import Kind
from app.playlists import links, queries
from app.playlists.cards import card_of_set
from app.playlists.opening import open_set
from app.playlists.rows import Place, artworks_of, make_item_page
from app.web.hx import render
from app.web.security import allow_framing

bp = Blueprint("embeds", __name__)
COLOUR = re.compile(r"#?([0-9a-fA-F]{6})")
LATEST_S = 24 * 60 * 60
SIZES = {"small": ("Small", 166), "medium": ("Medium", 360), "large": ("Large", 560)}
"""What a frame can be: its name, and its height in pixels."""
HEIGHTS = {
    Kind.AUDIO: {"small": 166, "medium": 180, "large": 240},
    Kind.VIDEO: {"small": 270, "medium": 360, "large": 480},
}
WIDTHS = {"small": 480, "medium": 640, "large": 854}
THEMES = {"": "As the reader's system", "dark": "Dark", "light": "Light"}


@dataclass(frozen=True)
class Look:
    """How a frame looks: what the builder's fields say, each made harmless."""

    colour: str
    start: int
    """The number of the item that a set begins with, from 1; for a medium the second."""
    size: str
    theme: str

    @classmethod
    def of_request(cls, *, most: int) -> "Look":
        """The look that a request's query describes; what makes no sense counts as not said."""
        colour = COLOUR.fullmatch(request.args.get("colour", ""))
        size, theme = request.args.get("size", "medium"), request.args.get("theme", "")
        start = request.args.get("start", 0, type=int)
        return cls(
            colour=colour[1].lower() if colour and "plain" not in request.args else "",
            start=start if 0 < start <= most else 0,
            size=size if size in SIZES else "medium",
            theme=theme if theme in THEMES else "",
        )

    def query(self, start_name: str) -> str:
        """The part of a frame's address that says it."""
        return urlencode({
            name: value
            for name, value in ((start_name, self.start), ("colour", self.colour), ("theme", self.theme))
            if value
        })  # fmt: skip


@bp.get("/embed/sets/<public_id>")
def embed_set(public_id: str) -> ResponseReturnValue:
    """A set's player for a frame on another site: it lists and plays what the gate lets its viewer play, no more."""
    allow_framing()
    opened = open_set(queries.find_by_public_id(public_id), request.args.get("s"))
    one, size = opened.one, queries.ITEMS_A_PAGE
    rows = queries.item_rows(one, current_user.id, lends=opened.lends)
    page = make_item_page(rows, Place(), size=size, viewer_id=current_user.id, url=str, lent=opened.lent)
    mosaic, tints = artworks_of(page.items)
    look = Look.of_request(most=queries.ITEMS_A_PAGE)
    card = card_of_set(
        one, count=len(page.items), duration_ms=sum(row.card.duration_ms for row in page.items),
        mosaic=mosaic, tints=tints, secret=opened.secret,
    )  # fmt: skip
    first = next((row for row in page.items if row.plays and row.number >= look.start), None)
    response = render(
        "site/embed_set.html",
        card=card,
        page=page,
        first=first,
        look=look,
        url=_public_url() + card.url,
        more=page.next_url is not None,
    )
    return opened.keep(response)


@bp.get("/sets/<public_id>/embed")
def embed_set_builder(public_id: str) -> ResponseReturnValue:
    """Choose how a frame of a set looks."""
    opened = open_set(queries.find_by_public_id(public_id), request.args.get("s"))
    one, kept = opened.one, opened.secret
    look = Look.of_request(most=queries.ITEMS_A_PAGE)
    return _builder(
        look,
        title=one.title,
        url=links.set_url(one.owner.username, one.slug, kept),
        frame=links.embed_url(one.public_id, kept),
        height=SIZES[look.size][1],
        start_label="Begin with number",
        start_name="start",
        secret=kept,
        is_open=gate.is_open_to_all(one),
    )


@bp.get("/media/<public_id>/embed")
def embed_medium_builder(public_id: str) -> ResponseReturnValue:
    """Choose how a frame of a medium looks."""
    medium = media_queries.find_by_public_id(public_id)
    secret = by_link.secret_of(current_user, medium, Action.PLAY, request.args.get("s"))
    decision = gate.require(current_user, medium, Action.PLAY, secret=secret)
    assert medium is not None  # noqa: S101 - the gate has just seen it
    kept = None if decision.reason in {Reason.PUBLIC, Reason.OWNER} else secret
    look = Look.of_request(most=LATEST_S)
    return _builder(
        look,
        title=medium.title,
        url=media_links.medium_url(medium.owner.username, medium.slug, kept),
        frame=media_links.embed_url(medium.public_id, kept),
        height=HEIGHTS[medium.kind][look.size],
        start_label="Start at second",
        start_name="t",
        secret=kept,
        is_open=gate.is_open_to_all(medium),
    )


def _builder(look: Look, *, title: str, frame: str, start_name: str, height: int, **values: Any) -> ResponseReturnValue:
    query = look.query(start_name)
    path = frame + ((("&" if "?" in frame else "?") + query) if query else "")
    width = WIDTHS[look.size]
    code = Markup(
        '<iframe src="{}" title="{}" width="{}" height="{}" frameborder="0" '
        'allow="autoplay; fullscreen; picture-in-picture" loading="lazy"></iframe>'
    ).format(_public_url() + path, title, width, height)  # fmt: skip
    response = render(
        "site/embed_builder.html",
        "site/_embed_preview.html",
        look=look,
        title=title,
        frame=path,
        code=str(code),
        width=width,
        height=height,
        sizes=[(value, name) for value, (name, _height) in SIZES.items()],
        themes=list(THEMES.items()),
        **values,
    )
    return response if values["is_open"] else by_link.keep_to_oneself(response)


def _public_url() -> str:
    return str(current_app.config["SETTINGS"].public_url)
