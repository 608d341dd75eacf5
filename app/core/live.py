"""Telling open pages that something changed: a topic goes over Redis, the web processes pass it to their sockets."""

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
    """Say to every page that watches ``topic`` that it should look again.

    Nothing depends on its arrival: pages without a socket ask by themselves, so a lost Redis is no error here.
    """
    try:
        _sender(current_app.config["SETTINGS"].redis_url).emit("changed", {"topic": topic}, room=topic)
    except Exception as error:  # noqa: BLE001 - any failure of Redis means the same here
        log.warning("announcement_lost", topic=topic, error=str(error))
