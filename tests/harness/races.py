"""Two who want the same thing in the same instant: one has it, uncommitted, while the other waits."""

import time
from collections.abc import Callable
from threading import Thread
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

T = TypeVar("T")
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
ANEW = text("SELECT pg_stat_clear_snapshot()")
PATIENCE_S = 20


def second_of_two(first: Session, act: Callable[[], T]) -> T:
    """What ``act`` returns, when ``first`` holds its changes until ``act`` waits for them and commits then."""
    first.flush()
    got: list[T] = []
    other = Thread(target=lambda: got.append(act()))
    other.start()
    deadline = time.monotonic() + PATIENCE_S
    while not first.scalar(WAITING):
        first.execute(ANEW)  # within a transaction PostgreSQL shows again what it showed first
        assert other.is_alive(), f"nobody had to wait: {got}"
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.02)
    first.commit()
    other.join()
    return got[0]
