"""What operators make of the place: realms, announcements, and how much each role may upload."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from app.accounts.forms import ButtonForm
from app.accounts.roles import Permission, requires
from app.admin.place_forms import AnnouncementForm, RealmForm
from app.admin.settings_views import lines_of
from app.core import announcements
from app.core.announcements import Audience, Tone
from app.core.errors import DomainError
from app.extensions import db
from app.media.queries import list_realms
from app.media.services import realm_keeping
from app.media.services.realm_keeping import SlugTaken
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.pagination import PAGE_SIZE, decode_cursor, make_page

bp = Blueprint("admin_place", __name__, url_prefix="/admin")


@bp.get("/announcements")
@requires(Permission.OPERATE)
def announcement_index() -> ResponseReturnValue:
    """Everything that was announced, and the form for more."""
    return _announcements(AnnouncementForm(formdata=None))


@bp.post("/announcements")
@requires(Permission.OPERATE)
@forms_limit
def announcement_create() -> ResponseReturnValue:
    """Say something on every page."""
    form = AnnouncementForm()
    if form.validate_on_submit():
        try:
            announcements.announce_to_all(form.body.data or "", **_said(form), by=current_user)
        except DomainError as error:
            db.session.rollback()
            form.form_errors.append(error.sentence)
        else:
            db.session.commit()
            flash("Announced. Every page shows it within three seconds of its beginning.", "success")
            return redirect(url_for(".announcement_index"), code=303)
    return _announcements(form, 422)


@bp.route("/announcements/<uuid:announcement_id>", methods=["GET", "POST"])
@requires(Permission.OPERATE)
@forms_limit
def announcement_edit(announcement_id: UUID) -> ResponseReturnValue:
    """Say it differently."""
    one = announcements.get_announcement(announcement_id)
    form = (
        AnnouncementForm()
        if request.method == "POST"
        else AnnouncementForm(
            body=one.body_markdown, audience=one.audience.value, tone=one.tone.value, begins_at=one.begins_at,
            ends_at=one.ends_at,
        )
    )  # fmt: skip
    if form.validate_on_submit():
        try:
            announcements.change_announcement(one, form.body.data or "", **_said(form), by=current_user)
        except DomainError as error:
            db.session.rollback()
            form.form_errors.append(error.sentence)
        else:
            db.session.commit()
            flash("Changed.", "success")
            return redirect(url_for(".announcement_index"), code=303)
    return render(
        "admin/announcement_edit.html", None, 422 if form.is_submitted() else 200, form=form, id=announcement_id
    )


@bp.post("/announcements/<uuid:announcement_id>/end")
@requires(Permission.OPERATE)
@forms_limit
def announcement_end(announcement_id: UUID) -> ResponseReturnValue:
    """Show it to nobody any more."""
    if ButtonForm().validate_on_submit():
        announcements.end_announcement(announcements.get_announcement(announcement_id), current_user)
        db.session.commit()
        flash("It is over.", "success")
    return redirect(url_for(".announcement_index"), code=303)


@bp.get("/realms")
@requires(Permission.OPERATE)
def realm_index() -> ResponseReturnValue:
    """The rooms in their order."""
    return render("admin/realms.html", realms_in_order=list_realms(), plain_form=ButtonForm())


@bp.route("/realms/new", methods=["GET", "POST"])
@requires(Permission.OPERATE)
@forms_limit
def realm_create() -> ResponseReturnValue:
    """A new room."""
    form = RealmForm()
    if form.validate_on_submit():
        try:
            _require_no_page(form.slug.data or "")
            realm = realm_keeping.add_realm(form.details(), by=current_user)
        except DomainError as error:
            db.session.rollback()
            form.form_errors.append(error.sentence)
        else:
            db.session.commit()
            flash(f"{realm.name} is open at /{realm.slug}.", "success")
            return redirect(url_for(".realm_index"), code=303)
    return render("admin/realm_edit.html", None, 422 if form.is_submitted() else 200, form=form, realm_slug="")


@bp.route("/realms/<realm_slug>", methods=["GET", "POST"])
@requires(Permission.OPERATE)
@forms_limit
def realm_edit(realm_slug: str) -> ResponseReturnValue:
    """Another name, address, theme, layout, other genres."""
    realm = realm_keeping.get_realm(realm_slug)
    form = (
        RealmForm()
        if request.method == "POST"
        else RealmForm(
            name=realm.name, slug=realm.slug, tagline=realm.tagline, theme=realm.theme, layout=realm.layout,
            genres="\n".join(realm.genres),
        )
    )  # fmt: skip
    if form.validate_on_submit():
        try:
            if form.slug.data != realm_slug:
                _require_no_page(form.slug.data or "")
            realm_keeping.change_realm(realm, form.details(), by=current_user)
        except DomainError as error:
            db.session.rollback()
            form.form_errors.append(error.sentence)
        else:
            db.session.commit()
            flash("Saved. Pages show it within three seconds.", "success")
            return redirect(url_for(".realm_index"), code=303)
    return render("admin/realm_edit.html", None, 422 if form.is_submitted() else 200, form=form, realm_slug=realm_slug)


@bp.post("/realms/<realm_slug>/<any(up, down):direction>")
@requires(Permission.OPERATE)
@forms_limit
def realm_move(realm_slug: str, direction: str) -> ResponseReturnValue:
    """One place up or down."""
    if ButtonForm().validate_on_submit():
        realm_keeping.move_realm(realm_keeping.get_realm(realm_slug), up=direction == "up", by=current_user)
        db.session.commit()
    return redirect(url_for(".realm_index"), code=303)


@bp.get("/limits")
@requires(Permission.OPERATE)
def limit_index() -> ResponseReturnValue:
    """How much each role may upload: options like others, here by themselves."""
    return render("admin/limits.html", lines=lines_of("Uploads"), form=ButtonForm())


def _announcements(form: AnnouncementForm, status: int = 200) -> ResponseReturnValue:
    after = decode_cursor(request.args.get("after"))
    page = make_page(
        announcements.list_announcements(after=after[1] if after else None, size=PAGE_SIZE),
        size=PAGE_SIZE,
        place=lambda one: (one.made_at, one.id),
        url=lambda cursor: url_for(".announcement_index", after=cursor),
        show=lambda one: one,
    )
    return render(
        "admin/announcements.html", "admin/_announcement_rows.html", status, page=page, form=form,
        plain_form=ButtonForm(),
    )  # fmt: skip


def _said(form: AnnouncementForm) -> dict[str, Any]:
    return {
        "audience": Audience(form.audience.data), "tone": Tone(form.tone.data),
        "begins_at": _in_utc(form.begins_at.data), "ends_at": _in_utc(form.ends_at.data),
    }  # fmt: skip


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None else None


def _require_no_page(slug: str) -> None:
    """Refuse an address under which there is a page of ours, which would stand before the realm.

    Raises:
        SlugTaken
    """
    try:
        endpoint, _values = current_app.url_map.bind("").match(f"/{slug.strip().lower()}", method="GET")
    except HTTPException:
        raise SlugTaken from None
    if endpoint != "site.realm_show":
        raise SlugTaken
