"""What the embedded PostgreSQL and the embedded Redis have in common: a folder, a port, a password, one process."""

import hashlib
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from secrets import token_hex
from types import TracebackType

import psutil

from app.core.embedded.launch import DeathSignal
from app.core.embedded.ports import remembered_port

_POLL_SECONDS = 0.05
_LOG_LINES = 15


class EngineFailedError(RuntimeError):
    """An engine did not come up; the message ends with the last lines of its log."""


class EngineRunningError(RuntimeError):
    """Another process already runs the engine on this folder."""


class Engine(ABC):
    """One server process on one folder of its own, listening on 127.0.0.1 behind a password.

    Either let the instance run the process (``start`` and ``stop``, or ``with engine as url``), or have a supervisor
    run it: ``prepare``, then ``command`` in ``directory``, then ``wait_until_ready``.

    Args:
        folder: where everything of this engine lives: data, password, port, log. Made when missing.
        durable: flush to disk, so that a power cut loses nothing. Tests switch it off.
    """

    name: str
    stop_signal: DeathSignal
    """What stops the process quickly and in order."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.absolute()
        self.durable = durable
        self.log_path = self.folder / "server.log"
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def directory(self) -> Path:
        """Where the process has to be started; also how it is recognised, see ``running_process``."""

    @property
    @abstractmethod
    def command(self) -> list[str]:
        """The command line, free of secrets and of paths of the data folder."""

    @property
    @abstractmethod
    def url(self) -> str:
        """The address for clients, password included. Valid after ``prepare``."""

    @property
    @abstractmethod
    def binary(self) -> Path:
        """The server program."""

    @abstractmethod
    def _write_files(self) -> None:
        """Make the data folder if there is none, and write the configuration."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the server answers."""

    @property
    def identity(self) -> str:
        """An argument that tells this engine's command line from others'.

        Root in a container lacks some rights, and may not look at the folder of a process that became somebody else.
        """
        return f"--cluster_name=soundstage-{hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]}"

    @property
    def password(self) -> str:
        """The password, made once and kept in a file that only its owner may read."""
        path = self.folder / "password"
        if not path.exists() or not path.read_text():
            path.touch(mode=0o600)
            path.write_text(token_hex(24))
        return path.read_text()

    def running_process(self) -> psutil.Process | None:
        """The process that runs this engine on this folder, whoever started it, or None.

        Process ids in stale files lie, because ids are used again. A program of ours whose working directory is this
        engine's folder does not.
        """
        found = {process.pid: process for process in psutil.process_iter() if self.is_mine(process)}
        chiefs = (process for process in found.values() if process.ppid() not in found)  # not their own children
        return next(chiefs, None)

    def is_mine(self, process: psutil.Process) -> bool:
        """Whether the process runs this engine on this folder."""
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            if self.identity in process.cmdline():
                return True
            return Path(process.exe()).name == self.binary.name and Path(process.cwd()) == self.directory.resolve()
        except (psutil.Error, OSError):  # gone, a zombie, or somebody else's
            return False

    def prepare(self) -> None:
        """Make everything ready for ``command``: folder, password, port, configuration.

        Raises:
            EngineRunningError: the engine already runs on this folder.
            EngineFailedError: the data folder could not be made.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        running = self.running_process()
        if running is not None:
            raise EngineRunningError(f"{self.name} already runs on {self.folder} (process {running.pid})")
        self.port = remembered_port(self.folder / "port")
        self._write_files()

    def attach(self) -> bool:
        """Whether the engine already runs on this folder; ``url`` is valid if so."""
        if self.running_process() is None:
            return False
        self.port = int((self.folder / "port").read_text())
        return True

    def start(self) -> str:
        """Start the process, wait until it answers, and return its address.

        Call it from a thread that lives as long as the engine should: the kernel takes the end of the starting thread
        for the end of the parent.

        Raises:
            EngineRunningError: the engine already runs on this folder.
            EngineFailedError: it did not come up.
        """
        self.prepare()
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_until_ready(self.log_path)
        return self.url

    def wait_until_ready(self, log_path: Path, seconds: float = 60) -> None:
        """Wait until the server answers.

        Raises:
            EngineFailedError: it ended, or did not answer in time; ``log_path`` is quoted.
        """
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            ended = self._process is not None and self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                self.stop()
                said = "\n".join(log_path.read_text(errors="replace").splitlines()[-_LOG_LINES:])
                raise EngineFailedError(f"{self.name} did not start. Its log, {log_path}, ends with:\n{said}")
            time.sleep(_POLL_SECONDS)

    def stop(self, seconds: float = 20) -> None:
        """Stop the process in order; by force after ``seconds``. Harmless when it does not run."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.Signals[f"SIG{self.stop_signal}"])
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
