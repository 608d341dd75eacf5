"""Saying that one is an adult: members once and for good, strangers for this browser."""

from flask import Blueprint, redirect, session
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.forms import ButtonForm
from app.accounts.login import ADULT
from app.accounts.services import consents
from app.extensions import db
from app.media import gate
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.redirects import wanted_page

bp = Blueprint("age", __name__)


@bp.get("/age")
def age_show() -> ResponseReturnValue:
    """The question by itself: for what is restricted within a list."""
    response = render("site/age.html", age=gate.adult_age(), onward=wanted_page())
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.post("/age")
@forms_limit
def age_create() -> ResponseReturnValue:
    """Say that one is old enough, and go on to where one was."""
    if ButtonForm().validate_on_submit():
        if current_user.is_authenticated:
            consents.say_adult(current_user)
            db.session.commit()
        else:
            session[ADULT] = True
    return redirect(wanted_page(), code=303)
