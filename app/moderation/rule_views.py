"""The rules, for everyone."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.moderation.rules import rules as the_rules
from app.web.hx import render

bp = Blueprint("moderation_rules", __name__)


@bp.get("/rules")
def rules() -> ResponseReturnValue:
    """What holds here, and what happens to what breaks it."""
    return render("moderation/rules.html", rules=the_rules())
