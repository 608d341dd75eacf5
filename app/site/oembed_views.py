"""oEmbed: how other sites show our addresses. The asker is a stranger, whoever's cookie came along."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from app.accounts import queries as account_queries
from app.accounts.login import Stranger
from app.accounts.models import User
from app.core.errors import DomainError, NotFound
from app.core.pictures import Artwork, Picture
from app.media import gate, links
from app.media import queries as media_queries
from app.media.models import Kind, Medium
from app.playlists import links as set_links
from app.playlists import queries as set_queries
from app.playlists.models import Set
from app.site.machines.oembed import Embed, oembed_xml
from app.social.queries import posts as post_queries
from app.social.services.works import path_here

bp = Blueprint("oembed", __name__)


class UnknownFormat(DomainError):
    """An oEmbed consumer asked for something that is neither JSON nor XML."""

    status = 501
    sentence = "This address answers in JSON or XML."


class AddressMissing(DomainError):
    """An oEmbed consumer did not say what it wants."""

    status = 400
    sentence = "Say which address it is about: /oembed?url=…"


@bp.get("/oembed")
def oembed() -> ResponseReturnValue:
    """How another site shows one of our addresses."""
    wanted = request.args.get("format", "json")
    if wanted not in {"json", "xml"}:
        raise UnknownFormat
    address = request.args.get("url")
    if not address:
        raise AddressMissing
    embed = _embed_at(address).within(_limit("maxwidth"), _limit("maxheight"))
    fields = embed.fields(provider_url=_base())
    if wanted == "xml":
        response = Response(oembed_xml(fields), content_type="text/xml; charset=utf-8")
    else:
        response = jsonify(fields)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, no-cache"
    return response


def _embed_at(address: str) -> Embed:
    """What is at an address, for strangers.

    Raises:
        NotFound: nothing of ours, or nothing that strangers may see.
    """
    path = path_here(address, _base())
    parts = path.removeprefix("/").split("/") if path else []
    if not parts or not parts[0].startswith("@"):
        raise NotFound
    owner = account_queries.get_person(parts[0][1:])
    if owner.is_withheld:
        raise NotFound
    match parts[1:]:
        case []:
            return _link(owner, owner.display_name)
        case ["posts", public_id]:
            post = post_queries.get_card(public_id, Stranger())
            return _link(owner, post.summary or f"A post by {owner.display_name}")
        case ["sets", slug]:
            return _embed_of_set(set_queries.find_by_address(owner, slug))
        case [slug]:
            return _embed_of_medium(media_queries.find_by_address(owner, slug), owner)
    raise NotFound


def _link(owner: User, title: str) -> Embed:
    url = _base() + links.person_url(owner.username)
    return Embed(kind="link", title=title, author=owner.display_name, author_url=url, **_thumbnail(owner.avatar))


def _embed_of_medium(medium: Medium | None, owner: User) -> Embed:
    if medium is None or not gate.is_listed(medium):
        raise NotFound
    is_video = medium.kind is Kind.VIDEO
    return Embed(
        kind="video" if is_video else "rich",
        title=medium.title,
        author=owner.display_name,
        author_url=_base() + links.person_url(owner.username),
        player_url=_base() + links.embed_url(medium.public_id),
        height=360 if is_video else 180,
        keeps_shape=is_video,
        **_thumbnail(None if gate.is_veiled(medium) else medium.artwork),
    )


def _embed_of_set(one: Set | None) -> Embed:
    if one is None or not gate.is_open_to_all(one):
        raise NotFound
    return Embed(
        kind="rich",
        title=one.title,
        author=one.owner.display_name,
        author_url=_base() + links.person_url(one.owner.username),
        player_url=_base() + set_links.embed_url(one.public_id),
        height=480,
        **_thumbnail(one.artwork),
    )


def _thumbnail(picture: Picture | None) -> dict[str, Any]:
    art = Artwork.of(picture)
    if art is None:
        return {}
    width = next((kept for kept in art.widths if kept >= 640), art.widths[-1])
    return {
        "thumbnail_url": _base() + art.src(640),
        "thumbnail_width": width,
        "thumbnail_height": round(art.height * width / art.width),
    }


def _limit(name: str) -> int | None:
    given = request.args.get(name, "")
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 6 else None


def _base() -> str:
    return str(current_app.config["SETTINGS"].public_url)
