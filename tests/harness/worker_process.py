"""Workers in processes of their own, to be killed, stalled and woken; on the database and the storage of a test."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil

from app.core.embedded.launch import ends_with_parent
from config import ROOT, Settings
from tests.harness.web_process import environ_of


class WorkerProcesses:
    """Forks workers on demand. ``before`` is put before the command: a namespace with a small disk, for one."""

    def __init__(
        self, settings: Settings, *, lease_s: float, before: Sequence[str] = (), log: Path | None = None
    ) -> None:
        command = [*ends_with_parent("TERM"), *before, sys.executable, "-m", "tests.harness.worker_zygote"]
        environ = {**os.environ, **environ_of(settings), "LEASE": str(lease_s), "FFMPEG_THREADS": "1"}
        self._log = log.open("wb") if log else None
        self._zygote = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True
        )

    def start(self) -> int:
        """Fork a worker that begins to work at once; its process id."""
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write("\n")
        self._zygote.stdin.flush()
        answer = self._zygote.stdout.readline()
        assert answer.strip(), "the workers' process ended"
        return int(answer)

    def close(self) -> None:
        """Kill everything: workers end with their parent, encoders with theirs."""
        self._zygote.kill()
        self._zygote.wait()
        for pipe in (self._zygote.stdin, self._zygote.stdout, self._log):
            if pipe is not None:
                pipe.close()


def encoders(worker: int) -> list[psutil.Process]:
    """The programs that a worker has running at the moment."""
    try:
        return [one for one in psutil.Process(worker).children(recursive=True) if one.is_running()]
    except psutil.NoSuchProcess:
        return []


def kill(worker: int) -> None:
    """Kill a worker as a power failure does."""
    os.kill(worker, signal.SIGKILL)


def kill_encoder(worker: int) -> bool:
    """Kill the program that a worker waits for; says whether there was one."""
    for program in encoders(worker):
        try:
            program.kill()
        except psutil.NoSuchProcess:
            continue
        return True
    return False
