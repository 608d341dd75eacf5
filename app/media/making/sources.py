"""The original as a local file: on local disk it is one, from S3 it is fetched once for all tasks of its version."""

import os
import shutil
import tempfile
from pathlib import Path
from uuid import UUID

from flask import current_app

from app.core.storage import storage
from config import Settings


def work_root() -> Path:
    """The folder for scratch folders and fetched originals."""
    settings: Settings = current_app.config["SETTINGS"]
    root = settings.data_dir / "work"
    root.mkdir(parents=True, exist_ok=True)
    return root


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
        os.utime(path)  # still wanted: the sweep takes what nobody has touched
        return path
    with tempfile.NamedTemporaryFile(prefix="fetch-", dir=work_root(), delete=False) as file:
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
    return work_root() / f"source-{version_id}"
