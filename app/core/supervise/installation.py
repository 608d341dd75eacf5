"""One installation: its data folder, its port, its engines, and the environment its processes share."""

import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from app.core.embedded import EmbeddedPostgres, EmbeddedRedis, Engine
from app.core.supervise.errors import CannotStartError
from config import ROOT, Settings, load_settings

MARKER = "SOUNDSTAGE_INSTALLATION"
"""The environment variable that every process of an installation carries, so that a later start knows its own."""

_LATER = {"DATABASE_URL": "postgresql://embedded/", "REDIS_URL": "redis://embedded/"}
"""Stands in for the addresses of engines that are not up yet while the other settings are read."""


@dataclass(frozen=True, kw_only=True)
class Installation:
    """What to run, and where. ``postgres`` and ``redis`` are None where an address of another server was given."""

    settings: Settings
    given: Mapping[str, str]
    """The environment and ``.env`` as the operator has them."""
    demo: bool
    postgres: EmbeddedPostgres | None
    redis: EmbeddedRedis | None

    @property
    def data_dir(self) -> Path:
        """The data folder, absolute."""
        return self.settings.data_dir

    @property
    def url(self) -> str:
        """Where the web server answers on this machine."""
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def run_dir(self) -> Path:
        """Where the supervisor works: its configuration and its process id."""
        return self.data_dir / "run"

    @property
    def log_dir(self) -> Path:
        """One log file a program."""
        return self.data_dir / "log"

    @property
    def marker(self) -> str:
        """What ``MARKER`` holds in this installation's processes."""
        return hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:16]

    @property
    def engines(self) -> list[Engine]:
        """The embedded engines that this installation runs."""
        return [engine for engine in (self.postgres, self.redis) if engine is not None]

    def environment(self) -> dict[str, str]:
        """The environment of every process; addresses with passwords travel here, never on a command line.

        Valid once the engines are prepared, because their ports are chosen then.
        """
        folders = [str(Path(sys.executable).parent)]
        if self.postgres:
            folders.append(str(self.postgres.binaries))  # an older pg_dump of the machine would refuse this server
        folders.append(self.given.get("PATH", os.defpath))
        return {
            **self.given,
            MARKER: self.marker,
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.settings.port),
            **({"DATABASE_URL": self.postgres.url} if self.postgres else {}),
            **({"REDIS_URL": self.redis.url} if self.redis else {}),
            "FLASK_APP": "wsgi:app",
            "PATH": os.pathsep.join(folders),
            "PYTHONUNBUFFERED": "1",
            "MALLOC_ARENA_MAX": "2",  # glibc keeps up to 8 heaps a core otherwise, and gives little back
        }


def read_installation(environ: Mapping[str, str] | None = None) -> Installation:
    """The installation that the environment and ``.env`` describe; makes the data folder.

    Raises:
        CannotStartError: DEMO is neither 1 nor 0, or the data folder's name cannot be used.
        WrongSetting: a setting makes no sense.
    """
    if environ is None:
        kept = {name: value for name, value in dotenv_values(ROOT / ".env").items() if value is not None}
        environ = {**kept, **os.environ}
    given = {name: value for name, value in environ.items() if value}
    demo = given.get("DEMO", "1").lower()
    if demo not in {"0", "1", "false", "true", "no", "yes", "off", "on"}:
        raise CannotStartError(f"DEMO must be 1 or 0, not {demo!r}.")
    settings = load_settings({**_LATER, **given})
    data_dir = settings.data_dir
    return Installation(
        settings=settings,
        given=given,
        demo=demo in {"1", "true", "yes", "on"},
        postgres=None if "DATABASE_URL" in given else EmbeddedPostgres(data_dir / "postgres"),
        redis=None if "REDIS_URL" in given else EmbeddedRedis(data_dir / "redis"),
    )
