"""Comments under things (``/<kind>/<public id>/comments``), and what is done to one (``/comments/<public id>/…``)."""

from uuid import UUID, uuid4

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.accounts.roles import Permission, may
from app.core.errors import NotFound
from app.core.screening import Refused
from app.extensions import db
from app.social import threads, words
from app.social.comment_forms import CommentForm, MomentUnreadable, WordsForm
from app.social.errors import CommentRefused, SubjectNotFound
from app.social.models import Comment
from app.social.queries import comments as queries
from app.social.services import comment_care, comments
from app.social.services.comments import LONGEST, Draft
from app.social.subjects import Subject, SubjectKind, get_subject, subject_of
from app.social.threads import Asker, address_of
from app.web.hx import render, wants_fragment
from app.web.limits import forms_limit

bp = Blueprint("comments", __name__)
UNDER = "/<any(media, sets, posts):kind>/<public_id>/comments"
PAGE, SECTION, ROWS = "social/comment_index.html", "social/_comment_section.html", "social/_comment_rows.html"


@bp.get(UNDER)
def comment_index(kind: str, public_id: str) -> ResponseReturnValue:
    """What is said under a thing: the section of a page, a further part of it, or a page of its own."""
    subject = _subject(kind, public_id)
    if "thread" in request.args:
        return _answers(subject)
    if "newer" in request.args:
        return _newer(subject)
    return _index(subject)


@bp.post(UNDER)
@login_required
@forms_limit
def comment_create(kind: str, public_id: str) -> ResponseReturnValue:
    """Say something, once however often it is sent."""
    subject = _subject(kind, public_id)
    form = CommentForm()
    if not form.validate_on_submit():
        return _index(subject, form, _first_error(form))
    try:
        draft = Draft(
            body=form.body.data or "", at_ms=form.at_ms(), answers=form.answers.data or "", key=form.key.data or ""
        )
        comment = comments.write_comment(subject, draft, by=current_user)
    except (CommentRefused, MomentUnreadable, Refused, SubjectNotFound) as error:
        db.session.rollback()
        return _index(_subject(kind, public_id), form, error.sentence)
    written = comment.public_id
    address = address_of(subject, sort=request.args.get("sort"), comment=written)
    db.session.commit()
    return redirect(f"{address}#comment-{written}", code=303)


@bp.get("/comments/<public_id>/answer")
@login_required
def answer_new(public_id: str) -> ResponseReturnValue:
    """The form to answer a comment."""
    comment, on = _comment(public_id)
    asker = _asker(on)
    if not asker.may_write:
        raise NotFound
    form = CommentForm(formdata=None, answers=public_id, key=uuid4().hex)
    to = threads.speaker_of(comment.author)
    return _private(
        render(
            "social/comment_answer.html", "social/_comment_answer.html", form=form, to=to, public_id=public_id,
            action=address_of(on), back=address_of(on, comment=public_id), most=LONGEST,
        )
    )  # fmt: skip


@bp.route("/comments/<public_id>/edit", methods=["GET", "POST"])
@login_required
@forms_limit
def comment_edit(public_id: str) -> ResponseReturnValue:
    """Say it otherwise."""
    comment, on = _comment(public_id)
    if comment.author_id != current_user.id:
        raise NotFound
    form, problem = WordsForm(body=comment.body), ""
    if form.is_submitted():
        try:
            comments.edit_comment(comment, on, form.body.data or "", by=current_user)
        except (CommentRefused, Refused) as error:
            db.session.rollback()
            problem = error.sentence
        else:
            return _done(on, public_id)
    return _private(
        render(
            "social/comment_edit.html", "social/_comment_edit.html", 422 if problem else 200, form=form,
            problem=problem, public_id=public_id, action=_address_of_comment(public_id, on, "edit"),
            back=address_of(on, comment=public_id), most=LONGEST,
        )
    )  # fmt: skip


@bp.get("/comments/<public_id>/versions")
def comment_versions(public_id: str) -> ResponseReturnValue:
    """What a comment said before, for those who can read it."""
    comment, on = _comment(public_id)
    versions = queries.list_versions(comment)
    texts = [comment.body, *(one.body for one in versions)]
    moments = [comment.edited_at or comment.created_at, *(one.written_at for one in versions)]
    shown = words.shown(texts, viewer_id=current_user.id, timeline=threads.timeline_of(on))
    return _private(
        render(
            "social/comment_versions.html", "social/_comment_versions.html", by=threads.speaker_of(comment.author),
            versions=list(zip(moments, shown, strict=True)), back=address_of(on, comment=public_id),
        )
    )  # fmt: skip


@bp.post("/comments/<public_id>/delete")
@login_required
@forms_limit
def comment_delete(public_id: str) -> ResponseReturnValue:
    """Take a comment away. One's own also where one may not look any more."""
    try:
        comment, on = _comment(public_id)
    except SubjectNotFound:
        own = queries.find_any(public_id)
        if own is None or own.author_id != current_user.id:
            raise
        comments.delete_comment(own, by=current_user)
        db.session.commit()
        return redirect("/", code=303)
    comments.delete_comment(comment, by=current_user)
    return _done(on, "")


