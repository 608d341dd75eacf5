"""People: found, looked at, looked after."""

from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import care, staff_queries
from app.accounts.errors import PersonNotFound
from app.accounts.forms import ButtonForm
from app.accounts.models import Role, Standing, User
from app.accounts.queries import list_living_sessions
from app.accounts.roles import Permission, may, outranks, requires
from app.accounts.staff_queries import PeopleWanted, Trait
from app.accounts.step_up import needs_fresh_proof
from app.admin.deeds import DEEDS
from app.admin.people_forms import DeedForm, FindPeopleForm, NoteForm
from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.moderation.queries import reports_by, statements_of
from app.moderation.wording import headline
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.pagination import PAGE_SIZE, decode_cursor, make_page

bp = Blueprint("admin_people", __name__, url_prefix="/admin/people")


@bp.get("")
@requires(Permission.CURATE)
def person_index() -> ResponseReturnValue:
    """People, the newest first, narrowed by what the address asks for."""
    form = FindPeopleForm(request.args)
    asked = {name: field.data for name, field in form._fields.items() if field.data}
    found = make_page(
        _rows(form) if form.validate() else [],
        size=PAGE_SIZE,
        place=lambda row: (row.User.created_at, row.User.id),
        url=lambda cursor: url_for(".person_index", **asked, after=cursor),
        show=lambda row: row,
    )
    return render(
        "admin/people.html", "admin/_people_rows.html", page=found, form=form, sees_addresses=_sees_addresses()
    )


@bp.get("/<uuid:user_id>")
@requires(Permission.CURATE)
def person_show(user_id: UUID) -> ResponseReturnValue:
    """One person: the account, where they are logged in, what staff noted."""
    person = _get(user_id)
    if care.note_view(current_user, person):
        db.session.commit()
    return _page(person, NoteForm())


@bp.get("/<uuid:user_id>/history")
@requires(Permission.REVIEW)
def history_show(user_id: UUID) -> ResponseReturnValue:
    """What was decided about somebody, what they reported, and what became of both."""
    person = _get(user_id)
    if care.note_view(current_user, person):
        db.session.commit()
    decisions = statements_of(user_id, size=PAGE_SIZE)[:PAGE_SIZE]
    return render(
        "admin/person_history.html",
        person=person,
        decisions=[(row.Decision, row.Appeal, headline(row.Decision)) for row in decisions],
        reports=reports_by(user_id, size=PAGE_SIZE)[:PAGE_SIZE],
        plain_form=ButtonForm(),
        is_self=person.id == current_user.id,
    )


@bp.route("/<uuid:user_id>/<any(" + ", ".join(f"'{name}'" for name in DEEDS) + "):deed>", methods=["GET", "POST"])
@requires(Permission.GRANT)
@needs_fresh_proof
@forms_limit
def deed_show(user_id: UUID, deed: str) -> ResponseReturnValue:
    """Something done to an account: what follows from it, why, and the doing."""
    person, what = _get(user_id), DEEDS[deed]
    if not outranks(current_user, person):
        raise care.MayNotActOn
    form = what.form(role=person.role.value) if request.method == "GET" else what.form()
    if form.validate_on_submit():
        try:
            what.do(person, current_user, form)
        except DomainError as error:
            db.session.rollback()
            form.form_errors.append(error.sentence)
        else:
            db.session.commit()
            flash(what.done, "success")
            return redirect(url_for(".person_show", user_id=user_id), code=303)
    status = 422 if form.is_submitted() else 200
    return render("admin/person_deed.html", None, status, person=_get(user_id), deed=what, form=form)


@bp.post("/<uuid:user_id>/sessions/<uuid:session_id>/end")
@requires(Permission.GRANT)
@needs_fresh_proof
@forms_limit
def session_end(user_id: UUID, session_id: UUID) -> ResponseReturnValue:
    """Log somebody out in one browser."""
    person, form = _get(user_id), DeedForm()
    if not form.validate_on_submit():
        return _page(person, NoteForm(formdata=None), 422, "Say why this browser is logged out.")
    care.end_sessions(person, by=current_user, reason=form.reason.data or "", only=session_id)
    db.session.commit()
    flash("That browser is logged out.", "success")
    return redirect(url_for(".person_show", user_id=user_id), code=303)


@bp.post("/<uuid:user_id>/notes")
@requires(Permission.CURATE)
@forms_limit
def note_create(user_id: UUID) -> ResponseReturnValue:
    """Write something down for other staff."""
    person, form = _get(user_id), NoteForm()
    if not form.validate_on_submit():
        return _page(person, form, 422)
    care.add_note(person, form.body.data or "", by=current_user)
    db.session.commit()
    return redirect(url_for(".person_show", user_id=user_id, _anchor="notes"), code=303)


@bp.post("/<uuid:user_id>/notes/<uuid:note_id>/delete")
@requires(Permission.CURATE)
@forms_limit
def note_delete(user_id: UUID, note_id: UUID) -> ResponseReturnValue:
    """Take back a note of one's own."""
    if not ButtonForm().validate_on_submit() or not care.delete_note(note_id, _get(user_id), by=current_user):
        raise NotFound
    db.session.commit()
    return redirect(url_for(".person_show", user_id=user_id, _anchor="notes"), code=303)


def _rows(form: FindPeopleForm) -> Any:
    after = decode_cursor(request.args.get("after"))
    wanted = PeopleWanted(
        words=form.q.data or "", by_email=_sees_addresses(),
        role=Role(form.role.data) if form.role.data else None,
        standing=Standing(form.standing.data) if form.standing.data else None,
        trait=Trait(form.trait.data) if form.trait.data else None,
    )  # fmt: skip
    return staff_queries.people_rows(wanted, after=after[1] if after else None, size=PAGE_SIZE)


def _sees_addresses() -> bool:
    """Whether the present person sees and searches e-mail addresses: who looks after accounts, not who moderates."""
    return may(current_user, Permission.GRANT)


def _get(user_id: UUID) -> User:
    person = staff_queries.find_by_id(user_id)
    if person is None:
        raise PersonNotFound
    return person


def _page(person: User, note_form: NoteForm, status: int = 200, wrong: str = "") -> ResponseReturnValue:
    above = outranks(current_user, person)
    tends = above and may(current_user, Permission.GRANT)
    return render(
        "admin/person.html",
        None,
        status,
        person=person,
        notes=staff_queries.notes_about(person.id),
        sessions=list_living_sessions(person, idle_s=current_app.config["SETTINGS"].session_idle_s) if tends else [],
        deeds={name: deed for name, deed in DEEDS.items() if deed.fits(person)} if tends else {},
        note_form=note_form,
        plain_form=ButtonForm(),
        above=above,
        tends=tends,
        is_self=person.id == current_user.id,
        sees_addresses=_sees_addresses(),
        wrong=wrong,
    )
