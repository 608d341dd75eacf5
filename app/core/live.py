"""Telling open pages that something changed: word goes over Redis, the web processes pass it to their sockets."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import structlog
from flask import current_app
from socketio import RedisManager

CHANNEL = "soundstage"
log = structlog.get_logger()


class SocketManager(RedisManager):
    """The web processes' end: passes word on to sockets, and puts out who is to be put out."""

    def _handle_emit(self, message: dict[str, Any]) -> None:
        super()._handle_emit(message)
        self.server.sleep(0)  # let it be sent: what comes in a burst would fill the queues of those who do read

    def _handle_close_room(self, message: dict[str, Any]) -> None:
        put_out_here(self.server, str(message.get("room")))
        super()._handle_close_room(message)


def put_out_here(server: Any, room: str) -> None:
    """Close every socket of this process that is in ``room``."""
    for sid, eio_sid in list(server.manager.get_participants("/", room)):
        server.disconnect(sid, namespace="/", ignore_queue=True)
        server.eio.disconnect(eio_sid)


def put_out(room: str) -> None:
    """Close every socket in ``room``, in every web process. A lost word is no error: the processes look themselves."""
    try:
        _sender(current_app.config["SETTINGS"].redis_url).close_room(room)
    except Exception as error:  # noqa: BLE001 - any failure of Redis means the same here
        log.warning("announcement_lost", room=room, message="close_room", error=str(error))


@cache
def _sender(url: str) -> Any:
    return RedisManager(url, channel=CHANNEL, write_only=True)


def announce(topic: str) -> None:
    """Say to every page that watches ``topic`` that it should look again."""
    send(topic, "changed", {"topic": topic})


def send(room: str | Sequence[str], name: str, said: dict[str, Any]) -> None:
    """Send the message ``name`` with what is ``said`` to every socket in ``room``, or in any of several.

    For what is right for everyone who was let into the room. Nothing depends on its arrival: pages without a socket ask
    by themselves, so a lost Redis is no error here.
    """
    try:
        _sender(current_app.config["SETTINGS"].redis_url).emit(name, said, room=room)
    except Exception as error:  # noqa: BLE001 - any failure of Redis means the same here
        log.warning("announcement_lost", room=room, message=name, error=str(error))