@bp.post("/comments/<public_id>/<any(approve, pin, unpin, heart, unheart):act>")
@login_required
@forms_limit
def comment_care_for(public_id: str, act: str) -> ResponseReturnValue:
    """What the owner of a thing does with a comment under it."""
    comment, on = _comment(public_id)
    match act:
        case "approve":
            comment_care.approve_comment(comment, by=current_user)
        case "pin":
            comment_care.pin_comment(comment, on, by=current_user)
        case "unpin":
            comment_care.unpin_comment(comment, by=current_user)
        case "heart":
            comment_care.heart_comment(comment, by=current_user)
        case _:
            comment_care.unheart_comment(comment, by=current_user)
    return _done(on, public_id)


def _subject(kind: str, public_id: str) -> Subject:
    return get_subject(SubjectKind(kind), public_id, current_user, request.args.get("s"))


def _comment(public_id: str) -> tuple[Comment, Subject]:
    """A comment that the viewer can read, and what it is about.

    Raises:
        SubjectNotFound: there is none, or the viewer may not know of it.
    """
    secret = request.args.get("s")
    comment = get_subject(SubjectKind.COMMENT, public_id, current_user, secret).row
    assert isinstance(comment, Comment)  # noqa: S101 - that kind has no other rows
    on = subject_of(comment, current_user, secret)
    if on is None:
        raise SubjectNotFound
    return comment, on


def _asker(subject: Subject) -> Asker:
    return Asker(
        current_user.id,
        is_staff=current_user.is_authenticated and may(current_user, Permission.REVIEW),
        may_write=comments.may_write(subject, current_user.id),
    )


def _index(subject: Subject, form: CommentForm | None = None, problem: str = "") -> ResponseReturnValue:
    """The section; with a form that was refused, and why."""
    asker = _asker(subject)
    sort = threads.sort_of(subject, request.args.get("sort"))
    after = request.args.get("after")
    page = threads.comment_page(subject, asker, sort, after=after, linked=request.args.get("comment", "")[:40])
    sorts = [(address_of(subject, sort=one.value), label, one is sort) for one, label in _SORTS if _fits(one, subject)]
    values = {
        "subject": subject, "page": page, "asker": asker, "sorts": sorts, "problem": problem, "most": LONGEST,
        "action": address_of(subject, sort=request.args.get("sort")), "home": address_of(subject),
        "topic": threads.topic_of(subject.kind.value, subject.public_id),
        "newer_url": address_of(subject, sort=sort.value, newer=page.newest_id),
        "form": form or CommentForm(formdata=None, key=uuid4().hex),
        "duration_ms": line.duration_ms if (line := threads.timeline_of(subject)) else 0,
    }  # fmt: skip
    fragment = ROWS if after and not problem else SECTION
    return _private(render(PAGE, fragment, 422 if problem else 200, **values))


_SORTS = ((queries.Sort.NEWEST, "Newest"), (queries.Sort.BEST, "Best"), (queries.Sort.TIME, "In time"))


def _fits(sort: queries.Sort, subject: Subject) -> bool:
    return threads.sort_of(subject, sort.value) is sort


def _answers(subject: Subject) -> ResponseReturnValue:
    """Further answers of one thread."""
    try:
        thread_id = UUID(hex=request.args["thread"])
    except ValueError as error:
        raise SubjectNotFound from error
    shown, next_url = threads.answer_page(subject, thread_id, _asker(subject), after=request.args.get("after"))
    return _private(
        render(
            "social/comment_answers.html", "social/_comment_answers.html", subject=subject, answers=shown,
            next_url=next_url, home=address_of(subject),
        )
    )  # fmt: skip


def _newer(subject: Subject) -> ResponseReturnValue:
    """How many threads began since the page was drawn, as a button that draws it anew."""
    try:
        than = UUID(hex=request.args["newer"])
    except ValueError as error:
        raise SubjectNotFound from error
    count = queries.count_newer(subject, current_user.id, than)
    sort = threads.sort_of(subject, request.args.get("sort"))
    return _private(
        render("social/comment_newer.html", "social/_comment_newer.html", count=count, subject=subject,
               url=address_of(subject, sort=sort.value), home=address_of(subject))
    )  # fmt: skip


def _done(on: Subject, public_id: str) -> ResponseReturnValue:
    """Commit, and lead back to where it was done: the moderation page, or the comments of the thing."""
    to = address_of(on, sort=request.args.get("sort"), comment=public_id)
    if not wants_fragment() and request.form.get("back") in _DESKS:
        to = request.form["back"]
    db.session.commit()
    return redirect(to, code=303)


_DESKS = {"/studio/comments", "/studio/comments?show=waiting"}


def _address_of_comment(public_id: str, on: Subject, act: str) -> str:
    return f"/comments/{public_id}/{act}" + (f"?s={on.secret}" if on.secret else "")


def _first_error(form: CommentForm) -> str:
    for errors in form.errors.values():
        return str(errors[0])
    return ""


def _private(response: Response) -> Response:
    """What depends on who looks is kept by nobody; an address with a secret goes to no other site."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer" if "s" in request.args else "same-origin"
    return response
