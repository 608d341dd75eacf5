"""What people like and pass on: one's own shelf of likes, and two tabs of a person's page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.media import queries as media_queries
from app.media.cards import MediumCard
from app.site.frames import person_frame
from app.social.models import Like, Repost
from app.social.queries import reactions
from app.web.front_pages import remembered
from app.web.hx import render
from app.web.pagination import PAGE_SIZE, Page, decode_cursor, make_page

bp = Blueprint("likes", __name__)


@dataclass(frozen=True, slots=True)
class Passed:
    """A work in a list, and what was said with it."""

    card: MediumCard
    caption: str = ""


@bp.get("/library/likes")
@login_required
def like_shelf() -> ResponseReturnValue:
    """What one likes, the latest first: a set that keeps itself."""
    page = _page(Like, current_user.id, lambda cursor: url_for(".like_shelf", after=cursor))
    return render("site/library_likes.html", "site/_passed.html", page=page)


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
    """A page of works and sets in two statements, or three where there are sets."""
    after = decode_cursor(request.args.get("after"))
    page: Page[Any] = make_page(
        reactions.thing_rows(model, user_id, current_user.id, after=after),
        size=PAGE_SIZE,
        place=lambda row: (row.created_at, row.id),
        url=url,
        show=lambda row: row,
    )
    return Page(_passed(page.items), page.next_url)


def _passed(rows: Sequence[Any]) -> list[Passed]:
    media = {card.id: card for card in media_queries.cards_by_ids([row.medium_id for row in rows if row.medium_id])}
    return [Passed(media[row.medium_id], getattr(row, "caption", "")) for row in rows if row.medium_id in media]
