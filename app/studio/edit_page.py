"""The page where a medium is edited, and what every form on it does: take it, or show it again with what is wrong."""

from collections.abc import Callable

from flask import current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import Field, Form
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs

from app.accounts.forms import ButtonForm
from app.core.errors import DomainError
from app.core.screening import Screened, notes_of
from app.extensions import db
from app.media import queries
from app.media.models import Medium
from app.media.playback import page_of
from app.media.realms import realms
from app.media.services import editing
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


def take(
    public_id: str, name: str, form: Form, act: Callable[[Medium], str], *, blames: Field | None = None
) -> ResponseReturnValue:
    """Let ``act`` do with one's own medium what ``form`` says, and say its sentence; else show the form again.

    ``name`` is the form's on the page. What ``act`` refuses stands at the field that it ``blames``, or at the form.
    """
    medium = queries.get_own(current_user.id, public_id, lock=True)
    if not form.validate():
        return show(medium, **{name: form})
    try:
        sentence = act(medium)
    except DomainError as error:
        if blames is None:
            form.form_errors = [error.sentence]
        else:
            blames.errors = [error.sentence]
        db.session.rollback()  # a service may have stopped half-way
        return show(queries.get_own(current_user.id, public_id), **{name: form})
    return saved(public_id, sentence)


def saved(public_id: str, sentence: str) -> ResponseReturnValue:
    """Commit, say so, and show the page anew."""
    db.session.commit()
    flash(sentence, "success")
    return redirect(url_for("studio.medium_edit", public_id=public_id), code=303)


def show(medium: Medium, **refused: Form) -> ResponseReturnValue:
    """The page with every form filled from the medium; one among ``refused`` shows what was sent, and why not."""
    version = medium.version
    settings = current_app.config["SETTINGS"]
    page = page_of(medium, current_user, medium.link_secret, public_url=settings.public_url)
    base = f"/media/restricted/{version.delivery_key}/-/" if version else ""
    return render(
        "studio/medium_edit.html",
        None,
        422 if refused else 200,
        medium=medium,
        waits=notes_of(Screened.MEDIUM, [medium.id]).get(medium.id, "") if medium.hold is not None else "",
        page=page,
        card=page.card,
        making=making_of(medium, queries.get_making(medium)),
        posters=[(name, base + name) for name in version.poster_names] if version else [],
        captions=[(str(one.id), one.language, one.label, one.kind.value) for one in medium.captions],
        is_published=medium.published_at is not None,
        button_form=ButtonForm(formdata=None),
        **{**_filled_forms(medium), **refused},
    )


def with_realms(form: DetailsForm) -> DetailsForm:
    """The form with the operator's realms to choose from."""
    form.realm.choices = [SelectChoice(realm.slug, realm.name) for realm in realms()]
    return form


def _filled_forms(medium: Medium) -> dict[str, Form]:
    chapters = "\n".join(f"{editing.format_time(one.starts_at_ms)} {one.title}" for one in medium.chapters)
    return {
        "details_form": with_realms(
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
        "comments_form": CommentPolicyForm(formdata=None, policy=medium.comments_policy.value),
        "poster_form": PosterForm(formdata=None),
        "caption_form": CaptionForm(formdata=None, language=medium.language),
        "chapters_form": ChaptersForm(formdata=None, chapters=chapters or editing.chapters_in_description(medium)),
        "delete_form": DeleteForm(formdata=None),
    }
