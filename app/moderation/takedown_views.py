"""Notices about rights, for anyone: the form, its confirmation, and the page by which a complainant follows one."""

from uuid import UUID

from flask import Blueprint, Response, current_app, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import guard
from app.extensions import db
from app.moderation import takedown_links as links
from app.moderation import takedown_queries as queries
from app.moderation.services import takedown_answers, takedown_intake
from app.moderation.services.takedown_intake import Draft
from app.moderation.takedown_addresses import lines_of
from app.moderation.takedown_errors import NoticeNotFound, NoticeRefused
from app.moderation.takedown_forms import AnswerForm, ButtonForm, CourtForm, NoticeForm, one_line
from app.moderation.takedown_letters import STATE_WORDS
from app.moderation.takedown_models import ClockKind, ComplainantRole, EntryKind, TakedownNotice
from app.moderation.takedown_rules import COURT, DECIDE, days
from app.moderation.takedown_states import NOTICE_MOVES, ClaimState, NoticeAct, NoticeState
from app.web.hx import render
from app.web.limits import forms_limit

bp = Blueprint("takedowns", __name__, url_prefix="/takedown")
MOST_PROOFS = 20
LONGEST_ADDRESS = 2000
TOLD = {EntryKind.ASKED, EntryKind.ANSWERED, EntryKind.EXTENDED, EntryKind.SUED}
"""Lines of the story that the complainant reads, too."""


@bp.after_request
def keep_secret(response: Response) -> Response:
    """Addresses with a key in them go to nobody else: not to caches, not to search engines, not to other sites."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    if request.view_args:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.route("", methods=["GET", "POST"])
@forms_limit
def notice_create() -> ResponseReturnValue:
    """Send a notice."""
    form = NoticeForm() if request.method == "POST" else NoticeForm.fresh(**_known())
    if form.validate_on_submit() and guard.lets_in("notice", form):
        notice = _file(form)
        if notice is not None:
            return redirect(_after(notice), code=303)
    return render(
        "moderation/takedown_create.html", None, 422 if form.is_submitted() else 200,
        form=form, decide_days=days(DECIDE), court_days=days(COURT),
        **guard.asked_of_strangers("notice"),
    )  # fmt: skip


@bp.get("/sent")
def notice_sent() -> ResponseReturnValue:
    """What comes next, for someone whose address is to be confirmed. Says nothing about any notice."""
    return render("moderation/takedown_sent.html")


@bp.route("/confirm/<token>", methods=["GET", "POST"])
@forms_limit
def notice_confirm(token: str) -> ResponseReturnValue:
    """Show that the address is one's own. Opening the page does nothing: mail programs open links by themselves."""
    notice = queries.get_notice(links.read_confirm(token) or "-")
    if ButtonForm().validate_on_submit():
        notice = takedown_intake.confirm_notice(notice.reference)
        db.session.commit()
        flash("Confirmed. This page is yours alone: keep its address, or the mail that we sent.", "success")
        return redirect(links.status_path(notice.reference), code=303)
    if notice.confirmed_at is not None:
        return redirect(links.status_path(notice.reference), code=303)
    return render("moderation/takedown_confirm.html", notice=notice, over=notice.state is not NoticeState.UNCONFIRMED)


@bp.get("/notices/<token>")
def notice_show(token: str) -> ResponseReturnValue:
    """How far a notice has come, for whoever has its address."""
    return _page(_notice(token), token, answer_form=AnswerForm(), court_form=CourtForm())


@bp.post("/notices/<token>/answer")
@forms_limit
def notice_answer(token: str) -> ResponseReturnValue:
    """Say what was asked for."""
    notice, form = _notice(token), AnswerForm()
    if not form.validate_on_submit():
        return _page(notice, token, answer_form=form, court_form=CourtForm(formdata=None))
    takedown_intake.answer_question(notice.reference, words=form.words.data or "")
    db.session.commit()
    flash("Thank you. The notice is back with the moderators.", "success")
    return redirect(links.status_path(notice.reference), code=303)


