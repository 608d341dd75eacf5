"""Which layers the sandbox has on this machine: bubblewrap, or a network namespace; Landlock; a filter of system calls.

Limits on processor time, memory and file size, and the end at the deadline, are always there and no subject of this.
"""

import ast
import marshal
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

LAUNCHER = Path(__file__).with_name("launcher.py")
RUNTIME = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")
BUBBLEWRAP, NAMESPACE, LANDLOCK, SECCOMP = "bubblewrap", "namespace", "landlock", "seccomp"
ALL = frozenset({BUBBLEWRAP, NAMESPACE, LANDLOCK, SECCOMP})
_PROBE_LIMITS = {"cpu_s": 20, "wall_s": 20, "memory_bytes": 1 << 32, "file_bytes": 0}

_allowed = ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """What stands between a stranger's file and this machine.

    Attributes:
        bubblewrap: its version, "" without it. It shows the program its own files alone, and no network.
        namespace: a network namespace with nothing in it (as ``unshare --net`` makes), where bubblewrap does not.
        landlock: the ABI of the kernel's Landlock, 0 without it. From 4 on it closes TCP, but not UDP.
        seccomp: no sockets, no processes, no leaving of the group.
    """

    bubblewrap: str = ""
    namespace: bool = False
    landlock: int = 0
    seccomp: bool = False

    @property
    def files_by(self) -> tuple[str, ...]:
        """What keeps other files from being read, () for nothing."""
        return (*([f"bubblewrap {self.bubblewrap}"] * bool(self.bubblewrap)),
                *([f"Landlock ABI {self.landlock}"] * bool(self.landlock)))  # fmt: skip

    @property
    def network_by(self) -> tuple[str, ...]:
        """What keeps every kind of network away, () for nothing. Landlock alone does not count."""
        return (
            *(["bubblewrap's empty network"] * bool(self.bubblewrap)),
            *(["an empty network namespace"] * self.namespace),
            *(["no sockets (seccomp)"] * self.seccomp),
        )

    @property
    def inside(self) -> list[str]:
        """What the launcher itself is to close."""
        return [
            *([NAMESPACE] * self.namespace),
            *([LANDLOCK] * bool(self.landlock)),
            *([SECCOMP] * self.seccomp),
        ]


def in_force() -> Layers:
    """Every layer that works here. Tried once a process, which takes some 50 ms: before workers fork is a good time."""
    found = _found()
    wrapped = bool(found.bubblewrap) and BUBBLEWRAP in _allowed
    return replace(
        found,
        bubblewrap=found.bubblewrap if wrapped else "",
        namespace=found.namespace and NAMESPACE in _allowed and not wrapped,
        landlock=found.landlock if LANDLOCK in _allowed else 0,
        seccomp=found.seccomp and SECCOMP in _allowed,
    )


@contextmanager
def restricted_to(*names: str) -> Iterator[None]:
    """Do without the other layers within the block, for tests of each."""
    global _allowed  # noqa: PLW0603 - of a process, as the sandbox is
    before, _allowed = _allowed, ALL & frozenset(names)
    try:
        yield
    finally:
        _allowed = before


def command(spec: dict[str, Any], layers: Layers) -> list[str]:
    """The command line that runs ``spec`` (see `launcher`) in these layers."""
    wrap = _bubblewrap(spec) if layers.bubblewrap else []
    told = {**spec, "layers": layers.inside, "wrapped": bool(wrap)}
    return [*wrap, _interpreter(), "-I", "-S", str(LAUNCHER), marshal.dumps(told).hex()]


def _bubblewrap(spec: dict[str, Any]) -> list[str]:
    """An empty root with libraries and interpreter, the program and its inputs to read, and scratch to write."""
    readable = [*RUNTIME, sys.base_prefix, _interpreter(), str(LAUNCHER), *spec["runs"], *spec["reads"]]
    binds = [part for path in readable for part in ("--ro-bind-try", path, path)]
    binds += [part for path in spec["writes"] for part in ("--bind", path, path)]
    closed = ("--remount-ro", "/dev", "--remount-ro", "/")  # else what is written there fills our memory
    program = shutil.which("bwrap") or "bwrap"
    return [program, "--unshare-all", "--die-with-parent", "--dev", "/dev", *binds, *closed, "--chdir", "/", "--"]


@cache
def _found() -> Layers:
    told = _told(Layers(namespace=True, landlock=1, seccomp=True))
    if told is None:
        return Layers()
    found = Layers(namespace=told["namespace"], landlock=told["landlock"], seccomp=told["seccomp"])
    program = shutil.which("bwrap")
    if program is None:
        return found
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=20).stdout
    wrapped = replace(found, bubblewrap=version.split()[-1] if version else "?", namespace=False)
    return replace(found, bubblewrap=wrapped.bubblewrap) if _told(wrapped) else found


def _told(layers: Layers) -> dict[str, Any] | None:
    """What the launcher says of itself in these layers; None where it does not start."""
    spec: dict[str, Sequence[str] | float] = {
        "argv": [],
        "reads": [],
        "runs": [],
        "writes": [],
        "line": -1,
        **_PROBE_LIMITS,
    }
    done = subprocess.run(command(spec, layers), capture_output=True, check=False, env={"PATH": ""}, timeout=20)
    try:
        answer: dict[str, Any] = ast.literal_eval(done.stdout.decode())
    except (ValueError, SyntaxError):
        return None
    return answer


@cache
def _interpreter() -> str:
    return os.path.realpath(sys.executable)
