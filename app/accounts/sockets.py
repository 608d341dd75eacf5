"""Sockets and sessions: a socket belongs to the session that its cookie named, and ends with it."""

from collections.abc import Iterable
from uuid import UUID

import structlog
from flask import Flask, current_app, request
from flask_login import current_user
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO, join_room
from sqlalchemy.exc import SQLAlchemyError

from app.accounts import login
from app.accounts.events import PersonBarred, PersonKept, SessionRevoked
from app.accounts.models import Standing
from app.accounts.services import sessions
from app.core import live
from app.extensions import db

SWEEP_EVERY_S = 30
"""A session that ran out is nobody's act, and word of one that was ended can be lost: so the rows are asked, too."""
NAMESPACE = "/"
_SESSION = "session:"

log = structlog.get_logger()


def register(socketio: SocketIO, app: Flask) -> None:
    """Bind every new socket to its session, and look now and then whether these still live."""

    @socketio.on("connect")
    def connect(_said: object = None) -> None:
        """Let a page in. Strangers have no session, and watch what is open to all."""
        try:
            here = login.current_session()
            if here is None:
                return
            mine = f"person:{current_user.id}"
            others = sum(1 for _ in socketio.server.manager.get_participants(NAMESPACE, mine))
            if current_user.standing_now is Standing.BANNED:
                _hang_up_soon(socketio, request.sid)  # type: ignore[attr-defined]  # Flask-SocketIO's
                raise Refused("banned")
            if others >= current_app.config["SETTINGS"].sockets_per_person:
                _hang_up_soon(socketio, request.sid)  # type: ignore[attr-defined]  # Flask-SocketIO's
                raise Refused("too many")
            join_room(mine)
            join_room(f"{_SESSION}{here.id}")
        finally:
            db.session.remove()
        if "session_sweep" not in app.extensions:
            app.extensions["session_sweep"] = socketio.start_background_task(_sweep_for_ever, socketio, app)


def close_sockets(event: SessionRevoked) -> None:
    """Close the sockets of a session that was ended, in every web process."""
    live.put_out(f"{_SESSION}{event.session_id}")


def close_sockets_of_barred(event: PersonBarred | PersonKept) -> None:
    """Close every socket of somebody whose standing changed: pages connect anew, as far as they still may."""
    live.put_out(f"person:{event.user_id}")


def sweep(socketio: SocketIO) -> int:
    """Close this process's sockets whose session lives no more; returns of how many sessions."""
    rooms = socketio.server.manager.rooms.get(NAMESPACE, {})
    bound = {UUID(name.removeprefix(_SESSION)) for name in _names(rooms) if name.startswith(_SESSION)}
    ended = bound - sessions.living_among(bound)
    for session_id in ended:
        live.put_out_here(socketio.server, f"{_SESSION}{session_id}")
    return len(ended)


def _hang_up_soon(socketio: SocketIO, sid: str) -> None:
    """Close the connection of who was refused, after they were told: refusing alone would leave it open."""
    eio_sid = socketio.server.manager.eio_sid_from_sid(sid, NAMESPACE)

    def hang_up() -> None:
        socketio.sleep(1)
        socketio.server.eio.disconnect(eio_sid)

    socketio.start_background_task(hang_up)


def _names(rooms: Iterable[str | None]) -> list[str]:
    return [name for name in rooms if name is not None]


def _sweep_for_ever(socketio: SocketIO, app: Flask) -> None:
    while True:
        socketio.sleep(SWEEP_EVERY_S)
        try:
            with app.app_context():
                sweep(socketio)
        except SQLAlchemyError as error:
            log.warning("sessions_not_swept", error=str(error))
