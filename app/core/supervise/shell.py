"""Running one command with the engines up, whether or not the installation runs."""

import subprocess
from collections.abc import Sequence
from contextlib import ExitStack

from app.core.embedded import EngineFailedError
from app.core.supervise import lock
from app.core.supervise.errors import CannotStartError
from app.core.supervise.installation import Installation
from config import ROOT


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
            return subprocess.run(command, cwd=ROOT, env=installation.environment(), check=False).returncode
        except FileNotFoundError as error:
            raise CannotStartError(f"There is no command {command[0]!r}.") from error
