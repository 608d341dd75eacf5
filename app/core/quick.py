"""Redis for what must not wait: a word in passing that one can do without.

A connection that gives up after half a second, and is then left alone for two, so that a Redis that hangs costs a
click nothing.
"""

import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import structlog
from flask import current_app
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

T = TypeVar("T")
PATIENCE_S = 0.5
REST_S = 2.0

log = structlog.get_logger()


class _Line:
    """One process's connections to one Redis, and until when they rest."""

    def __init__(self, url: str) -> None:
        self.redis: Redis = Redis.from_url(
            url, socket_connect_timeout=PATIENCE_S, socket_timeout=PATIENCE_S, retry=Retry(NoBackoff(), 1)
        )
        self.rests_until = 0.0


@cache
def _line(url: str) -> _Line:
    return _Line(url)


def quickly(do: Callable[["Redis"], T]) -> T | None:
    """What ``do`` returns, given a Redis; None where that is away, or was a moment ago."""
    line = _line(current_app.config["SETTINGS"].redis_url)
    if line.rests_until > time.monotonic():
        return None
    try:
        return do(line.redis)
    except RedisError as error:
        line.rests_until = time.monotonic() + REST_S
        log.warning("redis_left_alone", error=str(error), seconds=REST_S)
        return None
