"""The parts of the runner, each on its own: whom it takes for its own, what it refuses, what it says."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from click.testing import CliRunner

from app.core.embedded import EmbeddedPostgres
from app.core.embedded.ports import free_port
from app.core.supervise import leftovers, lock, readiness, runner, schema
from app.core.supervise.__main__ import cli
from app.core.supervise.errors import CannotStartError
from app.core.supervise.installation import MARKER, Installation, read_installation
from app.core.supervise.programs import Program, programs_of
from app.core.supervise.supervisor import Supervisor
from config import ROOT
from tests.harness.processes import process_of

SLEEP = "import time; time.sleep(60)"


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return read_installation({**os.environ, "DATA_DIR": str(tmp_path / "data"), "PORT": str(free_port()), "DEMO": "0"})


@pytest.fixture
def bare(tmp_path: Path) -> Installation:
    """An installation whose database and Redis are other people's."""
    given = {"DATABASE_URL": "postgresql://elsewhere/", "REDIS_URL": "redis://elsewhere/", "PATH": os.environ["PATH"]}
    return read_installation({**given, "DATA_DIR": str(tmp_path / "data"), "PORT": str(free_port()), "DEMO": "0"})


@pytest.fixture
def orphan(installation: Installation) -> Iterator[subprocess.Popen[bytes]]:
    """A process of a killed run that does not end when it is asked to, and holds the port."""
    program = (
        "import signal, socket, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"s = socket.create_server(('127.0.0.1', {installation.settings.port})); print('up', flush=True);"
        "time.sleep(60)"
    )
    env = {**os.environ, MARKER: installation.marker}
    with process_of([sys.executable, "-c", program], env=env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_what_a_killed_run_left_behind_is_found_and_ended(
    installation: Installation, orphan: subprocess.Popen[bytes]
) -> None:
    with process_of([sys.executable, "-c", SLEEP], env={**os.environ, MARKER: "another"}) as stranger:
        assert installation.postgres is not None
        installation.postgres.start()
        assert leftovers.clear(installation) >= 2
        assert orphan.poll() == -signal.SIGKILL
        assert installation.postgres.running_process() is None
        assert stranger.poll() is None
        assert leftovers.find(installation) == []
        installation.postgres.stop()
        stranger.kill()


def test_servers_of_other_people_are_not_started(bare: Installation) -> None:
    assert bare.engines == []
    assert bare.environment()["DATABASE_URL"] == "postgresql://elsewhere/"
    assert {program.group for program in programs_of(bare)} == {"app"}


def test_a_data_folder_is_held_by_one(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with (
        lock.held(path),
        pytest.raises(CannotStartError, match=f"already runs on .*process {os.getpid()}"),
        lock.held(path),
    ):
        pass
    with lock.held(path):
        pass


def test_a_taken_port_is_one_sentence(bare: Installation) -> None:
    with socket.create_server(("127.0.0.1", bare.settings.port)), pytest.raises(CannotStartError) as refusal:
        runner.run(bare)
    assert str(refusal.value).startswith(f"Port {bare.settings.port} is taken by another program. ")


def test_an_unreachable_database_ends_the_start_with_the_reason(tmp_path: Path) -> None:
    nobody = free_port()
    env = {
        **os.environ,
        "DATA_DIR": str(tmp_path / "data"),
        "PORT": str(free_port()),
        "DATABASE_URL": f"postgresql://soundstage:secret@127.0.0.1:{nobody}/soundstage",
        "REDIS_URL": f"redis://127.0.0.1:{nobody}/0",
        "DEMO": "0",
    }
    done = CliRunner().invoke(cli, ["run"], env=env)
    assert done.exit_code == 1
    assert "`flask db upgrade` failed" in done.output


@pytest.mark.parametrize("wrong", [{"DEMO": "maybe"}, {"PORT": "http"}])
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises((CannotStartError, SystemExit), match=next(iter(wrong))):
        read_installation({"DATA_DIR": str(tmp_path), **wrong})


@contextmanager
def supervised(installation: Installation, *program: str) -> Iterator[Supervisor]:
    for folder in (installation.run_dir, installation.log_dir):
        folder.mkdir(parents=True)
    command = [sys.executable, "-c", *program]
    web = Program(name="web", group="app", command=command, directory=str(installation.run_dir), steady_seconds=1)
    supervisor = Supervisor([web], installation.run_dir, installation.environment())
    try:
        supervisor.start()
        supervisor.start_application()
        yield supervisor
    finally:
        supervisor.stop()
        leftovers.clear(installation)
    assert supervisor.processes() == []


def wait_for(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 10
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return value


def test_an_odd_command_line_reaches_the_program_as_it_is(bare: Installation) -> None:
    odd = "50 % ; # 'quoted' \"twice\" é"
    log = bare.log_dir / "web.log"
    with supervised(bare, f"import sys, time; print(sys.argv[1], flush=True); {SLEEP}", odd):
        wait_for(lambda: log.exists() and log.read_text().endswith("\n"))
        assert log.read_text().strip() == odd
        assert CliRunner().invoke(cli, ["status"], env={**bare.given, "DATA_DIR": str(bare.data_dir)}).exit_code == 0


def test_a_web_server_that_keeps_ending_is_reported_with_its_log(bare: Installation) -> None:
    with (
        supervised(bare, "raise SystemExit('no templates here')") as supervisor,
        pytest.raises(CannotStartError, match="no templates here"),
    ):
        readiness.wait_until_ready(bare.url, supervisor, bare.log_dir / "web.log")


def test_a_killed_supervisor_takes_its_programs_along(bare: Installation) -> None:
    with supervised(bare, SLEEP) as supervisor:
        program = psutil.Process(wait_for(lambda: supervisor.processes()[0]["pid"]))
        daemon = program.parent()
        assert daemon is not None
        assert "supervisor.supervisord" in daemon.cmdline()
        daemon.kill()
        assert supervisor.wait() == -signal.SIGKILL
        leftovers.clear(bare)
        assert not program.is_running() or program.status() == psutil.STATUS_ZOMBIE
        with pytest.raises(CannotStartError, match="ended by itself"):
            readiness.wait_until_ready(bare.url, supervisor, bare.log_dir / "web.log")


def test_status_before_the_first_run_says_so(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["status"], env={"DATA_DIR": str(tmp_path / "fresh")})
    assert done.exit_code == 1
    assert "has not run" in done.output


def test_heads_are_the_revisions_that_nothing_follows(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('revision: str = "a"\ndown_revision: str | None = None\n')
    (tmp_path / "b.py").write_text("revision = 'b'\ndown_revision = 'a'\n")
    (tmp_path / "c.py").write_text("revision = 'c'\ndown_revision = ('a', 'b')\n")
    assert schema.heads(tmp_path) == {"c"}


def test_a_schema_is_newest_when_it_stands_at_the_heads(tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    (versions / "a.py").write_text('revision = "a"\ndown_revision = None\n')
    with EmbeddedPostgres(tmp_path / "postgres", durable=False) as url:
        assert not schema.is_newest(url, versions)
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE alembic_version (version_num text)")
            connection.execute("INSERT INTO alembic_version VALUES ('a')")
        assert schema.is_newest(url.replace("postgresql://", "postgresql+psycopg://"), versions)
        (versions / "b.py").write_text('revision = "b"\ndown_revision = "a"\n')
        assert not schema.is_newest(url, versions)


def test_the_runner_reads_the_real_migrations() -> None:
    assert len(schema.heads(ROOT / "migrations" / "versions")) == 1
