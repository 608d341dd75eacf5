"""Decisions as staff see them: taken back with reasons; appeals against them; an act without a report."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.roles import Permission, requires
from app.core.errors import DomainError
from app.extensions import db
from app.moderation import filter_queries, queries, wording
from app.moderation.errors import DecisionNotFound, ThingNotFound
from app.moderation.forms import AnswerForm, ReasonsForm
from app.moderation.models import Case, ReportSource
from app.moderation.refs import RefKind, find_by_public_id
from app.moderation.services import appeals, cases, decisions, reports
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.pagination import PAGE_SIZE, decode_cursor, make_page

bp = Blueprint("admin_decisions", __name__, url_prefix="/admin")


@bp.post("/cases")
@requires(Permission.REVIEW)
@forms_limit
def case_create() -> ResponseReturnValue:
    """Open the case of a thing that nobody reported, or find the one that is open; and take it up.

    The form says ``kind`` and ``id``: the thing's public id, or the person's username.
    """
    try:
        ref = find_by_public_id(RefKind(request.form.get("kind", "")), request.form.get("id", ""))
    except ValueError:
        ref = None
    if ref is None:
        raise ThingNotFound
    report = reports.file_report(
        ref, reason="staff", rule=None, note=request.form.get("note", ""), source=ReportSource.SYSTEM
    )
    case = db.session.get_one(Case, report.case_id)
    cases.claim_case(case, current_user)
    db.session.commit()
    return redirect(url_for("admin_queue.case_show", public_id=case.public_id), code=303)


@bp.route("/decisions/<public_id>", methods=["GET", "POST"])
@requires(Permission.REVIEW)
@forms_limit
def decision_show(public_id: str) -> ResponseReturnValue:
    """A decision with its reasons; and the form that takes it back."""
    decision = queries.get_decision(public_id)
    form = ReasonsForm()
    if form.validate_on_submit():
        decisions.reverse_decision(decision, current_user, form.reasons.data or "")
        db.session.commit()
        flash("Taken back. Everything is as it was, and they are told.", "success")
        return redirect(url_for(".decision_show", public_id=public_id), code=303)
    response = render(
        "admin/decision_show.html", None, 422 if form.errors else 200,
        decision=decision, form=form, headline=wording.headline(decision), action=wording.ACTIONS[decision.action],
        kind=wording.KINDS[decision.kind], ground=wording.GROUNDS[decision.ground],
        references=filter_queries.references_of([decision.id]).get(decision.id, []),
    )  # fmt: skip
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/appeals")
@requires(Permission.REVIEW)
def appeal_index() -> ResponseReturnValue:
    """Appeals that wait, the oldest first; or those that were answered."""
    waiting = request.args.get("state") != "answered"
    page = make_page(
        queries.appeal_rows(waiting=waiting, after=decode_cursor(request.args.get("after"))),
        size=PAGE_SIZE,
        place=lambda row: (row.Appeal.created_at, row.Appeal.id),
        url=lambda cursor: url_for(".appeal_index", after=cursor, state=request.args.get("state")),
        show=lambda row: {
            "appeal": row.Appeal, "decision": row.Decision, "person": row[2],
            "headline": wording.headline(row.Decision), "is_mine": row.Decision.by_id == current_user.id,
        },
    )  # fmt: skip
    return render("admin/appeals.html", "admin/_appeal_rows.html", page=page, waiting=waiting)


@bp.route("/appeals/<public_id>", methods=["GET", "POST"])
@requires(Permission.REVIEW)
@forms_limit
def appeal_show(public_id: str) -> ResponseReturnValue:
    """An appeal, what it is against, and the answer."""
    appeal = queries.find_appeal(public_id)
    if appeal is None:
        raise DecisionNotFound
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            appeals.answer_appeal(
                appeal, current_user, grant=form.outcome.data == "grant", answer=form.answer.data or ""
            )
        except DomainError as error:
            db.session.rollback()
            form.form_errors = [error.sentence]
            appeal = queries.find_appeal(public_id)
        else:
            db.session.commit()
            flash("Answered. They are told.", "success")
            return redirect(url_for(".appeal_index"), code=303)
    assert appeal is not None  # noqa: S101 - it was found above
    decision = appeal.decision
    response = render(
        "admin/appeal_show.html", None, 422 if form.errors or form.form_errors else 200,
        appeal=appeal, decision=decision, form=form, headline=wording.headline(decision),
        is_mine=decision.by_id == current_user.id, ground=wording.GROUNDS[decision.ground],
        references=filter_queries.references_of([decision.id]).get(decision.id, []),
    )  # fmt: skip
    response.headers["Cache-Control"] = "private, no-store"
    return response
