"""The studio: one's works, and the page where each is edited."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from wtforms import Form
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs

from app.accounts.forms import ButtonForm
from app.accounts.settings_views import forms_limit
from app.core.errors import DomainError
from app.core.events import publish
from app.extensions import db
from app.media import queries
from app.media.cards import to_card
from app.media.events import TasksWaiting
from app.media.models import CaptionKind, Medium, Visibility
from app.media.playback import page_of
from app.media.realms import realms
from app.media.services import editing, progress, publishing, tasks
from app.media.services.editing import Details
from app.studio.forms import CaptionForm, ChaptersForm, DeleteForm, DetailsForm, PosterForm, VisibilityForm
from app.studio.making import making_of
from app.web.hx import render
from app.web.pagination import PAGE_SIZE, decode_cursor, make_page

bp = Blueprint("studio", __name__, url_prefix="/studio")


@bp.get("/media")
@login_required
def medium_index() -> ResponseReturnValue:
    """Everything of one's own, whatever its state."""
    after = decode_cursor(request.args.get("after"))
    page = make_page(
        queries.own_rows(current_user.id, after=after[1] if after else None),
        size=PAGE_SIZE,
        place=lambda row: (row.created_at, row.id),
        url=lambda cursor: url_for(".medium_index", after=cursor),
        show=lambda row: to_card(row, own=True),
    )
    return render("studio/media_index.html", "studio/_media_rows.html", page=page, form=ButtonForm())


@bp.get("/media/<public_id>")
@login_required
def medium_edit(public_id: str) -> ResponseReturnValue:
    """The page where a medium is edited."""
    return _edit_page(queries.get_own(current_user.id, public_id))


@bp.get("/media/<public_id>/progress")
@login_required
def medium_progress(public_id: str) -> ResponseReturnValue:
    """How far its making is; the part that goes on changing."""
    medium = queries.get_own(current_user.id, public_id)
    response = render("studio/making.html", "studio/_making.html", making=making_of(medium, queries.get_making(medium)))
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.post("/media/<public_id>/details")
@login_required
@forms_limit
def details_update(public_id: str) -> ResponseReturnValue:
    """Keep what the artist says."""
    medium = queries.get_own(current_user.id, public_id, lock=True)
    form = _with_realms(DetailsForm())
    if not form.validate_on_submit():
        return _edit_page(medium, details_form=form)
    details = Details(
        title=form.title.data or "",
        slug=form.slug.data or "",
        description=form.description.data or "",
        realm=form.realm.data,
        genre=form.genre.data or "",
        tags=form.tags.data or "",
        language=form.language.data or "",
        licence=form.licence.data,
        explicit=form.explicit.data,
        credits=form.credits.data or "",
        release_date=form.release_date.data,
        downloads_allowed=form.downloads_allowed.data,
    )
    try:
        editing.edit_details(medium, details)
    except DomainError as error:
        form.form_errors = [error.sentence]
        return _refused(public_id, details_form=form)
    return _saved(medium, "Saved.")


@bp.post("/media/<public_id>/visibility")
@login_required
@forms_limit
def visibility_update(public_id: str) -> ResponseReturnValue:
    """Choose for whom, and when."""
    medium = queries.get_own(current_user.id, public_id, lock=True)
    form = VisibilityForm()
    if not form.validate_on_submit():
        return _edit_page(medium, visibility_form=form)
    try:
        publishing.set_visibility(
            medium,
            Visibility(form.visibility.data),
            publish_at=_in_utc(form.publish_at.data),
            available_until=_in_utc(form.available_until.data),
        )
    except DomainError as error:
        form.form_errors = [error.sentence]
        return _refused(public_id, visibility_form=form)
    return _saved(medium, "Saved.")


@bp.post("/media/<public_id>/secret")
@login_required
@forms_limit
def secret_reset(public_id: str) -> ResponseReturnValue:
    """A new secret link; the old one stops working."""
    medium = queries.get_own(current_user.id, public_id, lock=True)
    publishing.reset_secret(medium)
    return _saved(medium, "There is a new secret link. The old one is dead.")


@bp.post("/media/<public_id>/publish")
@login_required
@forms_limit
def medium_publish(public_id: str) -> ResponseReturnValue:
    """Publish now."""
    medium = queries.get_own(current_user.id, public_id, lock=True)
    publishing.publish_medium(medium)
    said = "It is out." if medium.version_id else "It will be out as soon as it can be played."
    return _saved(medium, said)


@bp.post("/media/<public_id>/unpublish")
@login_required
@forms_limit
def medium_unpublish(public_id: str) -> ResponseReturnValue:
    """Make it a draft again."""
    medium = queries.get_own(current_user.id, public_id, lock=True)
    publishing.unpublish_medium(medium)
    return _saved(medium, "It is a draft again: nobody but you finds it.")


@bp.post("/media/<public_id>/poster")
@login_required
@forms_limit
def poster_update(public_id: str) -> ResponseReturnValue:
    """Choose a frame, or bring a picture."""
    medium = queries.get_own(current_user.id, public_id, lock=True)
    form = PosterForm()
    if not form.validate_on_submit():
        return _edit_page(medium, poster_form=form)
    try:
        if form.picture.data:
            with tempfile.NamedTemporaryFile(prefix="picture-") as file:
                form.picture.data.save(file)
                file.flush()
                editing.set_artwork(medium, Path(file.name))
        else:
            editing.choose_poster(medium, form.poster.data or "")
    except DomainError as error:
        form.picture.errors = [error.sentence]
        return _refused(public_id, poster_form=form)
    return _saved(medium, "That is its picture now.")


