"""Takes one task, does it, writes down what came of it. The only place where a worker's transactions are."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import selectinload

from app.core.errors import DomainError
from app.core.live import announce
from app.extensions import db
from app.media.engine.errors import MediaError
from app.media.engine.streams import Probe
from app.media.errors import LeaseLost
from app.media.making import film, inspect, pictures, plain, renditions, sound, sources
from app.media.making.lease import lease_kept
from app.media.making.work import Keep, Work
from app.media.models import Medium, TaskKind, Version, VersionState
from app.media.services import progress, tasks
from app.media.services.tasks import Claim

STEPS: dict[TaskKind, Callable[[Work], Keep]] = {
    TaskKind.INSPECT: inspect.inspect_file,
    TaskKind.PICTURES: pictures.choose_frames,
    TaskKind.WAVEFORM: sound.measure,
    TaskKind.AUDIO: sound.encode,
    TaskKind.VIDEO: film.encode,
    TaskKind.STORYBOARD: film.draw_storyboard,
    TaskKind.PROGRESSIVE: plain.join,
}
UNEXPECTED = "Something went wrong on our side while we worked on this file. We have noted it."
DIED = "This file stopped our encoder three times. We have put it aside; the operators can see it."
NO_ROOM = "There was no room left to work on this file. Please try again later."

log = structlog.get_logger()


def run_next_task() -> bool:
    """Claim the most urgent free task and do it; says whether there was one. Commits on its own."""
    claim = tasks.claim_task()
    db.session.commit()
    if claim is None:
        return False
    structlog.contextvars.bind_contextvars(task_id=str(claim.task_id), step=claim.kind.value)
    if claim.is_deadly:
        log.error("task_put_aside", deaths=claim.deaths)
        _give_up(claim, DIED, retryable=False)
        return True
    try:
        _attempt(claim)
    except LeaseLost:
        db.session.rollback()
        log.warning("lease_lost")
    return True


def _attempt(claim: Claim) -> None:
    try:
        with lease_kept(claim), _work(claim) as work:
            public_id = _do(work)
    except LeaseLost:
        raise
    except DomainError as error:
        log.info("step_failed", sentence=error.sentence)
        _give_up(claim, error.sentence, retryable=isinstance(error, MediaError) and error.retryable)
    except OSError as error:
        log.exception("step_failed_by_system")
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        _give_up(claim, NO_ROOM if full else UNEXPECTED, retryable=True)
    except Exception:
        log.exception("step_failed_unexpectedly")
        _give_up(claim, UNEXPECTED, retryable=True)
    else:
        announce(f"making:{public_id}")


def _do(work: Work) -> str:
    """Do the step and keep what came of it; what a failed one stored goes. Returns the medium's public id."""
    try:
        keep = STEPS[work.claim.kind](work)
        state = _keep(work, keep)
    except BaseException:
        _discard(work)
        raise
    with suppress(OSError):  # nothing that follows undoes what was kept: prune finds what stays
        work.discard_earlier()
        if state is not VersionState.PROCESSING:
            sources.forget(work.claim.version_id)
        if state is VersionState.READY:
            renditions.tidy(work.claim.version_id)
    return work.public_id


def _keep(work: Work, keep: Keep) -> VersionState:
    """Write a step's rows: medium and version locked, the lease proven, everything or nothing."""
    db.session.rollback()
    version = progress.lock_making(work.medium_id, work.claim.version_id)
    if version is None:
        raise LeaseLost
    tasks.finish_task(work.claim)
    work.follow(version)
    keep(version)
    db.session.flush()
    progress.settle(version)
    state = version.state
    db.session.commit()
    return state


def _discard(work: Work) -> None:
    """Delete what a failed step stored; where nobody can say whether its rows were kept, the objects stay."""
    try:
        db.session.rollback()
        if not tasks.is_done(work.claim):
            work.discard()
    except (SQLAlchemyError, OSError) as error:
        log.warning("not_discarded", error=str(error), names=sorted(work.stored))


def _give_up(claim: Claim, sentence: str, *, retryable: bool) -> None:
    """Note the failure; a task that is over for good fails its version."""
    db.session.rollback()
    medium_id = db.session.scalar(select(Version.medium_id).where(Version.id == claim.version_id))
    version = progress.lock_making(medium_id, claim.version_id) if medium_id else None
    if version is None:
        sources.forget(claim.version_id)
        raise LeaseLost
    over = tasks.fail_task(claim, sentence, retryable=retryable)
    if over:
        progress.settle(version)
    db.session.commit()
    if over:
        sources.forget(claim.version_id)
    medium = db.session.get(Medium, medium_id)
    if medium is not None:
        announce(f"making:{medium.public_id}")


@contextmanager
def _work(claim: Claim) -> Iterator[Work]:
    """The claim with its source and a scratch folder that vanishes with it.

    Raises:
        LeaseLost: the version is gone.
    """
    version = db.session.scalar(
        select(Version).where(Version.id == claim.version_id).options(selectinload(Version.medium))
    )
    if version is None:
        raise LeaseLost
    values = {
        "storage_prefix": version.storage_prefix,
        "public_id": version.medium.public_id,
        "medium_id": version.medium_id,
        "probe": Probe.from_dict(version.probe) if version.probe else None,
    }
    original_key = version.original_key
    db.session.commit()
    source = sources.find(claim.version_id, original_key)
    with sources.scratch_folder(claim.kind.value) as scratch:
        yield Work(claim=claim, source=source, scratch=scratch, **values)  # type: ignore[arg-type]  # as listed above
