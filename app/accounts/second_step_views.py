"""The second step of a log-in: ``/login/factor``. Until it is done nobody is logged in."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import begun, factor_queries
from app.accounts import login as doors
from app.accounts.errors import CodeRefused, CodesWait
from app.accounts.factor_models import CeremonyKind
from app.accounts.forms import CodeForm
from app.accounts.guard import guesses_limit
from app.accounts.models import User
from app.accounts.queries import get_user
from app.accounts.services import ceremonies, factors
from app.accounts.services.ceremonies import Begun
from app.core import audit
from app.extensions import db
from app.web.hx import render

bp = Blueprint("second_step", __name__, url_prefix="/login/factor")


@bp.get("")
def ask() -> ResponseReturnValue:
    """Ask for a code, a passkey or a recovery code."""
    step = begun.find(CeremonyKind.LOGIN_STEP)
    return _page(step, CodeForm()) if step is not None else _too_late()


@bp.post("")
@guesses_limit
def take() -> ResponseReturnValue:
    """Take a code; whoever brings the right one is in."""
    step = begun.find(CeremonyKind.LOGIN_STEP)
    if step is None:
        return _too_late()
    form = CodeForm()
    if not form.validate_on_submit():
        return _page(step, form, 422)
    user = person_of(step)
    try:
        second = factors.prove_by_code(user, form.code.data or "")
    except (CodeRefused, CodesWait) as error:
        return _refused(step, user, form, error)
    return let_in(user, second=second, trusted=form.trust.data)


def let_in(user: User, *, second: str, trusted: bool) -> ResponseReturnValue:
    """End the step, done by ``second``, and let its person in; of two who finish it at once, one is. Commits."""
    step = begun.finish(CeremonyKind.LOGIN_STEP)
    if step is None:
        db.session.rollback()
        return _too_late()
    means = doors.Means(step.content.get("way", doors.PASSWORD), second)
    response = doors.enter(user, remembered=bool(step.content["remembered"]), wanted=step.content["next"], means=means)
    if trusted:
        begun.trust_here(user, response)
        db.session.commit()
    return response


def person_of(step: Begun) -> User:
    """Whose log-in this is."""
    assert step.user_id is not None  # noqa: S101 - it was begun with one
    return get_user(step.user_id)


def _refused(step: Begun, user: User, form: CodeForm, error: CodeRefused | CodesWait) -> ResponseReturnValue:
    audit.record("login.factor_failed", actor=None, about=user)
    may_go_on = ceremonies.note_failure(step)
    db.session.commit()
    if not may_go_on:
        flash("That was wrong too often. Begin again with your password.", "error")
        return redirect(url_for("accounts.login"), code=303)
    form.code.errors = [error.sentence]
    return _page(step, form, error.status)


def _page(step: Begun, form: CodeForm, status: int = 200) -> ResponseReturnValue:
    return render(
        "accounts/second_step.html",
        None,
        status,
        form=form,
        ways=factor_queries.ways_of(person_of(step)),
        by_recovery=request.args.get("by") == "recovery",
    )


def _too_late() -> ResponseReturnValue:
    flash("That took too long, or was done already. Log in again.", "info")
    return redirect(url_for("accounts.login"), code=303)
