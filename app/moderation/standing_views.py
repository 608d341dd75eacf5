"""My standing: what was decided about one, with reasons; and appeals."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.core.errors import DomainError
from app.extensions import db
from app.moderation import filter_queries, guards, queries, wording
from app.moderation.errors import DecisionNotFound
from app.moderation.forms import AppealForm
from app.moderation.models import Appeal, Decision, DecisionAction
from app.moderation.services import appeals
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.pagination import PAGE_SIZE, decode_cursor, make_page

bp = Blueprint("standing", __name__)


@bp.get("/settings/standing")
@login_required
def standing_show() -> ResponseReturnValue:
    """How one stands, and everything that was decided about one."""
    rows = queries.statements_of(current_user.id, after=decode_cursor(request.args.get("after")))
    references = filter_queries.references_of([row.Decision.id for row in rows])
    page = make_page(
        rows,
        size=PAGE_SIZE,
        place=lambda row: (row.Decision.decided_at, row.Decision.id),
        url=lambda cursor: url_for(".standing_show", after=cursor),
        show=lambda row: shown(row.Decision, row.Appeal, references.get(row.Decision.id, [])),
    )
    response = render(
        "moderation/standing_show.html", "moderation/_statements.html", page=page,
        standing=current_user.standing_now.value, may_act=current_user.may_act,
        sentence="" if current_user.may_act else guards.standing_sentence(),
    )  # fmt: skip
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.route("/settings/standing/<public_id>/appeal", methods=["GET", "POST"])
@login_required
@forms_limit
def appeal_create(public_id: str) -> ResponseReturnValue:
    """Ask somebody else to look at a decision."""
    decision = queries.get_decision(public_id)
    if not appeals.concerns(decision, current_user):
        raise DecisionNotFound
    is_report = decision.action is DecisionAction.DISMISS
    back = "/settings/reports" if is_report else "/settings/standing"
    form = AppealForm()
    if form.validate_on_submit():
        try:
            appeals.file_appeal(decision, current_user, form.words.data or "")
        except DomainError as error:
            db.session.rollback()
            flash(error.sentence, "error")
        else:
            db.session.commit()
            flash("Your appeal is here. Somebody else looks at it, and you hear from us.", "success")
        return redirect(back, code=303)
    return render(
        "moderation/appeal_create.html", None, 422 if form.is_submitted() else 200,
        form=form, statement=shown(decision, None, _references_of(decision)), back=back, is_report=is_report,
    )  # fmt: skip


def _references_of(decision: Decision) -> list[str]:
    return filter_queries.references_of([decision.id]).get(decision.id, [])


def shown(decision: Decision, appeal: Appeal | None, references: Sequence[str] = ()) -> dict[str, Any]:
    """A statement of reasons as pages show it; ``references`` are of what a filter found."""
    return {
        "decision": decision,
        "appeal": appeal,
        "headline": wording.headline(decision),
        "means": wording.means(decision.action),
        "ground": wording.GROUNDS[decision.ground],
        "how": wording.how_decided(decision),
        "references": references,
        "kind": wording.KINDS[decision.kind],
        "may_appeal": appeal is None and appeals.is_in_time(decision),
        "appeal_until": decision.decided_at + appeals.appeal_time(),
    }
