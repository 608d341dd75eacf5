"""A person: everything they published, tracks, videos; who follows them, and whom they follow. See ``frames``."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.media import queries as media_queries
from app.media.cards import MediumCard, to_card
from app.media.models import Kind
from app.site.frames import person_frame
from app.social.queries import graph
from app.social.queries.graph import PersonCard
from app.web.front_pages import remembered
from app.web.hx import render
from app.web.pagination import PAGE_SIZE, Page, decode_cursor, make_page

bp = Blueprint("people", __name__)
TAB_KINDS = {"tracks": Kind.AUDIO, "videos": Kind.VIDEO}
LAYOUTS = {"tracks": "waveforms", "videos": "stills"}


@bp.get("/@<username>")
@bp.get("/@<username>/tracks", defaults={"tab": "tracks"})
@bp.get("/@<username>/videos", defaults={"tab": "videos"})
@remembered
def person_show(username: str, tab: str = "") -> ResponseReturnValue:
    """A person and what they published."""
    frame = person_frame(username, tab)
    after = decode_cursor(request.args.get("after"))
    page: Page[MediumCard] = make_page(
        media_queries.listed_rows(
            owner_id=frame.user_id, kind=TAB_KINDS.get(tab), is_limited=frame.user.is_limited, after=after
        ),
        size=PAGE_SIZE,
        place=lambda row: (row.published_at, row.id),
        url=lambda cursor: frame.url_of(after=cursor),
        show=to_card,
    )
    newest = None
    if not tab and after is None and page.items:
        newest, page = page.items[0], Page(page.items[1:], page.next_url)
    return render(
        "site/person_show.html",
        "site/_cards.html",
        frame=frame,
        newest=newest,
        page=page,
        layout=LAYOUTS.get(tab, "grid"),
    )


@bp.get("/@<username>/followers", defaults={"which": "followers"})
@bp.get("/@<username>/following", defaults={"which": "following"})
@remembered
def person_follows(username: str, which: str) -> ResponseReturnValue:
    """Who follows a person, or whom they follow."""
    frame = person_frame(username, which)
    rows_of = graph.follower_rows if which == "followers" else graph.following_rows
    page: Page[PersonCard] = make_page(
        rows_of(frame.user_id, current_user.id, after=decode_cursor(request.args.get("after"))),
        size=PAGE_SIZE,
        place=lambda row: (row.since, row.id),
        url=lambda cursor: frame.url_of(after=cursor),
        show=lambda row: graph.to_person_card(row, current_user.id),
    )
    return render("site/person_follows.html", "social/_people.html", frame=frame, page=page)
