"""Players speak to these: what is there to play, how far someone is. And one's own history, cleared."""

from flask import Blueprint, Response, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from app.core.errors import DomainError
from app.extensions import csrf, db, limiter
from app.media import by_link, gate
from app.media import queries as media_queries
from app.media.gate import Action, Reason
from app.media.models import Medium
from app.media.playback import describe_playback
from app.media.services import sharing
from app.plays import queries
from app.plays.services import listeners, positions
from app.web.privacy_signal import wants_privacy

bp = Blueprint("plays", __name__)
SHARED = {Reason.SHARE_LINK, Reason.SHARED_PLAY}


class PositionInvalid(DomainError):
    """A player sent something that is no position."""

    status = 400
    sentence = "That is no position."


@bp.get("/media/<public_id>/playback")
def playback(public_id: str) -> ResponseReturnValue:
    """What a player needs to know, in JSON."""
    medium, secret, reason = _playable(public_id)
    position_ms = queries.position_ms(current_user.id, medium.id)
    response = jsonify(describe_playback(medium, secret, position_ms=position_ms))
    if reason in SHARED:
        by_link.mark_browser(response)
    return by_link.keep_to_oneself(response)


@bp.post("/media/<public_id>/position")
@csrf.exempt
@limiter.limit("1200 per minute")  # a house full of players, each of which says six times a minute where it is
def position_update(public_id: str) -> ResponseReturnValue:
    """A player's heartbeat. An answer of 404 or 410 tells it that the access has ended."""
    if current_user.is_authenticated:
        csrf.protect()  # a stranger has no session that another site could act with, and nothing of theirs is kept
    medium, secret, reason = _playable(public_id)
    said: object = request.get_json(silent=True)
    said = said if isinstance(said, dict) else {}
    position_ms = said.get("position_ms")
    if not isinstance(position_ms, int | float) or isinstance(position_ms, bool) or not 0 <= position_ms < 2**31:
        raise PositionInvalid
    if secret and reason in SHARED:
        sharing.note_heard(secret, by_link.browser_key())
        db.session.commit()
    if current_user.is_authenticated:
        positions.note_position(
            current_user, medium, position_ms=int(position_ms), finished=bool(said.get("finished", False))
        )
        db.session.commit()
    listeners.beat(
        medium.id,
        person_id=current_user.id,
        address="" if wants_privacy() else request.remote_addr or "",
        player="" if wants_privacy() else str(said.get("player", ""))[:64],
        plays=said.get("playing") is not False and not said.get("finished"),
    )
    return Response(status=204)


@bp.post("/library/history/clearing")
@login_required
def history_clear() -> ResponseReturnValue:
    """Empty one's history."""
    positions.forget_all(current_user)
    db.session.commit()
    flash("Your history is empty.", "success")
    return redirect(url_for("site.history"), code=303)


@bp.post("/library/history/<public_id>/delete")
@login_required
def history_delete(public_id: str) -> ResponseReturnValue:
    """Take one medium out of one's history."""
    medium = media_queries.find_by_public_id(public_id)
    if medium is not None:
        positions.forget(current_user, medium.id)
        db.session.commit()
    return redirect(url_for("site.history"), code=303)


def _playable(public_id: str) -> tuple[Medium, str | None, Reason]:
    """The medium, if this viewer may play it now, the secret that they go on with, and why they may.

    Raises:
        MediumNotFound: they may not, or there is none.
        LinkEnded: they might have, until their link ended.
    """
    medium = media_queries.find_by_public_id(public_id)
    secret = by_link.secret_of(current_user, medium, Action.PLAY, request.args.get("s"))
    reason = gate.require(current_user, medium, Action.PLAY, secret=secret).reason
    assert medium is not None  # noqa: S101 - the gate has just seen it
    return medium, secret, reason
