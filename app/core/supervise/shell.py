"""Running one command with the engines up, whether or not the installation runs."""

import subprocess
from collections.abc import Sequence
from contextlib import ExitStack

from psycopg.conninfo import conninfo_to_dict

from app.core.embedded import EngineFailedError
from app.core.supervise import lock
from app.core.supervise.errors import CannotStartError
from app.core.supervise.installation import Installation
from config import ROOT

_LIBPQ = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
"""What psql, pg_dump and pg_restore read, so that no password has to stand on their command line."""


def run_with_engines(installation: Installation, command: Sequence[str]) -> int:
    """Run ``command`` in the environment of the installation's processes; engines that were down go down again.

    Returns:
        The command's exit code.

    Raises:
        CannotStartError: an engine did not come up, or there is no such command.
    """
    with ExitStack() as stack:
        if not all(engine.attach() for engine in installation.engines):
            stack.enter_context(lock.held(installation.data_dir / "lock"))
            for engine in installation.engines:
                try:
                    stack.enter_context(engine)
                except (EngineFailedError, RuntimeError) as error:
                    raise CannotStartError(str(error)) from error
        try:
            return subprocess.run(command, cwd=ROOT, env=_environment(installation), check=False).returncode
        except FileNotFoundError as error:
            raise CannotStartError(f"There is no command {command[0]!r}.") from error


def _environment(installation: Installation) -> dict[str, str]:
    environment = installation.environment()
    address = environment["DATABASE_URL"]
    named = conninfo_to_dict("postgresql" + address[address.index("://") :])
    return {**environment, **{_LIBPQ[name]: str(value) for name, value in named.items() if name in _LIBPQ}}
