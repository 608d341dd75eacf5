"""Conversations over the socket: what may be watched, and that somebody is writing."""

from typing import Any

from flask import request
from flask_login import current_user
from flask_socketio import SocketIO, emit, rooms

from app.extensions import db
from app.media.gate import Viewer
from app.messaging import conversation_queries as queries
from app.messaging.errors import ConversationNotFound
from app.messaging.models import Standing

PREFIX = "conversation:"


def watch_conversation(viewer: Viewer, public_id: str, _secret: str | None) -> str | None:
    """The room in which the two are told to look again: for the two alone, while no block stands between them."""
    try:
        return queries.get_side(viewer.id, public_id).topic
    except ConversationNotFound:
        return None


def register(socketio: SocketIO) -> None:
    """Answer ``typing`` on ``socketio``."""

    @socketio.on("typing")
    def typing(said: Any) -> dict[str, bool]:
        """Tell the other one that somebody writes; nothing of it is kept. It counts only where both accepted."""
        topic = said.get("topic") if isinstance(said, dict) else None
        if not isinstance(topic, str) or topic not in rooms():
            return {"ok": False}
        try:
            if not current_user.may_act:
                return {"ok": False}
            side = queries.get_side(current_user.id, topic.removeprefix(PREFIX))
            theirs = side.theirs
            if theirs is None or {side.mine.state, theirs.state} != {Standing.ACCEPTED}:
                return {"ok": False}
            emit(
                "typing",
                {"topic": side.topic, "by": current_user.username},
                to=side.topic,
                skip_sid=request.sid,  # type: ignore[attr-defined]  # Flask-SocketIO's
            )
        except ConversationNotFound:
            return {"ok": False}
        finally:
            db.session.remove()
        return {"ok": True}
