"""supervisord: its configuration, its process, and talking to it.

Its configuration language gives ``%``, ``;`` and ``#`` a meaning of their own, and folders hold them all. So no
path stands in the file: the supervisor works in the folder of its file and gets every command line and folder through
its environment (``%(ENV_NAME)s``), where nothing is special.
"""

import http.client
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex
from typing import Any
from xmlrpc.client import Fault, ServerProxy  # from our own supervisor, over a socket that only its owner may open  # nosec B411

from app.core.embedded.launch import ends_with_parent
from app.core.embedded.ports import free_port
from app.core.supervise.programs import Group, Program

CONFIGURATION = """\
; Written at each start. `make status` shows what runs; for more:
; python -m supervisor.supervisorctl -c THIS_FILE help

[supervisord]
nodaemon=true
silent=true
logfile=../log/supervisord.log
logfile_maxbytes=1MB
logfile_backups=1
pidfile=supervisord.pid
childlogdir=../log

[inet_http_server]
port=127.0.0.1:{port}
username=soundstage
password={password}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=http://127.0.0.1:{port}
username=soundstage
password={password}
"""

GROUP = """
[group:{name}]
programs={programs}
priority={priority}
"""

PROGRAM = """
[program:{program.name}]
command=%(ENV_{program.variable})s
directory=%(ENV_{program.variable}_DIRECTORY)s
process_name={process_name}
numprocs={program.copies}
autostart={autostart}
autorestart=true
startsecs={program.steady_seconds}
; with every failed start the next try waits a second longer
startretries=100000
stopsignal={program.stop_signal}
stopwaitsecs={program.stop_seconds}
stopasgroup={as_group}
killasgroup=true
redirect_stderr=true
stdout_logfile=../log/{log_name}.log
stdout_logfile_maxbytes=5MB
stdout_logfile_backups=2
"""

STOP_SECONDS = 30
_POLL_SECONDS = 0.05


class Supervisor:
    """supervisord over one installation's programs: engines start with it, the application when it is told to.

    Args:
        programs: what it looks after.
        directory: where its configuration goes; the logs go to ``log`` beside that folder.
        environment: the environment of every program.
    """

    def __init__(self, programs: Sequence[Program], directory: Path, environment: dict[str, str]) -> None:
        self.directory = directory
        self._port = free_port()
        self._password = token_hex(16)
        self._environment = {
            **environment,
            **{program.variable: shlex.join(program.command) for program in programs},
            **{f"{program.variable}_DIRECTORY": program.directory for program in programs},
        }
        self._configuration = self._configure(programs)
        self._process: subprocess.Popen[bytes] | None = None

    def _configure(self, programs: Sequence[Program]) -> str:
        parts = [CONFIGURATION.format(port=self._port, password=self._password)]
        groups: tuple[Group, Group] = ("engines", "app")  # stopped in the opposite order
        for priority, group in enumerate(groups, start=1):
            members = [program for program in programs if program.group == group]
            if not members:
                continue
            names = ",".join(program.name for program in members)
            parts.append(GROUP.format(name=group, programs=names, priority=priority))
            parts += [self._describe(program) for program in members]
        return "".join(parts)

    @staticmethod
    def _describe(program: Program) -> str:
        number = "-%(process_num)d" if program.copies > 1 else ""
        is_engine = program.group == "engines"
        return PROGRAM.format(
            program=program,
            process_name=program.name + number,
            log_name=program.name + number,
            autostart=str(is_engine).lower(),
            as_group=str(not is_engine).lower(),  # PostgreSQL tells its own children; a worker's encoder must hear it
        )

    def start(self) -> None:
        """Start supervisord in a session of its own, so that a terminal's Ctrl-C reaches the runner alone."""
        path = self.directory / "supervisord.conf"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(self._configuration)
        with (self.directory.parent / "log" / "supervisord.out").open("wb") as output:
            self._process = subprocess.Popen(
                [*ends_with_parent("TERM"), sys.executable, "-m", "supervisor.supervisord", "-c", path.name],
                cwd=self.directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        while self.exit_code() is None and not self.processes():  # being asked also wakes it: it starts what it must
            time.sleep(_POLL_SECONDS)

    def exit_code(self) -> int | None:
        """What supervisord ended with, or None while it runs."""
        return self._process.poll() if self._process else None

    def wait(self) -> int:
        """Wait until supervisord ends, and return its exit code."""
        return self._process.wait() if self._process else 0

    def start_application(self) -> None:
        """Start the programs of the group ``app``; returns at once."""
        self._call("startProcessGroup", "app", False)

    def processes(self) -> list[dict[str, Any]]:
        """What supervisord knows of each process: name, group, statename, pid. Empty when it does not answer."""
        try:
            return list(self._call("getAllProcessInfo"))
        except (OSError, http.client.HTTPException, Fault):
            return []

    def _call(self, method: str, *arguments: object) -> Any:
        address = f"http://soundstage:{self._password}@127.0.0.1:{self._port}/RPC2"
        with ServerProxy(address) as server:
            return getattr(server.supervisor, method)(*arguments)

    def stop(self) -> None:
        """Stop all programs in order, the engines last, and supervisord with them."""
        if self._process is None:
            return
        if self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None
