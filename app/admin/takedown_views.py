"""The moderators' pages of notices about rights: the list by clock, a notice and all that is done with it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import User
from app.accounts.roles import Permission, requires
from app.core.errors import NotFound
from app.extensions import db
from app.moderation import takedown_links as links
from app.moderation import takedown_queries as queries
from app.moderation.services import strikes, takedown_decisions, takedown_merging, takedown_publishing
from app.moderation.services.takedown_decisions import Verdict
from app.moderation.takedown_addresses import lines_of
from app.moderation.takedown_checks import check_notice
from app.moderation.takedown_errors import NothingChosen, NoticeRefused
from app.moderation.takedown_forms import LONGEST, ButtonForm, tidy
from app.moderation.takedown_letters import ROLE_WORDS, STATE_WORDS
from app.moderation.takedown_models import ClockKind
from app.moderation.takedown_rules import LIMIT, days
from app.moderation.takedown_states import NOTICE_MOVES, ClaimAct, ClaimState, NoticeAct, can
from app.web.hx import render
from app.web.limits import forms_limit

bp = Blueprint("admin_takedowns", __name__, url_prefix="/admin/takedowns")
MOST_DAYS = 60
MOST_REDACTIONS = 200
ENDS = {
    ClaimAct.SETTLE: "The two agreed: restore it",
    ClaimAct.RESTORE: "A court decided for the owner: restore it",
    ClaimAct.UPHOLD: "A court decided for the complainant: it stays down",
    ClaimAct.REFUSE: "The notice was wrong: restore it",
}
"""What can become of something that stands, as the page offers it."""


@bp.get("")
@requires(Permission.TAKEDOWNS)
def notice_index() -> ResponseReturnValue:
    """Notices: what is to be done by its clock, the others the newest first."""
    shown = request.args.get("show", "open")
    if shown not in queries.FILTERS:
        raise NotFound
    words = (tidy(request.args.get("q")) or "")[:200]
    page = queries.desk_page(shown, words=words, cursor=request.args.get("after"))
    return render(
        "admin/takedowns.html", "admin/_takedowns.html",
        page=page, shown=shown, filters=queries.FILTERS, words=words, links=links,
    )  # fmt: skip


@bp.get("/repeat")
@requires(Permission.TAKEDOWNS)
def repeat_index() -> ResponseReturnValue:
    """People with as many strikes as one may have, about whom somebody is to decide."""
    page = queries.repeat_page(cursor=request.args.get("after"))
    return render("admin/takedown_repeat.html", "admin/_takedown_repeat.html", page=page, limit=days(LIMIT))


@bp.post("/repeat/<uuid:infringement_id>")
@requires(Permission.TAKEDOWNS)
@forms_limit
def repeat_decide(infringement_id: UUID) -> ResponseReturnValue:
    """Suspend somebody, or spare them."""
    reasons = _said("reasons")
    if not ButtonForm().validate_on_submit() or not reasons:
        raise NoticeRefused("reasons", "Say why: they read it.")
    if request.form.get("act") == "suspend":
        strikes.confirm_suspension(infringement_id, by=_me(), reasons=reasons)
        flash("Suspended. They were told, with your reasons.", "success")
    else:
        strikes.spare(infringement_id, by=_me(), reasons=reasons)
        flash("Spared. The next strike brings them back here.", "success")
    db.session.commit()
    return redirect("/admin/takedowns/repeat", code=303)


@bp.get("/<reference>")
@requires(Permission.TAKEDOWNS)
def notice_show(reference: str) -> ResponseReturnValue:
    """A notice with all that one needs to decide about it."""
    notice = queries.get_notice(reference)
    rows = queries.desk_claims_of(notice.id)
    claims = [row.claim for row in rows]
    people = {claim.party.person_id: claim.party.person for claim in claims if claim.party.person is not None}
    return render(
        "admin/takedown_show.html",
        notice=notice, claims=claims, words=STATE_WORDS, role=ROLE_WORDS[notice.role], links=links,
        checks=check_notice(notice, held_already=sum(row.is_held for row in rows)),
        waiting=[claim for claim in claims if claim.state is ClaimState.WAITING],
        running=[claim for claim in claims if can(claim.state, ClaimAct.SETTLE)], ends=ENDS,
        beside=queries.beside(notice),
        strikes={row.claim.party.person_id: row.strikes for row in rows},
        acts=set(NOTICE_MOVES[notice.state]), act_names=NoticeAct,
        preview=takedown_publishing.preview(notice, list(people.values())) if notice.decided_at is not None else None,
    )  # fmt: skip


@bp.post("/<reference>/decide")
@requires(Permission.TAKEDOWNS)
@forms_limit
def notice_decide(reference: str) -> ResponseReturnValue:
    """Accept or refuse each thing; what is left at “later” waits on, unless the choice for all says otherwise."""
    for_all, reasons_for_all = request.form.get("all", ""), _said("all_reasons")
    verdicts = {}
    for claim in queries.claims_of(queries.get_notice(reference).id):
        if claim.state is not ClaimState.WAITING:
            continue
        choice = request.form.get(f"verdict-{claim.id}") or for_all
        if choice in {"accept", "refuse"}:
            reasons = _said(f"reasons-{claim.id}") or reasons_for_all
            verdicts[claim.id] = Verdict(accept=choice == "accept", reasons=reasons)
    return _do(
        reference, lambda: takedown_decisions.decide_claims(reference, verdicts, by=_me()),
        "Decided. Everyone concerned was told.",
    )  # fmt: skip


@bp.post("/<reference>/ask")
@requires(Permission.TAKEDOWNS)
@forms_limit
def notice_ask(reference: str) -> ResponseReturnValue:
    """Ask the complainant for more."""
    words = _needed("words", "Say what is missing.")
    return _do(
        reference,
        lambda: takedown_decisions.ask_for_more(reference, words=words, by=_me()),
        "The complainant was asked.",
    )


@bp.post("/<reference>/note")
@requires(Permission.TAKEDOWNS)
@forms_limit
def notice_note(reference: str) -> ResponseReturnValue:
    """Leave a note for the other moderators."""
    words = _needed("words", "Write a note first.")
    return _do(reference, lambda: takedown_decisions.add_note(reference, words=words, by=_me()), "Noted.")


@bp.post("/<reference>/end")
@requires(Permission.TAKEDOWNS)
@forms_limit
def notice_end(reference: str) -> ResponseReturnValue:
    """End what stands: the two agreed, a court decided, or it was wrong."""
    act = request.form.get("act", "")
    if act not in set(ClaimAct):
        raise NothingChosen
    reasons = _said("reasons")
    return _do(
        reference,
        lambda: takedown_decisions.end_claims(
            reference, _ids("claims"), ClaimAct(act), by=_me(), reasons=reasons
        ),
        "Done. Both sides were told.",
    )  # fmt: skip


@bp.post("/<reference>/extend")
@requires(Permission.TAKEDOWNS)
@forms_limit
def notice_extend(reference: str) -> ResponseReturnValue:
    """Give somebody more time."""
    more = request.form.get("days", 0, type=int)
    kind, _, party = request.form.get("clock", "").partition(":")
    if not 1 <= more <= MOST_DAYS or kind not in set(ClockKind):
        raise NoticeRefused("days", f"Between 1 and {MOST_DAYS} days.")
    party_id = _id(party) if party else None
    reasons = _needed("reasons", "Say why: both sides read it.")
    return _do(
        reference,
        lambda: takedown_decisions.extend_clock(
            reference, ClockKind(kind), more_days=more, by=_me(), reasons=reasons, party_id=party_id
        ),
        "More time was given. Those concerned were told.",
    )  # fmt: skip


@bp.post("/<reference>/merge")
@requires(Permission.TAKEDOWNS)
@forms_limit
def notice_merge(reference: str) -> ResponseReturnValue:
    """Make it a part of an earlier one that says the same."""
    into = (tidy(request.form.get("into")) or "").upper()[:40]
    return _do(reference, lambda: takedown_merging.merge_notices(reference, into, by=_me()), f"Merged into {into}.")


@bp.post("/<reference>/complainant")
@requires(Permission.TAKEDOWNS)
@forms_limit
def complainant_flag(reference: str) -> ResponseReturnValue:
    """Say that the complainant abuses notices, or take that back."""
    flagged, reasons = request.form.get("act") == "flag", _said("reasons")
    return _do(
        reference,
        lambda: takedown_decisions.flag_complainant(reference, flagged=flagged, reasons=reasons, by=_me()),
        "Noted. Their notices are not hurried any more." if flagged else "The mark is gone.",
    )


@bp.post("/<reference>/redactions")
@requires(Permission.TAKEDOWNS)
@forms_limit
def notice_redact(reference: str) -> ResponseReturnValue:
    """Say which further words are blacked out in public."""
    words = [line[:300] for line in lines_of(_said("words"))][:MOST_REDACTIONS]
    return _do(reference, lambda: takedown_publishing.redact(reference, words, by=_me()), "Blacked out. Look below.")


@bp.post("/<reference>/publication")
@requires(Permission.TAKEDOWNS)
@forms_limit
def notice_publish(reference: str) -> ResponseReturnValue:
    """Publish it now, or keep it back."""
    kept_back = request.form.get("act") != "publish"
    return _do(
        reference, lambda: takedown_publishing.set_publication(reference, kept_back=kept_back, by=_me()),
        "Kept from the public." if kept_back else "Published.",
    )  # fmt: skip


def _do(reference: str, service: Callable[[], Any], done: str) -> ResponseReturnValue:
    """Do it, commit, and lead back to the notice; the frame of every act on this page."""
    if not ButtonForm().validate_on_submit():
        raise NoticeRefused("csrf_token", "This form is too old. Load the page again, then send it once more.")
    service()
    db.session.commit()
    flash(done, "success")
    return redirect(links.desk_path(reference), code=303)


def _me() -> User:
    me: User = current_user._get_current_object()  # noqa: SLF001 - as its manual has it
    return me


def _said(name: str) -> str:
    """What a field of the form says, tidied and bounded."""
    return (tidy(request.form.get(name, "")[: 4 * LONGEST]) or "")[:LONGEST]


def _needed(name: str, missing: str) -> str:
    said = _said(name)
    if not said:
        raise NoticeRefused(name, missing)
    return said


def _ids(name: str) -> list[UUID]:
    return [_id(one) for one in request.form.getlist(name)]


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NothingChosen from None
