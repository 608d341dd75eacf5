"""Logging in with an account elsewhere (OpenID Connect): there, back, and what follows.

One way leads through all of it: a ceremony of this browser remembers what it was for (to log in, to link, to confirm
that it is still you), and is used up by whoever comes back first.
"""

from dataclasses import asdict
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.accounts import begun
from app.accounts import login as doors
from app.accounts.errors import (
    EmailTaken,
    IdentityTaken,
    LastWayIn,
    LinkFirst,
    ProviderAway,
    ProviderEmailUnverified,
    ProviderRefused,
    UsernameInvalid,
    UsernameTaken,
)
from app.accounts.factor_models import CeremonyKind
from app.accounts.guard import doors_limit
from app.accounts.models import User
from app.accounts.names import suggested_username
from app.accounts.services import identities, openid
from app.accounts.services.openid import Attempt, Claims
from app.accounts.sign_up_forms import ProviderSignupForm
from app.accounts.step_up import needs_fresh_proof
from app.core import audit
from app.core.clock import now
from app.core.errors import DomainError
from app.extensions import db
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.redirects import wanted_page
from config import OpenIdProvider

bp = Blueprint("openid", __name__)
LOGIN, LINK, CONFIRM = "login", "link", "confirm"
FRESH_S: Final = 5 * 60
"""So long ago at most someone must have proven themselves at the provider for that to count as a fresh proof."""
SECURITY: Final = "/settings/security"


@bp.record_once
def tell_templates(state: BlueprintSetupState) -> None:
    """Let pages list the providers that there are."""
    state.app.jinja_env.globals["openid_providers"] = lambda: current_app.config["SETTINGS"].openid_providers


# There ----------------------------------------------------------------------------------------------------------------


@bp.post("/login/with/<provider>")
@doors_limit
def begin_login(provider: str) -> ResponseReturnValue:
    """To the provider, to log in."""
    return _send_off(provider, LOGIN, wanted=wanted_page())


@bp.post("/settings/security/identities/<provider>")
@login_required
@forms_limit
@needs_fresh_proof
def begin_link(provider: str) -> ResponseReturnValue:
    """To the provider, to link the account there with the one here."""
    return _send_off(provider, LINK, user=current_user)


@bp.post("/login/confirm/with/<provider>")
@login_required
@forms_limit
def begin_confirm(provider: str) -> ResponseReturnValue:
    """To the provider, to prove that it is still you."""
    return _send_off(provider, CONFIRM, user=current_user, wanted=wanted_page(SECURITY))


def _send_off(key: str, purpose: str, *, user: User | None = None, wanted: str = SECURITY) -> ResponseReturnValue:
    provider, attempt = _provider(key), openid.new_attempt()
    try:
        address = openid.address_for(provider, attempt, anew=purpose == CONFIRM)
    except ProviderAway as error:
        flash(error.sentence, "error")
        return redirect(_back(purpose), code=303)
    content = {"provider": provider.key, "purpose": purpose, "next": wanted, "attempt": asdict(attempt)}
    begun.begin(CeremonyKind.PROVIDER, user_id=user.id if user is not None else None, content=content)
    db.session.commit()
    if _origin(address) == _origin(provider.issuer):
        return redirect(address, code=303)
    # Browsers hold form-action against redirects, too, and the policy knows the issuer alone: a page leads on.
    return make_response(render_template("accounts/provider_onward.html", address=address, provider=provider))


# And back -------------------------------------------------------------------------------------------------------------


@bp.get("/login/with/<provider>/callback")
@doors_limit
def come_back(provider: str) -> ResponseReturnValue:
    """Whoever comes back from the provider: who it is, and what that was for."""
    there, begin = _provider(provider), begun.finish(CeremonyKind.PROVIDER)
    db.session.commit()  # used up, whatever follows
    if begin is None or begin.content["provider"] != there.key:
        flash(ProviderRefused.sentence, "error")
        return redirect(_back(LOGIN), code=303)
    purpose, attempt = begin.content["purpose"], Attempt(**begin.content["attempt"])
    try:
        claims = _claims(there, attempt)
        if purpose == LOGIN:
            return _enter(claims, begin.content["next"])
        _require_same_person(begin.user_id)
        return _link(claims) if purpose == LINK else _confirm(claims, begin.content["next"])
    except (ProviderAway, ProviderRefused, LinkFirst, ProviderEmailUnverified, IdentityTaken) as error:
        db.session.rollback()
        flash(error.sentence, "error")
        return redirect(_back(purpose), code=303)


