"""Proving once more that it is you, before something dangerous: ``/login/confirm``."""

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.accounts import login as doors
from app.accounts.errors import WrongPassword
from app.accounts.forms import ConfirmForm
from app.accounts.services import credentials, sessions
from app.accounts.views import guesses_limit
from app.core import audit
from app.extensions import db
from app.web.hx import render

bp = Blueprint("confirm", __name__, url_prefix="/login/confirm")
PAGE = "accounts/confirm.html"


@bp.route("", methods=["GET", "POST"])
@login_required
@guesses_limit
def confirm() -> ResponseReturnValue:
    """Ask for the password, then go on to where one was going."""
    wanted = doors.wanted_page("/settings/account")
    form = ConfirmForm()
    if not form.validate_on_submit():
        return render(PAGE, None, 422 if form.is_submitted() else 200, form=form, next=wanted)
    try:
        credentials.require_password(current_user, form.password.data or "")
    except WrongPassword as error:
        audit.record("proof.failed", actor=current_user, facts={"by": "password"})
        db.session.commit()
        form.password.errors = [error.sentence]
        return render(PAGE, None, 422, form=form, next=wanted)
    here = doors.current_session()
    assert here is not None  # noqa: S101 - whoever is logged in has one
    sessions.prove(here)
    db.session.commit()
    return redirect(wanted, code=303)
