"""Filters on the desk: rules, their lists, what they would have found; a text to try; whom they do not concern."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts import queries as account_queries
from app.accounts.forms import ButtonForm
from app.accounts.roles import Permission, requires
from app.admin.filter_forms import (
    ACTIONS,
    CATEGORIES,
    KINDS,
    SCREENED,
    ListForm,
    RuleForm,
    StateForm,
    TrustForm,
    TryForm,
)
from app.core.screening import Sample, Screened
from app.extensions import db
from app.moderation import filter_queries, filter_rescans, filter_set
from app.moderation.filter_errors import FilterChanged, FilterInvalid, NeedsConfirmation
from app.moderation.filter_models import FilterRule, FilterState
from app.moderation.matching import TookTooLong
from app.moderation.services import filter_rules, filter_trials, hash_lists
from app.moderation.services.filter_screen import look_through
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.pagination import PAGE_SIZE, decode_cursor, make_page

bp = Blueprint("admin_filters", __name__, url_prefix="/admin/filters")
LABELS = {"kinds": KINDS, "categories": CATEGORIES, "actions": ACTIONS, "screened": SCREENED}


@bp.get("")
@requires(Permission.FILTERS)
def rule_index() -> ResponseReturnValue:
    """Every rule, the newest first."""
    place = decode_cursor(request.args.get("after"))
    page = make_page(
        filter_queries.rule_rows(after=place[1] if place else None, size=PAGE_SIZE),
        size=PAGE_SIZE,
        place=lambda row: (row.FilterRule.created_at, row.FilterRule.id),
        url=lambda cursor: url_for(".rule_index", after=cursor),
        show=lambda row: row,
    )
    return render("admin/filters.html", "admin/_filter_rows.html", page=page, **LABELS)


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.FILTERS)
@forms_limit
def rule_create() -> ResponseReturnValue:
    """Write a rule."""
    form = RuleForm(kind=request.args.get("kind", "words"))
    if form.validate_on_submit():
        try:
            rule = filter_rules.add_rule(form.draft(), by=current_user)
        except FilterInvalid as error:
            db.session.rollback()
            form[error.field].errors = [error.sentence]
        else:
            db.session.commit()
            flash("It is a draft. Try it, then turn it on.", "success")
            return redirect(url_for(".rule_edit", rule_id=rule.id), code=303)
    return render("admin/filter_new.html", None, 422 if form.is_submitted() else 200, form=form)


@bp.route("/<uuid:rule_id>", methods=["GET", "POST"])
@requires(Permission.FILTERS)
@forms_limit
def rule_edit(rule_id: UUID) -> ResponseReturnValue:
    """One rule: what it says, what it did, what it would have found."""
    if not request.form:
        return _page(filter_rules.get_rule(rule_id))
    form = RuleForm()
    form.kind.data = filter_rules.get_rule(rule_id).kind.value
    if not form.validate_on_submit():
        return _page(filter_rules.get_rule(rule_id), form)
    try:
        said = form.version.data or ""
        version = int(said) if said.isdecimal() and len(said) < len("1000000000") else 0
        filter_rules.edit_rule(rule_id, form.draft(), version=version, by=current_user)
    except FilterInvalid as error:
        db.session.rollback()
        form[error.field].errors = [error.sentence]
        return _page(filter_rules.get_rule(rule_id), form)
    except FilterChanged as error:
        db.session.rollback()
        return _page(filter_rules.get_rule(rule_id), problem=error.sentence, status=error.status)
    return _saved(rule_id, "Saved. It is felt within three seconds.")


@bp.post("/<uuid:rule_id>/state")
@requires(Permission.FILTERS)
@forms_limit
def rule_switch(rule_id: UUID) -> ResponseReturnValue:
    """Turn a rule on, off, or to trial."""
    form = StateForm()
    if not form.validate_on_submit():
        return _page(filter_rules.get_rule(rule_id), problem="Pick a state.", status=422)
    try:
        filter_rules.set_state(rule_id, FilterState(form.state.data), by=current_user, is_meant=form.meant.data)
    except (NeedsConfirmation, FilterInvalid) as error:
        db.session.rollback()
        asks = isinstance(error, NeedsConfirmation)
        return _page(filter_rules.get_rule(rule_id), problem=error.sentence, status=error.status, asks=asks)
    return _saved(rule_id, f"It is {STATES[form.state.data]} now.")


STATES = {"draft": "a draft", "trial": "on trial", "live": "live", "off": "off"}


@bp.post("/<uuid:rule_id>/trials")
@requires(Permission.FILTERS)
@forms_limit
def trial_create(rule_id: UUID) -> ResponseReturnValue:
    """Try a rule against the last 30 days."""
    return _asked(filter_trials.ask, rule_id, "It is being tried. Look again in a moment.")


@bp.post("/<uuid:rule_id>/rescans")
@requires(Permission.FILTERS)
@forms_limit
def rescan_create(rule_id: UUID) -> ResponseReturnValue:
    """Look through what is there by a list."""
    return _asked(filter_rescans.ask, rule_id, "What is there is being looked through. Look again in a moment.")


def _asked(ask: Callable[..., object], rule_id: UUID, sentence: str) -> ResponseReturnValue:
    """Have a worker do something with a rule, or say why not."""
    try:
        ask(rule_id, by=current_user)
    except FilterInvalid as error:
        db.session.rollback()
        return _page(filter_rules.get_rule(rule_id), problem=error.sentence, status=422)
    return _saved(rule_id, sentence)


@bp.post("/<uuid:rule_id>/hashes")
@requires(Permission.FILTERS)
@forms_limit
def list_import(rule_id: UUID) -> ResponseReturnValue:
    """Add the hashes of a file to a list."""
    form = ListForm()
    if not form.validate_on_submit():
        return _page(filter_rules.get_rule(rule_id), problem="Choose a file with one hash a line.", status=422)
    try:
        done = hash_lists.import_hashes(rule_id, hash_lists.lines_of_file(form.file.data.stream), by=current_user)
    except FilterInvalid as error:
        db.session.rollback()
        return _page(filter_rules.get_rule(rule_id), problem=error.sentence, status=422)
    said = f"{done.added:,} are new, {done.known:,} were known."
    if done.bad:
        said += f" {done.bad:,} lines were no hashes, the first of them line {done.first_bad:,}."
    return _saved(rule_id, said)


@bp.post("/<uuid:rule_id>/hashes/delete")
@requires(Permission.FILTERS)
@forms_limit
def list_empty(rule_id: UUID) -> ResponseReturnValue:
    """Take every hash out of a list."""
    count = hash_lists.empty_list(rule_id, by=current_user)
    return _saved(rule_id, f"{count:,} hashes are gone. The list is empty.")


@bp.post("/<uuid:rule_id>/delete")
@requires(Permission.FILTERS)
@forms_limit
def rule_delete(rule_id: UUID) -> ResponseReturnValue:
    """Delete a rule; what it found stays on record."""
    filter_rules.delete_rule(rule_id, by=current_user)
    db.session.commit()
    flash("The rule is gone. What it held is still held, and on record.", "success")
    return redirect(url_for(".rule_index"), code=303)


@bp.route("/try", methods=["GET", "POST"])
@requires(Permission.FILTERS)
@forms_limit
def text_try() -> ResponseReturnValue:
    """What the rules that are live or on trial find in a text. Nothing of it is kept."""
    form, finds, problem = TryForm(), None, ""
    if form.validate_on_submit():
        try:
            finds = _found_in(form.text.data or "")
        except TookTooLong:
            problem = "This text took too long to look through. It would be held for new accounts, flagged for others."
    status = 422 if form.is_submitted() and finds is None else 200
    return render("admin/filter_try.html", None, status, form=form, finds=finds, problem=problem, **LABELS)


@bp.route("/trusted", methods=["GET", "POST"])
@requires(Permission.FILTERS)
@forms_limit
def trusted_index() -> ResponseReturnValue:
    """People whom limits for new accounts and looks at first works do not concern."""
    form = TrustForm()
    if form.validate_on_submit():
        person = account_queries.find_person((form.username.data or "").strip().removeprefix("@"))
        if person is not None:
            filter_rules.trust(person, trusted=True, by=current_user)
            db.session.commit()
            flash(f"@{person.username} is trusted.", "success")
            return redirect(url_for(".trusted_index"), code=303)
        form.username.errors = ["There is nobody of this name."]
    place = decode_cursor(request.args.get("after"))
    page = make_page(
        filter_queries.trusted_rows(after=place[0] if place else None, size=PAGE_SIZE),
        size=PAGE_SIZE,
        place=lambda row: (row.created_at, row.id),
        url=lambda cursor: url_for(".trusted_index", after=cursor),
        show=lambda row: row,
    )
    status = 422 if form.is_submitted() else 200
    return render("admin/filter_trusted.html", "admin/_filter_trusted_rows.html", status, form=form, page=page)


@bp.post("/trusted/<uuid:user_id>/delete")
@requires(Permission.FILTERS)
@forms_limit
def trusted_delete(user_id: UUID) -> ResponseReturnValue:
    """Trust somebody no longer."""
    person = account_queries.get_user(user_id)
    filter_rules.trust(person, trusted=False, by=current_user)
    db.session.commit()
    return redirect(url_for(".trusted_index"), code=303)


def _found_in(text: str) -> list[tuple[Any, Any]]:
    rules = filter_set.current()
    finds = look_through(Sample(kind=Screened.COMMENT, author=None, texts={"text": text}), rules.everywhere())
    return [(rules.views[find.rule_id], find) for find in finds if find.rule_id in rules.views]


def _saved(rule_id: UUID, sentence: str) -> ResponseReturnValue:
    db.session.commit()
    flash(sentence, "success")
    return redirect(url_for(".rule_edit", rule_id=rule_id), code=303)


def _page(
    rule: FilterRule, form: RuleForm | None = None, *, problem: str = "", status: int = 200, asks: bool = False
) -> ResponseReturnValue:
    """A rule's page; with a form that was refused, or with what stood in the way."""
    shown = form or RuleForm(
        formdata=None, name=rule.name, kind=rule.kind.value, category=rule.category.value, action=rule.action.value,
        whom=rule.whom.value, applies_to=list(rule.applies_to), terms="\n".join(rule.terms), note=rule.note,
        version=str(rule.version),
    )  # fmt: skip
    return render(
        "admin/filter_edit.html", None, 422 if form is not None else status, rule=rule, form=shown, problem=problem,
        asks=asks, trial=filter_trials.latest(rule.id), share=filter_rules.share_found(rule),
        list_form=ListForm(formdata=None), rescan=filter_rescans.latest(rule.id) if shown.is_list else None,
        state_form=StateForm(formdata=None, state=rule.state.value), button_form=ButtonForm(formdata=None), **LABELS,
    )  # fmt: skip
