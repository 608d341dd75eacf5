"""One's own data: what one agreed to, how old one says one is, taking everything along."""

from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.accounts.forms import ButtonForm
from app.accounts.login import current_asker
from app.accounts.services import consents
from app.accounts.step_up import needs_fresh_proof
from app.core.queue import DEFAULT, ring
from app.extensions import db
from app.media import gate
from app.media.sending_views import Kept, in_context, send
from app.rights import exporting
from app.web.hx import render
from app.web.limits import forms_limit
from app.web.redirects import wanted_page

bp = Blueprint("data", __name__, url_prefix="/settings/data")


@bp.get("")
@login_required
def data_show() -> ResponseReturnValue:
    """Everything about one's data on one page."""
    return render(
        "rights/settings_data.html",
        form=ButtonForm(),
        consents=consents.list_consents(current_user),
        is_asked=consents.is_asked(current_user),
        age=gate.adult_age(),
        exports=exporting.list_exports(current_user),
    )


@bp.post("/exports")
@login_required
@forms_limit
@needs_fresh_proof
def export_create() -> ResponseReturnValue:
    """Ask for everything of oneself. Who is suspended or banned may, too."""
    if ButtonForm().validate_on_submit():
        exporting.ask_for_export(current_user)
        db.session.commit()
        ring(DEFAULT, "app.rights.jobs.make_exports")
        flash("We are putting your archive together. A mail and a notification tell you when it is ready.", "success")
    return redirect(url_for(".data_show"), code=303)


@bp.get("/exports/<uuid:export_id>/soundstage.zip")
@login_required
def export_download(export_id: UUID) -> ResponseReturnValue:
    """An archive of one's own, by ranges."""
    export = exporting.find_ready(current_user, export_id)
    asker, owner_id = current_asker(), export.user_id

    def still_theirs() -> bool:
        return asker.now().id == owner_id

    name = f"soundstage-{current_user.username}-{export.created_at:%Y-%m-%d}.zip"
    return send(
        export.storage_key, kept=Kept.NOWHERE, mimetype="application/zip", download_as=name,
        may_go_on=in_context(still_theirs),
    )  # fmt: skip


@bp.post("/agreement")
@login_required
@forms_limit
def agreement_create() -> ResponseReturnValue:
    """Agree to the terms that hold now."""
    if ButtonForm().validate_on_submit():
        consents.agree_to_texts(current_user)
        db.session.commit()
        flash("Thank you. It is written down below.", "success")
    return redirect(wanted_page(url_for(".data_show")), code=303)


@bp.post("/age/withdrawal")
@login_required
@forms_limit
def age_withdraw() -> ResponseReturnValue:
    """Take back that one is an adult, and be asked again."""
    if ButtonForm().validate_on_submit():
        consents.unsay_adult(current_user)
        db.session.commit()
        flash("What is for adults asks you again.", "success")
    return redirect(url_for(".data_show"), code=303)