@bp.post("/notices/<token>/court/<uuid:party_id>")
@forms_limit
def notice_court(token: str, party_id: UUID) -> ResponseReturnValue:
    """Say that one went to court about what was countered."""
    notice, form = _notice(token), CourtForm()
    if not form.validate_on_submit():
        return _page(notice, token, answer_form=AnswerForm(formdata=None), court_form=form)
    takedown_answers.go_to_court(notice.reference, party_id, court=form.court.data or "")
    db.session.commit()
    flash("Noted. It stays down until the court has decided.", "success")
    return redirect(links.status_path(notice.reference), code=303)


@bp.route("/notices/<token>/withdraw", methods=["GET", "POST"])
@forms_limit
def notice_withdraw(token: str) -> ResponseReturnValue:
    """Take a notice back, after a page that says what follows."""
    notice = _notice(token)
    if ButtonForm().validate_on_submit():
        takedown_intake.withdraw_notice(notice.reference)
        db.session.commit()
        flash("Withdrawn. What it had taken down is back.", "success")
        return redirect(links.status_path(notice.reference), code=303)
    return render("moderation/takedown_withdraw.html", notice=notice, back=links.status_path(notice.reference))


def _known() -> dict[str, str]:
    """What the form need not ask a member."""
    if not current_user.is_authenticated:
        return {}
    return {"email": current_user.email}


def _file(form: NoticeForm) -> TakedownNotice | None:
    """Send what the form holds; None where it is refused, which the form then says."""
    draft = Draft(
        name=form.name.data or "", organisation=form.organisation.data or "", role=ComplainantRole(form.role.data),
        email=form.email.data or "", postal_address=form.postal_address.data or "", works=form.works.data or "",
        addresses=[(one_line(line) or "")[:LONGEST_ADDRESS] for line in lines_of(form.addresses.data or "")],
        explanation=form.explanation.data or "",
        proofs=[(one_line(line) or "")[:LONGEST_ADDRESS] for line in lines_of(form.proofs.data or "")][:MOST_PROOFS],
        signature=form.signature.data or "", sending=form.sending.data or "",
    )  # fmt: skip
    sender = current_user._get_current_object() if current_user.is_authenticated else None  # noqa: SLF001 - as its manual has it
    try:
        notice = takedown_intake.file_notice(draft, sender=sender, public_url=current_app.config["SETTINGS"].public_url)
    except NoticeRefused as refused:
        db.session.rollback()
        form[refused.field].errors = [refused.sentence]
        return None
    db.session.commit()
    return notice


def _after(notice: TakedownNotice) -> str:
    """A member's notice counts at once; a stranger's page is told by mail alone."""
    if notice.state is NoticeState.UNCONFIRMED:
        return "/takedown/sent"
    flash("We have your notice. This page is yours alone: keep its address, or the mail that we sent.", "success")
    return links.status_path(notice.reference)


def _notice(token: str) -> TakedownNotice:
    reference = links.read_status(token)
    if reference is None:
        raise NoticeNotFound
    return queries.get_notice(reference)


def _page(notice: TakedownNotice, token: str, *, answer_form: AnswerForm, court_form: CourtForm) -> ResponseReturnValue:
    claims = queries.claims_of(notice.id)
    courts = {clock.party_id: clock for clock in queries.clocks_of(notice.id) if clock.kind is ClockKind.COURT}
    countered = {claim.party_id: claim.party for claim in claims if claim.state is ClaimState.COUNTERED}
    wrong = bool(answer_form.errors or court_form.errors)
    return render(
        "moderation/takedown_show.html", None, 422 if wrong else 200,
        notice=notice, claims=claims, words=STATE_WORDS, token=token, answer_form=answer_form, court_form=court_form,
        story=[row for row in queries.entries_of(notice.id) if row.TakedownEntry.kind in TOLD],
        countered=[(party, courts[party_id]) for party_id, party in countered.items() if party_id in courts],
        can_answer=notice.state is NoticeState.ASKED, can_withdraw=NoticeAct.WITHDRAW in NOTICE_MOVES[notice.state],
    )  # fmt: skip
