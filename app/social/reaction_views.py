"""Liking and passing on: ``/<kind>/<public id>/likes`` and ``…/reposts``, who did it, and what stands under a thing."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.extensions import db
from app.social.errors import CaptionTooLong
from app.social.models import Like, Repost
from app.social.queries import reactions as queries
from app.social.queries.graph import to_person_card
from app.social.services import reactions
from app.social.subjects import Subject, SubjectKind, get_subject
from app.web.hx import render, wants_fragment
from app.web.limits import reactions_limit
from app.web.pagination import PAGE_SIZE, decode_cursor, make_page

bp = Blueprint("reactions", __name__)
KIND = "/<any(media, sets, posts, comments):kind>/<public_id>"
REPOSTED = "/<any(media, sets):kind>/<public_id>"
LOOKS = {"bar", "compact"}


@bp.get(f"{KIND}/reactions")
def reactions_show(kind: str, public_id: str) -> ResponseReturnValue:
    """What stands under a thing, as a part of a page; the thing itself for those who came without a script."""
    subject = _subject(kind, public_id)
    if not wants_fragment():
        return redirect(subject.url, code=303)
    return _show(subject)


@bp.post(f"{KIND}/likes")
@login_required
@reactions_limit
def like_create(kind: str, public_id: str) -> ResponseReturnValue:
    """Like a thing; again changes nothing."""
    subject = _subject(kind, public_id)
    reactions.like_thing(current_user, subject)
    return _done(subject)


@bp.post(f"{KIND}/likes/delete")
@login_required
@reactions_limit
def like_delete(kind: str, public_id: str) -> ResponseReturnValue:
    """Take a like back."""
    subject = _subject(kind, public_id)
    reactions.unlike_thing(current_user, subject)
    return _done(subject)


@bp.post(f"{REPOSTED}/reposts")
@login_required
@reactions_limit
def repost_create(kind: str, public_id: str) -> ResponseReturnValue:
    """Pass a thing on, or change the words that go with it."""
    subject = _subject(kind, public_id)
    caption = request.form.get("caption", "")
    try:
        reactions.repost_thing(current_user, subject, caption=caption)
    except CaptionTooLong as error:
        if not wants_fragment():
            raise
        db.session.rollback()
        return _show(_subject(kind, public_id), status=422, problem=error.sentence, draft=caption[:2000])
    return _done(subject)


@bp.post(f"{REPOSTED}/reposts/delete")
@login_required
@reactions_limit
def repost_delete(kind: str, public_id: str) -> ResponseReturnValue:
    """Take a repost back."""
    subject = _subject(kind, public_id)
    reactions.unrepost_thing(current_user, subject)
    return _done(subject)


@bp.get(f"{KIND}/likes")
def like_index(kind: str, public_id: str) -> ResponseReturnValue:
    """Who likes a thing."""
    return _who(_subject(kind, public_id), Like, "likes")


@bp.get(f"{REPOSTED}/reposts")
def repost_index(kind: str, public_id: str) -> ResponseReturnValue:
    """Who passed a thing on."""
    return _who(_subject(kind, public_id), Repost, "reposts")


def _subject(kind: str, public_id: str) -> Subject:
    return get_subject(SubjectKind(kind), public_id, current_user, request.args.get("s"))


def _show(subject: Subject, status: int = 200, problem: str = "", draft: str = "") -> ResponseReturnValue:
    look = request.values.get("look", "")
    found = queries.find_reactions(current_user.id, subject, look=look if look in LOOKS else "bar")
    response = render("social/_reactions.html", None, status, reactions=found, problem=problem, draft=draft)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _done(subject: Subject) -> ResponseReturnValue:
    """Commit, and lead to what stands under the thing now: for htmx that part, else the thing's page."""
    url = subject.url
    if wants_fragment():
        look = request.form.get("look", "")
        url = url_for(
            ".reactions_show", kind=subject.kind.value, public_id=subject.public_id, s=subject.secret,
            look=look if look in LOOKS else None,
        )  # fmt: skip
    db.session.commit()
    return redirect(url, code=303)


def _who(subject: Subject, model: type[Like | Repost], what: str) -> ResponseReturnValue:
    page = make_page(
        queries.who_rows(model, subject, current_user.id, after=decode_cursor(request.args.get("after"))),
        size=PAGE_SIZE,
        place=lambda row: (row.since, row.place),
        url=lambda cursor: url_for(
            request.endpoint or "", kind=subject.kind.value, public_id=subject.public_id, s=subject.secret, after=cursor
        ),
        show=lambda row: to_person_card(row, current_user.id),
    )
    return render("social/who.html", "social/_people.html", subject=subject, what=what, page=page)
