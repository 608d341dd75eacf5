"""Tasks: claimed one at a time under a lease, so that work is never lost and never done twice.

The row is the truth. A worker that dies lets its lease run out, and the next claim takes the task up. Each claim
raises ``lease_number``; whoever comes back with an older number is told ``LeaseLost`` and keeps nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import and_, case, func, or_, select, update

from app.core.clock import now
from app.extensions import db
from app.media.errors import LeaseLost
from app.media.models import Task, TaskKind, TaskState
from config import Settings

MOST_ATTEMPTS = 3
BACK_OFF_SECONDS = (0, 10, 60)
MOST_DEATHS = 3
URGENCY = {
    TaskKind.INSPECT: 0,
    TaskKind.PICTURES: 10,
    TaskKind.VIDEO: 15,
    TaskKind.AUDIO: 20,
    TaskKind.WAVEFORM: 40,
    TaskKind.PROGRESSIVE: 50,
    TaskKind.STORYBOARD: 60,
}
"""What a task waits behind within a turn: the smaller, the sooner."""


@dataclass(frozen=True)
class Claim:
    """A task that this worker holds, as plain values: the row may change under it."""

    task_id: UUID
    version_id: UUID
    kind: TaskKind
    position: int
    span: dict[str, Any] | None
    attempts: int
    lease_number: int
    deaths: int = 0

    @property
    def failures(self) -> int:
        """How many tries said that they failed, this one included should it do so."""
        return self.attempts - self.deaths

    @property
    def is_deadly(self) -> bool:
        """Whether so many workers have died over it that no more should try."""
        return self.deaths >= MOST_DEATHS


def claim_task() -> Claim | None:
    """Take the most urgent free task, or None when there is none. One statement; the caller commits at once.

    A task that another worker holds whose lease is over is free; that the worker said nothing counts as its death.
    """
    moment = now()
    free = or_(
        and_(Task.state == TaskState.QUEUED, or_(Task.not_before.is_(None), Task.not_before <= moment)),
        and_(Task.state == TaskState.RUNNING, Task.lease_expires_at <= moment),
    )
    candidate = (
        select(Task.id)
        .where(free)
        .order_by(Task.later, Task.turn, Task.urgency, Task.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    row = db.session.execute(
        update(Task)
        .where(Task.id == candidate)
        .values(
            state=TaskState.RUNNING,
            attempts=Task.attempts + 1,
            deaths=case((Task.state == TaskState.RUNNING, Task.deaths + 1), else_=Task.deaths),
            lease_number=Task.lease_number + 1,
            lease_expires_at=_lease_end(),
            failure_sentence=None,
        )
        .returning(
            Task.id, Task.version_id, Task.kind, Task.position, Task.span, Task.attempts, Task.lease_number, Task.deaths
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return Claim(*row) if row is not None else None


def renew_lease(claim: Claim, progress_pct: int) -> None:
    """Say that the work goes on, and how far it is.

    Raises:
        LeaseLost: another worker has the task.
    """
    _change(claim, progress_pct=max(0, min(99, progress_pct)), lease_expires_at=_lease_end())


def keep_lease(claim: Claim) -> None:
    """Say that the work goes on, where nobody knows how far it is.

    Raises:
        LeaseLost: another worker has the task.
    """
    _change(claim, lease_expires_at=_lease_end())


def require_held(claim: Claim) -> None:
    """Do nothing where the task is still this worker's.

    Raises:
        LeaseLost: another worker has the task, or it was deleted.
    """
    query = select(Task.id).where(
        Task.id == claim.task_id, Task.lease_number == claim.lease_number, Task.state == TaskState.RUNNING
    )
    if db.session.scalar(query) is None:
        raise LeaseLost


def finish_task(claim: Claim) -> None:
    """Mark the task done.

    Raises:
        LeaseLost: another worker has the task; nothing of this one's work may be kept.
    """
    _change(claim, state=TaskState.DONE, progress_pct=100, lease_expires_at=None, finished_at=now())


def is_done(claim: Claim) -> bool:
    """Whether this very claim finished its task."""
    query = select(Task.id).where(
        Task.id == claim.task_id, Task.lease_number == claim.lease_number, Task.state == TaskState.DONE
    )
    return db.session.scalar(query) is not None


def fail_task(claim: Claim, sentence: str, *, retryable: bool) -> bool:
    """Note a failure. A retryable one waits for its next try; says whether the task is over for good.

    Raises:
        LeaseLost: another worker has the task.
    """
    again = retryable and claim.failures < MOST_ATTEMPTS
    _change(
        claim,
        state=TaskState.QUEUED if again else TaskState.FAILED,
        failure_sentence=sentence,
        lease_expires_at=None,
        not_before=now() + timedelta(seconds=BACK_OFF_SECONDS[min(claim.failures, 2)]) if again else None,
        finished_at=None if again else now(),
    )
    return not again


def requeue_task(task_id: UUID) -> bool:
    """Let a failed task be tried again, its attempts and deaths forgotten; says whether it was failed."""
    changed = db.session.execute(
        update(Task)
        .where(Task.id == task_id, Task.state == TaskState.FAILED)
        .values(state=TaskState.QUEUED, attempts=0, deaths=0, progress_pct=0, failure_sentence=None, not_before=None)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def count_free() -> int:
    """How many tasks a worker could take now, up to a hundred."""
    moment = now()
    free = (
        select(Task.id)
        .where(
            or_(
                and_(Task.state == TaskState.QUEUED, or_(Task.not_before.is_(None), Task.not_before <= moment)),
                and_(Task.state == TaskState.RUNNING, Task.lease_expires_at <= moment),
            )
        )
        .limit(100)
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(free)) or 0


def _change(claim: Claim, **values: Any) -> None:
    changed = db.session.execute(
        update(Task)
        .where(Task.id == claim.task_id, Task.lease_number == claim.lease_number, Task.state == TaskState.RUNNING)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has it
        raise LeaseLost


def _lease_end() -> Any:
    settings: Settings = current_app.config["SETTINGS"]
    return now() + timedelta(seconds=settings.lease_s)
