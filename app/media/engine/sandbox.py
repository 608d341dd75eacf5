"""The sandbox: every program that reads a stranger's bytes runs in here, and nowhere else.

Always: a process group that is killed as a whole; death with the parent; limits on processor time, memory, file size
and the clock; no new privileges. And of `layers` whatever this machine has: the program sees its libraries and its
named inputs, writes its scratch folder alone, and has no network. `launcher` closes them from the inside.
"""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from pathlib import Path

from app.media.engine import layers
from app.media.engine.errors import MediaError, OutOfRoom, TookTooLong

_BROKEN = ("sandbox: ", "bwrap: ")
_FATAL = {
    *(signal.SIGKILL, signal.SIGXCPU, signal.SIGXFSZ, signal.SIGTERM, signal.SIGSYS),
    *(signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE),
}
_STDERR_KEPT = 16 << 10
_STDOUT_KEPT = 16 << 20
_READ_SIZE = 1 << 18
_LOOK_S = 0.5
_look: ContextVar[Callable[[], None] | None] = ContextVar("look", default=None)


class SandboxBroken(RuntimeError):
    """The sandbox itself could not be closed; nothing was started in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a program may use: processor seconds, seconds on the clock, address space, size of each file it writes."""

    cpu_s: int = 60
    wall_s: float = 60
    memory_bytes: int = 4 << 30
    file_bytes: int = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How a program ended.

    Attributes:
        returncode: as subprocess has it; negative for a signal.
        stdout: what it wrote, up to 16 MB; empty where ``on_line`` or ``on_bytes`` took it.
        stderr: the last 16 KB.
        wall_s: how long it ran, launcher included.
    """

    returncode: int
    stdout: bytes
    stderr: str
    wall_s: float


@contextmanager
def watched(look: Callable[[], None]) -> Iterator[None]:
    """Within the block ``look`` is called twice a second while a program runs; what it raises kills the program."""
    token = _look.set(look)
    try:
        yield
    finally:
        _look.reset(token)


def run(
    argv: Sequence[str | Path],
    *,
    scratch: Path,
    limits: Limits,
    reads: Sequence[Path] = (),
    runs: Sequence[Path] = (),
    on_line: Callable[[str], None] | None = None,
    on_bytes: Callable[[bytes], None] | None = None,
) -> Completed:
    """Run a program in the sandbox, and see to it that nothing of it is left when this returns or raises.

    Args:
        argv: the program by its absolute path, and its arguments.
        scratch: the one folder it may write to; also its home and temporary folder. Must exist.
        limits: what it may use.
        reads: files or folders that it may read besides its libraries and the scratch folder.
        runs: folders that it may load code from (an interpreter's library).
        on_line: called with each line of its standard output; what it raises kills the program and comes out of here.
        on_bytes: the same with raw bytes.

    Raises:
        TookTooLong: it passed a deadline, or ran out of processor time or memory, and was killed.
        OutOfRoom: it wrote a file over the limit.
        SandboxBroken: it was not started.
    """
    command = [str(one) for one in argv]
    spec = {
        "argv": command,
        "reads": [str(path) for path in reads],
        "runs": [*command[:1], *(str(path) for path in runs)],
        "writes": [str(scratch)],
        **asdict(limits),
    }
    in_force = layers.in_force()
    started = time.monotonic()
    with (
        _lifeline() as line,
        subprocess.Popen(
            layers.command({**spec, "line": line}, in_force),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": "", "HOME": str(scratch), "TMPDIR": str(scratch), "LANG": "C.UTF-8"},
            start_new_session=True,
            pass_fds=[line],
        ) as process,
    ):
        try:
            pump = _Pump(process, on_line, on_bytes)
            in_time = pump.drain(started + limits.wall_s) and _wait(process, started + limits.wall_s)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    done = Completed(
        returncode=_ended_by(process.returncode) if in_force.bubblewrap else process.returncode,
        stdout=bytes(pump.stdout),
        stderr=pump.stderr.decode(errors="replace"),
        wall_s=time.monotonic() - started,
    )
    return _judged(done, in_time=in_time)


def run_python(
    program: Path, arguments: Sequence[str | Path], *, scratch: Path, limits: Limits, reads: Sequence[Path] = ()
) -> Completed:
    """Run one of the engine's own child programs with this interpreter and its packages. Raises as `run` does."""
    return run(
        [sys.executable, "-I", "-B", program, *arguments],
        scratch=scratch,
        limits=limits,
        reads=[*reads, program],
        runs=[Path(sys.prefix), Path(sys.base_prefix)],
    )


def describe() -> dict[str, str]:
    """What holds on this machine, each with a word on how: for people who operate one. "" is nothing."""
    found = layers.in_force()
    return {
        "files": ", ".join(found.files_by),
        "network": ", ".join(found.network_by),
        "limits": "processor time, memory, file size, clock",
    }


@contextmanager
def _lifeline() -> Iterator[int]:
    """A pipe to read from, whose other end closes when this process ends, however it does."""
    line, our_end = os.pipe()
    try:
        yield line
    finally:
        os.close(line)
        os.close(our_end)


def _ended_by(status: int) -> int:
    """The exit status of bubblewrap as subprocess has it: 128 and a signal is a program that the signal ended."""
    number = status - 128
    return -number if number in _FATAL else status


def _judged(done: Completed, *, in_time: bool) -> Completed:
    problem: MediaError
    if not in_time or done.returncode == -signal.SIGXCPU:
        problem = TookTooLong("This file took longer to work on than we allow.")
    elif done.returncode == -signal.SIGKILL:
        problem = TookTooLong("This file needs more time or memory to work on than we allow.")
    elif done.returncode == -signal.SIGXFSZ:
        problem = OutOfRoom("What is made from this file grows larger than we allow.")
    elif done.returncode and done.stderr.startswith(_BROKEN):
        raise SandboxBroken(done.stderr.strip())
    else:
        return done
    problem.add_note(done.stderr)
    raise problem


def _wait(process: subprocess.Popen[bytes], deadline: float) -> bool:
    try:
        process.wait(max(0.01, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


class _Pump:
    """Reads both outputs of a process until they close or the deadline passes, with bounded memory."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        on_line: Callable[[str], None] | None,
        on_bytes: Callable[[bytes], None] | None,
    ) -> None:
        self.stdout = bytearray()
        self.stderr = bytearray()
        self._streams = [(process.stdout, self._take_stdout), (process.stderr, self._take_stderr)]
        self._on_line = on_line
        self._on_bytes = on_bytes
        self._line = b""

    def drain(self, deadline: float) -> bool:
        """Read until both are closed; False when the deadline came first."""
        look, looked_at = _look.get(), time.monotonic()
        with selectors.DefaultSelector() as selector:
            for stream, take in self._streams:
                if stream is not None:
                    selector.register(stream, selectors.EVENT_READ, take)
            while selector.get_map():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                if look is not None and time.monotonic() - looked_at >= _LOOK_S:
                    looked_at = time.monotonic()
                    look()
                for key, _ in selector.select(min(left, _LOOK_S)):
                    data = os.read(key.fd, _READ_SIZE)
                    if data:
                        key.data(data)
                    else:
                        selector.unregister(key.fileobj)
        return True

    def _take_stderr(self, data: bytes) -> None:
        self.stderr += data
        del self.stderr[:-_STDERR_KEPT]

    def _take_stdout(self, data: bytes) -> None:
        if self._on_bytes is not None:
            self._on_bytes(data)
        elif self._on_line is not None:
            *lines, self._line = (self._line + data).split(b"\n")
            del data
            self._line = self._line[-_STDERR_KEPT:]
            for line in lines:
                self._on_line(line.decode(errors="replace"))
        elif len(self.stdout) < _STDOUT_KEPT:
            self.stdout += data[: _STDOUT_KEPT - len(self.stdout)]
