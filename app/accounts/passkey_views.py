"""Passkeys: added in the settings; used to log in, as second step, and to confirm that it is still you.

Each use is two requests: a script fetches the question, which is kept as a ceremony of this browser, and the browser's
answer comes as an ordinary form. Without a script the other ways remain, and the pages say so.
"""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.accounts import begun, second_step_views
from app.accounts import login as doors
from app.accounts.errors import LastWayIn, PasskeyKnown, PasskeyRefused, TooManyPasskeys
from app.accounts.factor_models import CeremonyKind
from app.accounts.forms import AnswerForm, PasskeyForm
from app.accounts.models import User
from app.accounts.security_views import codes_page
from app.accounts.services import ceremonies, passkeys
from app.accounts.step_up import needs_fresh_proof
from app.core import audit
from app.extensions import db
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.redirects import wanted_page

bp = Blueprint("passkeys", __name__)
SETTINGS: Final = "/settings/security/passkeys"


@bp.record_once
def tell_templates(state: BlueprintSetupState) -> None:
    """Let pages ask whether passkeys work at the address under which they were opened."""
    state.app.jinja_env.globals["passkeys_work_here"] = lambda: (
        f"{request.scheme}://{request.host}" == (passkeys.place().origin)
    )


# In the settings ------------------------------------------------------------------------------------------------------


@bp.get(f"{SETTINGS}/new")
@login_required
@needs_fresh_proof
def passkey_new() -> ResponseReturnValue:
    """A name for the key, and the button that makes it."""
    return render("accounts/passkey_new.html", form=PasskeyForm(formdata=None), place=passkeys.place())


@bp.post(f"{SETTINGS}/options")
@login_required
@forms_limit
@needs_fresh_proof
def adding_options() -> ResponseReturnValue:
    """The question to which a new key is the answer."""
    options, challenge = passkeys.adding_options(current_user)
    return _asked(CeremonyKind.PASSKEY_ADDING, options, challenge, current_user.id)


@bp.post(SETTINGS)
@login_required
@forms_limit
@needs_fresh_proof
def passkey_create() -> ResponseReturnValue:
    """Keep the key that the browser made."""
    form, question = PasskeyForm(), begun.finish(CeremonyKind.PASSKEY_ADDING)
    is_mine = question is not None and question.user_id == current_user.id
    challenge = question.content["challenge"] if question is not None and is_mine else None
    try:
        if not form.validate_on_submit():
            return _refill(form, 422)
        codes = passkeys.add_passkey(
            current_user, answer=form.answer.data or "", challenge=challenge, name=form.name.data or ""
        )
    except (PasskeyRefused, PasskeyKnown, TooManyPasskeys) as error:
        form.answer.errors = [error.sentence]
        return _refill(form, error.status)
    db.session.commit()
    flash("Your passkey is ready. It opens your account by itself.", "success")
    return codes_page(codes) if codes else redirect(url_for("security.index"), code=303)


def _refill(form: PasskeyForm, status: int) -> ResponseReturnValue:
    """The page again, with what was wrong. Commits: the question is used up."""
    db.session.commit()
    return render("accounts/passkey_new.html", None, status, form=form, place=passkeys.place())


@bp.post(f"{SETTINGS}/<uuid:passkey_id>/delete")
@login_required
@forms_limit
@needs_fresh_proof
def passkey_delete(passkey_id: UUID) -> ResponseReturnValue:
    """Take a key away."""
    try:
        passkeys.remove_passkey(current_user, passkey_id)
    except LastWayIn as error:
        db.session.rollback()
        flash(error.sentence, "error")
    else:
        db.session.commit()
        flash("That passkey opens nothing any more.", "success")
    return redirect(url_for("security.index"), code=303)


# Logging in -----------------------------------------------------------------------------------------------------------


