"""Being the only one at something long, across processes, without holding a row or a pooled connection meanwhile."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from flask import current_app

_guard = threading.Lock()
_locks: dict[str, threading.Lock] = {}
_users: Counter[str] = Counter()


@contextmanager
def alone_at(name: str, *, wait_s: float) -> Iterator[bool]:
    """Wait until nobody else is at ``name``; yields whether that worked.

    It waits for others of this process at most ``wait_s``, and as long again for those of other processes. Here a lock
    decides; between processes an advisory lock of PostgreSQL does, on a connection of its own, which goes with its
    process: whoever is killed stands in nobody's way. End your own transaction before you wait.

    This keeps others from doing the same work twice and is no fence: the work must be right even when done twice.
    """
    lock = _enter(name)
    try:
        if not lock.acquire(timeout=wait_s):
            yield False
            return
        try:
            connection = psycopg.connect(_address(), connect_timeout=5)
            try:
                yield _lock(connection, name, wait_s)
            finally:
                connection.close()
        finally:
            lock.release()
    finally:
        _leave(name)


def _lock(connection: psycopg.Connection[tuple[object, ...]], name: str, wait_s: float) -> bool:
    try:
        connection.execute("SELECT set_config('lock_timeout', %s, true)", [f"{max(1, int(wait_s * 1000))}ms"])
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def _enter(name: str) -> threading.Lock:
    with _guard:
        _users[name] += 1
        return _locks.setdefault(name, threading.Lock())


def _leave(name: str) -> None:
    with _guard:
        _users[name] -= 1
        if not _users[name]:
            del _users[name], _locks[name]


def _address() -> str:
    url: str = current_app.config["SETTINGS"].database_url
    return url.replace("postgresql+psycopg", "postgresql", 1)
