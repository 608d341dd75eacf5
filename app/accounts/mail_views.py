"""The links about one's address: to verify it, to change it, and to take it back."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.accounts import login as doors
from app.accounts.forms import ButtonForm
from app.accounts.guard import doors_limit
from app.accounts.models import TokenPurpose
from app.accounts.services import mailed_tokens
from app.extensions import db
from app.web.hx import render

bp = Blueprint("addresses", __name__, url_prefix="/email")


@bp.route("/verify/<token>", methods=["GET", "POST"])
def email_verify(token: str) -> ResponseReturnValue:
    """Confirm an address. The link shows a button, because mail programs open links by themselves."""
    mailed_tokens.peek_token(token, TokenPurpose.VERIFY_EMAIL, viewer=doors.viewer())
    form = ButtonForm()
    if not form.validate_on_submit():
        return render("accounts/link_open.html", form=form, purpose="verify")
    mailed_tokens.verify_email(token)
    db.session.commit()
    flash("Thank you: this address is yours.", "success")
    return redirect(doors.HOME, code=303)


@bp.route("/change/<token>", methods=["GET", "POST"])
def email_change(token: str) -> ResponseReturnValue:
    """Take a new address by the link that was mailed to it."""
    mailed_tokens.peek_token(token, TokenPurpose.CHANGE_EMAIL, viewer=doors.viewer())
    form = ButtonForm()
    if not form.validate_on_submit():
        return render("accounts/link_open.html", form=form, purpose="change")
    mailed_tokens.change_email(token)
    db.session.commit()
    flash("From now on we write to your new address.", "success")
    return redirect(doors.HOME, code=303)


@bp.route("/undo/<token>", methods=["GET", "POST"])
def email_undo(token: str) -> ResponseReturnValue:
    """Take an address back that somebody changed; then set a new password, because theirs is known to somebody."""
    mailed_tokens.peek_token(token, TokenPurpose.UNDO_EMAIL)
    form = ButtonForm()
    if not form.validate_on_submit():
        return render("accounts/link_open.html", form=form, purpose="undo")
    reset_token = mailed_tokens.undo_email_change(token)
    db.session.commit()
    doors.forget_cookie()
    flash("The account is back at this address, and every device is logged out. Now set a new password.", "success")
    return redirect(url_for("accounts.password_reset", token=reset_token), code=303)


@bp.post("/resend")
@login_required
@doors_limit
def email_resend() -> ResponseReturnValue:
    """Mail the link for verifying the address once more."""
    is_tired = mailed_tokens.is_tired(current_user, TokenPurpose.VERIFY_EMAIL)
    if current_user.email_verified_at is None and not is_tired:
        mailed_tokens.request_mail(current_user, TokenPurpose.VERIFY_EMAIL, email=current_user.email)
        db.session.commit()
    if is_tired:
        flash("We sent several links in the last hour. Look among the unwanted mail, or wait an hour.", "warning")
    else:
        flash(f"A new link is on its way to {current_user.email}.", "success")
    return redirect(url_for("settings.account"), code=303)
