"""Counting: writes what people changed into the tallies, and tells the pages that show them.

A thread of the spine waits for the bell, rests for the time in which nobody else rings, and counts everything that was
committed until then. So a click is on every open page some hundred milliseconds later, however many click.
"""

import threading
import time
from collections.abc import Callable

import structlog
from flask import Flask
from redis import Redis, RedisError

from app.core import bell, tallies
from app.extensions import db

REST_S = bell.WINDOW_MS / 1000
PATIENCE_S = 1.0
log = structlog.get_logger()


def count_all() -> int:
    """Roll up everything that waits, a round a transaction, and tell open pages; returns how many tallies changed."""
    told = 0
    while True:
        with_new_numbers = tallies.roll_up()
        db.session.commit()
        for subject_id, counts in with_new_numbers.items():
            tallies.tell(subject_id, counts)
        told += len(with_new_numbers)
        if len(with_new_numbers) < tallies.BATCH:
            return told


class BellThread(threading.Thread):
    """Counts when the bell rings, until ``stop``; ``wake`` is called besides, for events that came with the changes."""

    def __init__(self, app: Flask, wake: Callable[[], None]) -> None:
        super().__init__(name="bell", daemon=True)
        self.app = app
        self.wake = wake
        self._ends = threading.Event()

    def stop(self) -> None:
        """End within a second, without waiting for it."""
        self._ends.set()

    def run(self) -> None:
        """Listen; while Redis is away the spine's sweep counts, and this tries again every second."""
        while not self._ends.is_set():
            try:
                self._listen()
            except RedisError as error:
                log.warning("bell_not_heard", error=str(error))
                self._ends.wait(PATIENCE_S)

    def _listen(self) -> None:
        url = self.app.config["SETTINGS"].redis_url
        with Redis.from_url(url, socket_connect_timeout=3, socket_keepalive=True) as connection:
            ears = connection.pubsub(ignore_subscribe_messages=True)
            ears.subscribe(bell.CHANNEL)
            while not self._ends.is_set():
                if ears.get_message(timeout=PATIENCE_S) is None:
                    continue
                time.sleep(REST_S)
                self._count()
                self.wake()

    def _count(self) -> None:
        try:
            with self.app.app_context():
                count_all()
        except Exception:
            log.exception("counting_failed")
