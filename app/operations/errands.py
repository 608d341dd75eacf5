"""Errands: reactions that take long enough to be jobs, and that must be done whatever becomes of Redis.

The relay rings for an errand with the number of its outbox entry. The job that did it strikes it off the entry, which
is finished when none is left; what was rung for and is not done after two minutes is rung for again, because Redis was
flushed, the worker died, or the mail server was away. Errands may therefore run twice, and are written so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

import structlog
from sqlalchemy import case, func, update

from app.core.clock import now
from app.core.events import OutboxEntry
from app.core.queue import DEFAULT, ring_surely
from app.extensions import db

RUN = "app.operations.errands.run_errand"
PATIENCE = timedelta(minutes=2)
MOST_RINGS = 20


@dataclass(frozen=True)
class Errand:
    """A function, by its dotted name, and how its arguments follow from an event."""

    function: str
    arguments: Callable[[Any], tuple[Any, ...]]
    """Ids, as JSON has them."""

    def ring(self, entry_id: int, event: Any) -> None:
        """Ask a worker to do it.

        Raises:
            DoorbellLost: Redis is away; the event waits.
        """
        ring_surely(DEFAULT, RUN, entry_id, self.function, *self.arguments(event))


def run_errand(entry_id: int, function: str, *arguments: Any) -> None:
    """The job: do the errand, then strike it off its outbox entry. What it raises, RQ keeps and shows."""
    structlog.contextvars.bind_contextvars(errand=function)
    module, _, name = function.rpartition(".")
    getattr(import_module(module), name)(*arguments)
    left = func.array_remove(OutboxEntry.errands, function)
    db.session.execute(
        update(OutboxEntry)
        .where(OutboxEntry.id == entry_id)
        .values(errands=left, finished_at=case((func.coalesce(func.cardinality(left), 0) == 0, now())))
    )
    db.session.commit()


def ring_again() -> None:
    """Let the relay hand out once more what was rung for and never finished."""
    db.session.execute(
        update(OutboxEntry)
        .where(
            OutboxEntry.finished_at.is_(None),
            OutboxEntry.delivered_at < now() - PATIENCE,
            OutboxEntry.attempts < MOST_RINGS,
        )
        .values(delivered_at=None, attempts=OutboxEntry.attempts + 1)
    )
