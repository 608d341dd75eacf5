"""The bell of the tallies: says to the spine, after a commit, that something waits to be counted.

``NOTIFY`` would make commits wait for one another, because PostgreSQL puts notifications in order under one lock. So
this one goes over Redis, at most once in ``WINDOW_MS`` for the whole installation; five hundred likes a second are a
dozen rings. What nobody heard of, because Redis was away, the spine's sweep finds two seconds later.
"""

from typing import Any

from redis import Redis
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.core.quick import quickly
from app.extensions import db

CHANNEL = "bell"
RUNG_KEY = "bell:rung"
WINDOW_MS = 80
_WAITS = "bell"


def ring() -> None:
    """Ring now, unless somebody rang within the last ``WINDOW_MS``: the spine waits as long before it looks."""
    quickly(_ring)


def _ring(redis: "Redis") -> None:
    if redis.set(RUNG_KEY, "1", nx=True, px=WINDOW_MS):
        redis.publish(CHANNEL, "1")


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
