"""The sandbox: every program that reads a stranger's bytes runs in here, and nowhere else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a program may use: processor seconds, seconds on the clock, address space, size of each file it writes."""

    cpu_s: int = 60
    wall_s: float = 60
    memory_bytes: int = 4 << 30
    file_bytes: int = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How a program ended. ``stderr`` holds the last 16 KB as text."""

    returncode: int
    stdout: bytes
    stderr: str
    wall_s: float


def run(
    argv: Sequence[str | Path],
    *,
    scratch: Path,
    limits: Limits,
    reads: Sequence[Path] = (),
    on_line: Callable[[str], None] | None = None,
    on_bytes: Callable[[bytes], None] | None = None,
) -> Completed:
    """Run a program that can read ``reads`` and write ``scratch``, reach no network, and is dead when this returns."""
    raise NotImplementedError


def describe() -> dict[str, str]:
    """Which layers hold on this machine, each with a word on how: for people who operate one."""
    raise NotImplementedError
