"""What those one follows do, and whom one follows."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.media import queries as media_queries
from app.playlists import queries as set_queries
from app.social.queries import feed, graph, posts, suggestions
from app.social.queries.feed import Entry
from app.social.queries.graph import PersonCard
from app.social.services import feed_watchers
from app.web.hx import render, wants_fragment
from app.web.pagination import PAGE_SIZE, BadCursor, Page, decode_cursor, make_page
from app.web.privacy_signal import wants_privacy

bp = Blueprint("feed", __name__)
NOTHING_YET = UUID(int=0)
"""Stands for the newest activity where there is none."""


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of the feed with the card of its thing: a ``MediumCard``, a ``SetCard`` or a ``PostCard``."""

    entry: Entry
    card: Any


@bp.get("/feed")
@login_required
def feed_index() -> ResponseReturnValue:
    """What those one follows published, reposted, liked and wrote, the latest first."""
    before = _activity(request.args.get("after"))
    entries, further = feed.feed_entries(current_user.id, before=before)
    page = Page(_items(entries), url_for(".feed_index", after=further.hex) if further else None)
    is_first = before is None
    if is_first:
        feed_watchers.keep_watching(current_user.id)
    return render(
        "site/feed.html",
        "site/_feed_items.html",
        page=page,
        is_first=is_first,
        topic=feed_watchers.TOPIC,
        newest=(entries[0].id if entries else NOTHING_YET).hex,
        people=_suggested() if is_first and not page.items else [],
    )


@bp.get("/feed/news")
@login_required
def feed_news() -> ResponseReturnValue:
    """How much there is that an open feed does not show; asking keeps it open."""
    since = _activity(request.args.get("since")) or NOTHING_YET
    feed_watchers.keep_watching(current_user.id)
    return render(
        "site/_feed_news.html", None, count=feed.count_newer(current_user.id, since), most=feed.ENTRIES_A_PAGE
    )


@bp.get("/library/following")
@login_required
def following_index() -> ResponseReturnValue:
    """Whom one follows, the latest first; and whom one might want to."""
    after = decode_cursor(request.args.get("after"))
    page: Page[PersonCard] = make_page(
        graph.following_rows(current_user.id, current_user.id, after=after),
        size=PAGE_SIZE,
        place=lambda row: (row.since, row.id),
        url=lambda cursor: url_for(".following_index", after=cursor),
        show=lambda row: graph.to_person_card(row, current_user.id),
    )
    people = _suggested() if after is None else []
    return render(
        "site/library_following.html", "social/_people.html", page=page, people=people, back="/library/following"
    )


@bp.get("/library/followers")
@login_required
def follower_index() -> ResponseReturnValue:
    """Who follows one: on one's own page, whatever one is called by now. Notifications lead here."""
    return redirect(f"/@{current_user.username}/followers", code=303)


@bp.get("/people/suggested")
@login_required
def suggested_index() -> ResponseReturnValue:
    """Four people to follow, for pages that ask when they are reached; without htmx, the page where they stand."""
    if not wants_fragment():
        return redirect(url_for(".following_index"), code=303)
    return render("social/_suggested.html", None, people=_suggested())


def _activity(written: str | None) -> UUID | None:
    """The activity that an address names.

    Raises:
        BadCursor: it was changed on the way.
    """
    if not written:
        return None
    try:
        return UUID(hex=written)
    except ValueError as error:
        raise BadCursor from error


def _items(entries: list[Entry]) -> list[Item]:
    """Entries with their cards, one statement a kind; without what went away in this moment."""
    media = {card.id: card for card in media_queries.cards_by_ids(feed.ids_of(entries, "medium"))}
    found: dict[str, dict[UUID, Any]] = {
        "medium": media,
        "set": {card.id: card for card in set_queries.set_cards_by_ids(feed.ids_of(entries, "set"), current_user.id)},
        "post": posts.cards_by_ids(feed.ids_of(entries, "post"), current_user),
    }
    return [Item(entry, found[entry.kind][entry.thing_id]) for entry in entries if entry.thing_id in found[entry.kind]]


def _suggested() -> list[Any]:
    """Whom to follow, by what one did; nobody for those whose browser asks not to be followed."""
    return [] if wants_privacy() else list(suggestions.suggested_people(current_user.id))
