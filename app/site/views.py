"""Home, realms, a medium, embeds, history: pages put together from the domains. People are in ``person_views``."""

import re
from typing import Any, cast

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.accounts import queries as account_queries
from app.accounts.models import User
from app.accounts.queries import not_apart
from app.accounts.services import consents
from app.core.errors import NotFound
from app.core.screening import Screened, notes_of
from app.media import by_link, gate, links
from app.media import queries as media_queries
from app.media.cards import MediumCard, to_card
from app.media.errors import AgeUnsaid
from app.media.gate import Action, Reason
from app.media.models import Medium
from app.media.playback import card_of, page_of
from app.media.realms import realms
from app.media.services.realm_keeping import find_moved_realm
from app.plays import queries as play_queries
from app.plays.services import listeners
from app.site import shelves
from app.site.age import ask_for_age
from app.site.people import person_of
from app.site.standing import standing
from app.social.queries import graph
from app.social.queries.reactions import reactions_of
from app.social.subjects import of_medium
from app.web.front_pages import remembered
from app.web.hx import render
from app.web.pagination import PAGE_SIZE, Page, decode_cursor, make_page
from app.web.privacy_signal import wants_privacy
from app.web.security import allow_framing

bp = Blueprint("site", __name__)
MORE = 8
_COLOUR = re.compile(r"[0-9a-fA-F]{6}")


@bp.get("/")
@remembered
def home() -> ResponseReturnValue:
    """What is new, and for those who are logged in, what they began."""
    begun = shelves.continue_shelf(current_user.id) if current_user.is_authenticated else []
    standing = graph.standing(current_user.id)
    opening, everyones = shelves.home_html(current_user.id, has_anyone_apart=standing.has_anyone_apart)
    return render(
        "site/home.html",
        opening=opening,
        shelves=everyones,
        begun=begun,
        suggests_people=standing.follows_few and not wants_privacy(),
        is_asked=current_user.is_authenticated and consents.is_asked(current_user),
    )


@bp.get("/<realm_slug>")
@remembered
def realm_show(realm_slug: str) -> ResponseReturnValue:
    """One realm's home: the newest large, then everything in it, page by page."""
    realm = next((one for one in realms() if one.slug == realm_slug), None)
    if realm is None:
        return _moved_realm(realm_slug)
    after = decode_cursor(request.args.get("after"))
    page = make_page(
        media_queries.listed_rows(realm=realm.slug, viewer_id=current_user.id, after=after),
        size=PAGE_SIZE,
        place=lambda row: (row.published_at, row.id),
        url=lambda cursor: url_for(".realm_show", realm_slug=realm.slug, after=cursor),
        show=to_card,
    )
    hero: MediumCard | None = None
    rows: list[shelves.Row] = []
    if after is None:
        hero, rows, page = shelves.realm_shelves(page)
    return render(
        "site/realm_show.html", "site/_cards.html", realm=realm, hero=hero, rows=rows, page=page, layout=realm.layout
    )


def _moved_realm(slug: str) -> ResponseReturnValue:
    """To where a realm is now that had this address.

    Raises:
        NotFound: none had it.
    """
    present = find_moved_realm(slug)
    if present is None:
        raise NotFound
    return redirect(url_for(".realm_show", realm_slug=present), code=301)


@bp.get("/@<username>/<slug>")
@remembered
def medium_show(username: str, slug: str) -> ResponseReturnValue:
    """A medium, as far as the gate lets its visitor in."""
    secret = request.args.get("s")
    medium = media_queries.find_page(username, slug)
    if medium is None or medium.owner.username != username:
        return _moved(username, slug, secret)
    between = standing(current_user.id, medium, is_adult=current_user.is_adult, is_staff=current_user.is_staff)
    secret = by_link.secret_of(between, medium, Action.SEE, secret)
    gate.require(between, medium, Action.SEE, secret=secret)
    if gate.decide(between, medium, Action.PLAY, secret=secret).reason is Reason.NEEDS_AGE:
        return ask_for_age("site/medium_age.html", card=card_of(medium, secret), secret=secret)
    response = render(
        "site/medium_show.html",
        page=page_of(medium, between, secret, public_url=_public_url(), position_ms=between.position_ms),
        person=person_of(medium.owner),
        person_subject=medium.owner_id.hex,
        between=between,
        hold=medium.hold.value if medium.hold is not None else "",
        waits=_waits(medium),
        now_playing=listeners.count_now(medium.id),
        reactions=reactions_of(
            between.id,
            of_medium(medium, secret),
            counts=between.counts,
            liked=between.liked,
            caption=between.caption,
        ),
        more=media_queries.cards_beside(
            medium, size=MORE, for_adults=between.is_adult, leave_out=not_apart(current_user.id, Medium.owner_id)
        ),
    )
    if not gate.is_open_to_all(medium):
        by_link.keep_to_oneself(response)  # the address may hold the secret
    return response


@bp.get("/embed/media/<public_id>")
def embed_medium(public_id: str) -> ResponseReturnValue:
    """A medium's player for a frame on another site."""
    medium = media_queries.find_by_public_id(public_id)
    secret = by_link.secret_of(current_user, medium, Action.PLAY, request.args.get("s"))
    allow_framing()
    try:
        gate.require(current_user, medium, Action.PLAY, secret=secret)
    except AgeUnsaid:
        return ask_for_age("site/embed_age.html", card=card_of(cast("Medium", medium), secret), secret=secret)
    assert medium is not None  # noqa: S101 - the gate has just seen it
    colour = request.args.get("colour", "")
    response = render(
        "site/embed_medium.html",
        page=page_of(medium, current_user, secret, public_url=_public_url()),
        person=person_of(medium.owner),
        start_s=max(0, request.args.get("t", 0, type=int)),
        autoplay=request.args.get("autoplay") == "1",
        colour=colour if _COLOUR.fullmatch(colour) else "",
    )
    return response if gate.is_open_to_all(medium) else by_link.keep_to_oneself(response)


@bp.get("/library/history")
@login_required
def history() -> ResponseReturnValue:
    """What one played, the latest first."""
    page: Page[MediumCard] = make_page(
        play_queries.history_rows(current_user.id, after=decode_cursor(request.args.get("after"))),
        size=PAGE_SIZE,
        place=lambda row: (row.played_at, row.id),
        url=lambda cursor: url_for(".history", after=cursor),
        show=lambda row: to_card(row, position_ms=0 if row.finished else row.position_ms),
    )
    return render(
        "site/history.html", "site/_cards.html", page=page, layout="grid", remembering=current_user.remembers_history
    )


def _moved(username: str, slug: str, secret: str | None) -> ResponseReturnValue:
    """Lead from an old name or slug to the present address, for those whom the gate lets know of it.

    Raises:
        NotFound: nobody of this name, nothing of this slug, or nothing that this visitor may know of.
    """
    owner: User = account_queries.get_person(username)
    medium = media_queries.find_by_address(owner, slug)
    gate.require(current_user, medium, Action.SEE, secret=secret)
    assert medium is not None  # noqa: S101 - the gate has just seen it
    return redirect(links.medium_url(owner.username, medium.slug, secret), code=301)


def _public_url() -> str:
    settings: Any = current_app.config["SETTINGS"]
    return str(settings.public_url)


def _waits(medium: Medium) -> str:
    """What its owner reads beside one that waits for a look; empty where it does not."""
    return notes_of(Screened.MEDIUM, [medium.id]).get(medium.id, "") if medium.hold is not None else ""
