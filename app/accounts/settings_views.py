"""One's own settings: profile, account, sessions, playback."""

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from wtforms import Form
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs

from app.accounts import login as doors
from app.accounts import queries
from app.accounts.errors import (
    PasswordLength,
    PasswordPersonal,
    PasswordTooCommon,
    PictureRefused,
    UsernameInvalid,
    UsernameTaken,
    WrongPassword,
)
from app.accounts.forms import (
    ButtonForm,
    DeleteForm,
    EmailForm,
    PasswordForm,
    PlaybackForm,
    PrivacyForm,
    ProfileForm,
    UsernameForm,
)
from app.accounts.services import credentials, portraits, profiles, sessions, sign_up, trusted_devices, usernames
from app.accounts.step_up import needs_fresh_proof
from app.core.screening import notices
from app.extensions import db
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.notices import flash_notices

bp = Blueprint("settings", __name__, url_prefix="/settings")


@bp.route("/profile", methods=["GET", "POST"])
@login_required
@forms_limit
def profile() -> ResponseReturnValue:
    """Name, words, links and pictures."""
    user = current_user
    form = ProfileForm(
        display_name=user.display_name,
        bio=user.bio_markdown,
        location=user.location,
        links="\n".join(user.links),
        realm=user.realm_slug or "",
    )
    form.is_staff = user.is_staff
    realms = current_app.jinja_env.globals["realms"]()  # type: ignore[operator]  # a function, see the site's views
    form.realm.choices = [SelectChoice("", "No realm"), *(SelectChoice(realm.slug, realm.name) for realm in realms)]
    if not form.validate_on_submit():
        return render("accounts/settings_profile.html", None, 422 if form.is_submitted() else 200, form=form)
    try:
        for which in ("avatar", "cover"):
            upload = form[which].data
            if upload:
                portraits.replace_portrait(user, which, upload.stream)
    except PictureRefused as error:
        db.session.rollback()
        form[which].errors = [error.sentence]
        return render("accounts/settings_profile.html", None, 422, form=form)
    kept = profiles.edit_profile(
        user,
        display_name=form.display_name.data or "",
        bio_markdown=form.bio.data or "",
        location=form.location.data or "",
        links=form.link_list(form.links.data),
        realm_slug=form.realm.data or None,
    )
    db.session.commit()
    if not kept:
        flash_notices()
        return render("accounts/settings_profile.html", None, 422, form=form)
    if not notices():
        flash("Your profile is up to date.", "success")
    return redirect(url_for(".profile"), code=303)


@bp.post("/profile/<any(avatar, cover):which>/delete")
@login_required
@forms_limit
def portrait_delete(which: str) -> ResponseReturnValue:
    """Take a picture away, files and all."""
    portraits.remove_portrait(current_user, which)
    db.session.commit()
    return redirect(url_for(".profile"), code=303)


@bp.get("/account")
@login_required
def account() -> ResponseReturnValue:
    """Name, address, password, channel, leaving."""
    return _account_page()


@bp.post("/account/username")
@login_required
@forms_limit
def username_update() -> ResponseReturnValue:
    """Take another name."""
    form = UsernameForm()
    if form.validate_on_submit() and _may_be_called(form):
        try:
            usernames.rename_user(current_user, form.username.data or "")
        except (UsernameInvalid, UsernameTaken) as error:
            form.username.errors = [error.sentence]
        else:
            db.session.commit()
            flash(f"You are @{current_user.username} now.", "success")
            return redirect(url_for(".account"), code=303)
    return _account_page(username_form=form)


@bp.post("/account/email")
@login_required
@forms_limit
@needs_fresh_proof
def email_update() -> ResponseReturnValue:
    """Ask for another address; the mailed link makes it so."""
    form = EmailForm()
    _spare_password(form)
    if form.validate_on_submit():
        try:
            credentials.ask_for_new_email(
                current_user, password=form.data.get("password", ""), email=form.data["email"]
            )
        except WrongPassword as error:
            form.password.errors = [error.sentence]
        else:
            db.session.commit()
            flash(f"We sent a link to {form.email.data}. Until you open it, everything stays as it is.", "success")
            return redirect(url_for(".account"), code=303)
    return _account_page(email_form=form)


@bp.post("/account/password")
@login_required
@forms_limit
def password_update() -> ResponseReturnValue:
    """Change the password; other browsers are logged out."""
    form = PasswordForm()
    if form.validate_on_submit():
        here = doors.current_session()
        try:
            credentials.change_password(
                current_user,
                current=form.current_password.data or "",
                new=form.password.data or "",
                keep_session=here.id if here else None,
            )
        except WrongPassword as error:
            form.current_password.errors = [error.sentence]
        except (PasswordLength, PasswordPersonal, PasswordTooCommon) as error:
            form.password.errors = [error.sentence]
        else:
            db.session.commit()
            flash("Your password is new. Other devices are logged out.", "success")
            return redirect(url_for(".account"), code=303)
    return _account_page(password_form=form)


