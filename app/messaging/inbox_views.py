"""The counts in the frame, by themselves: what open pages ask for when something new waits."""

from flask import Blueprint, Flask, abort, g
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.messaging import inbox
from app.web.hx import render

bp = Blueprint("inbox", __name__)


@bp.get("/notifications/count")
def notice_count() -> ResponseReturnValue:
    """How many notifications are new."""
    _require_somebody()
    return render("messaging/_notice_count.html")


@bp.get("/messages/count")
def message_count() -> ResponseReturnValue:
    """How many conversations hold something unread."""
    _require_somebody()
    return render("messaging/_message_count.html")


def _require_somebody() -> None:
    """No way to the log-in page, which would be swapped into the bell of a page whose session has ended."""
    if not current_user.is_authenticated:
        abort(401)


def register_inbox(app: Flask) -> None:
    """Give templates ``inbox()``: what waits for whoever asks, counted once a request."""

    def waiting() -> inbox.Inbox:
        if "inbox" not in g:
            g.inbox = inbox.count_waiting(current_user)
        found: inbox.Inbox = g.inbox
        return found

    app.jinja_env.globals["inbox"] = waiting
