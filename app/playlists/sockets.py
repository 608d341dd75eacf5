"""What of sets can be watched: that something in one has changed, and who is at work on it."""

from typing import Any
from uuid import UUID

from flask import request
from flask_login import current_user
from flask_socketio import SocketIO

from app.core.live import announce
from app.extensions import db
from app.media import gate
from app.media.gate import Action, Viewer
from app.playlists import presence, queries

_here: dict[str, tuple[str, UUID]] = {}
"""Socket to the set and the person that it spoke for, of the sockets of this process."""


def watch_set(viewer: Viewer, public_id: str, secret: str | None) -> str | None:
    """The room of a set, for those whom the gate lets see it, and for those who work on it."""
    one = queries.find_by_public_id(public_id)
    if one is None:
        return None
    if not gate.decide(viewer, one, Action.SEE, secret=secret).allowed and not queries.may_arrange(viewer, one):
        return None
    return f"set:{public_id}"


def watch_presence(viewer: Viewer, public_id: str, _secret: str | None) -> str | None:
    """The room that hears who comes and goes, for those who work on the set."""
    one = queries.find_by_public_id(public_id)
    return f"presence:{public_id}" if one is not None and queries.may_arrange(viewer, one) else None


def register(socketio: SocketIO) -> None:
    """Answer ``here`` and ``away`` on ``socketio``."""

    @socketio.on("here")
    def here(said: Any) -> dict[str, bool]:
        """A page says that it is open. Whoever may not work on the set any more is told no, and is not there."""
        public_id = said.get("set") if isinstance(said, dict) else None
        socket_id: str = request.sid  # type: ignore[attr-defined]  # Flask-SocketIO's
        try:
            one = queries.find_by_public_id(public_id) if isinstance(public_id, str) else None
            is_let_in = one is not None and queries.may_arrange(current_user, one)
            user_id = current_user.id
        finally:
            db.session.remove()
        before = _here.get(socket_id)
        if before is not None and (not is_let_in or before != (public_id, user_id)):
            forget_socket(socket_id)
        if not is_let_in or not isinstance(public_id, str):
            return {"ok": False}
        _here[socket_id] = (public_id, user_id)
        if presence.note_here(public_id, user_id, socket_id):
            announce(f"presence:{public_id}")
        return {"ok": True}

    @socketio.on("away")
    def away(_said: Any = None) -> dict[str, bool]:
        """A page says goodbye."""
        forget_socket(request.sid)  # type: ignore[attr-defined]  # likewise
        return {"ok": True}


def forget_socket(socket_id: str) -> None:
    """A socket is closed, or its page left."""
    public_id, user_id = _here.pop(socket_id, (None, None))
    if public_id is not None and user_id is not None and presence.note_away(public_id, user_id, socket_id):
        announce(f"presence:{public_id}")
