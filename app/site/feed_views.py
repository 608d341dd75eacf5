"""What those one follows do, and whom one follows."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.social.queries import graph
from app.social.queries.graph import PersonCard
from app.web.hx import render
from app.web.pagination import PAGE_SIZE, Page, decode_cursor, make_page

bp = Blueprint("feed", __name__)


@bp.get("/library/following")
@login_required
def following_index() -> ResponseReturnValue:
    """Whom one follows, the latest first."""
    page: Page[PersonCard] = make_page(
        graph.following_rows(current_user.id, current_user.id, after=decode_cursor(request.args.get("after"))),
        size=PAGE_SIZE,
        place=lambda row: (row.since, row.id),
        url=lambda cursor: url_for(".following_index", after=cursor),
        show=lambda row: graph.to_person_card(row, current_user.id),
    )
    return render("site/library_following.html", "social/_people.html", page=page, back="/library/following")
