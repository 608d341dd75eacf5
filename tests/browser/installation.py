"""A whole installation for the browser: its own database and Redis, and every process that a real one has."""

import dataclasses
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from flask import Flask

from app import create_app
from app.core.embedded import EmbeddedRedis
from app.core.embedded.launch import ends_with_parent
from app.core.embedded.ports import free_port
from app.extensions import db
from config import ROOT, load_settings
from tests.harness.engines import Engines

START_S = 60
PROGRAMS = {
    "web": ["gunicorn", "-c", "deploy/gunicorn.conf.py", "wsgi:app"],
    "spine": ["flask", "spine"],
    "worker-media": ["flask", "worker", "media"],
    "worker-default": ["flask", "worker", "default"],
}


class Installation:
    """Soundstage as ``make run`` has it, on a free port: gunicorn, a spine, a worker of each queue.

    ``services()`` opens the same database in this process, for what a test prepares without the browser.
    """

    def __init__(self, folder: Path, engines: Engines) -> None:
        self._engines = engines
        self._database_name, database_url = engines.new_database()
        self._redis = EmbeddedRedis(folder / "redis", durable=False)
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environ = {
            "PORT": str(self.port), "DATA_DIR": str(folder / "data"), "SECRET_KEY": "made up for browser tests",
            "PUBLIC_URL": self.url, "DATABASE_URL": database_url, "REDIS_URL": self._redis.start(),
            "BCRYPT_COST": "4", "LOGIN_LIMIT": "1000 per minute", "FORM_LIMIT": "1000 per minute",
            "PART_SIZE_MB": "5", "UPLOAD_ARTIST_MB": "40", "DEVELOPMENT": "1", "LOG_LEVEL": "WARNING",
        }  # fmt: skip
        settings = dataclasses.replace(load_settings(self._environ), testing=True)
        self.app: Flask = create_app(settings)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start every process and wait until pages are served."""
        for name in PROGRAMS:
            self._start_program(name)
        deadline = time.monotonic() + START_S
        while not self._is_ready():
            assert time.monotonic() < deadline, f"The installation does not become ready.\n{self.logs()}"
            assert all(process.poll() is None for process in self._processes.values()), self.logs()
            time.sleep(0.1)

    def _start_program(self, name: str) -> None:
        command = [*ends_with_parent("TERM"), sys.executable, "-m", *PROGRAMS[name]]
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **self._environ}, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):  # noqa: S310 - our own address
                return True
        except (URLError, OSError):
            return False

    def logs(self) -> str:
        """What the processes had to say."""
        return "\n".join(f"== {path.name}\n{path.read_text()}" for path in sorted(self.folder.glob("*.log")))

    @contextmanager
    def services(self) -> Iterator[None]:
        """An application context over the same database; commits at its end."""
        with self.app.app_context():
            try:
                yield
                db.session.commit()
            finally:
                db.session.remove()

    def stop(self) -> None:
        """End every process, and drop the database."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        with self.app.app_context():
            for engine in db.engines.values():
                engine.dispose()
        self._redis.stop()
        self._engines.drop_database(self._database_name)
