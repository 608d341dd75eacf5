"""The way onto the desk."""

from flask import Blueprint, abort, redirect
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.login import ask_to_log_in
from app.accounts.roles import lacks_factor, lead_to_factor
from app.admin import desk

bp = Blueprint("admin", __name__, url_prefix="/admin")


@bp.get("/")
@bp.get("", strict_slashes=False)
def desk_show() -> ResponseReturnValue:
    """To the first page of the desk that one may open: the numbers for operators, the queue for moderators."""
    if not current_user.is_authenticated:
        asked: ResponseReturnValue = ask_to_log_in()
        return asked
    if lacks_factor(current_user):
        return lead_to_factor()
    places = desk.places()
    if not places and lacks_factor(current_user):
        return lead_to_factor()
    if not places:
        abort(404)
    return redirect(places[0].url, code=303)
