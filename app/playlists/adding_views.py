"""Where a medium goes: one's own sets with a mark at those that it is in, a new one, and "watch later"."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.core.errors import DomainError
from app.extensions import db
from app.media import gate
from app.media import links as media_links
from app.media.gate import Action, Reason
from app.media.models import Medium
from app.playlists import queries
from app.playlists.cards import KIND_NAMES
from app.playlists.forms import MembershipForm, NewSetForm
from app.playlists.models import Set, SetKind
from app.playlists.services import items, sets
from app.web.hx import render, wants_fragment
from app.web.limits import forms_limit

bp = Blueprint("adding", __name__)
PICKER, PICKER_FRAGMENT = "playlists/picker.html", "playlists/_picker.html"


@bp.get("/media/<public_id>/sets")
@login_required
def membership_index(public_id: str) -> ResponseReturnValue:
    """One's sets, with a mark at those that a medium is in."""
    medium, secret = get_medium(public_id, request.args.get("s"))
    return _picker(medium, secret, NewSetForm(medium=medium.public_id, s=secret or ""))


@bp.post("/media/<public_id>/sets")
@login_required
@forms_limit
def membership_update(public_id: str) -> ResponseReturnValue:
    """Put a medium into one of one's sets, or take it out."""
    medium, secret = get_medium(public_id, request.args.get("s"))
    form = MembershipForm()
    if form.validate_on_submit():
        one = queries.get_to_arrange(form.set.data or "", current_user)
        _put(one, medium, secret, on=form.on.data)
        db.session.commit()
    return redirect(media_links.sets_url(medium.public_id, secret), code=303)


@bp.post("/media/<public_id>/sets/new")
@login_required
@forms_limit
def membership_create(public_id: str) -> ResponseReturnValue:
    """Begin a set with a medium in it."""
    medium, secret = get_medium(public_id, request.args.get("s"))
    form = NewSetForm()
    if not form.validate_on_submit():
        return _picker(medium, secret, form, 422)
    try:
        one = sets.create_set(current_user, form.details())
        items.add_item(one, medium, by=current_user, secret=secret)
    except DomainError as error:
        db.session.rollback()
        form.title.errors = [error.sentence]
        return _picker(medium, secret, form, 422)
    db.session.commit()
    return redirect(media_links.sets_url(medium.public_id, secret), code=303)


@bp.post("/media/<public_id>/later")
@login_required
@forms_limit
def later_update(public_id: str) -> ResponseReturnValue:
    """Keep a medium for later, or not any more."""
    medium, secret = get_medium(public_id, request.args.get("s"))
    _put(sets.watch_later_of(current_user), medium, secret, on="off" not in request.form)
    db.session.commit()
    url = media_links.sets_url(medium.public_id, secret)
    return redirect(url.replace("/sets", "/later", 1) if "quick" in request.form else url, code=303)


@bp.get("/media/<public_id>/later")
@login_required
def later_show(public_id: str) -> ResponseReturnValue:
    """Whether a medium is kept for later: a sentence for who pressed a button on a page, one's sets for the others."""
    medium, secret = get_medium(public_id, request.args.get("s"))
    if not wants_fragment():
        return redirect(media_links.sets_url(medium.public_id, secret), code=302)
    rows = queries.sets_to_fill(current_user.id, medium.id, size=1)
    is_kept = any(row.holds for row in rows if row.kind is SetKind.WATCH_LATER)
    sentence = "Kept for later." if is_kept else "Not kept for later any more."
    return render("playlists/_later.html", None, sentence=sentence)


def _put(one: Set, medium: Medium, secret: str | None, *, on: bool) -> None:
    if on:
        items.add_item(one, medium, by=current_user, secret=secret)
    else:
        items.remove_item(one, medium.id, by=current_user)


def _picker(medium: Medium, secret: str | None, form: NewSetForm, status: int = 200) -> ResponseReturnValue:
    rows = queries.sets_to_fill(current_user.id, medium.id)
    response = render(
        PICKER, PICKER_FRAGMENT, status, medium=medium, form=form, kinds=KIND_NAMES,
        url=media_links.medium_url(medium.owner.username, medium.slug, secret),
        action=media_links.sets_url(medium.public_id, secret),
        later_action=media_links.sets_url(medium.public_id, secret).replace("/sets", "/later", 1),
        new_action=media_links.sets_url(medium.public_id, secret).replace("/sets", "/sets/new", 1),
        rows=[row for row in rows if row.kind is not SetKind.WATCH_LATER],
        is_kept=any(row.holds for row in rows if row.kind is SetKind.WATCH_LATER),
    )  # fmt: skip
    response.headers["Cache-Control"] = "private, no-store"
    return response


def get_medium(public_id: str | None, given: str | None) -> tuple[Medium, str | None]:
    """The medium, if the gate lets this viewer see it, and the secret where it was that which opened it.

    Raises:
        MediumNotFound: it does not.
    """
    medium = queries.find_medium(public_id or "")
    decision = gate.require(current_user, medium, Action.SEE, secret=given or None)
    assert medium is not None  # noqa: S101 - the gate has just seen it
    return medium, None if decision.reason in {Reason.PUBLIC, Reason.OWNER} else given
