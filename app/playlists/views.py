"""What people do to sets and to what is in them."""

import tempfile
from pathlib import Path
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.core.errors import NotFound
from app.extensions import db
from app.playlists import links, queries
from app.playlists.adding_views import get_medium
from app.playlists.errors import SetInvalid
from app.playlists.forms import (
    AddForm,
    CoverForm,
    DeleteForm,
    ItemForm,
    PlaceForm,
    parse_time,
)
from app.playlists.models import Set
from app.playlists.opening import open_set
from app.playlists.rows import Place, make_item_page, queue_item
from app.playlists.services import items, sets
from app.web.forms import FlaskForm
from app.web.limits import forms_limit

bp = Blueprint("sets", __name__)


# A set ----------------------------------------------------------------------------------------------------------------


@bp.get("/sets/<public_id>/queue")
def queue_show(public_id: str) -> ResponseReturnValue:
    """Everything in a set that the bar can play for this viewer, for the queue."""
    opened = open_set(queries.find_by_public_id(public_id), request.args.get("s"))
    season, size = request.args.get("season", type=int), items.MOST_ITEMS
    rows = queries.item_rows(opened.one, current_user.id, season=season, size=size, lends=opened.lends)
    page = make_item_page(rows, Place(), size=size, viewer_id=current_user.id, url=str, lent=opened.lent)
    response = jsonify(
        items=[
            queue_item(row.card, row)
            for row in page.items
            if row.plays and (current_user.is_adult or not row.card.for_adults)
        ]
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.post("/sets/<public_id>/cover")
@login_required
@forms_limit
def cover_update(public_id: str) -> ResponseReturnValue:
    """Bring a cover."""
    one, form = queries.get_to_arrange(public_id, current_user), CoverForm()
    if not form.validate_on_submit():
        return _back(one, refusal=_first_error(form))
    with tempfile.NamedTemporaryFile(prefix="cover-") as file:
        form.picture.data.save(file)
        file.flush()
        try:
            sets.set_cover(one, Path(file.name), by=current_user)
        except SetInvalid as error:
            db.session.rollback()
            return _back(one, refusal=error.sentence)
    return _saved(one, "That is its cover now.")


@bp.post("/sets/<public_id>/cover/delete")
@login_required
@forms_limit
def cover_delete(public_id: str) -> ResponseReturnValue:
    """Go without a cover of its own."""
    one = queries.get_to_arrange(public_id, current_user)
    sets.remove_cover(one, by=current_user)
    return _saved(one, "Its cover is made of its works again.")


@bp.post("/sets/<public_id>/secret")
@login_required
@forms_limit
def secret_reset(public_id: str) -> ResponseReturnValue:
    """A new secret link; the old one stops working."""
    one = queries.get_to_arrange(public_id, current_user)
    sets.reset_secret(one, by=current_user)
    return _saved(one, "There is a new secret link. The old one is dead.")


@bp.post("/sets/<public_id>/delete")
@login_required
@forms_limit
def set_delete(public_id: str) -> ResponseReturnValue:
    """Delete it for good; what is in it stays."""
    one, form = queries.get_to_arrange(public_id, current_user), DeleteForm()
    if not form.validate_on_submit():
        return _back(one, refusal=_first_error(form))
    title = one.title
    sets.delete_set(one, by=current_user)
    db.session.commit()
    flash(f"“{title}” is gone. What was in it is still there.", "success")
    return redirect("/library/playlists", code=303)


# What is in it --------------------------------------------------------------------------------------------------------


@bp.post("/sets/<public_id>/items")
@login_required
@forms_limit
def item_create(public_id: str) -> ResponseReturnValue:
    """Put a medium into a set."""
    one, form = queries.get_to_arrange(public_id, current_user), AddForm()
    if not form.validate_on_submit():
        return _back(one, refusal="Which medium?")
    medium, secret = get_medium(form.medium.data, form.s.data)
    items.add_item(one, medium, by=current_user, secret=secret)
    return _saved(one, f"“{medium.title}” is in it.")


@bp.post("/sets/<public_id>/items/<uuid:item_id>/delete")
@login_required
@forms_limit
def item_delete(public_id: str, item_id: UUID) -> ResponseReturnValue:
    """Take an item out."""
    one = queries.get_to_arrange(public_id, current_user)
    item = queries.find_item(one, item_id)
    if item is not None:
        items.remove_item(one, item.medium_id, by=current_user)
    return _arranged(one, item_id)


@bp.post("/sets/<public_id>/items/<uuid:item_id>/place")
@login_required
@forms_limit
def item_move(public_id: str, item_id: UUID) -> ResponseReturnValue:
    """Move an item."""
    one, form = queries.get_to_arrange(public_id, current_user), PlaceForm()
    if not form.validate_on_submit():
        raise SetInvalid("Where to?")
    match form.to.data:
        case "up" | "down":
            items.step_item(one, item_id, by=current_user, down=form.to.data == "down")
        case "first":
            items.move_item(one, item_id, by=current_user, before=queries.first_item_id(one))
        case "last":
            items.move_item(one, item_id, by=current_user)
        case _:
            after, before = _item_id(form.after.data), _item_id(form.before.data)
            if after is None and before is None:
                raise SetInvalid("Where to?")
            items.move_item(one, item_id, by=current_user, after=after, before=before)
    return _arranged(one, item_id)


@bp.post("/sets/<public_id>/items/<uuid:item_id>/details")
@login_required
@forms_limit
def item_update(public_id: str, item_id: UUID) -> ResponseReturnValue:
    """Say something of an item."""
    one, form = queries.get_to_arrange(public_id, current_user), ItemForm()
    if not form.validate_on_submit():
        return _back(one, refusal=_first_error(form))
    try:
        items.edit_item(
            one,
            item_id,
            by=current_user,
            note=form.note.data or "",
            starts_at_ms=parse_time(form.starts_at.data),
            stops_at_ms=parse_time(form.stops_at.data),
            season=form.season.data,
            episode=form.episode.data,
        )
    except SetInvalid as error:
        db.session.rollback()
        return _back(one, refusal=error.sentence)
    return _saved(one, "Saved.")


def _item_id(written: str | None) -> UUID | None:
    if not written:
        return None
    try:
        return UUID(written)
    except ValueError as error:
        raise NotFound from error


def _arranged(one: Set, item_id: UUID) -> ResponseReturnValue:
    """After a change of the order: a word for a script, or the list at the item for everyone else."""
    db.session.commit()
    if request.is_json:
        return jsonify(version=one.version)
    return redirect(f"{links.edit_url(one.public_id)}#item-{item_id}", code=303)


def _saved(one: Set, sentence: str) -> ResponseReturnValue:
    db.session.commit()
    flash(sentence, "success")
    return redirect(links.edit_url(one.public_id), code=303)


def _back(one: Set, *, refusal: str) -> ResponseReturnValue:
    flash(refusal, "error")
    return redirect(links.edit_url(one.public_id), code=303)


def _first_error(form: FlaskForm) -> str:
    return str(next((error for errors in form.errors.values() for error in errors), "That did not work."))