@bp.post("/login/passkey/options")
@forms_limit
def login_options() -> ResponseReturnValue:
    """The question for whoever comes: the key says whose it is."""
    options, challenge = passkeys.asking_options(None, verified=True)
    return _asked(CeremonyKind.PASSKEY_LOGIN, options, challenge, None)


@bp.post("/login/passkey")
@forms_limit
def login_by_passkey() -> ResponseReturnValue:
    """Let in whoever holds the key and unlocked it: that is two factors already."""
    user = _answered(CeremonyKind.PASSKEY_LOGIN, None, verified=True)
    if user is None:
        return _refused(None, "accounts.login")
    return doors.enter(user, remembered=False, means=doors.Means(doors.PASSKEY))


@bp.post("/login/factor/passkey/options")
@forms_limit
def step_options() -> ResponseReturnValue:
    """The question for someone whose password was right."""
    step = begun.find(CeremonyKind.LOGIN_STEP)
    if step is None:
        return jsonify(error="That took too long. Log in again."), 403
    user = second_step_views.person_of(step)
    options, challenge = passkeys.asking_options(user, verified=False)
    return _asked(CeremonyKind.PASSKEY_STEP, options, challenge, user.id)


@bp.post("/login/factor/passkey")
@forms_limit
def step_by_passkey() -> ResponseReturnValue:
    """Do the second step by a key."""
    step = begun.find(CeremonyKind.LOGIN_STEP)
    if step is None:
        return redirect(url_for("accounts.login"), code=303)
    user = second_step_views.person_of(step)
    if _answered(CeremonyKind.PASSKEY_STEP, user, verified=False) is None:
        ceremonies.note_failure(step)
        return _refused(user, "second_step.ask")
    return second_step_views.let_in(user, second=doors.PASSKEY, trusted=AnswerForm().trust.data)


@bp.post("/login/confirm/passkey/options")
@login_required
@forms_limit
def confirm_options() -> ResponseReturnValue:
    """The question for someone who is logged in and is to prove it once more."""
    options, challenge = passkeys.asking_options(current_user, verified=True)
    return _asked(CeremonyKind.PASSKEY_STEP, options, challenge, current_user.id)


@bp.post("/login/confirm/passkey")
@login_required
@forms_limit
def confirm_by_passkey() -> ResponseReturnValue:
    """Prove by a key that it is still you."""
    if _answered(CeremonyKind.PASSKEY_STEP, current_user, verified=True) is None:
        audit.record("proof.failed", actor=current_user, facts={"by": "passkey"})
        return _refused(None, "confirm.confirm", next=wanted_page())
    doors.prove_here()
    return redirect(wanted_page("/settings/security"), code=303)


def _asked(kind: CeremonyKind, options: dict[str, object], challenge: str, user_id: UUID | None) -> ResponseReturnValue:
    """Keep the question's challenge as a ceremony of this browser, and hand the question out. Commits."""
    begun.begin(kind, user_id=user_id, content={"challenge": challenge})
    db.session.commit()
    response = jsonify(options)
    response.headers["Cache-Control"] = "no-store"
    return response


def _answered(kind: CeremonyKind, user: User | None, *, verified: bool) -> User | None:
    """Whose key answered the question of this browser, which is used up by that; None for nobody's."""
    form, question = AnswerForm(), begun.finish(kind)
    if not form.validate_on_submit() or question is None or question.user_id != (user.id if user else None):
        return None
    try:
        return passkeys.use_passkey(
            answer=form.answer.data or "", challenge=question.content["challenge"], user=user, verified=verified
        )
    except PasskeyRefused:
        return None


def _refused(user: User | None, endpoint: str, **values: Any) -> ResponseReturnValue:
    """Say that the key did not fit, where one can try again or go another way. Commits."""
    if user is not None:
        audit.record("login.factor_failed", actor=None, about=user)
    db.session.commit()
    flash(PasskeyRefused.sentence, "error")
    return redirect(url_for(endpoint, **values), code=303)
