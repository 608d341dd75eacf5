"""Sign up, log in, log out, and the links that come by mail."""

from flask import Blueprint, Response, current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.accounts import login as doors
from app.accounts.errors import (
    EmailTaken,
    PasswordLength,
    PasswordTooCommon,
    UsernameInvalid,
    UsernameTaken,
    WrongCredentials,
)
from app.accounts.forms import ButtonForm, ForgotForm, LoginForm, ResetForm, SignupForm
from app.accounts.models import TokenPurpose
from app.accounts.services import mailed_tokens, sessions, sign_up
from app.extensions import db, limiter
from app.web.hx import render

bp = Blueprint("accounts", __name__)


def login_budget() -> str:
    """How often one address may try to log in, sign up or reset."""
    return str(current_app.config["SETTINGS"].login_limit)


def was_refused(response: Response) -> bool:
    """Whether a door stayed shut: whoever logs in again and again with the right password is no guesser."""
    return response.status_code != 303


doors_limit = limiter.shared_limit(login_budget, scope="doors", methods=["POST"])
guesses_limit = limiter.shared_limit(login_budget, scope="doors", methods=["POST"], deduct_when=was_refused)


@bp.route("/signup", methods=["GET", "POST"])
@doors_limit
def signup() -> ResponseReturnValue:
    """Make an account, and be logged in with it."""
    if current_user.is_authenticated:
        return redirect(doors.HOME, code=303)
    form = SignupForm()
    minimum_age = current_app.config["SETTINGS"].minimum_age
    if not form.validate_on_submit():
        return render(
            "accounts/signup.html", None, 422 if form.is_submitted() else 200, form=form, minimum_age=minimum_age
        )
    if minimum_age and not form.old_enough.data:
        form.old_enough.errors = [f"This place is for people of {minimum_age} years or more."]
        return render("accounts/signup.html", None, 422, form=form, minimum_age=minimum_age)
    try:
        user = sign_up.sign_up(
            username=form.username.data or "", email=form.email.data or "", password=form.password.data or ""
        )
    except (UsernameInvalid, UsernameTaken) as error:
        form.username.errors = [error.sentence]
    except EmailTaken as error:
        form.email.errors = [error.sentence]
    except (PasswordLength, PasswordTooCommon) as error:
        form.password.errors = [error.sentence]
    else:
        doors.log_in(user, remembered=False)
        db.session.commit()
        flash("Welcome. We sent you a mail to make sure that the address is yours.", "success")
        return redirect(doors.wanted_page(), code=303)
    db.session.rollback()
    return render("accounts/signup.html", None, 422, form=form, minimum_age=minimum_age)


@bp.route("/login", methods=["GET", "POST"])
@guesses_limit
def login() -> ResponseReturnValue:
    """Log in by e-mail address or username."""
    if current_user.is_authenticated:
        return redirect(doors.wanted_page(), code=303)
    form = LoginForm()
    if not form.validate_on_submit():
        return render(
            "accounts/login.html", None, 422 if form.is_submitted() else 200, form=form, next=doors.wanted_page()
        )
    try:
        user = sessions.authenticate(form.login.data or "", form.password.data or "")
    except WrongCredentials as error:
        form.password.errors = [error.sentence]
        return render("accounts/login.html", None, 422, form=form, next=doors.wanted_page())
    return doors.after_password(user, form.remember.data)


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
    sent = False
    if form.validate_on_submit():
        user = mailed_tokens.find_by_email(form.email.data or "")
        if user is not None:
            mailed_tokens.request_mail(user, TokenPurpose.RESET_PASSWORD, email=user.email)
            db.session.commit()
        sent = True
    status = 422 if form.is_submitted() and not sent else 200
    return render("accounts/password_forgot.html", None, status, form=form, sent=sent)


@bp.route("/password/reset/<token>", methods=["GET", "POST"])
@doors_limit
def password_reset(token: str) -> ResponseReturnValue:
    """Set a new password by a mailed link. Every browser is logged out."""
    mailed_tokens.peek_token(token, TokenPurpose.RESET_PASSWORD)
    form = ResetForm()
    if not form.validate_on_submit():
        return render("accounts/password_reset.html", None, 422 if form.is_submitted() else 200, form=form, token=token)
    try:
        mailed_tokens.reset_password(token, form.password.data or "")
    except (PasswordLength, PasswordTooCommon) as error:
        form.password.errors = [error.sentence]
        return render("accounts/password_reset.html", None, 422, form=form, token=token)
    db.session.commit()
    doors.forget_cookie()
    flash("Your password is new, and every device is logged out. Log in with it.", "success")
    return redirect(url_for(".login"), code=303)


@bp.route("/email/verify/<token>", methods=["GET", "POST"])
def email_verify(token: str) -> ResponseReturnValue:
    """Confirm an address. The link shows a button, because mail programs open links by themselves."""
    mailed_tokens.peek_token(token, TokenPurpose.VERIFY_EMAIL)
    form = ButtonForm()
    if not form.validate_on_submit():
        return render("accounts/email_verify.html", form=form, token=token, purpose="verify")
    mailed_tokens.verify_email(token)
    db.session.commit()
    flash("Thank you: this address is yours.", "success")
    return redirect(doors.HOME, code=303)


@bp.route("/email/change/<token>", methods=["GET", "POST"])
def email_change(token: str) -> ResponseReturnValue:
    """Take a new address by the link that was mailed to it."""
    mailed_tokens.peek_token(token, TokenPurpose.CHANGE_EMAIL)
    form = ButtonForm()
    if not form.validate_on_submit():
        return render("accounts/email_verify.html", form=form, token=token, purpose="change")
    mailed_tokens.change_email(token)
    db.session.commit()
    flash("From now on we write to your new address.", "success")
    return redirect(doors.HOME, code=303)


@bp.post("/email/resend")
@login_required
@doors_limit
def email_resend() -> ResponseReturnValue:
    """Mail the link for verifying the address once more."""
    if current_user.email_verified_at is None:
        mailed_tokens.request_mail(current_user, TokenPurpose.VERIFY_EMAIL, email=current_user.email)
        db.session.commit()
    flash(f"A new link is on its way to {current_user.email}.", "success")
    return redirect(url_for("settings.account"), code=303)
