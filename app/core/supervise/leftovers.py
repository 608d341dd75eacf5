"""Finding and ending the processes of an installation whose runner is gone."""

import contextlib
import signal
import time
from collections.abc import Iterable

import psutil

from app.core.supervise.installation import MARKER, Installation

SUPERVISOR_SECONDS = 15
"""A supervisor whose runner was killed stops everything in order by itself; it gets this long."""

PROGRAM_SECONDS = 2
ENGINE_SECONDS = 15
"""How long the others get between the request to end and the end by force."""

_POLL_SECONDS = 0.05


def find(installation: Installation) -> list[psutil.Process]:
    """Every live process of this installation but the caller and its ancestors: encoders of killed workers included."""
    me = psutil.Process()
    own = {me.pid, *(parent.pid for parent in me.parents())}
    return [process for process in psutil.process_iter() if process.pid not in own and _belongs(process, installation)]


def _belongs(process: psutil.Process, installation: Installation) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if process.environ().get(MARKER) == installation.marker:
            return True
    except (psutil.Error, OSError):  # gone meanwhile, or not ours to read
        pass
    # PostgreSQL and Valkey write over their environment to show what they are doing.
    return _is_engine(process, installation)


def clear(installation: Installation) -> int:
    """End them all: the supervisor first and in order, then the programs, then the engines, by force where they stay.

    Returns:
        How many there were.
    """
    found = find(installation)
    supervisors = [process for process in found if _is_supervisor(process)]
    _end(supervisors, signal.SIGTERM, SUPERVISOR_SECONDS)
    for engines in (False, True):
        rest = [process for process in find(installation) if _is_engine(process, installation) is engines]
        if engines:
            _end(rest, signal.SIGINT, ENGINE_SECONDS)
        else:
            _end(rest, signal.SIGTERM, PROGRAM_SECONDS)
    return len(found)


def _is_supervisor(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return "supervisor.supervisord" in process.cmdline()
    return False


def _is_engine(process: psutil.Process, installation: Installation) -> bool:
    return any(engine.is_mine(process) for engine in installation.engines)


def _end(processes: Iterable[psutil.Process], request: signal.Signals, seconds: float) -> None:
    processes = list(processes)
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(request)
    for process in _still_there(processes, seconds):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _still_there(processes, PROGRAM_SECONDS)


def _still_there(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that live on after ``seconds``. A zombie is dead, even where process 1 never buries it."""
    deadline = time.monotonic() + seconds
    alive = [process for process in processes if _is_alive(process)]
    while alive and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        alive = [process for process in alive if _is_alive(process)]
    return alive


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
