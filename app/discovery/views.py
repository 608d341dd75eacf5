"""The search page."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.discovery import queries
from app.media.cards import to_card
from app.media.models import Kind
from app.playlists.cards import SetCard, to_set_card
from app.web.front_pages import remembered
from app.web.hx import render
from app.web.pagination import PAGE_SIZE, Page, decode_cursor, make_page

bp = Blueprint("discovery", __name__)
LONGEST_QUERY = 200


@bp.get("/search")
@remembered
def search() -> ResponseReturnValue:
    """What has every word of the query in its title or genre."""
    query = request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY]
    written_kind = request.args.get("type", "")
    if written_kind == "sets":
        return _sets(query)
    kind = Kind(written_kind) if written_kind in set(Kind) else None
    cursor = decode_cursor(request.args.get("after"))
    page = None
    if query:
        page = make_page(
            queries.find_media(query, kind=kind, viewer_id=current_user.id, after=cursor),
            size=PAGE_SIZE,
            place=lambda row: (row.published_at, row.id),
            url=lambda after: url_for(".search", q=query, type=written_kind or None, after=after),
            show=to_card,
        )
    template = "site/_cards.html" if cursor and page is not None else "site/_results.html"
    return render("site/search.html", template, query=query, kind=kind.value if kind else "", page=page, layout="grid")


def _sets(query: str) -> ResponseReturnValue:
    """The sets that have every word of the query in their title or genre."""
    cursor = decode_cursor(request.args.get("after"))
    page: Page[SetCard] | None = None
    if query:
        page = make_page(
            queries.find_sets(query, current_user.id, after=cursor),
            size=PAGE_SIZE,
            place=lambda row: (row.published_at, row.id),
            url=lambda after: url_for(".search", q=query, type="sets", after=after),
            show=to_set_card,
        )
    template = "playlists/_cards.html" if cursor and page is not None else "site/_results.html"
    return render("site/search.html", template, query=query, kind="sets", page=page, layout="sets")
