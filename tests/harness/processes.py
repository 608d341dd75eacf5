"""Processes that a test starts, and that end with it whatever happens."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def process_of(command: Sequence[str | Path], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """``command``, running while the block does; ``options`` go to ``Popen``.

    ``with Popen(...)`` alone waits for the process to end by itself even when the block has failed: a failed assertion
    would hold up everything for ever.
    """
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise
