"""One's own data: what one agreed to, how old one says one is, taking everything along."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.accounts.forms import ButtonForm
from app.accounts.services import consents
from app.extensions import db
from app.media import gate
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.onward import onward

bp = Blueprint("data", __name__, url_prefix="/settings/data")


@bp.get("")
@login_required
def data_show() -> ResponseReturnValue:
    """Everything about one's data on one page."""
    return render(
        "rights/settings_data.html",
        form=ButtonForm(),
        consents=consents.list_consents(current_user),
        is_asked=consents.is_asked(current_user),
        age=gate.adult_age(),
    )


@bp.post("/agreement")
@login_required
@forms_limit
def agreement_create() -> ResponseReturnValue:
    """Agree to the terms that hold now."""
    if ButtonForm().validate_on_submit():
        consents.agree_to_texts(current_user)
        db.session.commit()
        flash("Thank you. It is written down below.", "success")
    return redirect(onward(url_for(".data_show")), code=303)


@bp.post("/age/withdrawal")
@login_required
@forms_limit
def age_withdraw() -> ResponseReturnValue:
    """Take back that one is an adult, and be asked again."""
    if ButtonForm().validate_on_submit():
        consents.unsay_adult(current_user)
        db.session.commit()
        flash("What is for adults asks you again.", "success")
    return redirect(url_for(".data_show"), code=303)
