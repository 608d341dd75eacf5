"""Finding anything on the desk: people, things, cases, decisions, references, by whatever is known of them."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.roles import Permission, may, requires
from app.admin.finding import find_all
from app.web.hx import render

bp = Blueprint("admin_find", __name__, url_prefix="/admin/find")
LONGEST = 500


@bp.get("")
@requires(Permission.CURATE)
def find_show() -> ResponseReturnValue:
    """What fits; where that is one thing alone, it opens at once."""
    words = request.args.get("q", "").replace("\0", "").strip()[:LONGEST]
    found = find_all(words, by_email=may(current_user, Permission.GRANT)) if words else []
    if len(found) == 1 and found[0].is_exact:
        return redirect(found[0].url, code=303)
    return render("admin/find.html", words=words, found=found)
