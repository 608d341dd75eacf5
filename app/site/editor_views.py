"""Working on a set together: who does, who is asked to, who is there now, what was changed, and taking it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.core.errors import DomainError
from app.extensions import db
from app.media import links as media_links
from app.playlists import editor_queries, links, presence, queries
from app.playlists.errors import InvitationRefused, SetNotFound, TooManyEditors
from app.playlists.models import Set
from app.playlists.services import editors, undoing
from app.playlists.wording import is_of_item, words_of
from app.site.people import Person, person_of
from app.web.forms import FlaskForm
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.pagination import PAGE_SIZE, decode_cursor, make_page

bp = Blueprint("set_editors", __name__)


class InviteForm(FlaskForm):
    """Ask somebody to work on a set."""

    username = StringField(
        "Username",
        validators=[DataRequired("Whom?"), Length(max=80)],
        description="They are told, and say yes or no.",
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )


@dataclass(frozen=True)
class Invited:
    """An open invitation: to a person, or by a link."""

    id: UUID
    person: Person | None
    url: str
    expires_at: datetime | None


@dataclass(frozen=True)
class ChangeRow:
    """Something that was changed: ``words`` stand around ``title``."""

    id: UUID
    person: Person | None
    words: tuple[str, str]
    title: str
    title_url: str
    happened_at: datetime
    is_undone: bool


# Who works on a set ---------------------------------------------------------------------------------------------------


@bp.get("/sets/<public_id>/editors")
@login_required
def editor_index(public_id: str) -> ResponseReturnValue:
    """Who works on it and, for its owner, who is asked to."""
    return _editors_page(queries.get_to_arrange(public_id, current_user), InviteForm(formdata=None))


@bp.post("/sets/<public_id>/invitations")
@login_required
@forms_limit
def invitation_create(public_id: str) -> ResponseReturnValue:
    """Ask somebody by name."""
    one, form = queries.get_to_arrange(public_id, current_user), InviteForm()
    if not form.validate_on_submit():
        return _editors_page(one, form)
    try:
        editors.invite_person(one, form.username.data or "", by=current_user)
    except (InvitationRefused, TooManyEditors) as error:
        db.session.rollback()
        form.username.errors = [error.sentence]
        return _editors_page(queries.get_to_arrange(public_id, current_user), form)
    return _saved(one, "They are asked, and have two weeks to say yes.")


@bp.post("/sets/<public_id>/invitations/links")
@login_required
@forms_limit
def invitation_link_create(public_id: str) -> ResponseReturnValue:
    """A link that asks whoever has it."""
    one = queries.get_to_arrange(public_id, current_user)
    editors.invite_by_link(one, by=current_user)
    return _saved(one, "Whoever has this link can work on the set. It holds for two weeks.")


@bp.post("/sets/<public_id>/invitations/<uuid:invitation_id>/delete")
@login_required
@forms_limit
def invitation_delete(public_id: str, invitation_id: UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    one = queries.get_to_arrange(public_id, current_user)
    editors.revoke_invitation(one, invitation_id, by=current_user)
    return _saved(one, "That invitation is taken back.")


@bp.post("/sets/<public_id>/editors/<uuid:user_id>/delete")
@login_required
@forms_limit
def editor_delete(public_id: str, user_id: UUID) -> ResponseReturnValue:
    """Show somebody out."""
    one = queries.get_to_arrange(public_id, current_user)
    editors.remove_editor(one, user_id, by=current_user)
    return _saved(one, "They do not work on it any more. What they added is still in it.")


@bp.post("/sets/<public_id>/leave")
@login_required
@forms_limit
def editor_leave(public_id: str) -> ResponseReturnValue:
    """Work on it no more."""
    one = queries.get_to_arrange(public_id, current_user)
    title = one.title
    editors.leave_set(one, by=current_user)
    db.session.commit()
    flash(f"You do not work on “{title}” any more.", "success")
    return redirect(url_for(".shared_index"), code=303)


@bp.get("/sets/invitations/<token>")
@login_required
def invitation_show(token: str) -> ResponseReturnValue:
    """Yes or no?"""
    invitation, one = editors.find_invited(token, current_user)
    if editors.is_editor(one.id, current_user.id):
        return redirect(links.edit_url(one.public_id))
    owner = editor_queries.people_by_id([one.owner_id], current_user.id)[0]
    response = render(
        "site/set_invitation.html", title=one.title, person=person_of(owner), token=token,
        expires_at=invitation.expires_at, by_link=invitation.invited_id is None,
    )  # fmt: skip
    response.headers["Referrer-Policy"] = "no-referrer"  # the address holds what opens the set
    return response


@bp.post("/sets/invitations/<token>/accept")
@login_required
@forms_limit
def invitation_accept(token: str) -> ResponseReturnValue:
    """Yes."""
    one = editors.accept_invitation(token, by=current_user)
    db.session.commit()
    flash(f"You work on “{one.title}” now.", "success")
    return redirect(links.edit_url(one.public_id), code=303)


@bp.post("/sets/invitations/<token>/decline")
@login_required
@forms_limit
def invitation_decline(token: str) -> ResponseReturnValue:
    """No."""
    editors.decline_invitation(token, by=current_user)
    db.session.commit()
    flash("You said no. Nobody is told.", "success")
    return redirect(url_for(".shared_index"), code=303)


@bp.get("/library/shared-sets")
@login_required
def shared_index() -> ResponseReturnValue:
    """Others' sets that one works on, and what one is asked to."""
    place = decode_cursor(request.args.get("after"))
    page = make_page(
        editor_queries.shared_set_rows(current_user.id, after=place[1] if place else None),
        size=PAGE_SIZE,
        place=lambda row: (row.Set.created_at, row.Set.id),
        url=lambda cursor: url_for(".shared_index", after=cursor),
        show=lambda row: (row.Set.title, links.edit_url(row.Set.public_id), person_of(row.User)),
    )
    invitations = [
        (row.Set.title, url_for(".invitation_show", token=row.SetInvitation.token), person_of(row.User))
        for row in editor_queries.invitations_of(current_user.id)
    ]
    return render("site/library_shared.html", "site/_shared_sets.html", page=page, invitations=invitations)


