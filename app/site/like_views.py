"""What people like and pass on: one's own shelf of likes, and two tabs of a person's page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.media.cards import MediumCard, to_card
from app.media.models import Kind
from app.playlists.cards import SetCard, to_set_card
from app.playlists.rows import queue_item
from app.site.frames import person_frame
from app.social.models import Like, Repost
from app.social.queries import reactions
from app.web.front_pages import remembered
from app.web.hx import render
from app.web.pagination import PAGE_SIZE, Page, decode_cursor, make_page

bp = Blueprint("likes", __name__)


MOST_QUEUED = 200


@dataclass(frozen=True, slots=True)
class Passed:
    """A work or a set in a list, and what was said with it."""

    card: MediumCard | SetCard
    is_set: bool
    caption: str


@bp.get("/library/likes")
@login_required
def like_shelf() -> ResponseReturnValue:
    """What one likes, the latest first: a set that keeps itself."""
    page = _page(Like, current_user.id, lambda cursor: url_for(".like_shelf", after=cursor))
    return render("site/library_likes.html", "site/_passed.html", page=page)


@bp.get("/library/likes/queue")
@login_required
def like_queue() -> ResponseReturnValue:
    """The newest works among them that the bar can play, for the queue."""
    cards = [to_card(row) for row in reactions.media_rows(Like, current_user.id, current_user.id, size=MOST_QUEUED)]
    response = jsonify(items=[queue_item(card) for card in cards if _is_queued(card)])
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _is_queued(card: MediumCard) -> bool:
    return card.playable and card.kind == Kind.AUDIO and (current_user.is_adult or not card.for_adults)


@bp.get("/@<username>/likes")
@remembered
def person_likes(username: str) -> ResponseReturnValue:
    """What a person likes, as far as the visitor finds it."""
    frame = person_frame(username, "likes")
    page = _page(Like, frame.user_id, lambda cursor: frame.url_of(after=cursor))
    return render("site/person_likes.html", "site/_passed.html", frame=frame, page=page)


@bp.get("/@<username>/reposts")
@remembered
def person_reposts(username: str) -> ResponseReturnValue:
    """What a person passed on, and what they said with it."""
    frame = person_frame(username, "reposts")
    page = _page(Repost, frame.user_id, lambda cursor: frame.url_of(after=cursor))
    return render("site/person_reposts.html", "site/_passed.html", frame=frame, page=page)


def _page(model: type[Like | Repost], user_id: UUID, url: Callable[[str], str]) -> Page[Passed]:
    """A page of works and sets in two statements: the latest of both, and of those the latest."""
    after = decode_cursor(request.args.get("after"))
    media = reactions.media_rows(model, user_id, current_user.id, after=after)
    sets = reactions.set_rows(model, user_id, current_user.id, after=after)
    return make_page(
        sorted([*media, *sets], key=lambda row: row.place, reverse=True)[: PAGE_SIZE + 1],
        size=PAGE_SIZE,
        place=lambda row: (row.since, row.place),
        url=url,
        show=_passed,
    )


def _passed(row: Any) -> Passed:
    is_set = hasattr(row, "pictures")
    return Passed(to_set_card(row) if is_set else to_card(row), is_set, getattr(row, "caption", ""))
