"""What programs that we start use: processor time and memory of all our descendants of a name, read from /proc."""

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

EVERY_S = 0.05
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Meter:
    """Within its block, looks twenty times a second at our descendants whose name begins with ``name``.

    A sandbox may put a program where no ``wait`` of ours counts it, so its own books are read; what it does in its last
    twentieth of a second is not seen.

    Attributes:
        cpu_s: processor time of all of them.
        peak_bytes: resident memory of the largest moment.
    """

    name: str = "ffmpeg"
    cpu_s: float = 0.0
    peak_bytes: int = 0
    _seen: dict[int, float] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()
        self.cpu_s = sum(self._seen.values())

    def _watch(self) -> None:
        while not self._stop.wait(EVERY_S):
            now = 0
            for pid in descendants(os.getpid()):
                try:
                    name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
                    if name.startswith(self.name):
                        cells = rest.split()
                        self._seen[pid] = (int(cells[11]) + int(cells[12])) / _TICKS
                        now += int(cells[21]) * os.sysconf("SC_PAGE_SIZE")
                except (OSError, IndexError):  # it has just ended
                    continue
            self.peak_bytes = max(self.peak_bytes, now)


def descendants(root: int) -> list[int]:
    """All processes below ``root``."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                below = [int(one) for one in children.read_text().split()]
            except OSError:  # it has just ended
                continue
            found += below
            waiting += below
    return found
