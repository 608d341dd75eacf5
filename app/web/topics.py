"""Topics: what a page can watch over its socket, and who decides whether it may.

A page says ``watch`` with a topic such as ``making:<public id>``. The word before the colon names a *door*: a function
of a domain that asks the gate and answers with the room to join, or with None. Every ``watch`` is decided anew, by the
session that the socket's cookie stands for at that moment.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_login import current_user
from flask_socketio import SocketIO, join_room, leave_room, rooms

from app.extensions import db


@dataclass(frozen=True, slots=True)
class Opened:
    """A room, and the message (its name, and what is said) that brings whoever enters it up to date."""

    room: str
    now: tuple[str, Mapping[str, Any]] | None = None


Door = Callable[[Any, str, str | None], str | Opened | None]
"""``door(viewer, rest_of_the_topic, secret)``: the room, or None where the viewer may not know."""

LONGEST_TOPIC = 80
MOST_ROOMS = 256
"""What one page can watch at once; of the rest it hears when it is loaded again."""


def room_for(doors: Mapping[str, Door], said: Any) -> Opened | None:
    """The room that a page asked for, if its topic is one and its door lets this viewer in."""
    topic, secret = (said.get("topic"), said.get("secret")) if isinstance(said, dict) else (None, None)
    if not isinstance(topic, str) or len(topic) > LONGEST_TOPIC or not topic.isascii() or "\0" in topic:
        return None
    name, _, rest = topic.partition(":")
    door = doors.get(name)
    if door is None or not rest:
        return None
    try:
        opened = door(current_user, rest, secret if isinstance(secret, str) else None)
        return Opened(opened) if isinstance(opened, str) else opened
    finally:
        db.session.remove()


def register(socketio: SocketIO, doors: Mapping[str, Door], goodbyes: Sequence[Callable[[str], None]] = ()) -> None:
    """Answer ``watch`` and ``unwatch`` on ``socketio``; tell ``goodbyes`` the id of each socket that is closed."""

    @socketio.on("disconnect")
    def hang_up(*_reason: Any) -> None:
        for goodbye in goodbyes:
            goodbye(request.sid)  # type: ignore[attr-defined]  # Flask-SocketIO's

    @socketio.on("watch")
    def watch(said: Any) -> dict[str, Any]:
        """Join the room of a topic, if its door opens; the answer says how things stand there."""
        if len(rooms()) >= MOST_ROOMS:
            return {"ok": False}
        opened = room_for(doors, said)
        if opened is None:
            return {"ok": False}
        join_room(opened.room)
        return {"ok": True, "now": opened.now} if opened.now else {"ok": True}

    @socketio.on("unwatch")
    def unwatch(said: Any) -> dict[str, bool]:
        """Leave the room of a topic."""
        opened = room_for(doors, said)
        if opened is not None:
            leave_room(opened.room)
        return {"ok": opened is not None}
