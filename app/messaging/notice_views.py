"""One's notifications: the page, the menu of the bell, and where each of them leads."""

from uuid import UUID

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from app.extensions import db
from app.messaging import inbox, notice_queries
from app.messaging.notice_errors import NotificationNotFound
from app.messaging.services import reading
from app.web.hx import render
from app.web.limits import forms_limit

bp = Blueprint("notifications", __name__, url_prefix="/notifications")
MENU_SIZE = 8


@bp.get("")
@login_required
def notification_index() -> ResponseReturnValue:
    """Everything that one was told, the latest first. To look is to have seen."""
    newly = _seen()
    after = request.args.get("after")
    page = notice_queries.page_of(current_user, cursor=after, newly=newly)
    response = render("messaging/notifications.html", "messaging/_notices.html" if after else None, page=page)
    return _kept(response, newly)


@bp.get("/menu")
def notification_menu() -> ResponseReturnValue:
    """The latest few, for the bell: a part of a page, so there is no way to the log-in page from here."""
    if not current_user.is_authenticated:
        abort(401)
    newly = _seen()
    page = notice_queries.page_of(current_user, cursor=None, newly=newly, size=MENU_SIZE)
    return _kept(render("messaging/_menu.html", page=page), newly)


@bp.get("/<uuid:notification_id>")
@login_required
def notification_show(notification_id: UUID) -> ResponseReturnValue:
    """Go to what a notification is about; from now on it is read."""
    told = notice_queries.find_told(current_user, notification_id)
    if told is None:
        raise NotificationNotFound
    reading.mark_read(current_user, notification_id)
    person_id = current_user.id
    db.session.commit()
    inbox.tell(person_id)
    return redirect(told.url, code=303)


@bp.post("/read")
@login_required
@forms_limit
def notification_read_all() -> ResponseReturnValue:
    """Declare all of them as read."""
    person_id = current_user.id
    reading.mark_read(current_user)
    db.session.commit()
    inbox.tell(person_id)
    return redirect(url_for(".notification_index"), code=303)


def _seen() -> set[UUID]:
    """Mark what is listed as seen; a browser that only fetches ahead sees nothing."""
    if "prefetch" in request.headers.get("Sec-Purpose", ""):
        return set()
    return reading.mark_seen(current_user)


def _kept(response: Response, newly: set[UUID]) -> Response:
    """Commit what was seen, after the page was drawn from the same transaction, and tell the bells of other pages."""
    person_id = current_user.id
    if newly:
        db.session.commit()
        inbox.tell(person_id)
    return response
