"""The rules of the house, as operators word them: list, new, edit, order, retire."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.forms import ButtonForm
from app.accounts.roles import Permission, requires
from app.admin.rule_forms import RuleForm
from app.core.errors import DomainError
from app.extensions import db
from app.moderation import wording
from app.moderation.models import Rule
from app.moderation.refs import RefKind
from app.moderation.rules import fill_in
from app.moderation.services import rule_keeping
from app.moderation.services.rule_keeping import RuleRefused, RuleTaken
from app.web.hx import render
from app.web.limits import forms_limit

bp = Blueprint("admin_rules", __name__, url_prefix="/admin/rules")
EXAMPLE = "A song by the harbour"


@bp.get("")
@requires(Permission.OPERATE)
def rule_index() -> ResponseReturnValue:
    """The rules in their order, the retired ones below."""
    everything = rule_keeping.list_all()
    return render(
        "admin/rules.html",
        holding=[rule for rule in everything if rule.active], retired=[rule for rule in everything if not rule.active],
        plain_form=ButtonForm(), severities=wording.SEVERITIES, actions=wording.ACTIONS,
    )  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.OPERATE)
@forms_limit
def rule_create() -> ResponseReturnValue:
    """A new rule, or a look at what its statement would say."""
    form = RuleForm()
    if not form.validate_on_submit():
        return _page(form)
    try:
        if _is_preview():
            form.details().tidied()
            return _page(form, preview=_preview(form))
        rule = rule_keeping.add_rule(form.slug.data or "", form.details(), by=current_user)
    except DomainError as error:
        return _refused(form, error)
    db.session.commit()
    flash(f"It holds: {rule.title}", "success")
    return redirect(url_for(".rule_index"), code=303)


@bp.route("/<slug>", methods=["GET", "POST"])
@requires(Permission.OPERATE)
@forms_limit
def rule_edit(slug: str) -> ResponseReturnValue:
    """Word it differently, or look at what its statement would say."""
    rule = rule_keeping.get_rule(slug)
    if request.method == "GET":
        return _page(RuleForm.of(rule), rule)
    form = RuleForm()
    del form.slug
    if not form.validate():
        return _page(form, rule)
    try:
        if _is_preview():
            form.details().tidied()
            return _page(form, rule, preview=_preview(form))
        rule_keeping.change_rule(rule, form.details(), by=current_user)
    except DomainError as error:
        return _refused(form, error, slug)
    db.session.commit()
    flash("Saved. Pages show it within three seconds.", "success")
    return redirect(url_for(".rule_index"), code=303)


@bp.post("/<slug>/<any(up, down):direction>")
@requires(Permission.OPERATE)
@forms_limit
def rule_move(slug: str, direction: str) -> ResponseReturnValue:
    """One place up or down."""
    if ButtonForm().validate_on_submit():
        rule_keeping.move_rule(rule_keeping.get_rule(slug), up=direction == "up", by=current_user)
        db.session.commit()
    return redirect(url_for(".rule_index"), code=303)


@bp.post("/<slug>/<any(retire, restore):act>")
@requires(Permission.OPERATE)
@forms_limit
def rule_switch(slug: str, act: str) -> ResponseReturnValue:
    """Let it hold no longer, or again. What was decided by it stays as it is."""
    if ButtonForm().validate_on_submit():
        rule_keeping.set_in_force(rule_keeping.get_rule(slug), active=act == "restore", by=current_user)
        db.session.commit()
        flash("It holds again." if act == "restore" else "It holds no longer. What was decided by it stays.", "success")
    return redirect(url_for(".rule_index"), code=303)


def _is_preview() -> bool:
    return request.form.get("act") == "preview"


def _preview(form: RuleForm) -> str:
    return fill_in(
        form.statement.data or "", title=EXAMPLE, kind=wording.KINDS[RefKind.MEDIUM], rule=form.title.data or ""
    )


def _refused(form: RuleForm, error: DomainError, slug: str = "") -> ResponseReturnValue:
    """The form again, with what is wrong beside the field that it is about."""
    db.session.rollback()
    name = error.field if isinstance(error, RuleRefused) else "slug" if isinstance(error, RuleTaken) else ""
    if name in form:
        form[name].errors = [error.sentence]
    else:
        form.form_errors.append(error.sentence)
    return _page(form, rule_keeping.get_rule(slug) if slug else None)


def _page(form: RuleForm, rule: Rule | None = None, *, preview: str = "") -> ResponseReturnValue:
    status = 422 if form.errors else 200
    return render(
        "admin/rule_edit.html", None, status,
        form=form, slug=rule.slug if rule else "", title=rule.title if rule else "New rule",
        is_retired=rule is not None and not rule.active, preview=preview, example=EXAMPLE, plain_form=ButtonForm(),
    )  # fmt: skip
