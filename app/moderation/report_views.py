"""Reporting a thing, and what became of one's reports."""

from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.accounts import guard
from app.accounts.login import ask_to_log_in
from app.extensions import db, limiter
from app.moderation import queries
from app.moderation.errors import ReportRefused, ThingNotFound
from app.moderation.forms import OTHER, ReportForm, read_moment
from app.moderation.models import ReportSource
from app.moderation.refs import RefKind, Thing
from app.moderation.services import appeals, reports
from app.moderation.services.reports import Extras
from app.moderation.wording import KINDS
from app.web.hx import go_to, render, wants_fragment
from app.web.limits import forms_limit
from app.web.pagination import PAGE_SIZE, decode_cursor, make_page

bp = Blueprint("reports", __name__)
OF_STRANGERS: Final = frozenset({RefKind.MEDIUM, RefKind.PERSON, RefKind.POST})
"""What people without an account can report."""
MOST_A_DAY: Final = 100


def _who() -> str:
    return f"person:{current_user.id}" if current_user.is_authenticated else str(request.remote_addr)


reports_limit = limiter.shared_limit("30 per hour", scope="reports", key_func=_who, methods=["POST"])


@bp.route("/report/<kind>/<public_id>", methods=["GET", "POST"])
@forms_limit
@reports_limit
def report_create(kind: str, public_id: str) -> ResponseReturnValue:
    """Say that something should be looked at."""
    wanted = _kind(kind)
    if not current_user.is_authenticated and wanted not in OF_STRANGERS:
        asked: ResponseReturnValue = ask_to_log_in()
        return asked
    secret = request.args.get("s")
    thing = queries.find_reportable(wanted, public_id, current_user, secret)
    form = ReportForm(
        wanted, is_stranger=not current_user.is_authenticated, at_s=max(0, request.args.get("t", 0, type=int))
    )
    if form.validate_on_submit() and guard.lets_in("report", form):
        try:
            _file(thing, form)
        except ReportRefused as error:
            db.session.rollback()
            form.form_errors.append(error.sentence)
        else:
            db.session.commit()
            return _sent(thing.url + (f"?s={secret}" if secret else ""))
    is_own = thing.owner_id == current_user.id
    if is_own:
        raise ReportRefused("This is yours. You can change it, or delete it.")
    action, asked_too = request.full_path.rstrip("?"), guard.asked_of_strangers("report")
    if asked_too["puzzle"] and request.method == "GET" and wants_fragment():
        return go_to(action)  # puzzles of services need what only their own page may load
    response = render(
        "moderation/report_create.html", "moderation/_report_sheet.html", 422 if form.is_submitted() else 200,
        form=form, thing=thing, kind=KINDS[wanted], action=action, **asked_too,
    )  # fmt: skip
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _sent(url: str) -> ResponseReturnValue:
    """Say thank you: on the page of the thing, or, where the form was in a dialog, in the corner of the page below."""
    sentence = "Thank you. The moderators look at it, and tell you what becomes of it."
    if not wants_fragment():
        flash(sentence, "success")
        return redirect(url, code=303)
    response = render("moderation/_report_sent.html", None, sentence=sentence)
    response.headers.update({"HX-Retarget": "#toasts", "HX-Reswap": "beforeend", "HX-Trigger": "sheet-done"})
    return response


@bp.get("/settings/reports")
@login_required
def report_index() -> ResponseReturnValue:
    """What one reported, and what became of it."""
    after = decode_cursor(request.args.get("after"))
    page = make_page(
        queries.reports_by(current_user.id, after=after[1] if after else None),
        size=PAGE_SIZE,
        place=lambda row: (row.Report.created_at, row.Report.id),
        url=lambda cursor: url_for(".report_index", after=cursor),
        show=_line,
    )
    return render("moderation/report_index.html", "moderation/_report_rows.html", page=page)


def _line(row: Any) -> dict[str, Any]:
    may_appeal = row.Decision is not None and row.Appeal is None and appeals.is_in_time(row.Decision)
    return {"report": row.Report, "case": row.Case, "dismissal": row.Decision, "appeal": row.Appeal, "may": may_appeal}


def _file(thing: Thing, form: ReportForm) -> None:
    reporter = current_user if current_user.is_authenticated else None
    if reporter is not None and reports.count_recent(reporter.id, within=timedelta(days=1)) >= MOST_A_DAY:
        raise ReportRefused("You reported a lot today. Go on tomorrow; what you sent is in good hands.")
    reports.file_report(
        thing.ref,
        reason=form.reason.data,
        rule=None if form.rule.data == OTHER else form.rule.data,
        note=form.note.data or "",
        reporter=reporter,
        source=ReportSource.PERSON,
        extras=Extras(
            email=(form.email.data or "").strip() if "email" in form else "",
            at_ms=_moment(thing, form.at.data or "") if "at" in form else None,
        ),
    )


def _moment(thing: Thing, written: str) -> int | None:
    at_ms = read_moment(written)
    return min(at_ms, int(thing.row.duration_ms)) if at_ms is not None else None


def _kind(name: str) -> RefKind:
    """The kind with this name.

    Raises:
        ThingNotFound: there is none.
    """
    try:
        return RefKind(name)
    except ValueError:
        raise ThingNotFound from None