def _claims(provider: OpenIdProvider, attempt: Attempt) -> Claims:
    """What the provider says, if this is the answer to our question.

    Raises:
        ProviderAway, ProviderRefused
    """
    said = request.args
    if said.get("state") != attempt.state or said.get("iss", provider.issuer) != provider.issuer:
        raise ProviderRefused
    if "error" in said or not said.get("code"):
        raise ProviderRefused("You came back without having logged in there.")
    return openid.claims_for(provider, attempt, said["code"])


def _enter(claims: Claims, wanted: str) -> ResponseReturnValue:
    """Log in; who has a second factor is asked for it; who is new chooses a name."""
    user = identities.person_for(claims)
    if user is not None:
        return doors.after_password(user, False, wanted, way=doors.PROVIDER)
    begun.begin(CeremonyKind.PROVIDER_SIGNUP, content={"claims": asdict(claims), "next": wanted})
    db.session.commit()
    return redirect(url_for(".sign_up"), code=303)


def _require_same_person(user_id: UUID | None) -> None:
    """Raise ``ProviderRefused`` unless whoever set out is still logged in here."""
    if not current_user.is_authenticated or current_user.id != user_id:
        raise ProviderRefused


def _link(claims: Claims) -> ResponseReturnValue:
    identities.link_identity(current_user, claims)
    db.session.commit()
    flash("Linked: from now on you can log in with it.", "success")
    return redirect(SECURITY, code=303)


def _confirm(claims: Claims, wanted: str) -> ResponseReturnValue:
    """A fresh proof, if it is their account there and they proved themselves there just now."""
    found = identities.find_identity(claims)
    is_fresh = abs(now().timestamp() - claims.authenticated_at) < FRESH_S
    if found is None or found.user_id != current_user.id or not is_fresh:
        audit.record("proof.failed", actor=current_user, facts={"by": "provider"})
        db.session.commit()
        raise ProviderRefused("That did not prove it: log in there anew, with the account that is linked here.")
    doors.prove_here()
    return redirect(wanted, code=303)


# Someone new ----------------------------------------------------------------------------------------------------------


@bp.route("/signup/with", methods=["GET", "POST"])
@doors_limit
def sign_up() -> ResponseReturnValue:
    """The name under which someone whom a provider vouches for is known here; then the account is made."""
    begin = begun.find(CeremonyKind.PROVIDER_SIGNUP)
    if begin is None:
        flash(ProviderRefused.sentence, "error")
        return redirect(_back(LOGIN), code=303)
    claims = Claims(**begin.content["claims"])
    form = ProviderSignupForm(username=suggested_username(claims.name or claims.email))
    age = current_app.config["SETTINGS"].minimum_age
    if form.validate_on_submit() and age and not form.old_enough.data:
        form.old_enough.errors = [f"This place is for people of {age} years or more."]
    if not form.is_submitted() or form.errors:
        return _name_page(form, claims, 422 if form.is_submitted() else 200)
    try:
        user = identities.sign_up_with(claims, username=form.username.data or "")
    except (UsernameInvalid, UsernameTaken, EmailTaken, IdentityTaken) as error:
        db.session.rollback()
        form.username.errors = [error.sentence]
        return _name_page(form, claims, 422)
    begun.finish(CeremonyKind.PROVIDER_SIGNUP)
    entered = doors.enter(user, remembered=False, wanted=begin.content["next"], means=doors.Means(doors.PROVIDER))
    flash("Welcome. Your account is ready.", "success")  # a log-in empties the cookie
    return entered


def _name_page(form: ProviderSignupForm, claims: Claims, status: int) -> ResponseReturnValue:
    age = current_app.config["SETTINGS"].minimum_age
    return render("accounts/provider_signup.html", None, status, form=form, email=claims.email, minimum_age=age)


# And gone -------------------------------------------------------------------------------------------------------------


@bp.post("/settings/security/identities/<uuid:identity_id>/delete")
@login_required
@forms_limit
@needs_fresh_proof
def identity_delete(identity_id: UUID) -> ResponseReturnValue:
    """Take a link away."""
    try:
        identities.unlink_identity(current_user, identity_id)
    except LastWayIn as error:
        _fail(error)
    else:
        db.session.commit()
        flash("Unlinked: it opens your account no more.", "success")
    return redirect(SECURITY, code=303)


def _fail(error: DomainError) -> None:
    db.session.rollback()
    flash(error.sentence, "error")


def _provider(key: str) -> OpenIdProvider:
    found = openid.find_provider(key)
    if found is None:
        abort(404)
    return found


def _back(purpose: Any) -> str:
    """Where someone begins again."""
    return {LINK: SECURITY, CONFIRM: url_for("confirm.confirm")}.get(purpose, url_for("accounts.login"))


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
