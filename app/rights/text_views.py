"""The house's texts, and what it does with wishes not to be followed."""

from flask import Blueprint, jsonify, send_file
from flask.typing import ResponseReturnValue

from app.accounts.consent_models import TextKind
from app.accounts.services import consents
from app.core.errors import NotFound
from app.rights import retention
from app.rights.archive import SCHEMA
from app.web.front_pages import remembered
from app.web.hx import render

bp = Blueprint("texts", __name__)


@bp.get("/terms")
@remembered
def terms() -> ResponseReturnValue:
    """The terms that hold now."""
    return render("rights/text.html", words=consents.current(TextKind.TERMS), title="Terms")


@bp.get("/privacy")
@remembered
def privacy() -> ResponseReturnValue:
    """How data is treated: the notice, how long each kind of thing is kept today, what Sec-GPC changes."""
    words = consents.current(TextKind.PRIVACY)
    return render("rights/text.html", words=words, title="Privacy", spans=retention.spans())


@bp.get("/<any(terms, privacy):kind>/<int:number>")
def version(kind: str, number: int) -> ResponseReturnValue:
    """A version that somebody agreed to."""
    words = consents.find_version(TextKind(kind), number) if 0 < number < 1_000_000 else None
    if words is None:
        raise NotFound
    return render("rights/text.html", words=words, title=kind.capitalize())


@bp.get("/settings/data/schema.json")
def schema() -> ResponseReturnValue:
    """What ``soundstage.json`` of an archive looks like, as a JSON Schema."""
    return send_file(SCHEMA, mimetype="application/schema+json")


@bp.get("/.well-known/gpc.json")
def gpc() -> ResponseReturnValue:
    """That Global Privacy Control is obeyed (globalprivacycontrol.org)."""
    return jsonify(gpc=True, lastUpdate="2026-11-21")
