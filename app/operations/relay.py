"""The relay: hands outbox entries to their reactions, in order, and again until it has worked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import select

from app.core.clock import now
from app.core.events import Event, OutboxEntry
from app.core.queue import DoorbellLost
from app.extensions import db
from app.operations.errands import Errand

Reaction = Callable[[Any], None] | Errand
Reactions = Mapping[type[Event], Sequence[Reaction]]
BATCH = 100
MOST_ATTEMPTS = 20

log = structlog.get_logger()


def at_once(job: Callable[..., None], *arguments: str) -> None:
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
    done = 0
    for entry in entries:
        try:
            event = Event.from_outbox(entry.name, entry.payload)
            errands = 0
            for reaction in reactions.get(type(event), ()):
                if isinstance(reaction, Errand):
                    reaction.ring(entry.id, event)
                    errands += 1
                else:
                    reaction(event)
            entry.finished_at = None if errands else now()
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
