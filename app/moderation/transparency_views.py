"""What everyone may know: numbers, and notices with what is private blacked out."""

import csv
import io
from collections.abc import Mapping

from flask import Blueprint, Response, jsonify, make_response, request
from flask.typing import ResponseReturnValue

from app.moderation import takedown_queries as queries
from app.moderation.services import takedown_figures
from app.moderation.services.takedown_figures import ALL, GROUPS, MEANINGS, NAMES
from app.moderation.takedown_letters import ROLE_WORDS, STATE_WORDS
from app.moderation.takedown_redaction import thing_words
from app.moderation.takedown_rules import COURT, LIMIT, STRIKE, days
from app.web.hx import render
from app.web.shared import shared

bp = Blueprint("transparency", __name__)


def figures() -> Mapping[str, Mapping[str, int]]:
    """The numbers, read once in a few seconds for everyone."""
    return shared("transparency", takedown_figures.figures)


@bp.get("/transparency")
def figures_show() -> ResponseReturnValue:
    """The numbers by month, and the latest notices."""
    found = figures()
    return render(
        "moderation/transparency.html",
        names=NAMES, groups=GROUPS, meanings=MEANINGS, total=found.get(ALL, {}),
        months={key: row for key, row in found.items() if key != ALL},
        rules=takedown_figures.by_rule(found.get(ALL, {})),
        latest=queries.published_page(cursor=None, size=5).items, court_days=days(COURT), strike_days=days(STRIKE),
        limit=days(LIMIT),
    )  # fmt: skip


@bp.get("/transparency.json")
def figures_json() -> ResponseReturnValue:
    """The numbers for machines."""
    return jsonify({"labels": NAMES, "periods": {key: dict(row) for key, row in figures().items()}})


@bp.get("/transparency.csv")
def figures_csv() -> ResponseReturnValue:
    """The numbers for spreadsheets: a line a period, a column a figure."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["period", *NAMES])
    for period, row in figures().items():
        writer.writerow([period, *(row.get(name, 0) for name in NAMES)])
    response: Response = make_response(out.getvalue())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="transparency.csv"'
    return response


@bp.get("/transparency/notices")
def notice_index() -> ResponseReturnValue:
    """Every published notice, the latest first."""
    page = queries.published_page(cursor=request.args.get("after"))
    return render("moderation/public_notices.html", "moderation/_public_notices.html", page=page)


@bp.get("/transparency/notices/<reference>")
def notice_show(reference: str) -> ResponseReturnValue:
    """One published notice."""
    notice = queries.get_published(reference)
    return render(
        "moderation/public_notice.html",
        notice=notice, things=thing_words(queries.claims_of(notice.id)), words=STATE_WORDS,
        role=ROLE_WORDS[notice.role],
    )  # fmt: skip
