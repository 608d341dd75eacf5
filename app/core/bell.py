"""The bell of the tallies: says to the spine, after a commit, that something waits to be counted.

``NOTIFY`` would make commits wait for one another, because PostgreSQL puts notifications in order under one lock. So
this one goes over Redis, at most once in ``WINDOW_MS`` for the whole installation; five hundred likes a second are a
dozen rings. What nobody heard of, because Redis was away, the spine's sweep finds two seconds later.
"""

import time
from functools import cache
from typing import Any

import structlog
from flask import current_app
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.extensions import db

CHANNEL = "bell"
RUNG_KEY = "bell:rung"
WINDOW_MS = 80
REST_S = 2.0
"""How long nobody rings after Redis was found to be away: a click must not wait for that each time."""
_WAITS = "bell"

log = structlog.get_logger()


@cache
def _line(url: str) -> "_Line":
    return _Line(url)


class _Line:
    """A connection that gives up at once, and for a while."""

    def __init__(self, url: str) -> None:
        self.redis: Redis = Redis.from_url(
            url, socket_connect_timeout=0.5, socket_timeout=0.5, retry=Retry(NoBackoff(), 1)
        )
        self.rests_until = 0.0


def ring() -> None:
    """Ring now, unless somebody rang within the last ``WINDOW_MS``: the spine waits as long before it looks."""
    line = _line(current_app.config["SETTINGS"].redis_url)
    if line.rests_until > time.monotonic():
        return
    try:
        if line.redis.set(RUNG_KEY, "1", nx=True, px=WINDOW_MS):
            line.redis.publish(CHANNEL, "1")
    except RedisError as error:
        line.rests_until = time.monotonic() + REST_S
        log.warning("bell_lost", error=str(error))


def ring_after_commit(session: Session) -> None:
    """Ring when the transaction of ``session`` has been committed; once, however often this is asked."""
    session.info[_WAITS] = True


@event.listens_for(db.session, "after_commit")
def _committed(session: Any) -> None:
    if session.in_nested_transaction() or not session.info.pop(_WAITS, False):
        return
    ring()


@event.listens_for(db.session, "after_rollback")
def _rolled_back(session: Any) -> None:
    session.info.pop(_WAITS, None)
