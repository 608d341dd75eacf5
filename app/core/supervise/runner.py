"""Starting an installation step by step, staying with it, and stopping it."""

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from app.core.embedded import Engine, EngineFailedError
from app.core.embedded.launch import ends_with_parent
from app.core.embedded.ports import is_free
from app.core.supervise import leftovers, lock, readiness, schema
from app.core.supervise.errors import CannotStartError
from app.core.supervise.installation import Installation
from app.core.supervise.programs import programs_of
from app.core.supervise.supervisor import Supervisor
from config import ROOT

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
OPEN_FILES = 65536


class Stopped(BaseException):
    """Somebody asked us to stop; raised by the signal handler wherever we are."""


def run(installation: Installation) -> None:
    """Run the installation until somebody stops it.

    Raises:
        CannotStartError: it could not be started, or its supervisor died.
    """
    for folder in (installation.run_dir, installation.log_dir):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _stoppable(), lock.held(installation.data_dir / "lock"):
        if leftovers.clear(installation):
            click.echo("An earlier run was not stopped in order; what was left of it is gone.")
        if not is_free(installation.settings.port):
            raise CannotStartError(_port_taken(installation.settings.port))
        try:
            _run(installation)
        except Stopped:
            click.echo("Stopped. Your data stays where it is.")


def _run(installation: Installation) -> None:
    _raise_open_files()
    try:
        for engine in installation.engines:
            engine.prepare()
    except (EngineFailedError, RuntimeError) as error:
        raise CannotStartError(str(error)) from error
    supervisor = Supervisor(programs_of(installation), installation.run_dir, installation.environment())
    try:
        supervisor.start()
        _wait_for_engines(installation)
        if not schema.is_newest(installation.environment()["DATABASE_URL"], ROOT / "migrations" / "versions"):
            _flask(installation, "db", "upgrade", log="migrate")
        supervisor.start_application()
        readiness.wait_until_ready(installation.url, supervisor, installation.log_dir / "web.log")
        _make_demo(installation)
        click.echo(f"Soundstage is ready on {installation.url}")
        code = supervisor.wait()
        raise CannotStartError(f"The supervisor ended ({code}), so everything is stopped. Start again with: make run")
    finally:
        for number in STOP_SIGNALS:  # stopping takes a few seconds and is not to be interrupted half-way
            signal.signal(number, signal.SIG_IGN)
        if sys.exc_info()[0] is Stopped:
            click.echo("\nStopping …")
        supervisor.stop()
        leftovers.clear(installation)


def _wait_for_engines(installation: Installation) -> None:
    engine: Engine
    for engine in installation.engines:
        try:
            engine.wait_until_ready(installation.log_dir / f"{engine.folder.name}.log", seconds=40)
        except EngineFailedError as error:
            raise CannotStartError(str(error)) from error


def _make_demo(installation: Installation) -> None:
    """Seed the demo content and say how to sign in; nothing where DEMO=0, or where others can reach this place."""
    if not installation.demo or not installation.settings.is_local:
        return
    accounts = installation.data_dir / "demo-accounts.json"
    if not accounts.exists():
        click.echo("Making the demo content. This takes a minute or two, the first time only …")
    _flask(installation, "demo", "seed", log="demo")
    click.echo("\nSign in as")
    for account in json.loads(accounts.read_text(encoding="utf-8")):
        click.echo(f"  {account['role']:<10} {account['email']:<34} {account['password']}")
    click.echo(f"\nLogs are in {installation.log_dir}. Ctrl-C stops everything.")


def _flask(installation: Installation, *arguments: str, log: str) -> None:
    """Run one command of the application to its end.

    Raises:
        CannotStartError: it failed; the end of its log is quoted.
    """
    path = installation.log_dir / f"{log}.log"
    with path.open("wb") as output:
        process = subprocess.Popen(
            [*ends_with_parent("TERM"), sys.executable, "-m", "flask", *arguments],
            cwd=ROOT,
            env=installation.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait()
        except BaseException:
            process.terminate()
            raise
    if code:
        said = readiness.end_of(path)
        raise CannotStartError(f"`flask {' '.join(arguments)}` failed. Its log, {path}, ends with:\n{said}")


def _raise_open_files() -> None:
    """Let every program have as many open files as this account may: a listener's socket is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and a closed terminal into ``Stopped`` while the block runs."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Stopped

    before = {number: signal.signal(number, stop) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _port_taken(port: int) -> str:
    return f"Port {port} is taken by another program. Stop that one, or choose another port: make run PORT={port + 10}"
