"""Proving once more that it is you, before something dangerous: ``/login/confirm``."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.accounts import factor_queries
from app.accounts import login as doors
from app.accounts.errors import CodeRefused, CodesWait, WrongPassword
from app.accounts.forms import CodeForm, ConfirmForm
from app.accounts.guard import guesses_limit
from app.accounts.models import TokenPurpose
from app.accounts.services import credentials, factors, mailed_tokens
from app.core import audit
from app.extensions import db
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.redirects import wanted_page

bp = Blueprint("confirm", __name__, url_prefix="/login/confirm")
PAGE = "accounts/confirm.html"
AFTERWARDS = "/settings/security"


@bp.route("", methods=["GET", "POST"])
@login_required
@guesses_limit
def confirm() -> ResponseReturnValue:
    """Ask for the password, or another proof, then go on to where one was going."""
    form = ConfirmForm()
    if not form.validate_on_submit():
        return _page(422 if form.is_submitted() else 200, password_form=form)
    try:
        credentials.require_password(current_user, form.password.data or "")
    except WrongPassword as error:
        form.password.errors = [error.sentence]
        _note_failure("password")
        return _page(422, password_form=form)
    return _go_on()


@bp.post("/code")
@login_required
@guesses_limit
def confirm_by_code() -> ResponseReturnValue:
    """Likewise by a code of the authenticator app, or a recovery code."""
    form = CodeForm()
    if not form.validate_on_submit():
        return _page(422, code_form=form)
    try:
        factors.prove_by_code(current_user, form.code.data or "")
    except (CodeRefused, CodesWait) as error:
        form.code.errors = [error.sentence]
        _note_failure("code")
        return _page(error.status, code_form=form)
    return _go_on()


@bp.post("/password-link")
@login_required
@forms_limit
def password_link() -> ResponseReturnValue:
    """Mail the link by which a password is set, to someone who has nothing to confirm with."""
    mailed_tokens.request_mail(current_user, TokenPurpose.RESET_PASSWORD, email=current_user.email)
    db.session.commit()
    flash(f"A link to set a password is on its way to {current_user.email}.", "success")
    return redirect(url_for("security.index"), code=303)


def _go_on() -> ResponseReturnValue:
    doors.prove_here()
    return redirect(wanted_page(AFTERWARDS), code=303)


def _note_failure(by: str) -> None:
    """Write a wrong proof down. Commits."""
    audit.record("proof.failed", actor=current_user, facts={"by": by})
    db.session.commit()


def _page(
    status: int, *, password_form: ConfirmForm | None = None, code_form: CodeForm | None = None
) -> ResponseReturnValue:
    return render(
        PAGE,
        None,
        status,
        form=password_form or ConfirmForm(formdata=None),
        code_form=code_form or CodeForm(formdata=None),
        ways=factor_queries.ways_of(current_user),
        next=wanted_page(AFTERWARDS),
    )
