"""Follow, mute and block people, and the list of whom one does not want to hear of."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.accounts import queries as account_queries
from app.accounts.errors import PersonNotFound
from app.accounts.models import User
from app.core import tallies
from app.extensions import db
from app.media import links
from app.social.errors import NotYourself
from app.social.queries import graph as queries
from app.social.services import graph
from app.web.hx import render, wants_fragment
from app.web.limits import forms_limit

bp = Blueprint("graph", __name__)
BACK_TO = ("/feed", "/library/", "/@", "/settings/blocked")
"""Where a form may say that it stands, as its address begins; from elsewhere one comes to the person's page."""


@bp.post("/people/<username>/follow")
@login_required
@forms_limit
def follow_create(username: str) -> ResponseReturnValue:
    """Follow a person."""
    person = _person(username)
    graph.follow_person(current_user.id, person.id)
    db.session.commit()
    return _button(person)


@bp.post("/people/<username>/follow/delete")
@login_required
@forms_limit
def follow_delete(username: str) -> ResponseReturnValue:
    """Follow them no more."""
    person = _person(username)
    graph.unfollow_person(current_user.id, person.id)
    db.session.commit()
    return _button(person)


@bp.post("/people/<username>/follow/bell")
@login_required
@forms_limit
def bell_update(username: str) -> ResponseReturnValue:
    """Be notified of what they publish, or not."""
    person = _person(username)
    graph.set_bell(current_user.id, person.id, rings=request.form.get("rings") == "1")
    db.session.commit()
    return _button(person)


@bp.get("/people/<username>/block")
@login_required
def block_confirm(username: str) -> ResponseReturnValue:
    """What a block does, and a button for it."""
    person = _person(username)
    if person.id == current_user.id:
        raise NotYourself
    return render("social/block.html", person=person)


@bp.post("/people/<username>/block")
@login_required
@forms_limit
def block_create(username: str) -> ResponseReturnValue:
    """Block a person. Whoever was blocked by them can do so, too."""
    person = account_queries.get_person(username)
    graph.block_person(current_user.id, person.id)
    db.session.commit()
    flash(f"You blocked @{person.username}. Neither of you finds the other here any more.", "success")
    return redirect(url_for(".blocked_index"), code=303)


@bp.post("/people/<username>/block/delete")
@login_required
@forms_limit
def block_delete(username: str) -> ResponseReturnValue:
    """Take a block back."""
    person = account_queries.get_person(username)
    graph.unblock_person(current_user.id, person.id)
    db.session.commit()
    flash(f"@{person.username} is not blocked any more. If you followed them, follow them again.", "success")
    return redirect(url_for(".blocked_index"), code=303)


@bp.post("/people/<username>/mute")
@login_required
@forms_limit
def mute_create(username: str) -> ResponseReturnValue:
    """Hear nothing of a person."""
    person = _person(username)
    graph.mute_person(current_user.id, person.id)
    db.session.commit()
    flash(f"You will not hear of @{person.username} in your feed or notifications. They do not learn of it.", "success")
    return redirect(_back(person), code=303)


@bp.post("/people/<username>/mute/delete")
@login_required
@forms_limit
def mute_delete(username: str) -> ResponseReturnValue:
    """Hear of them again."""
    person = account_queries.get_person(username)
    graph.unmute_person(current_user.id, person.id)
    db.session.commit()
    flash(f"You hear of @{person.username} again.", "success")
    return redirect(_back(person), code=303)


@bp.get("/settings/blocked")
@login_required
def blocked_index() -> ResponseReturnValue:
    """Whom one blocked and muted, to undo it."""
    return render(
        "social/settings_blocked.html",
        blocked=queries.blocked_rows(current_user.id),
        muted=queries.muted_rows(current_user.id),
    )


def _person(username: str) -> User:
    """The person with this name, as far as the visitor may know of them.

    Raises:
        PersonNotFound: nobody, or somebody whom a block keeps apart from them.
    """
    person = account_queries.get_person(username)
    is_leaving = person.is_withheld and person.id != current_user.id
    if is_leaving or current_user.is_apart_from(person.id):
        raise PersonNotFound
    return person


def _button(person: User) -> ResponseReturnValue:
    """The button as it is now, for htmx; else back to the page that it stood on."""
    if not wants_fragment():
        return redirect(_back(person), code=303)
    between = queries.relation(current_user.id, person.id)
    shows_count = request.form.get("shows") == "count"
    return render(
        "social/_follow.html",
        None,
        username=person.username,
        display_name=person.display_name,
        follows=between.follows,
        rings=between.rings,
        followers=tallies.exact([person.id])[person.id].followers if shows_count else None,
    )


def _back(person: User) -> str:
    """The page that a form said it stands on, if it is one of ours; else the person's."""
    wanted = request.form.get("back", "")
    ours = wanted.startswith(BACK_TO) and wanted.isascii() and wanted.isprintable() and "\\" not in wanted
    return wanted if ours else links.person_url(person.username)
