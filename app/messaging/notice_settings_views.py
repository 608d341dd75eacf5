"""Settings of notifications: the matrix of kinds and channels, browsers that are pushed to, the way out of mails."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.accounts import login as doors
from app.accounts.queries import get_user
from app.core.errors import NotFound
from app.extensions import csrf, db
from app.messaging import unsubscribing, vapid
from app.messaging.notice_errors import SubscriptionRefused
from app.messaging.notice_forms import LISTED_ELSEWHERE, ChannelsForm
from app.messaging.services import pushing, reading
from app.web.hx import render
from app.web.limits import forms_limit

bp = Blueprint("notification_settings", __name__)


@bp.route("/settings/notifications", methods=["GET", "POST"])
@login_required
@forms_limit
def channels() -> ResponseReturnValue:
    """What reaches one, and how."""
    form = ChannelsForm.of(reading.choices_of(current_user))
    if form.validate_on_submit():
        reading.choose(current_user, form.choices())
        db.session.commit()
        flash("Saved.", "success")
        return redirect(url_for(".channels"), code=303)
    here = doors.current_session()
    return render(
        "messaging/settings_notifications.html", None, 422 if form.is_submitted() else 200,
        form=form, elsewhere=LISTED_ELSEWHERE, browsers=pushing.list_subscriptions(current_user),
        here=here.id if here else None, vapid_key=vapid.public_key(),
    )  # fmt: skip


@bp.post("/settings/notifications/browsers")
@login_required
@forms_limit
def browser_create() -> ResponseReturnValue:
    """Push to this browser: JSON as ``PushSubscription.toJSON()`` makes it."""
    said = request.get_json(silent=True)
    keys = said.get("keys") if isinstance(said, dict) else None
    here = doors.current_session()
    if not isinstance(said, dict) or not isinstance(keys, dict) or here is None:
        raise SubscriptionRefused
    endpoint, p256dh, auth = said.get("endpoint"), keys.get("p256dh"), keys.get("auth")
    if not (isinstance(endpoint, str) and isinstance(p256dh, str) and isinstance(auth, str)):
        raise SubscriptionRefused
    pushing.subscribe(current_user, session_id=here.id, endpoint=endpoint, p256dh=p256dh, auth=auth)
    db.session.commit()
    return "", 204


@bp.post("/settings/notifications/browsers/delete")
@login_required
@forms_limit
def browser_delete_here() -> ResponseReturnValue:
    """Push to this browser no more: JSON with its ``endpoint``."""
    said = request.get_json(silent=True)
    endpoint = said.get("endpoint") if isinstance(said, dict) else None
    pushing.unsubscribe(current_user, endpoint=endpoint if isinstance(endpoint, str) else "")
    db.session.commit()
    return "", 204


@bp.post("/settings/notifications/browsers/<uuid:subscription_id>/delete")
@login_required
@forms_limit
def browser_delete(subscription_id: UUID) -> ResponseReturnValue:
    """Push to one of one's browsers no more."""
    pushing.unsubscribe(current_user, subscription_id=subscription_id)
    db.session.commit()
    flash("Nothing is pushed to that browser any more.", "success")
    return redirect(url_for(".channels"), code=303)


@bp.get("/unsubscribe/<token>")
def unsubscribe_show(token: str) -> ResponseReturnValue:
    """What a mail's foot leads to: a button. Programs that look at links on their own end nothing."""
    found = unsubscribing.read_token(token)
    if found is None:
        raise NotFound
    return render("messaging/unsubscribe.html", how=found[1].value, done=False)


@bp.post("/unsubscribe/<token>")
@csrf.exempt
@forms_limit
def unsubscribe(token: str) -> ResponseReturnValue:
    """End these mails: the button, or a mail program by itself (RFC 8058). The signed token is the permission."""
    found = unsubscribing.read_token(token)
    if found is None:
        raise NotFound
    reading.stop_mail(get_user(found[0]), found[1])
    db.session.commit()
    return render("messaging/unsubscribe.html", how=found[1].value, done=True)
