"""``python -m app.core.supervise [--end-with-parent] [run|status]``."""

import ctypes
import signal
import subprocess
import sys

import click

from app.core.supervise.errors import CannotStartError
from app.core.supervise.installation import read_installation
from app.core.supervise.runner import run

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal the kernel sends when the parent dies."""


@click.group(help=__doc__)
def cli() -> None:
    """The commands below."""


@cli.command("run")
@click.option("--end-with-parent", is_flag=True, help="Stop when the process that started this one dies (Linux).")
def run_command(*, end_with_parent: bool) -> None:
    """Run everything in the foreground until Ctrl-C."""
    if end_with_parent and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    try:
        run(read_installation())
    except CannotStartError as error:
        click.echo(f"\n{error}", err=True)
        sys.exit(1)


@cli.command("status")
def status_command() -> None:
    """Show what the supervisor of this DATA_DIR runs."""
    directory = read_installation().run_dir
    if not (directory / "supervisord.conf").exists():
        click.echo("Soundstage has not run on this data folder yet.")
        sys.exit(1)
    command = [sys.executable, "-m", "supervisor.supervisorctl", "-c", "supervisord.conf", "status"]
    sys.exit(subprocess.run(command, cwd=directory, check=False).returncode)


if __name__ == "__main__":
    cli()
