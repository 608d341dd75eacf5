"""Notices about one's own things: what was taken down and why, agreeing, and the counter-notice."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.extensions import db
from app.moderation import takedown_links as links
from app.moderation import takedown_queries as queries
from app.moderation.services import strikes, takedown_answers
from app.moderation.services.takedown_answers import Counter
from app.moderation.takedown_errors import NothingToAnswer
from app.moderation.takedown_forms import AgreeForm, ButtonForm, CounterForm
from app.moderation.takedown_letters import ROLE_WORDS, STATE_WORDS
from app.moderation.takedown_models import ClockKind
from app.moderation.takedown_rules import COURT, LIMIT, STRIKE, days
from app.moderation.takedown_states import ClaimAct, ClaimState, can
from app.web.hx import render
from app.web.limits import forms_limit

bp = Blueprint("my_takedowns", __name__, url_prefix="/settings/standing/takedowns")


@bp.get("")
@login_required
def notice_index() -> ResponseReturnValue:
    """Everything that was taken down of one's own, and how many strikes that makes."""
    page = queries.concerning(current_user.id, cursor=request.args.get("after"))
    return render(
        "moderation/my_takedowns.html", "moderation/_my_takedowns.html",
        page=page, count=strikes.count_strikes(current_user.id), limit=days(LIMIT), strike_days=days(STRIKE),
        links=links,
    )  # fmt: skip


@bp.get("/<reference>")
@login_required
def notice_show(reference: str) -> ResponseReturnValue:
    """A notice about one's things: all of it but the complainant's address."""
    notice, party = queries.get_party(reference, current_user.id)
    claims = [claim for claim in queries.claims_of(notice.id) if claim.party_id == party.id]
    clocks = {clock.kind: clock for clock in queries.clocks_of(notice.id) if clock.party_id == party.id}
    form = AgreeForm(formdata=None)
    form.claims.choices = [(str(one.id), one.title) for one in claims if can(one.state, ClaimAct.CONCEDE)]
    standing = any(claim.state is ClaimState.STANDING for claim in claims)
    return render(
        "moderation/my_takedown.html",
        notice=notice, party=party, claims=claims, words=STATE_WORDS, role=ROLE_WORDS[notice.role], form=form,
        court_clock=clocks.get(ClockKind.COURT), counter_clock=clocks.get(ClockKind.COUNTER) if standing else None,
        court_days=days(COURT),
    )  # fmt: skip


@bp.post("/<reference>/agree")
@login_required
@forms_limit
def notice_agree(reference: str) -> ResponseReturnValue:
    """Delete one's things that were taken down."""
    queries.get_party(reference, current_user.id)
    chosen = [UUID(one) for one in request.form.getlist("claims") if _is_id(one)]
    if not ButtonForm().validate_on_submit() or not chosen:
        raise NothingToAnswer("Choose what to delete first.")
    takedown_answers.agree(reference, chosen, person=current_user._get_current_object())  # noqa: SLF001 - as its manual has it
    db.session.commit()
    flash("Deleted. The complainant was told.", "success")
    return redirect(links.standing_path(reference), code=303)


@bp.route("/<reference>/counter", methods=["GET", "POST"])
@login_required
@forms_limit
def notice_counter(reference: str) -> ResponseReturnValue:
    """Send a counter-notice."""
    notice, party = queries.get_party(reference, current_user.id)
    claims = [
        claim
        for claim in queries.claims_of(notice.id)
        if claim.party_id == party.id and claim.state is ClaimState.STANDING
    ]
    if not claims:
        raise NothingToAnswer
    form = CounterForm()
    if form.validate_on_submit():
        counter = Counter(
            statement=form.statement.data or "", name=form.name.data or "", address=form.address.data or "",
            signature=form.signature.data or "",
        )  # fmt: skip
        takedown_answers.counter_notice(reference, counter, person=current_user._get_current_object())  # noqa: SLF001 - as its manual has it
        db.session.commit()
        flash("Sent. The complainant was told, and has the time to go to court that the page says.", "success")
        return redirect(links.standing_path(reference), code=303)
    return render(
        "moderation/takedown_counter.html", None, 422 if form.is_submitted() else 200,
        form=form, notice=notice, claims=claims, court_days=days(COURT),
    )  # fmt: skip


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
