"""Reporting messages, and the choice of who may write."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.accounts.models import WhoMayWrite
from app.extensions import db
from app.messaging import conversation_queries as queries
from app.messaging import threads
from app.messaging.message_forms import ReportForm, WhoMayWriteForm
from app.messaging.models import ReportReason
from app.messaging.services import reports
from app.web.hx import render
from app.web.limits import forms_limit

bp = Blueprint("message_reports", __name__)


@bp.route("/messages/<talk_id>/report", methods=["GET", "POST"])
@login_required
@forms_limit
def report_create(talk_id: str) -> ResponseReturnValue:
    """Ask the moderators to look at a conversation, or at one message with what came before it."""
    side = queries.get_side(current_user.id, talk_id)
    number = request.args.get("message", type=int)
    form = ReportForm()
    if form.validate_on_submit():
        up_to = min(number, 2**31 - 2) if number else None
        reports.report(side, ReportReason(form.reason.data), form.note.data or "", up_to=up_to)
        db.session.commit()
        flash("Thank you. The moderators have what was written, even if it is deleted now.", "success")
        return redirect(threads.thread_url(talk_id), code=303)
    return render(
        "messaging/report_create.html", None, 422 if form.is_submitted() else 200,
        form=form, other=threads.correspondent(side.other), back=threads.thread_url(talk_id), number=number,
    )  # fmt: skip


@bp.route("/settings/messages", methods=["GET", "POST"])
@login_required
@forms_limit
def settings() -> ResponseReturnValue:
    """Who may begin a conversation with one."""
    form = WhoMayWriteForm(who_may_write=current_user.who_may_write.value)
    if not form.validate_on_submit():
        return render("messaging/settings_messages.html", None, 422 if form.is_submitted() else 200, form=form)
    current_user.who_may_write = WhoMayWrite(form.who_may_write.data)
    db.session.commit()
    flash("Saved.", "success")
    return redirect(url_for(".settings"), code=303)
