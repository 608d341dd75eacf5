"""Who has a set's edit page open at this moment, on whatever web process: kept in Redis, where it runs out by itself.

One sorted set for each set of works: members are ``<user id>/<socket id>``, scores say until when (seconds since 1970).
A page says again and again that it is there; a tab that is closed says goodbye by its socket; of a process that was
killed, the others' next word clears away what has run out. Without Redis nobody is seen, and nothing else suffers.
"""

import time
from typing import Any
from uuid import UUID

import structlog
from redis import RedisError

from app.core.queue import redis

LASTS_S = 25
"""How long a word holds. Pages repeat it every ten seconds."""

log = structlog.get_logger()


def note_here(public_id: str, user_id: UUID, socket_id: str) -> bool:
    """Someone has the page open; returns whether that, or what has run out, changes who is there."""
    return _change(public_id, here={f"{user_id}/{socket_id}": time.time() + LASTS_S})


def note_away(public_id: str, user_id: UUID, socket_id: str) -> bool:
    """The page is closed; returns whether that changes who is there: people may have it open twice."""
    return _change(public_id, away=f"{user_id}/{socket_id}")


def who_is_here(public_id: str) -> set[UUID]:
    """The people who have the page open."""
    try:
        return _people(redis().zrangebyscore(_key(public_id), time.time(), "+inf"))
    except RedisError as error:
        log.warning("presence_unknown", error=str(error))
        return set()


def _change(public_id: str, *, here: dict[str, float] | None = None, away: str = "") -> bool:
    key, moment = _key(public_id), time.time()
    try:
        with redis().pipeline() as pipe:
            pipe.zrange(key, 0, -1)
            if here:
                pipe.zadd(key, here)
            if away:
                pipe.zrem(key, away)
            pipe.zremrangebyscore(key, "-inf", moment)
            pipe.expire(key, 2 * LASTS_S)
            pipe.zrange(key, 0, -1)
            said = pipe.execute()
    except RedisError as error:
        log.warning("presence_unknown", error=str(error))
        return False
    return _people(said[0]) != _people(said[-1])


def _people(members: Any) -> set[UUID]:
    return {UUID(member.decode().partition("/")[0]) for member in members}


def _key(public_id: str) -> str:
    return f"presence:set:{public_id}"
