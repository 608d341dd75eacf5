"""The audit log: who did what to whom, written in the transaction of the act, in a chain that shows every change.

``record`` is all that the rest of the application needs. The entries of a transaction are put into the chain at its
commit (``chain.py``), so that the lock on the chain's head is held for a moment only. What says something about a
person is sealed with a key of theirs (``sealing.py``): erasure destroys the key, and the chain still verifies.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from app.core.audit.chain import Draft, keep_draft
from app.core.audit.sealing import seal
from app.core.clock import now
from app.core.ids import uuid7

__all__ = ["Origin", "Person", "note_origin", "record"]

Plain = str | int | bool | None | list[Any] | dict[str, Any]
"""What JSON knows without fractions, which are not written in one way only."""


class Person(Protocol):
    """Whoever acts or is acted upon."""

    @property
    def id(self) -> UUID | None: ...  # noqa: D102 - as User's
    @property
    def username(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an act came from: an address, and what the browser says it is."""

    address: str
    agent: str


_origin: ContextVar[Origin | None] = ContextVar("audit_origin", default=None)


def note_origin(address: str, agent: str) -> None:
    """Say where what happens from now on in this greenlet or thread comes from, as every request does."""
    _origin.set(Origin(address, agent[:300]))


def forget_origin() -> None:
    """Let what happens from now on come from nowhere in particular."""
    _origin.set(None)


def _sealed(person_id: UUID | None, entry_id: UUID, content: Mapping[str, Any]) -> bytes | None:
    return seal(person_id, entry_id, content) if person_id is not None and content else None


def record(
    action: str,
    *,
    actor: Person | None,
    about: Person | None = None,
    subject: tuple[str, object] | None = None,
    before: Mapping[str, Plain] | None = None,
    after: Mapping[str, Plain] | None = None,
    reason: str = "",
    facts: Mapping[str, Plain] | None = None,
) -> None:
    """Write an act down; it stands once the caller's transaction commits, and goes with a rollback or a savepoint's.

    ``action`` is ``thing.happened`` ("session.began", "case.decided"). ``actor`` is None for the system and for
    strangers. ``about`` is the person whom it concerns, ``subject`` kind and id of the thing. ``before``, ``after``
    and ``reason`` are sealed for ``about``, else for ``actor``; ``facts`` stay readable for good and must hold nothing
    about a person: kinds, counts, names of settings.
    """
    origin = _origin.get()
    came_from = {"address": origin.address, "agent": origin.agent} if origin else {}
    said = {
        name: value
        for name, value in {
            "name": about.username if about is not None else "",
            "before": dict(before or {}), "after": dict(after or {}), "reason": reason,
            **({} if actor is not None and actor.id is not None else came_from),
        }.items()
        if value
    }  # fmt: skip
    by = {"name": actor.username, **came_from} if actor is not None else {}
    actor_id = actor.id if actor is not None else None
    about_id = about.id if about is not None else None
    entry_id = uuid7()
    keep_draft(
        Draft(
            id=entry_id,
            at=now(),
            action=action,
            actor_id=actor_id,
            actor_role=str(getattr(actor, "role", "")) if actor_id else "",
            about_id=about_id,
            subject_kind=subject[0] if subject else "",
            subject_id=str(subject[1]) if subject else "",
            facts=dict(facts or {}),
            actor_sealed=_sealed(actor_id, entry_id, by),
            about_sealed=_sealed(about_id or actor_id, entry_id, said),
        )
    )
