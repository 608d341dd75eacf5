"""The original as a local file: on local disk it is one, from S3 it is fetched once for all tasks of its version."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app.core.storage import storage
from app.extensions import db
from app.media.models import Version, VersionState
from config import Settings

SWEEP_SECONDS = 300
"""How often workers look for what dead ones left."""
YOUNG_SECONDS = 60
"""What is younger is left alone: it may not be held yet."""
_FETCHED, _SWEPT = "source-", "work.swept"


def work_root() -> Path:
    """The folder for scratch folders and fetched originals."""
    settings: Settings = current_app.config["SETTINGS"]
    root = settings.data_dir / "work"
    root.mkdir(parents=True, exist_ok=True)
    return root


@contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """A folder that vanishes with the block. It is held by a lock, which ends with this process however that ends."""
    with tempfile.TemporaryDirectory(prefix=f"{prefix}-", dir=work_root()) as name:
        held = os.open(name, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            os.close(held)


def sweep_if_due() -> None:
    """Sweep this machine's folder where nobody has for some minutes. Each machine has its own, so all workers ask."""
    marker = work_root().with_name(_SWEPT)
    try:
        is_due = time.time() - marker.stat().st_mtime >= SWEEP_SECONDS
    except FileNotFoundError:
        is_due = True
    if is_due:
        marker.touch()
        sweep()


def sweep() -> None:
    """Delete scratch folders whose workers are gone, and fetched originals of what is no longer in the making."""
    fetched: dict[UUID, Path] = {}
    for path in work_root().iterdir():
        with suppress(FileNotFoundError):  # another worker sweeps, or is done with it
            if time.time() - path.stat().st_mtime < YOUNG_SECONDS:
                continue
            if path.name.startswith(_FETCHED):
                fetched[UUID(path.name.removeprefix(_FETCHED))] = path
            elif not _is_held(path):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
    if fetched:
        query = select(Version.id).where(Version.id.in_(fetched), Version.state == VersionState.PROCESSING)
        wanted = set(db.session.scalars(query))
        db.session.commit()
        for version_id, path in fetched.items():
            if version_id not in wanted:
                path.unlink(missing_ok=True)


def _is_held(path: Path) -> bool:
    """Whether a living process works in it or writes to it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def find(version_id: UUID, original_key: str) -> Path:
    """The original of a version as a file that steps may read.

    Raises:
        FileNotFoundError: it is not in storage.
    """
    path = storage().local_path(original_key)
    if path is not None:
        return path
    path = _fetched(version_id)
    if path.exists():
        return path
    with tempfile.NamedTemporaryFile(prefix="fetch-", dir=work_root(), delete=False) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            with storage().open(original_key) as body:
                shutil.copyfileobj(body, file, 1 << 20)
            Path(file.name).replace(path)
        finally:
            Path(file.name).unlink(missing_ok=True)
    return path


def forget(version_id: UUID) -> None:
    """Delete a fetched original: its version is made, or has failed. A retry fetches it again."""
    _fetched(version_id).unlink(missing_ok=True)


def _fetched(version_id: UUID) -> Path:
    return work_root() / f"{_FETCHED}{version_id}"
