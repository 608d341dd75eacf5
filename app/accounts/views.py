"""Log in, log out, and what helps those who cannot."""

import math

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import begun, guard
from app.accounts import login as doors
from app.accounts.errors import (
    LinkCodeWrong,
    LinkExpired,
    LinkOfAnother,
    PasswordLength,
    PasswordPersonal,
    PasswordTooCommon,
    ProofWanted,
    TooSoon,
    WrongCredentials,
)
from app.accounts.forms import ButtonForm, ForgotForm, LinkCodeForm, LinkForm, LoginForm, ResetForm
from app.accounts.guard import doors_limit, guesses_limit
from app.accounts.models import MailedToken, TokenPurpose
from app.accounts.services import mailed_tokens, sessions
from app.core.clock import now
from app.extensions import db
from app.web.forms import FlaskForm
from app.web.hx import render
from app.web.redirects import wanted_page

bp = Blueprint("accounts", __name__)


@bp.route("/login", methods=["GET", "POST"])
@guesses_limit
def login() -> ResponseReturnValue:
    """Log in by e-mail address or username."""
    if current_user.is_authenticated:
        return redirect(wanted_page(), code=303)
    form = LoginForm()
    if not form.validate_on_submit():
        return _login_page(form, 422 if form.is_submitted() else 200)
    try:
        user = guard.check_password(form.login.data or "", form.password.data or "")
    except (WrongCredentials, ProofWanted) as error:
        form.password.errors = [error.sentence]
        return _login_page(form, 422)
    except TooSoon as error:
        seconds = max(1, math.ceil((error.until - now()).total_seconds()))
        response = _login_page(form, 429, minutes=math.ceil(seconds / 60))
        response.headers["Retry-After"] = str(seconds)
        return response
    return doors.after_password(user, form.remember.data, way=doors.PASSWORD)


def _login_page(form: FlaskForm, status: int, *, minutes: int | None = None) -> Response:
    """The log-in page; ``minutes`` is how long this door stays shut, where it does."""
    puzzle = guard.make_puzzle("login")
    return render("accounts/login.html", None, status, form=form, next=wanted_page(), puzzle=puzzle, minutes=minutes)


@bp.post("/login/link")
@doors_limit
def login_link() -> ResponseReturnValue:
    """Have a link mailed that lets one in: for those without a script, without a password, or who have to wait."""
    form = LinkForm()
    if not form.validate_on_submit():
        return _login_page(LoginForm(), 422)
    mailed_tokens.wish_for_link(
        TokenPurpose.LOG_IN,
        form.login.data or "",
        asked_in=begun.ask_in_this_browser(),
        asked_by=request.user_agent.string,
    )
    db.session.commit()
    return redirect(url_for(".login_sent"), code=303)


@bp.get("/login/sent")
def login_sent() -> ResponseReturnValue:
    """Where to look now, and the code for whoever opens the link elsewhere. The same for everyone."""
    asked_in = begun.asked_in_this_browser()
    response = doors.look_into_mail("login", code=mailed_tokens.code_of(asked_in) if asked_in else None)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.route("/login/link/<token>", methods=["GET", "POST"])
@guesses_limit
def login_by_link(token: str) -> ResponseReturnValue:
    """Come in by a mailed link. It shows a button, because mail programs open links by themselves.

    In another browser than the one that asked, the code is asked for that stands there: whoever comes by the mail
    alone, or was led here by somebody else, has none.
    """
    row = mailed_tokens.peek_token(token, TokenPurpose.LOG_IN, viewer=doors.viewer())
    if mailed_tokens.is_from_elsewhere(row, begun.asked_in_this_browser()):
        form = LinkCodeForm()
        if not form.validate_on_submit():
            return _elsewhere(row, form, 422 if form.is_submitted() else 200)
        try:
            mailed_tokens.take_link_code(token, form.code.data or "")
        except LinkCodeWrong as error:
            db.session.commit()
            form.code.errors = [error.sentence]
            return _elsewhere(row, form, 422)
        except LinkExpired:
            db.session.commit()
            raise
    elif not (button := ButtonForm()).validate_on_submit():
        return render("accounts/link_open.html", form=button, purpose="login")
    return doors.after_password(mailed_tokens.log_in_by_link(token), False, way=doors.MAILED_LINK)


def _elsewhere(row: MailedToken, form: LinkCodeForm, status: int) -> Response:
    """The page of a mailed log-in in another browser than the one that asked for it."""
    asked_at = row.expires_at - mailed_tokens.LIFETIMES[TokenPurpose.LOG_IN]
    return render("accounts/link_elsewhere.html", None, status, form=form, asked_at=asked_at, asked_by=row.asked_by)


@bp.post("/logout")
def logout() -> ResponseReturnValue:
    """Log this browser out."""
    account_session = doors.current_session()
    if account_session is not None:
        sessions.revoke_session(current_user, account_session.id)
        db.session.commit()
    doors.forget_cookie()
    return redirect(doors.HOME, code=303)


@bp.route("/password/forgot", methods=["GET", "POST"])
@doors_limit
def password_forgot() -> ResponseReturnValue:
    """Ask for a link to set a new password. The answer is the same whether the address is known or not."""
    form = ForgotForm()
    if not form.validate_on_submit():
        return _forgot_page(form, 422 if form.is_submitted() else 200)
    try:
        guard.count_visit("reset")
    except ProofWanted as error:
        form.email.errors = [error.sentence]
        return _forgot_page(form, 422)
    mailed_tokens.wish_for_link(TokenPurpose.RESET_PASSWORD, form.email.data or "")
    db.session.commit()
    return redirect(url_for(".password_sent"), code=303)


def _forgot_page(form: FlaskForm, status: int) -> Response:
    puzzle = guard.make_puzzle("reset")
    return render("accounts/password_forgot.html", None, status, form=form, puzzle=puzzle, begun=guard.begun_stamp())


@bp.get("/password/sent")
def password_sent() -> ResponseReturnValue:
    """Where to look now. The same for everyone."""
    return doors.look_into_mail("reset")


@bp.route("/password/reset/<token>", methods=["GET", "POST"])
@doors_limit
def password_reset(token: str) -> ResponseReturnValue:
    """Set a new password by a mailed link. Every browser is logged out."""
    mailed_tokens.peek_token(token, TokenPurpose.RESET_PASSWORD, viewer=doors.viewer())
    form = ResetForm()
    if not form.validate_on_submit():
        return render("accounts/password_reset.html", None, 422 if form.is_submitted() else 200, form=form)
    try:
        mailed_tokens.reset_password(token, form.password.data or "")
    except (PasswordLength, PasswordTooCommon, PasswordPersonal) as error:
        form.password.errors = [error.sentence]
        return render("accounts/password_reset.html", None, 422, form=form)
    db.session.commit()
    doors.forget_cookie()
    flash("Your password is new, and every device is logged out. Log in with it.", "success")
    return redirect(url_for(".login"), code=303)


@bp.app_errorhandler(LinkExpired)
def link_over(_error: LinkExpired) -> ResponseReturnValue:
    """A link that works no more: what it was for, and how to get another."""
    db.session.rollback()
    return _link_page("over", 404)


@bp.app_errorhandler(LinkOfAnother)
def link_of_another(_error: LinkOfAnother) -> ResponseReturnValue:
    """A link for somebody else than who is logged in here."""
    db.session.rollback()
    return _link_page("another", 409)


def _link_page(fault: str, status: int) -> Response:
    response = render("accounts/link_over.html", None, status, fault=fault, door=request.path.strip("/").split("/")[0])
    response.headers["Cache-Control"] = "no-store"
    return response
