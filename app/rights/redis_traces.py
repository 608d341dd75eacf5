"""What Redis knows of a person: members of sets, keys that end by themselves, jobs that failed and are kept to look at.

Nothing of it is needed by anyone; done again, it finds nothing more.
"""

from collections.abc import Iterator, Sequence
from typing import Any, cast
from uuid import UUID

from redis import Redis
from rq.job import Job
from rq.registry import DeferredJobRegistry, FailedJobRegistry, FinishedJobRegistry, ScheduledJobRegistry
from rq.serializers import JSONSerializer

from app.core.queue import QUEUES, queue, redis

_REGISTRIES = (FailedJobRegistry, FinishedJobRegistry, ScheduledJobRegistry, DeferredJobRegistry)


def forget_in_redis(person_id: UUID, *names: str) -> None:
    """Delete what names a person by their id or by one of ``names``. Looks at every key: for a job.

    Raises:
        RedisError: Redis is away; the erasure is tried again.
    """
    store = redis()
    marks = [person_id.hex, str(person_id), *(name for name in names if name)]
    for job in _jobs():
        if any(mark in f"{job.args} {job.kwargs} {job.description}" for mark in marks):
            place = queue(job.origin)
            place.remove(job.id)
            for registry in _REGISTRIES:
                registry(queue=place).remove(job.id)
            job.delete()
    for key in store.scan_iter(count=1000):
        if not bytes(key).startswith(b"rq:"):
            _forget_in(store, key, [mark.encode() for mark in marks])


def _jobs() -> Iterator[Job]:
    """Everything that waits or is kept; what runs is left to itself, and gone when it is done."""
    for name in QUEUES:
        place = queue(name)
        ids: list[str] = [*place.job_ids]
        for registry in _REGISTRIES:
            ids += registry(queue=place).get_job_ids(cleanup=False)
        yield from (job for job in Job.fetch_many(ids, connection=redis(), serializer=JSONSerializer) if job)


def _forget_in(store: "Redis", key: bytes, marks: Sequence[bytes]) -> None:
    if any(mark in key for mark in marks):
        store.delete(key)
        return
    kind = cast("bytes", store.type(key))
    for mark in marks:
        pattern = b"*" + mark + b"*"
        found: list[Any]
        if kind == b"zset":
            found = [member for member, _score in store.zscan_iter(key, match=pattern)]
            store.zrem(key, *found) if found else None
        elif kind == b"set":
            found = list(store.sscan_iter(key, match=pattern))
            store.srem(key, *found) if found else None
        elif kind == b"hash":
            found = [field for field, value in store.hscan_iter(cast("str", key)) if mark in field or mark in value]
            store.hdel(cast("str", key), *found) if found else None
        elif kind == b"stream":
            entries = cast("list[Any]", store.xrange(key))
            found = [number for number, said in entries if any(mark in part for pair in said.items() for part in pair)]
            store.xdel(key, *found) if found else None
        elif kind == b"string" and mark in cast("bytes", store.get(key) or b""):
            store.delete(key)