@bp.post("/media/<public_id>/captions")
@login_required
@forms_limit
def caption_create(public_id: str) -> ResponseReturnValue:
    """Add a text track."""
    medium = queries.get_own(current_user.id, public_id, lock=True)
    form = CaptionForm()
    if not form.validate_on_submit():
        return _edit_page(medium, caption_form=form)
    try:
        caption = editing.add_caption(
            medium,
            language=form.language.data or "",
            label=form.label.data or "",
            kind=CaptionKind(form.kind.data),
            data=form.file.data.read(),
        )
    except DomainError as error:
        form.file.errors = [error.sentence]
        return _refused(public_id, caption_form=form)
    return _saved(medium, f"{caption.label} is there.")


@bp.post("/media/<public_id>/captions/<uuid:caption_id>/delete")
@login_required
@forms_limit
def caption_delete(public_id: str, caption_id: UUID) -> ResponseReturnValue:
    """Take a text track away."""
    medium = queries.get_own(current_user.id, public_id, lock=True)
    editing.remove_caption(medium, caption_id)
    return _saved(medium, "That text track is gone.")


@bp.post("/media/<public_id>/chapters")
@login_required
@forms_limit
def chapters_update(public_id: str) -> ResponseReturnValue:
    """Replace the chapters."""
    medium = queries.get_own(current_user.id, public_id, lock=True)
    form = ChaptersForm()
    if not form.validate_on_submit():
        return _edit_page(medium, chapters_form=form)
    try:
        editing.set_chapters(medium, form.chapters.data or "")
    except DomainError as error:
        form.chapters.errors = [error.sentence]
        return _refused(public_id, chapters_form=form)
    return _saved(medium, "The chapters are in place.")


@bp.post("/media/<public_id>/retry/<uuid:task_id>")
@login_required
@forms_limit
def task_retry(public_id: str, task_id: UUID) -> ResponseReturnValue:
    """Try one failed step again."""
    medium = queries.get_own(current_user.id, public_id, lock=True)
    version = queries.get_making(medium).version
    if any(task.id == task_id for task in version.tasks) and tasks.requeue_task(task_id):
        progress.wait_again(version)
        publish(TasksWaiting(version_id=version.id, count=1))
    return _saved(medium, "We try that again.")


@bp.post("/media/<public_id>/delete")
@login_required
@forms_limit
def medium_delete(public_id: str) -> ResponseReturnValue:
    """Delete it for good, with every file of it."""
    medium = queries.get_own(current_user.id, public_id, lock=True)
    form = DeleteForm()
    if not form.validate_on_submit():
        return _edit_page(medium, delete_form=form)
    title = medium.title
    editing.delete_medium(medium)
    db.session.commit()
    flash(f"“{title}” is gone, and every file of it.", "success")
    return redirect(url_for(".medium_index"), code=303)


def _saved(medium: Medium, sentence: str) -> ResponseReturnValue:
    public_id = medium.public_id
    db.session.commit()
    flash(sentence, "success")
    return redirect(url_for(".medium_edit", public_id=public_id), code=303)


def _refused(public_id: str, **refused: Form) -> ResponseReturnValue:
    """The page as it was before, with what was sent and why it was refused: a service may have stopped half-way."""
    db.session.rollback()
    return _edit_page(queries.get_own(current_user.id, public_id), **refused)


def _edit_page(medium: Medium, **refused: Form) -> ResponseReturnValue:
    """The page with every form filled from the medium; one among ``refused`` shows what was sent, and why not."""
    version = medium.version
    settings = current_app.config["SETTINGS"]
    forms: dict[str, Form] = {
        "details_form": _with_realms(
            DetailsForm(
                formdata=None,
                title=medium.title,
                slug=medium.slug,
                description=medium.description_markdown,
                realm=medium.realm_slug,
                genre=medium.genre,
                tags=", ".join(medium.tags),
                language=medium.language,
                licence=medium.licence,
                explicit=medium.explicit,
                credits="\n".join(f"{role}: {name}" if role else name for role, name in medium.credits),
                release_date=medium.release_date,
                downloads_allowed=medium.downloads_allowed,
            )
        ),
        "visibility_form": VisibilityForm(
            formdata=None,
            visibility=medium.visibility.value,
            publish_at=medium.publish_at,
            available_until=medium.available_until,
        ),
        "poster_form": PosterForm(formdata=None),
        "caption_form": CaptionForm(formdata=None, language=medium.language),
        "chapters_form": ChaptersForm(
            formdata=None,
            chapters="\n".join(f"{editing.format_time(one.starts_at_ms)} {one.title}" for one in medium.chapters)
            or editing.chapters_in_description(medium),
        ),
        "delete_form": DeleteForm(formdata=None),
    }
    page = page_of(medium, current_user, medium.link_secret, public_url=settings.public_url)
    base = f"/media/restricted/{version.delivery_key}/-/" if version else ""
    return render(
        "studio/medium_edit.html",
        None,
        422 if refused else 200,
        medium=medium,
        page=page,
        card=page.card,
        making=making_of(medium, queries.get_making(medium)),
        posters=[(name, base + name) for name in version.poster_names] if version else [],
        captions=[(str(one.id), one.language, one.label, one.kind.value) for one in medium.captions],
        is_published=medium.published_at is not None,
        button_form=ButtonForm(formdata=None),
        **{**forms, **refused},
    )


def _with_realms(form: DetailsForm) -> DetailsForm:
    form.realm.choices = [SelectChoice(realm.slug, realm.name) for realm in realms()]
    return form


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
