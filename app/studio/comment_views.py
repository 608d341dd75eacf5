"""What people say under everything of one's own: what waits, and the newest."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.social import threads
from app.social.queries import comments as queries
from app.web.hx import render
from app.web.pagination import decode_place, encode_place

bp = Blueprint("studio_comments", __name__, url_prefix="/studio")


@bp.get("/comments")
@login_required
def comment_index() -> ResponseReturnValue:
    """The comments under one's works, sets and posts, the newest first; with ``show=waiting`` those that wait."""
    waiting = request.args.get("show") == "waiting"
    show = "waiting" if waiting else None
    place = decode_place(request.args.get("after"))
    rows = queries.list_of_owner(current_user.id, waiting=waiting, after=place[1] if place else None)
    shown = rows[: queries.THREADS]
    subjects = queries.own_subjects([row[0] for row in shown])
    more = len(rows) > queries.THREADS
    return render(
        "studio/comments.html",
        "studio/_comments.html",
        items=threads.owner_page(shown, subjects, current_user.id),
        waiting=waiting,
        here=url_for(".comment_index", show=show),
        tabs=[("/studio/comments", "Newest", not waiting), ("/studio/comments?show=waiting", "Waiting", waiting)],
        next_url=url_for(".comment_index", show=show, after=encode_place(0, shown[-1][0].id)) if more else "",
    )
