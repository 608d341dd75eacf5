"""Who has their feed open, so that they can be told that there is more.

A sorted set in Redis holds the readers with the time until which their page counts as open; the page renews it. A
flush of Redis loses word of what is new for a minute, nothing else.
"""

import time
from typing import Any
from uuid import UUID

import structlog
from redis import RedisError
from sqlalchemy import select

from app.core.live import send
from app.core.queue import redis
from app.extensions import db
from app.social.models import Follow

KEY = "feed:watchers"
TOPIC = "feed:mine"
"""What every page of a feed watches; whose it is, the door knows. So one message does for all."""
WATCHED_S = 150.0
"""How long a page counts as open after it last said so; it does every minute."""
MOST_TOLD = 10_000
log = structlog.get_logger()


def room(user_id: UUID) -> str:
    """Where it is said that somebody's feed grew."""
    return f"feed:{user_id.hex}"


def keep_watching(user_id: UUID) -> None:
    """Somebody's feed is open, for the next while."""
    try:
        redis().zadd(KEY, {user_id.hex: time.time() + WATCHED_S})
    except RedisError as error:
        log.warning("watcher_lost", error=str(error))


def tell_watchers(actor_id: UUID) -> None:
    """Tell those with an open feed who follow ``actor_id`` to look again.

    One statement and one message over the index of ``follows``, however many follow: what it costs depends on how many
    feeds are open. More than ``MOST_TOLD`` open feeds look by themselves once a minute, as all of them do.
    """
    try:
        connection: Any = redis()
        connection.zremrangebyscore(KEY, "-inf", time.time())
        watching = connection.zrevrange(KEY, 0, MOST_TOLD - 1)
    except RedisError as error:
        log.warning("watchers_unknown", error=str(error))
        return
    if not watching:
        return
    readers = [UUID(hex=one.decode() if isinstance(one, bytes) else one) for one in watching]
    query = select(Follow.follower_id).where(Follow.follower_id.in_(readers), Follow.followed_id == actor_id)
    rooms = [room(follower_id) for follower_id in db.session.scalars(query)]
    if rooms:
        send(rooms, "changed", {"topic": TOPIC})
