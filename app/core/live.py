"""Telling open pages that something changed: word goes over Redis, the web processes pass it to their sockets."""

from functools import cache
from typing import Any

import structlog
from flask import current_app
from socketio import RedisManager

CHANNEL = "soundstage"
log = structlog.get_logger()


@cache
def _sender(url: str) -> Any:
    return RedisManager(url, channel=CHANNEL, write_only=True)


def announce(topic: str) -> None:
    """Say to every page that watches ``topic`` that it should look again."""
    send(topic, "changed", {"topic": topic})


def send(room: str, name: str, said: dict[str, Any]) -> None:
    """Send the message ``name`` with what is ``said`` to every socket in ``room``.

    For what is right for everyone who was let into the room. Nothing depends on its arrival: pages without a socket ask
    by themselves, so a lost Redis is no error here.
    """
    try:
        _sender(current_app.config["SETTINGS"].redis_url).emit(name, said, room=room)
    except Exception as error:  # noqa: BLE001 - any failure of Redis means the same here
        log.warning("announcement_lost", room=room, message=name, error=str(error))