# Who is there now -----------------------------------------------------------------------------------------------------


@bp.get("/sets/<public_id>/presence")
@login_required
def presence_show(public_id: str) -> ResponseReturnValue:
    """Who has the set's edit page open: a part of that page, asked for when somebody comes or goes."""
    one = queries.get_to_arrange(public_id, current_user)
    here_now = presence.who_is_here(public_id) | {current_user.id}  # who asks has it open, whatever Redis knows
    people = editor_queries.people_by_id(here_now, current_user.id)
    here = [(person_of(user), user.id == current_user.id) for user in people]
    response = render("site/set_presence.html", "site/_presence.html", here=here, title=one.title)
    response.headers["Cache-Control"] = "private, no-store"
    return response


# What was changed -----------------------------------------------------------------------------------------------------


@bp.get("/sets/<public_id>/changes")
@login_required
def change_index(public_id: str) -> ResponseReturnValue:
    """Who changed what, the newest first."""
    one = queries.get_to_arrange(public_id, current_user)
    place = decode_cursor(request.args.get("after"))
    page = make_page(
        editor_queries.change_rows(one, current_user.id, after=place[1] if place else None),
        size=PAGE_SIZE,
        place=lambda row: (row.SetChange.created_at, row.SetChange.id),
        url=lambda cursor: url_for(".change_index", public_id=public_id, after=cursor),
        show=_change_row,
    )
    response = render(
        "site/set_changes.html", "site/_changes.html", page=page, title=one.title, public_id=public_id,
        edit_url=links.edit_url(public_id), is_first=place is None,
    )  # fmt: skip
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.post("/sets/<public_id>/changes/<uuid:change_id>/undo")
@login_required
@forms_limit
def change_undo(public_id: str, change_id: UUID) -> ResponseReturnValue:
    """Take one change back, where it still applies."""
    return _undone(public_id, url_for(".change_index", public_id=public_id), change_id)


@bp.post("/sets/<public_id>/undo")
@login_required
@forms_limit
def last_undo(public_id: str) -> ResponseReturnValue:
    """Take back what one did last."""
    return _undone(public_id, links.edit_url(public_id), None)


def _undone(public_id: str, url: str, change_id: UUID | None) -> ResponseReturnValue:
    one = queries.get_to_arrange(public_id, current_user)
    try:
        if change_id is None:
            undoing.undo_last(one, by=current_user)
        else:
            undoing.undo_change(one, change_id, by=current_user)
    except DomainError as error:
        if error.status == SetNotFound.status:
            raise
        db.session.rollback()
        flash(error.sentence, "error")
    else:
        db.session.commit()
        flash("That is taken back.", "success")
    return redirect(url, code=303)


def _change_row(row: Any) -> ChangeRow:
    change = row.SetChange
    hidden = "something that is not for you, or gone" if is_of_item(change) else ""
    return ChangeRow(
        id=change.id,
        person=person_of(row.User) if row.User is not None else None,
        words=words_of(change),
        title=row.title or hidden,
        title_url=media_links.medium_url(row.username, row.slug) if row.title else "",
        happened_at=change.created_at,
        is_undone=change.undone_at is not None,
    )


def _editors_page(one: Set, form: InviteForm) -> ResponseReturnValue:
    is_owner = one.owner_id == current_user.id
    public_url: str = current_app.config["SETTINGS"].public_url
    open_ones = editor_queries.list_invitations(one) if is_owner else []
    invitations = [
        Invited(
            row.SetInvitation.id,
            person_of(row.User) if row.User is not None else None,
            public_url + url_for(".invitation_show", token=row.SetInvitation.token),
            row.SetInvitation.expires_at,
        )
        for row in open_ones
    ]
    response = render(
        "site/set_editors.html",
        None,
        422 if form.errors else 200,
        title=one.title,
        public_id=one.public_id,
        edit_url=links.edit_url(one.public_id),
        owner=person_of(one.owner),
        people=[(user.id, person_of(user)) for user in editor_queries.list_editors(one)],
        invitations=invitations,
        is_owner=is_owner,
        form=form,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _saved(one: Set, sentence: str) -> ResponseReturnValue:
    db.session.commit()
    flash(sentence, "success")
    return redirect(url_for(".editor_index", public_id=one.public_id), code=303)
