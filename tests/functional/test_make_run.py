"""What `make run` runs: everything comes up, what dies comes back, Ctrl-C leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
import pytest

from app.core.embedded.ports import free_port
from config import ROOT
from tests.harness.processes import process_of

RUN = [sys.executable, "-m", "app.core.supervise"]


def environment(data_dir: Path, port: int) -> dict[str, str]:
    outside = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL"}
    kept = {name: value for name, value in os.environ.items() if name not in outside}
    return {**kept, "DATA_DIR": str(data_dir), "PORT": str(port), "DEMO": "0"}


def wait_for(condition: Callable[[], Any], seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
    return value


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def named(runner: psutil.Process, *words: str) -> list[psutil.Process]:
    found = []
    for process in runner.children(recursive=True):
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if all(word in command for word in words):
            found.append(process)
    return found


def get(url: str) -> Any:
    with urlopen(url, timeout=10) as reply:  # noqa: S310 - our own address
        assert reply.status == 200
        return json.load(reply) if "json" in reply.headers.get("Content-Type", "") else reply.read()


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "a data folder; 100 % #1"
    yield folder
    inside = [process for process in psutil.process_iter(["cwd"]) if str(folder) in (process.info["cwd"] or "")]
    for process in inside:  # a failed test leaves nothing running either
        process.kill()


def test_everything_comes_up_comes_back_and_ends(data_dir: Path) -> None:
    port = free_port()
    env = environment(data_dir, port)
    with process_of([*RUN, "run"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said == f"Soundstage is ready on http://127.0.0.1:{port}\n"
        get(f"http://127.0.0.1:{port}/healthz")
        runner = psutil.Process(process.pid)

        again = subprocess.run([*RUN, "run"], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        assert again.returncode == 1
        assert f"already runs on {data_dir} (process {process.pid})" in again.stderr

        workers = named(runner, "worker", "default")
        worker = next(one for one in workers if one.parent() not in workers)  # a fork of it may be at a job
        worker.kill()
        wait_for(lambda: set(named(runner, "worker", "default")) - set(workers))

        everything = runner.children(recursive=True)
        commands = "\n".join(" ".join(child.cmdline()) for child in alive(everything))
        passwords = [(data_dir / name / "password").read_text() for name in ("postgres", "redis")]
        assert not any(password in commands for password in passwords)

        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert "Stopped" in process.stdout.read()
    assert alive(everything) == []


def test_a_command_runs_with_the_engines_up(data_dir: Path) -> None:
    ask = "import os, psycopg; print(psycopg.connect(os.environ['DATABASE_URL']).info.dbname)"
    command = [*RUN, "shell", sys.executable, "-W", "ignore", "-c", ask]
    env = environment(data_dir, free_port())
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.stdout == "soundstage\n", done.stderr
    missing = subprocess.run([*RUN, "shell", "no-such-command"], cwd=ROOT, env=env, capture_output=True, check=False)
    assert b"There is no command 'no-such-command'" in missing.stderr
