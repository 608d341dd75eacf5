"""Sign up: a form, a mail, and the link in it, which makes the account."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, make_response, redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import Form

from app.accounts import guard
from app.accounts import login as doors
from app.accounts.door_models import SignUp
from app.accounts.errors import (
    PasswordLength,
    PasswordPersonal,
    PasswordTooCommon,
    ProofWanted,
    UsernameInvalid,
    UsernameTaken,
)
from app.accounts.forms import ButtonForm
from app.accounts.guard import doors_limit
from app.accounts.models import User
from app.accounts.services import sign_up, usernames
from app.accounts.sign_up_forms import FinishForm, SignupForm, SignupLinkForm
from app.core.errors import DomainError
from app.extensions import db
from app.web.forms import FlaskForm
from app.web.hx import render
from app.web.redirects import wanted_page

bp = Blueprint("sign_up", __name__, url_prefix="/signup")
BEGUN: Final = "sign_up"
"""Where the cookie of a browser holds which sign-up it began."""
_FAULTS = (UsernameInvalid, UsernameTaken, PasswordLength, PasswordTooCommon, PasswordPersonal)


@bp.route("", methods=["GET", "POST"])
@doors_limit
def signup() -> ResponseReturnValue:
    """Ask for an account. The answer is the same whether the address has one already: it comes by mail."""
    if current_user.is_authenticated:
        return redirect(doors.HOME, code=303)
    form = SignupForm()
    if not form.validate_on_submit():
        return _form_page(form, 422 if form.is_submitted() else 200)
    age = current_app.config["SETTINGS"].minimum_age
    if age and not form.old_enough.data:
        form.old_enough.errors = [f"This place is for people of {age} years or more."]
        return _form_page(form, 422)
    if _is_stopped(form):
        return _form_page(form, 422)
    try:
        guard.count_visit("sign_up")
        row = sign_up.begin_sign_up(
            username=form.username.data or "", email=form.email.data or "", password=form.password.data or "",
            answers={"next": wanted_page()},
        )  # fmt: skip
    except (*_FAULTS, ProofWanted) as error:
        _blame(form, error)
        db.session.rollback()
        return _form_page(form, 422)
    return _begun(row)


@bp.post("/link")
@doors_limit
def signup_link() -> ResponseReturnValue:
    """Have a link mailed that asks for the rest: for those without a script, when the form asks for one."""
    form = SignupLinkForm()
    if not form.validate_on_submit():
        full = SignupForm()
        full.email.errors = list(form.email.errors) or ["We need an address to reach you."]
        return _form_page(full, 422)
    return _begun(sign_up.begin_sign_up(email=form.email.data or "", answers={"next": wanted_page()}))


@bp.post("/again")
@doors_limit
def signup_again() -> ResponseReturnValue:
    """Mail the link of this browser's sign-up once more."""
    row = _begun_here()
    if row is None or row.used_at is not None:
        return redirect(url_for(".signup"), code=303)
    return _begun(sign_up.ask_again(row))


@bp.get("/sent")
def signup_sent() -> ResponseReturnValue:
    """Where to look now. The same for everyone."""
    return doors.look_into_mail("sign_up", again=_begun_here() is not None)


@bp.route("/confirm/<token>", methods=["GET", "POST"])
@doors_limit
def signup_confirm(token: str) -> ResponseReturnValue:
    """Make the account by a mailed link, and be logged in with it.

    One press is enough in the browser that filled in the form. In another one the password is asked for anew: whoever
    signed up with somebody else's address must not know the password of the account that its owner confirms.
    """
    row = sign_up.get_sign_up(token)
    began_here = session.get(BEGUN) == str(row.id) and row.password_digest is not None
    form: FlaskForm = FinishForm(username=row.username)
    if began_here and sign_up.is_free(row.username):
        form = ButtonForm()
    if not form.validate_on_submit() or (isinstance(form, FinishForm) and _is_stopped(form)):
        return _finish_page(form, row, 422 if form.is_submitted() else 200)
    try:
        user = _finish(row, form)
    except _FAULTS as error:
        db.session.rollback()
        row = sign_up.get_sign_up(token)
        form = form if isinstance(form, FinishForm) else FinishForm(username=row.username)
        _blame(form, error)
        return _finish_page(form, row, 422)
    entered = doors.enter(user, remembered=False, wanted=row.answers.get("next"), means=doors.Means(doors.SIGN_UP))
    flash("Welcome. Your address is confirmed and the door is open.", "success")  # a log-in empties the cookie
    return entered


def _is_stopped(form: SignupForm | FinishForm) -> bool:
    """Whether a filter stands against the name, which is then said at its field. Commits what it found."""
    problem = usernames.stopped_name(form.username.data or "")
    if problem:
        form.username.errors = [problem]
        db.session.commit()
    return bool(problem)


def _finish(row: SignUp, form: FlaskForm) -> User:
    if isinstance(form, FinishForm):
        return sign_up.finish_sign_up(row, username=form.username.data or "", password=form.password.data or "")
    return sign_up.finish_sign_up(row)


def _begun(row: SignUp) -> Response:
    """Remember in this browser that it began ``row``, and say where to look. Commits."""
    db.session.commit()
    session[BEGUN] = str(row.id)
    return make_response(redirect(url_for(".signup_sent"), code=303))


def _begun_here() -> SignUp | None:
    kept = session.get(BEGUN)
    return db.session.get(SignUp, UUID(kept)) if kept else None


def _blame(form: Form, error: DomainError) -> None:
    """Put what is wrong beside the field that it is about."""
    name = {UsernameInvalid: "username", UsernameTaken: "username"}.get(type(error), "password")
    form[name].errors = [error.sentence]


def _form_page(form: SignupForm, status: int) -> Response:
    puzzle, age = guard.make_puzzle("sign_up"), current_app.config["SETTINGS"].minimum_age
    return render(
        "accounts/signup.html", None, status, form=form, minimum_age=age, puzzle=puzzle, begun=guard.begun_stamp()
    )


def _finish_page(form: FlaskForm, row: SignUp, status: int) -> Response:
    return render("accounts/signup_confirm.html", None, status, form=form, row=row, asks=isinstance(form, FinishForm))
