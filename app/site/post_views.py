"""Posts where they are read: the tab of a person, and the page of one post."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.site.frames import person_frame
from app.social.queries import posts as queries
from app.social.queries.posts import POSTS_A_PAGE
from app.web.front_pages import remembered
from app.web.hx import render
from app.web.pagination import decode_cursor, make_page

bp = Blueprint("person_posts", __name__)


@bp.get("/@<username>/posts")
@remembered
def post_index(username: str) -> ResponseReturnValue:
    """What a person wrote, the latest first; for themselves with a sheet to write on."""
    frame = person_frame(username, "posts")
    rows = queries.rows_by_author(frame.user_id, current_user, after=decode_cursor(request.args.get("after")))
    page = make_page(
        queries.cards_of(rows, current_user),
        size=POSTS_A_PAGE,
        place=lambda card: (card.created_at, card.id),
        url=lambda cursor: frame.url_of(after=cursor),
        show=lambda card: card,
    )
    return render("site/person_posts.html", "site/_posts.html", frame=frame, page=page)


@bp.get("/@<username>/posts/<public_id>")
@remembered
def post_show(username: str, public_id: str) -> ResponseReturnValue:
    """One post and what is said about it."""
    post = queries.get_card(public_id, current_user)
    if post.username != username:
        return redirect(post.url, code=301)
    return render("site/post_show.html", post=post)
