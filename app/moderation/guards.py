"""Doors that moderation keeps: what suspended and banned people may still do, and what reviewers are let in to see."""

from typing import Final
from uuid import UUID

from flask import Flask, Response, g, render_template, request
from flask_login import current_user
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import Standing
from app.core import audit
from app.core.clock import now
from app.extensions import db
from app.media.gate import Gated
from app.moderation import queries, wording
from app.moderation.models import CaseView
from app.web.errors import error_response, wants_json
from app.web.filters import clock, long_date
from app.web.hx import go_to, wants_fragment

OPEN_BLUEPRINTS: Final = frozenset(
    {
        "accounts", "addresses", "confirm", "second_step", "security", "passkeys", "openid", "standing", "data", "age",
        "texts", "takedowns", "my_takedowns", "transparency", "notifications",
    }
)  # fmt: skip
"""Who one is, one's data, one's standing, notices about rights: open to those who may do nothing else."""
OPEN_ENDPOINTS: Final = frozenset(
    {
        "static", "settings.account", "settings.account_delete", "settings.password_update", "settings.session_index",
        "settings.session_revoke", "settings.session_revoke_others", "plays.position_update", "plays.history_clear",
        "plays.history_delete", "messages.conversation_read", "notification_settings.unsubscribe",
        "moderation_rules.rules",
    }
)  # fmt: skip
BANNED_MAY_SEE: Final = frozenset({"operations", "delivery", "installable", "machines"})
"""Blueprints of what is no page: health, files, manifests."""


def guard() -> Response | None:
    """Stop what suspended and banned people may not do, and say why and until when."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return _guard_pages()
    if _is_open() or not current_user.is_authenticated or current_user.may_act:
        return None
    sentence = standing_sentence()
    if wants_json() or wants_fragment():
        return error_response(403, sentence)
    decision = queries.standing_decision(current_user.id)
    page = render_template("moderation/barred.html", sentence=sentence, decision=decision, means=wording.means)
    response = Response(page, 403)
    response.headers["Cache-Control"] = "no-store"
    return response


def _guard_pages() -> Response | None:
    blueprint = request.blueprint or ""
    if _is_open() or blueprint in BANNED_MAY_SEE or request.endpoint is None or not request.cookies:
        return None
    if not current_user.is_authenticated or current_user.standing_now is not Standing.BANNED:
        return None
    if wants_json() or wants_fragment():
        return error_response(403, standing_sentence())
    return go_to("/settings/standing")


def _is_open() -> bool:
    return (request.blueprint or "") in OPEN_BLUEPRINTS or request.endpoint in OPEN_ENDPOINTS


def standing_sentence() -> str:
    """What bars the present person, and until when."""
    what = "banned" if current_user.standing_now is Standing.BANNED else "suspended"
    until = current_user.standing_until
    when = f" until {long_date(until)}, {clock(until)}" if until is not None else ""
    return f"Your account is {what}{when}. Why, and how to appeal, stands under Settings, My standing."


def let_review(reviewer_id: UUID, thing: Gated) -> bool:
    """The gate's question whether a member of staff looks at what is held or reported; the first time is noted."""
    found = queries.find_review(reviewer_id, thing)
    if found is not None and not found.is_noted:
        g.setdefault("reviews", {})[found.subject_id] = thing.id
    return found is not None


def note_reviews(response: Response) -> Response:
    """Write down, once a case, that somebody was let in to see what they would not have seen otherwise."""
    reviews: dict[UUID, UUID] = g.pop("reviews", {})
    if reviews and response.status_code < 400 and current_user.is_authenticated:
        for subject_id, thing_id in reviews.items():
            values = {"viewer_id": current_user.id, "subject_id": subject_id, "seen_at": now()}
            query = insert(CaseView).values(values).on_conflict_do_nothing().returning(CaseView.subject_id)
            if db.session.scalar(query) is not None:
                audit.record("case.seen", actor=current_user, subject=("thing", thing_id))
        db.session.commit()
    return response


def register_guards(app: Flask) -> None:
    """Hang the doors on ``app``."""
    app.before_request(guard)
    app.jinja_env.globals["standing_sentence"] = standing_sentence
    app.after_request(note_reviews)
    app.extensions["reviewing"] = let_review
