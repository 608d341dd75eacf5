"""Sockets of media: a page watches a topic and is told when to look again."""

from typing import Any

from flask_login import current_user
from flask_socketio import SocketIO, join_room

from app.extensions import db
from app.media import gate, queries
from app.media.gate import Action

MAKING = "making:"
LONGEST_TOPIC = 40


def register(socketio: SocketIO) -> None:
    """Answer ``watch`` on ``socketio``."""

    @socketio.on("watch")
    def watch(said: Any) -> dict[str, bool]:
        """Join the room of a topic, if the gate lets this person see what it is about."""
        topic, secret = (said.get("topic"), said.get("secret")) if isinstance(said, dict) else (None, None)
        secret = secret if isinstance(secret, str) else None
        if not isinstance(topic, str) or not topic.startswith(MAKING) or len(topic) > LONGEST_TOPIC:
            return {"ok": False}
        medium = queries.find_by_public_id(topic.removeprefix(MAKING))
        allowed = medium is not None and gate.decide(current_user, medium, Action.SEE, secret=secret).allowed
        db.session.remove()
        if allowed:
            join_room(topic)
        return {"ok": allowed}
