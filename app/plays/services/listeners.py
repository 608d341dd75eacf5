"""How many people play a medium now: players' heartbeats, in Redis alone. Without Redis nobody is shown.

A sorted set a medium holds who plays it, each until their next heartbeats fail to come. ``told`` says what open pages
were told last; the web process that a heartbeat changes something in tells them, the spine finds who fell silent.
"""

import hashlib
import hmac
import time
from typing import Any, cast
from uuid import UUID

from flask import current_app
from redis import Redis

from app.core import live, tallies
from app.core.quick import quickly

SILENCE_S = 25
"""Players report every ten seconds at most; whoever missed two reports has gone."""
PLAYERS_AN_ADDRESS = 8
"""Strangers of one address count so often at most: nobody can make a crowd of invented names."""
BREATH_MS = 400
"""Pages are told so often at most, however many people come and go."""
_TOLD = "listening:told"


def beat(medium_id: UUID, *, person_id: UUID | None, address: str, player: str, plays: bool) -> None:
    """Note that somebody plays a medium, or has just stopped.

    Strangers are told apart by their ``address`` and by the name that their ``player`` gave itself; neither is kept.
    """
    who = _name_of(person_id, address, player)
    if quickly(lambda redis: _beat(redis, medium_id.hex, who, plays=plays)):
        _tell(medium_id)


def count_now(medium_id: UUID) -> int:
    """How many play a medium now; 0 where Redis is away."""
    return quickly(lambda redis: cast("int", redis.zcount(_key(medium_id.hex), time.time(), "+inf"))) or 0


def said(medium_id: UUID, listening: int) -> dict[str, Any]:
    """What open pages are told."""
    return {"subject": medium_id.hex, "listening": listening}


def forget_silent() -> None:
    """The spine's: tell the pages of everything that somebody stopped playing without a word."""
    told: dict[bytes, bytes] = quickly(lambda redis: cast("dict[bytes, bytes]", redis.hgetall(_TOLD))) or {}
    for name, number in told.items():
        medium_id = UUID(hex=name.decode())
        if count_now(medium_id) != int(number):
            _tell(medium_id)


def _beat(redis: "Redis", medium: str, who: str, *, plays: bool) -> bool:
    """Write it down; returns whether pages should be told, which one of the processes does in every ``BREATH_MS``."""
    key, now_s = _key(medium), time.time()
    pipe = redis.pipeline(transaction=False)
    if plays:
        pipe.zadd(key, {who: now_s + SILENCE_S})
    else:
        pipe.zrem(key, who)
    pipe.zremrangebyscore(key, "-inf", now_s)
    pipe.expire(key, SILENCE_S * 2)
    pipe.zcard(key)
    pipe.hget(_TOLD, medium)
    *_, listening, told = pipe.execute()
    if int(told or 0) == listening:
        return False
    return bool(redis.set(f"listening:breath:{medium}", "1", nx=True, px=BREATH_MS))


def _tell(medium_id: UUID) -> None:
    listening = count_now(medium_id)

    def note(redis: "Redis") -> None:
        if listening:
            redis.hset(_TOLD, medium_id.hex, str(listening))
        else:
            redis.hdel(_TOLD, medium_id.hex)

    quickly(note)
    live.send(tallies.room(medium_id), tallies.MESSAGE, said(medium_id, listening))


def _key(medium: str) -> str:
    return f"listening:{medium}"


def _name_of(person_id: UUID | None, address: str, player: str) -> str:
    if person_id is not None:
        return person_id.hex
    secret = current_app.config["SETTINGS"].secret_key.encode()
    place = int.from_bytes(hashlib.sha256(player.encode("utf-8", "replace")).digest()[:4], "big") % PLAYERS_AN_ADDRESS
    return f"{hmac.new(secret, address.encode(), hashlib.sha256).hexdigest()[:16]}:{place}"
