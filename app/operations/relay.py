"""The relay: hands outbox entries to their reactions, in order, and again until it has worked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import select

from app.core.clock import now
from app.core.events import Event, OutboxEntry
from app.core.queue import DoorbellLost
from app.extensions import db
from app.operations.errands import Errand


@dataclass(frozen=True)
class Together:
    """A light reaction to many events at once: ``do`` is given all of one kind that a batch holds.

    For what happens hundreds of times a second: one statement instead of as many jobs. Like every reaction it may see
    an event twice. It runs in an application context of its own and commits.
    """

    do: Callable[[Sequence[Any]], None]


Reaction = Callable[[Any], None] | Errand | Together
Reactions = Mapping[type[Event], Sequence[Reaction]]
BATCH = 100
MOST_ATTEMPTS = 20

log = structlog.get_logger()


def at_once(job: Callable[..., None], *arguments: Any) -> None:
    """Do a short job here and now, in a session of its own: a reaction for what must not wait for a queue.

    The same job, or one that sees whether it is still needed, is listed as an errand behind it, and does it where this
    fails.
    """
    try:
        with current_app.app_context():
            job(*arguments)
            db.session.commit()
    except Exception:
        log.exception("left_to_the_errand", job=job.__name__)


def deliver_batch(reactions: Reactions) -> int:
    """Hand the oldest waiting entries to their reactions; returns how many are done with. Commits.

    Entries that another relay holds are skipped. A reaction that raises leaves its entry waiting for the next sweep,
    without holding up those behind it; after twenty tries it is put aside. One that could not ring because Redis is
    away waits as long as that takes. Reactions may see an event twice.
    """
    query = select(OutboxEntry).where(OutboxEntry.delivered_at.is_(None)).order_by(OutboxEntry.id)
    entries = db.session.scalars(query.limit(BATCH).with_for_update(skip_locked=True)).all()
    failed = _react_together(reactions, entries)
    done = 0
    for entry in entries:
        try:
            event = Event.from_outbox(entry.name, entry.payload)
            if entry.id in failed:
                raise failed[entry.id]  # noqa: TRY301 - one place for whatever went wrong with an entry
            _react(entry, event, reactions.get(type(event), ()))
            entry.finished_at = None if entry.errands else now()
        except DoorbellLost as error:
            log.warning("doorbell_lost", name=entry.name, error=str(error))
            continue
        except Exception:
            entry.attempts += 1
            log.exception("reaction_failed", name=entry.name, attempts=entry.attempts)
            if entry.attempts < MOST_ATTEMPTS:
                continue
            entry.finished_at = now()
        entry.delivered_at = now()
        done += 1
    db.session.commit()
    return done


def _react(entry: OutboxEntry, event: Event, wanted: Sequence[Reaction]) -> None:
    """Do the light reactions, and ring for those errands that are not done yet."""
    if entry.errands is None:
        entry.errands = [reaction.function for reaction in wanted if isinstance(reaction, Errand)]
    for reaction in wanted:
        if isinstance(reaction, Errand):
            if reaction.function in entry.errands:
                reaction.ring(entry.id, event)
        elif not isinstance(reaction, Together):
            reaction(event)


def _react_together(reactions: Reactions, entries: Sequence[OutboxEntry]) -> dict[int, Exception]:
    """Hand the events of a batch to those reactions that take them together. Returns the entries that this failed."""
    waiting: dict[Together, list[tuple[int, Event]]] = {}
    for entry in entries:
        kind = Event.registry.get(entry.name)
        for reaction in reactions.get(kind, ()) if kind is not None else ():
            if isinstance(reaction, Together):
                waiting.setdefault(reaction, []).append((entry.id, Event.from_outbox(entry.name, entry.payload)))
    failed: dict[int, Exception] = {}
    for reaction, held in waiting.items():
        if _did(reaction, [event for _, event in held]) is None:
            continue
        # One of them cannot be done: the others must not wait for it.
        for entry_id, event in held:
            error = _did(reaction, [event])
            if error is not None:
                failed[entry_id] = error
    return failed


def _did(reaction: Together, events: Sequence[Event]) -> Exception | None:
    """Hand ``events`` over; returns what went wrong."""
    try:
        with current_app.app_context():
            reaction.do(events)
    except Exception as error:  # noqa: BLE001 - raised again for the entry that it belongs to
        return error
    return None