@bp.post("/account/channel")
@login_required
@forms_limit
def channel_open() -> ResponseReturnValue:
    """Become an artist."""
    if ButtonForm().validate_on_submit():
        sign_up.open_channel(current_user)
        db.session.commit()
        flash("Your channel is open. Upload something.", "success")
    return redirect(url_for("uploads.upload_page"), code=303)


@bp.post("/account/delete")
@login_required
@forms_limit
@needs_fresh_proof
def account_delete() -> ResponseReturnValue:
    """Ask for the account to go. It does after thirty days, unless its owner logs in again."""
    form = DeleteForm()
    _spare_password(form)
    if form.validate_on_submit():
        try:
            credentials.require_own_password(current_user, form.data.get("password", ""))
        except WrongPassword as error:
            form.password.errors = [error.sentence]
        else:
            sign_up.ask_for_deletion(current_user)
            sessions.revoke_sessions(current_user)
            db.session.commit()
            doors.forget_cookie()
            flash("Your account goes for good in thirty days. Log in before then, and it stays.", "success")
            return redirect("/", code=303)
    return _account_page(delete_form=form)


@bp.get("/sessions")
@login_required
def session_index() -> ResponseReturnValue:
    """The browsers that are logged in."""
    here = doors.current_session()
    return render(
        "accounts/settings_sessions.html",
        sessions=queries.list_living_sessions(current_user, idle_s=current_app.config["SETTINGS"].session_idle_s),
        here=here.id if here else None,
        trusted=trusted_devices.list_trusted(current_user),
        form=ButtonForm(),
    )


@bp.post("/sessions/<uuid:session_id>/revoke")
@login_required
@forms_limit
@needs_fresh_proof
def session_revoke(session_id: UUID) -> ResponseReturnValue:
    """Log one browser out."""
    sessions.revoke_session(current_user, session_id)
    db.session.commit()
    flash("That device is logged out.", "success")
    return redirect(url_for(".session_index"), code=303)


@bp.post("/sessions/revoke-others")
@login_required
@forms_limit
@needs_fresh_proof
def session_revoke_others() -> ResponseReturnValue:
    """Log every browser but this one out."""
    here = doors.current_session()
    sessions.revoke_sessions(current_user, but=here.id if here else None)
    db.session.commit()
    flash("Every other device is logged out.", "success")
    return redirect(url_for(".session_index"), code=303)


@bp.route("/playback", methods=["GET", "POST"])
@login_required
@forms_limit
def playback() -> ResponseReturnValue:
    """How things play, and what is remembered of it."""
    form = PlaybackForm(
        remember_history=current_user.remembers_history,
        level_loudness=current_user.levels_loudness,
        autoplay_next=current_user.plays_next,
    )
    if not form.validate_on_submit():
        return render("accounts/settings_playback.html", None, 422 if form.is_submitted() else 200, form=form)
    profiles.choose_playback(
        current_user,
        remembers_history=form.remember_history.data,
        levels_loudness=form.level_loudness.data,
        plays_next=form.autoplay_next.data,
    )
    db.session.commit()
    flash("Saved.", "success")
    return redirect(url_for(".playback"), code=303)


@bp.route("/privacy", methods=["GET", "POST"])
@login_required
@forms_limit
def privacy() -> ResponseReturnValue:
    """What those who follow one hear of what one does."""
    form = PrivacyForm(share_likes=current_user.shares_likes)
    if not form.validate_on_submit():
        return render("accounts/settings_privacy.html", None, 422 if form.is_submitted() else 200, form=form)
    profiles.choose_privacy(current_user, shares_likes=form.share_likes.data)
    db.session.commit()
    flash("Saved.", "success")
    return redirect(url_for(".privacy"), code=303)


def _may_be_called(form: UsernameForm) -> bool:
    """Whether nothing stands against a name; what does is written down, and stands at its field."""
    problem = usernames.stopped_name(form.username.data or "", current_user)
    if problem:
        form.username.errors = [problem]
        db.session.commit()
    return not problem


def _account_page(**forms: Form) -> ResponseReturnValue:
    """The account page; a form among ``forms`` was refused and shows why."""
    db.session.rollback() if forms else None
    shown: dict[str, Form] = {
        "username_form": UsernameForm(formdata=None, username=current_user.username),
        "email_form": EmailForm(formdata=None),
        "password_form": PasswordForm(formdata=None),
        "delete_form": DeleteForm(formdata=None),
        **forms,
    }
    for name in ("email_form", "delete_form"):
        _spare_password(shown[name])
    for name, form in shown.items():
        _set_apart(form, name.removesuffix("_form"))
    return render("accounts/settings_account.html", None, 422 if forms else 200, button_form=ButtonForm(), **shown)


def _spare_password(form: Form) -> None:
    """Do not ask for a password where there is none; the fresh proof before it has to be enough."""
    if not current_user.has_password and "password" in form:
        del form["password"]


def _set_apart(form: Form, name: str) -> None:
    """Give the fields of one of several forms on a page ids of their own, so that each label finds its field."""
    for field in form:
        field.id = field.label.field_id = f"{name}-{field.id}"
