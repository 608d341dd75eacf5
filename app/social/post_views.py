"""Writing posts, editing and deleting them, voting. Where they are read, the site's views show."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.core.errors import NotFound
from app.core.screening import Refused, notices
from app.extensions import db
from app.media.models import CommentPolicy
from app.social.errors import ChannelNeeded, PollClosed, PostRefused, VoteStands
from app.social.models import Post
from app.social.post_forms import EditPostForm, PostForm, VoteForm
from app.social.queries import posts as queries
from app.social.queries.posts import PostCard
from app.social.services import polls, posts
from app.web.hx import render, wants_fragment
from app.web.limits import forms_limit
from app.web.pagination import decode_cursor, make_page

bp = Blueprint("posts", __name__, url_prefix="/posts")


@bp.get("/new")
@login_required
def post_new() -> ResponseReturnValue:
    """An empty sheet; ``?work=`` is the address of what to attach."""
    if not current_user.is_artist:
        raise ChannelNeeded
    return render("social/post_new.html", form=PostForm(work=request.args.get("work", "")))


@bp.post("")
@login_required
@forms_limit
def post_create() -> ResponseReturnValue:
    """Publish a post, or show the form again with what is wrong."""
    form = PostForm()
    if not form.validate_on_submit():
        return render("social/post_new.html", None, 422, form=form)
    try:
        post = posts.write_post(current_user, form.draft(), public_url=current_app.config["SETTINGS"].public_url)
        db.session.commit()
    except PostRefused as error:
        db.session.rollback()
        form[error.field].errors = [error.sentence]
        return render("social/post_new.html", None, 422, form=form)
    except Refused as error:
        db.session.rollback()
        form.body.errors = [error.sentence]
        return render("social/post_new.html", None, error.status, form=form)
    if not notices():
        flash("Your post is out.", "success")
    return redirect(_address(current_user.username, post), code=303)


@bp.route("/<public_id>/edit", methods=["GET", "POST"])
@login_required
@forms_limit
def post_edit(public_id: str) -> ResponseReturnValue:
    """Change the words of one's post, and what its pictures are said to show."""
    post = queries.get_own(current_user.id, public_id)
    pictures = queries.list_pictures(post.id)
    alts = {f"alt_{number}": one.alt for number, one in enumerate(pictures, 1)}
    form = EditPostForm(body=post.body_markdown, policy=post.comments_policy.value, **alts)
    values: dict[str, Any] = {
        "post": queries.get_card(public_id, current_user),
        "form": form,
        "shown": list(zip([one.picture for one in pictures], form.alt_fields, strict=False)),
    }
    if not form.validate_on_submit():
        return render("social/post_edit.html", None, 422 if form.is_submitted() else 200, **values)
    try:
        policy = CommentPolicy(form.policy.data)
        new_alts = [field.data or "" for field in form.alt_fields]
        posts.edit_post(post, body=form.body.data or "", alts=new_alts, comments_policy=policy)
    except PostRefused as error:
        form[error.field].errors = [error.sentence]
        return render("social/post_edit.html", None, 422, **values)
    except Refused as error:
        form.body.errors = [error.sentence]
        return render("social/post_edit.html", None, error.status, **values)
    db.session.commit()
    flash("Your post is changed.", "success")
    return redirect(_address(current_user.username, post), code=303)


@bp.post("/<public_id>/delete")
@login_required
@forms_limit
def post_delete(public_id: str) -> ResponseReturnValue:
    """Take one's post away, pictures and all."""
    posts.delete_post(queries.get_own(current_user.id, public_id))
    db.session.commit()
    flash("Your post is gone.", "success")
    return redirect(f"/@{current_user.username}/posts", code=303)


@bp.get("/<public_id>/versions")
def version_index(public_id: str) -> ResponseReturnValue:
    """What a post said before it was edited, for whoever may read it."""
    post = queries.get_card(public_id, current_user)
    page = make_page(
        queries.version_rows(post.id, after=decode_cursor(request.args.get("after"))),
        size=queries.POSTS_A_PAGE,
        place=lambda row: (row.written_at, row.id),
        url=lambda cursor: url_for(".version_index", public_id=public_id, after=cursor),
        show=lambda row: row,
    )
    return render("social/post_versions.html", "social/_post_versions.html", post=post, page=page)


@bp.get("/<public_id>/poll")
def poll_show(public_id: str) -> ResponseReturnValue:
    """A post's poll as it stands; without htmx, the post's page."""
    post = queries.get_card(public_id, current_user)
    if post.poll is None:
        raise NotFound
    if not wants_fragment():
        return redirect(post.url, code=303)
    return render("social/_poll.html", "social/_poll.html", post=post)


@bp.post("/<public_id>/votes")
@login_required
@forms_limit
def vote_create(public_id: str) -> ResponseReturnValue:
    """Vote in a poll."""
    card = queries.get_card(public_id, current_user)
    form = VoteForm()
    if not form.validate_on_submit():
        return _unvoted(card, "Pick one of the answers first.", 422)
    try:
        polls.vote(db.session.get_one(Post, card.id), current_user, int(form.answer.data))
    except (PollClosed, VoteStands) as error:
        db.session.rollback()
        return _unvoted(queries.get_card(public_id, current_user), error.sentence, error.status)
    db.session.commit()
    return redirect(url_for(".poll_show", public_id=public_id) if wants_fragment() else card.url, code=303)


def _unvoted(card: PostCard, sentence: str, status: int) -> ResponseReturnValue:
    """The poll with a sentence in it, or for a plain form the page with the sentence on top."""
    if wants_fragment():
        return render("social/_poll.html", "social/_poll.html", status, post=card, sentence=sentence)
    flash(sentence, "error")
    return redirect(card.url, code=303)


def _address(username: str, post: Post) -> str:
    return f"/@{username}/posts/{post.public_id}"
