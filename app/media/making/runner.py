"""Takes one task, does it, writes down what came of it. The only place where a worker's transactions are."""

import errno
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.core.errors import DomainError
from app.core.live import announce
from app.core.storage import storage
from app.extensions import db
from app.media.engine.errors import MediaError
from app.media.engine.streams import Probe
from app.media.errors import LeaseLost
from app.media.making import film, inspect, pictures, sound
from app.media.making.work import Keep, Work
from app.media.models import Medium, TaskKind, Version
from app.media.services import progress, tasks
from app.media.services.tasks import MOST_ATTEMPTS, Claim
from config import Settings

STEPS: dict[TaskKind, Callable[[Work], Keep]] = {
    TaskKind.INSPECT: inspect.inspect_file,
    TaskKind.PICTURES: pictures.choose_frames,
    TaskKind.WAVEFORM: sound.measure,
    TaskKind.AUDIO: sound.encode,
    TaskKind.VIDEO: film.encode,
    TaskKind.STORYBOARD: film.draw_storyboard,
    TaskKind.PROGRESSIVE: film.join_progressive,
}
UNEXPECTED = "Something went wrong on our side while we worked on this file. We have noted it."
DIED = "This file stopped our encoder three times. We have put it aside; the operators can see it."
NO_ROOM = "There was no room left to work on this file. It will be tried again."

log = structlog.get_logger()


def run_next_task() -> bool:
    """Claim the most urgent free task and do it; says whether there was one. Commits on its own."""
    claim = tasks.claim_task()
    db.session.commit()
    if claim is None:
        return False
    structlog.contextvars.bind_contextvars(task_id=str(claim.task_id), step=claim.kind.value)
    if claim.attempts > MOST_ATTEMPTS:
        _give_up(claim, DIED, retryable=False)
        return True
    try:
        with _work(claim) as work:
            _do(work)
    except LeaseLost:
        db.session.rollback()
        log.warning("lease_lost")
    return True


def _do(work: Work) -> None:
    try:
        try:
            keep = STEPS[work.claim.kind](work)
            public_id = _keep(work, keep)
        except BaseException:
            db.session.rollback()
            work.discard()
            raise
    except LeaseLost:
        raise
    except DomainError as error:
        log.info("step_failed", sentence=error.sentence)
        _give_up(work.claim, error.sentence, retryable=isinstance(error, MediaError) and error.retryable)
    except OSError as error:
        log.exception("step_failed_by_system")
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        _give_up(work.claim, NO_ROOM if full else UNEXPECTED, retryable=True)
    except Exception:
        log.exception("step_failed_unexpectedly")
        _give_up(work.claim, UNEXPECTED, retryable=True)
    else:
        announce(f"making:{public_id}")


def _keep(work: Work, keep: Keep) -> str:
    """Write a step's rows: the version locked, the lease proven, everything or nothing. Returns the public id."""
    db.session.rollback()
    version = db.session.get(Version, work.claim.version_id, with_for_update=True, populate_existing=True)
    if version is None:
        raise LeaseLost
    tasks.finish_task(work.claim)
    work.follow(version)
    keep(version)
    db.session.flush()
    progress.settle(version)
    db.session.commit()
    return work.public_id


def _give_up(claim: Claim, sentence: str, *, retryable: bool) -> None:
    """Note the failure; a task that is over for good fails its version."""
    over = tasks.fail_task(claim, sentence, retryable=retryable)
    version = db.session.get(Version, claim.version_id, with_for_update=True, populate_existing=True)
    if version is None:
        raise LeaseLost
    if over:
        progress.settle(version)
    db.session.commit()
    medium = db.session.get(Medium, version.medium_id)
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
    root = work_root()
    values = {
        "storage_prefix": version.storage_prefix,
        "public_id": version.medium.public_id,
        "owner_id": version.medium.owner_id,
        "probe": Probe.from_dict(version.probe) if version.probe else None,
    }
    source = _source(version, root)
    db.session.commit()
    with tempfile.TemporaryDirectory(prefix=f"{claim.kind.value}-", dir=root) as scratch:
        yield Work(claim=claim, source=source, scratch=Path(scratch), **values)  # type: ignore[arg-type]  # as listed above


def work_root() -> Path:
    """The folder for scratch folders and fetched originals."""
    settings: Settings = current_app.config["SETTINGS"]
    root = settings.data_dir / "work"
    root.mkdir(parents=True, exist_ok=True)
    return root


def _source(version: Version, root: Path) -> Path:
    """The original as a local file; from S3 it is fetched once and serves every task of its version on this host."""
    path = storage().local_path(version.original_key)
    if path is not None:
        return path
    path = root / f"source-{version.id}"
    if not path.exists():
        with tempfile.NamedTemporaryFile(dir=root, delete=False) as file, storage().open(version.original_key) as body:
            shutil.copyfileobj(body, file, 1 << 20)
        Path(file.name).replace(path)
    return path
