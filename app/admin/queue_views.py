"""The queue: reported things, one case each; taken up, looked at, decided; many at once where they are alike."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.roles import Permission, requires
from app.admin import queue_words
from app.core.errors import DomainError
from app.extensions import db
from app.moderation import queries, wording
from app.moderation.case_states import IN_HAND
from app.moderation.errors import CaseNotFound
from app.moderation.forms import DecisionForm, NoteForm, ReasonsForm
from app.moderation.models import Case, ReportSource
from app.moderation.queries import Dossier, QueueFilter
from app.moderation.refs import RefKind
from app.moderation.rules import rules
from app.moderation.services import cases
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.pagination import PAGE_SIZE, Page, decode_place, encode_place

bp = Blueprint("admin_queue", __name__, url_prefix="/admin/queue")
TABS = (
    ("waiting", "All that waits"), ("free", "Free"), ("mine", "Mine"), ("escalated", "For admins"),
    ("settled", "Settled"),
)  # fmt: skip


@bp.get("")
@requires(Permission.REVIEW)
def case_index() -> ResponseReturnValue:
    """The cases, by what one wants to see of them."""
    wanted = _filter()
    rows = queries.queue_rows(wanted, current_user.id, after=decode_place(request.args.get("after")))
    return render(
        "admin/queue.html", "admin/_queue_rows.html", page=_page(rows), wanted=wanted, tabs_=_tabs(wanted),
        kinds=wording.KINDS, kind_choices=[(kind.value, word.capitalize()) for kind, word in wording.KINDS.items()],
        rule_choices=[(rule.slug, rule.title) for rule in rules()], form=DecisionForm(formdata=None),
        asked=request.args,
    )  # fmt: skip


@bp.post("/next")
@requires(Permission.REVIEW)
@forms_limit
def case_next() -> ResponseReturnValue:
    """Take up what is most severe and oldest, of what one may decide."""
    case = _claim_next()
    db.session.commit()
    return _to_next(case)


@bp.post("/bulk")
@requires(Permission.REVIEW)
@forms_limit
def case_settle_many() -> ResponseReturnValue:
    """Decide, or dismiss, all that were ticked; each gets a statement of its own."""
    form = DecisionForm()
    chosen = request.form.getlist("case")
    back = _here()
    if not chosen or not form.validate():
        flash("Tick the cases first, then say what is to be done and why.", "error")
        return redirect(back, code=303)
    dismisses = request.form.get("act") == "dismiss"
    verdict = None if dismisses else form.verdict()
    done, refused = cases.settle_many(
        chosen, current_user, verdict, lambda case: queue_words.reasons_for(case, form, dismisses=dismisses)
    )
    db.session.commit()
    _tell(done, refused, "settled")
    return redirect(back, code=303)


@bp.get("/<public_id>")
@requires(Permission.REVIEW)
def case_show(public_id: str) -> ResponseReturnValue:
    """Everything that one needs to decide a case."""
    return _show(public_id)


@bp.post("/<public_id>/claim")
@requires(Permission.REVIEW)
@forms_limit
def case_claim(public_id: str) -> ResponseReturnValue:
    """Take a case up, for a quarter of an hour."""
    cases.claim_case(cases.get_case(public_id, lock=True), current_user)
    return _done(public_id)


@bp.post("/<public_id>/release")
@requires(Permission.REVIEW)
@forms_limit
def case_release(public_id: str) -> ResponseReturnValue:
    """Let go of it."""
    cases.release_case(cases.get_case(public_id, lock=True), current_user)
    return _done(public_id, "Anyone can take it up now.")


@bp.post("/<public_id>/escalate")
@requires(Permission.REVIEW)
@forms_limit
def case_escalate(public_id: str) -> ResponseReturnValue:
    """Hand it to the admins."""
    cases.escalate_case(cases.get_case(public_id, lock=True), current_user, ReasonsForm().reasons.data or "")
    return _done(public_id, "An admin looks at it now.")


@bp.post("/<public_id>/notes")
@requires(Permission.REVIEW)
@forms_limit
def note_create(public_id: str) -> ResponseReturnValue:
    """Tell the other moderators something."""
    cases.add_note(cases.get_case(public_id), current_user, NoteForm().body.data or "")
    return _done(public_id)


@bp.post("/<public_id>/decision")
@requires(Permission.REVIEW)
@forms_limit
def case_decide(public_id: str) -> ResponseReturnValue:
    """Settle it; or show what its statement would say, or the words of another rule."""
    case = cases.get_case(public_id, lock=True)
    form, act = DecisionForm(case.kind), request.form.get("act", "decide")
    if act == "words":
        form.reasons.data = queue_words.words_of(form.rule.data, case)
    if act in {"words", "preview"} or not form.validate():
        return _show(public_id, form, preview=act == "preview", status=422 if act == "decide" else 200)
    dismisses = act == "dismiss"
    verdict = None if dismisses else form.verdict()
    try:
        if verdict is None:
            words = queue_words.reasons_for(case, form, dismisses=True, about=case)
            cases.dismiss_case(case, current_user, words, rule=form.rule.data or None)
        else:
            cases.decide_case(case, current_user, verdict)
        done, refused = cases.settle_many(
            request.form.getlist("also"), current_user, replace(verdict, on_person=None) if verdict else None,
            lambda other: queue_words.reasons_for(other, form, dismisses=dismisses, about=case),
        )  # fmt: skip
    except DomainError as error:
        db.session.rollback()
        form.form_errors = [error.sentence]
        return _show(public_id, form, status=error.status)
    following = _claim_next() if "then" in request.form else None
    db.session.commit()
    flash("Dismissed; whoever reported is told." if dismisses else "Decided. The statement is on its way.", "success")
    _tell(done, refused, "settled likewise")
    if "then" in request.form:
        return _to_next(following)
    return redirect(url_for(".case_show", public_id=public_id), code=303)


def _show(
    public_id: str, form: DecisionForm | None = None, *, preview: bool = False, status: int = 200
) -> ResponseReturnValue:
    dossier = queries.dossier_of(public_id)
    if dossier is None:
        raise CaseNotFound
    case = dossier.case
    if form is None:
        form = DecisionForm(case.kind, formdata=None, rule=case.rule_slug or "")
        queue_words.suggest(form, case)
    response = render(
        "admin/case_show.html", None, status, case=case, dossier=dossier, form=form,
        note_form=NoteForm(formdata=None), reasons_form=ReasonsForm(formdata=None), kind=wording.KINDS[case.kind],
        in_hand=case.state in IN_HAND and case.claimed_by_id == current_user.id,
        is_settled=case.closed_at is not None, is_own=case.person_id == current_user.id,
        evidence=_evidence(dossier), preview=queue_words.preview(form, case) if preview else [],
        severities=wording.SEVERITIES,
        rule=next((one for one in rules() if one.slug == case.rule_slug), None), headline=wording.headline,
        conversation=_conversation(dossier), also=set(request.form.getlist("also")),
        start_s=next((one.at_ms // 1000 for one in dossier.reports if one.at_ms is not None), 0),
    )  # fmt: skip
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _evidence(dossier: Dossier) -> list[tuple[str, str, str | None]]:
    """Name, words as they were when they were reported, and what they are now where that differs."""
    was = dossier.reports[0].snapshot if dossier.reports else {}
    now_ = dossier.thing.fields if dossier.thing is not None else {}
    return [
        (name, text, now_.get(name) if now_.get(name) != text else None)
        for name, text in was.items()
        if isinstance(text, str) and (text or now_.get(name))
    ]


def _conversation(dossier: Dossier) -> list[dict[str, str]]:
    """What was said up to a reported message, by whom."""
    said = dossier.reports[0].snapshot.get("conversation", []) if dossier.reports else []
    person = str(dossier.case.person_id)
    return [
        {"who": "Reported" if one.get("sender_id") == person else "Reporter", "body": str(one.get("body", ""))}
        for one in said
    ]


def _to_next(case: Case | None) -> ResponseReturnValue:
    if case is None:
        flash("Nothing more waits for you. What is left is somebody else's, or your own.", "success")
        return redirect(url_for(".case_index"), code=303)
    return redirect(url_for(".case_show", public_id=case.public_id, **{**_walk(), "next": 1}), code=303)


def _claim_next() -> Case | None:
    """What is next of what the address asks for."""
    wanted = _filter()
    return cases.claim_next(current_user, kind=wanted.kind, rule=wanted.rule)


def _walk() -> dict[str, Any]:
    """What somebody who takes one case after the other keeps: the kind and the rule that they work through."""
    return {name: request.args[name] for name in ("kind", "rule", "next") if request.args.get(name)}


def _tell(done: int, refused: dict[str, str], what: str) -> None:
    """Say how many cases were settled, and why the others were not."""
    if done:
        flash(f"{done} {'case is' if done == 1 else 'cases are'} {what}.", "success")
    for sentence, count in Counter(refused.values()).items():
        flash(f"{count} not {what}: {sentence}", "error")


def _done(public_id: str, sentence: str = "") -> ResponseReturnValue:
    db.session.commit()
    if sentence:
        flash(sentence, "success")
    return redirect(url_for(".case_show", public_id=public_id, **_walk()), code=303)


def _filter() -> QueueFilter:
    """What the address asks for; what makes no sense is left out."""
    asked = request.args
    kinds, sources = {one.value for one in RefKind}, {one.value for one in ReportSource}
    hours = asked.get("hours", 0, type=int)
    return QueueFilter(
        state=asked.get("state", "") if asked.get("state") in dict(TABS) else "waiting",
        kind=RefKind(asked["kind"]) if asked.get("kind") in kinds else None,
        rule=asked.get("rule", "") if asked.get("rule") in {rule.slug for rule in rules()} else "",
        source=ReportSource(asked["source"]) if asked.get("source") in sources else None,
        severity=min(4, max(0, asked.get("severity", 0, type=int))),
        older_than=timedelta(hours=min(hours, 10_000)) if hours > 0 else None,
    )


def _page(rows: Any) -> Page[Any]:
    shown = rows[:PAGE_SIZE]
    if len(rows) <= PAGE_SIZE:
        return Page(shown)
    last = shown[-1]
    return Page(shown, _here(after=encode_place(last.severity, last.id)))


def _tabs(wanted: QueueFilter) -> list[tuple[str, str, bool]]:
    tabs = [(_here(state=name), label, name == wanted.state) for name, label in TABS]
    return [*tabs, ("/admin/appeals", "Appeals", False)]


def _here(**changes: str) -> str:
    given = {name: value for name, value in request.args.items() if name != "after"} | changes
    return f"{url_for('.case_index')}?{urlencode(given)}"
