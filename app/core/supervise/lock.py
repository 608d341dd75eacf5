"""One data folder, one running installation."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.supervise.errors import CannotStartError


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file while the block runs. The kernel lets go of it when the holder dies, however it dies.

    Raises:
        CannotStartError: another process holds it.
    """
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise CannotStartError(
                f"Soundstage already runs on {path.parent} (process {holder}). Stop that one first, or give this one a "
                'folder and a port of its own: make run PORT=8010 DATA_DIR="another folder".'
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
