"""“Log-in and safety” in the settings: what guards one's account, added and removed one by one."""

from typing import Final
from uuid import UUID

import segno
from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from markupsafe import Markup

from app.accounts import factor_queries
from app.accounts.errors import CodeRefused, CodesWait
from app.accounts.forms import CodeForm
from app.accounts.roles import lacks_factor
from app.accounts.services import authenticators, factors, trusted_devices
from app.accounts.step_up import needs_fresh_proof
from app.extensions import db
from app.web.hx import render
from app.web.limits import forms_limit

bp = Blueprint("security", __name__, url_prefix="/settings/security")
SETUP: Final = "accounts/authenticator.html"


@bp.get("")
@login_required
def index() -> ResponseReturnValue:
    """Everything that guards the account."""
    return render(
        "accounts/settings_security.html",
        safety=factor_queries.safety_of(current_user),
        most_passkeys=factor_queries.MOST_PASSKEYS,
        must_have_factor=lacks_factor(current_user),
    )


# The authenticator app ------------------------------------------------------------------------------------------------


@bp.post("/authenticator")
@login_required
@forms_limit
@needs_fresh_proof
def authenticator_create() -> ResponseReturnValue:
    """Begin with a new secret."""
    authenticators.begin_authenticator(current_user)
    db.session.commit()
    return redirect(url_for(".authenticator_show"), code=303)


@bp.get("/authenticator")
@login_required
@needs_fresh_proof
def authenticator_show() -> ResponseReturnValue:
    """The secret that was begun with, for a camera and for fingers, and a field for the first code."""
    found = authenticators.find_authenticator(current_user)
    if found is None or found.confirmed_at is not None:
        return redirect(url_for(".index"), code=303)
    return _setup_page(CodeForm())


@bp.post("/authenticator/confirm")
@login_required
@forms_limit
@needs_fresh_proof
def authenticator_confirm() -> ResponseReturnValue:
    """Let the app count from now on, by its first code."""
    found = authenticators.find_authenticator(current_user)
    if found is None or found.confirmed_at is not None:
        return redirect(url_for(".index"), code=303)
    form = CodeForm()
    if not form.validate_on_submit():
        return _setup_page(form, 422)
    try:
        codes = factors.confirm_authenticator(current_user, form.code.data or "")
    except (CodeRefused, CodesWait) as error:
        db.session.commit()
        form.code.errors = [error.sentence]
        return _setup_page(form, error.status)
    db.session.commit()
    flash("From now on your log-in has a second step.", "success")
    return codes_page(codes) if codes else redirect(url_for(".index"), code=303)


@bp.post("/authenticator/delete")
@login_required
@forms_limit
@needs_fresh_proof
def authenticator_delete() -> ResponseReturnValue:
    """Take the app away."""
    factors.remove_authenticator(current_user)
    db.session.commit()
    flash("Codes of that app open nothing any more.", "success")
    return redirect(url_for(".index"), code=303)


def _setup_page(form: CodeForm, status: int = 200) -> Response:
    found = authenticators.find_authenticator(current_user)
    assert found is not None  # noqa: S101 - whoever comes here has looked
    secret = authenticators.secret_of(found)
    picture = segno.make(authenticators.address_of(current_user, secret), error="m", micro=False)
    response = make_response(
        render_template(
            SETUP,
            form=form,
            qr=Markup(picture.svg_inline(scale=4, border=3, dark="#000", light="#fff", omitsize=True, svgclass="qr")),  # noqa: S704 - our own picture  # nosec B704
            secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        ),
        status,
    )
    return _never_kept(response)


# Recovery codes and the password --------------------------------------------------------------------------------------


@bp.post("/recovery-codes")
@login_required
@forms_limit
@needs_fresh_proof
def recovery_codes_create() -> ResponseReturnValue:
    """Ten new codes in place of the old ones."""
    codes = factors.make_recovery_codes(current_user)
    db.session.commit()
    return codes_page(codes)


def codes_page(codes: list[str]) -> Response:
    """The codes, this one time. The answer to the POST itself: they stand nowhere from which a GET could show them."""
    return _never_kept(make_response(render_template("accounts/recovery_codes.html", codes=codes)))


@bp.post("/password/delete")
@login_required
@forms_limit
@needs_fresh_proof
def password_delete() -> ResponseReturnValue:
    """Log in without a password from now on."""
    factors.remove_password(current_user)
    db.session.commit()
    flash("Your account has no password any more.", "success")
    return redirect(url_for(".index"), code=303)


@bp.post("/devices/<uuid:device_id>/delete")
@login_required
@forms_limit
def device_delete(device_id: UUID) -> ResponseReturnValue:
    """Ask for the second step in a browser again."""
    trusted_devices.distrust_device(current_user, device_id)
    db.session.commit()
    flash("The second step is asked for there again.", "success")
    return redirect(url_for("settings.session_index"), code=303)


def _never_kept(response: Response) -> Response:
    """``response`` with a secret in it: no cache keeps it, and going back does not show it."""
    response.headers["Cache-Control"] = "no-store"
    return response
