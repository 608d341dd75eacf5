"""The studio: one's works, and what is done to each."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.accounts.forms import ButtonForm
from app.core.events import publish
from app.extensions import db
from app.media import queries
from app.media.cards import to_card
from app.media.events import TasksWaiting
from app.media.models import CaptionKind, CommentPolicy, Medium, Visibility
from app.media.services import editing, progress, publishing, tasks
from app.media.services.editing import Details
from app.studio import edit_page
from app.studio.forms import (
    CaptionForm,
    ChaptersForm,
    CommentPolicyForm,
    DeleteForm,
    DetailsForm,
    PosterForm,
    VisibilityForm,
)
from app.studio.making import making_of
from app.web.hx import render
from app.web.limits import forms_limit
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
    return edit_page.show(queries.get_own(current_user.id, public_id))


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
    form = edit_page.with_realms(DetailsForm())

    def act(medium: Medium) -> str:
        editing.edit_details(
            medium,
            Details(
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
            ),
        )
        return "Saved."

    return edit_page.take(public_id, "details_form", form, act)


@bp.post("/media/<public_id>/visibility")
@login_required
@forms_limit
def visibility_update(public_id: str) -> ResponseReturnValue:
    """Choose for whom, and when."""
    form = VisibilityForm()

    def act(medium: Medium) -> str:
        publishing.set_visibility(
            medium,
            Visibility(form.visibility.data),
            publish_at=_in_utc(form.publish_at.data),
            available_until=_in_utc(form.available_until.data),
        )
        return "Saved."

    return edit_page.take(public_id, "visibility_form", form, act)


@bp.post("/media/<public_id>/comments")
@login_required
@forms_limit
def comments_update(public_id: str) -> ResponseReturnValue:
    """Choose who may comment."""
    form = CommentPolicyForm()

    def act(medium: Medium) -> str:
        editing.choose_comments(medium, CommentPolicy(form.policy.data))
        return "Saved."

    return edit_page.take(public_id, "comments_form", form, act)


@bp.post("/media/<public_id>/secret")
@login_required
@forms_limit
def secret_reset(public_id: str) -> ResponseReturnValue:
    """A new secret link; the old one stops working."""
    publishing.reset_secret(queries.get_own(current_user.id, public_id, lock=True))
    return edit_page.saved(public_id, "There is a new secret link. The old one is dead.")


@bp.post("/media/<public_id>/publish")
@login_required
@forms_limit
def medium_publish(public_id: str) -> ResponseReturnValue:
    """Publish now."""
    medium = queries.get_own(current_user.id, public_id, lock=True)
    publishing.publish_medium(medium)
    said = "It is out." if medium.version_id else "It will be out as soon as it can be played."
    return edit_page.saved(public_id, said)


@bp.post("/media/<public_id>/unpublish")
@login_required
@forms_limit
def medium_unpublish(public_id: str) -> ResponseReturnValue:
    """Make it a draft again."""
    publishing.unpublish_medium(queries.get_own(current_user.id, public_id, lock=True))
    return edit_page.saved(public_id, "It is a draft again: nobody but you finds it.")


@bp.post("/media/<public_id>/poster")
@login_required
@forms_limit
def poster_update(public_id: str) -> ResponseReturnValue:
    """Choose a frame, or bring a picture."""
    form = PosterForm()

    def act(medium: Medium) -> str:
        if form.picture.data:
            with tempfile.NamedTemporaryFile(prefix="picture-") as file:
                form.picture.data.save(file)
                file.flush()
                editing.set_artwork(medium, Path(file.name))
        else:
            editing.choose_poster(medium, form.poster.data or "")
        return "That is its picture now."

    return edit_page.take(public_id, "poster_form", form, act, blames=form.picture)


@bp.post("/media/<public_id>/captions")
@login_required
@forms_limit
def caption_create(public_id: str) -> ResponseReturnValue:
    """Add a text track."""
    form = CaptionForm()

    def act(medium: Medium) -> str:
        caption = editing.add_caption(
            medium,
            language=form.language.data or "",
            label=form.label.data or "",
            kind=CaptionKind(form.kind.data),
            data=form.file.data.read(),
        )
        return f"{caption.label} is there."

    return edit_page.take(public_id, "caption_form", form, act, blames=form.file)


@bp.post("/media/<public_id>/captions/<uuid:caption_id>/delete")
@login_required
@forms_limit
def caption_delete(public_id: str, caption_id: UUID) -> ResponseReturnValue:
    """Take a text track away."""
    editing.remove_caption(queries.get_own(current_user.id, public_id, lock=True), caption_id)
    return edit_page.saved(public_id, "That text track is gone.")


@bp.post("/media/<public_id>/chapters")
@login_required
@forms_limit
def chapters_update(public_id: str) -> ResponseReturnValue:
    """Replace the chapters."""
    form = ChaptersForm()

    def act(medium: Medium) -> str:
        editing.set_chapters(medium, form.chapters.data or "")
        return "The chapters are in place."

    return edit_page.take(public_id, "chapters_form", form, act, blames=form.chapters)


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
    return edit_page.saved(public_id, "We try that again.")


@bp.post("/media/<public_id>/delete")
@login_required
@forms_limit
def medium_delete(public_id: str) -> ResponseReturnValue:
    """Delete it for good, with every file of it."""
    medium = queries.get_own(current_user.id, public_id, lock=True, even_removed=True)
    form = DeleteForm()
    if not form.validate_on_submit():
        return edit_page.show(medium, delete_form=form)
    title = medium.title
    editing.delete_medium(medium)
    db.session.commit()
    flash(f"“{title}” is gone, and every file of it.", "success")
    return redirect(url_for(".medium_index"), code=303)


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
