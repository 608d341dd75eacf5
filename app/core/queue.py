"""The doorbell: RQ queues on Redis. What must be done stands in PostgreSQL; a job only says "look there"."""

from functools import cache
from typing import Any

import structlog
from flask import current_app
from redis import Redis, RedisError
from rq import Queue
from rq.serializers import JSONSerializer

MEDIA = "media"
DEFAULT = "default"
QUEUES = (MEDIA, DEFAULT)
HEARTBEAT_KEY = "spine:alive"
"""Where a spine says that it lives, for a minute at a time."""
JOB_SECONDS = {MEDIA: 6 * 3600, DEFAULT: 300}
LONG_JOBS = {
    "app.rights.jobs.make_exports": 6 * 3600,
    "app.media.jobs.move_originals": 6 * 3600,
    "app.operations.audit_jobs.verify_audit": 6 * 3600,
}
"""Jobs that may take longer than the others of their queue: one large file, or a log of years, can take that long."""

log = structlog.get_logger()


@cache
def connect(url: str) -> "Redis":
    """One connection pool a process and address. Nothing is sent until it is used."""
    return Redis.from_url(url, socket_connect_timeout=3, socket_keepalive=True, health_check_interval=30)


def redis() -> "Redis":
    """The current application's Redis."""
    return connect(current_app.config["SETTINGS"].redis_url)


def queue(name: str) -> Queue:
    """The queue ``name``; its jobs carry JSON, never pickles."""
    return Queue(name, connection=redis(), serializer=JSONSerializer, default_timeout=JOB_SECONDS[name])


class DoorbellLost(Exception):
    """Redis did not take a ring."""


def ring(queue_name: str, function: str, *args: Any) -> None:
    """Enqueue ``function`` (a dotted name) with ids as arguments.

    Where Redis is away the ring is lost, which is logged. That is for work that somebody looks for anyway: the spine
    finds tasks that nobody took. Everything else takes ``ring_surely``.
    """
    try:
        ring_surely(queue_name, function, *args)
    except DoorbellLost as error:
        log.warning("doorbell_lost", queue=queue_name, job=function, error=str(error))


def ring_surely(queue_name: str, function: str, *args: Any) -> None:
    """As ``ring``, for reactions: the relay keeps their event until the ring was heard.

    Raises:
        DoorbellLost: Redis is away, or refuses.
    """
    try:
        queue(queue_name).enqueue_call(
            function, args=args, timeout=LONG_JOBS.get(function), result_ttl=0, failure_ttl=24 * 3600
        )
    except RedisError as error:
        raise DoorbellLost(str(error)) from error


def ring_often(queue_name: str, function: str, count: int) -> None:
    """Ring ``count`` times, once for each of as many pieces of work that any worker may take."""
    for _ in range(count):
        ring(queue_name, function)
