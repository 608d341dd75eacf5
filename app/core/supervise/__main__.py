"""``python -m app.core.supervise run|status|shell``."""

import ctypes
import signal
import subprocess
import sys

import click

from app.core.supervise.errors import CannotStartError
from app.core.supervise.installation import read_installation
from app.core.supervise.runner import run
from app.core.supervise.shell import run_with_engines

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


@cli.command("shell", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def shell_command(command: tuple[str, ...]) -> None:
    """Run a command of yours with the engines up and their addresses in its environment."""
    try:
        sys.exit(run_with_engines(read_installation(), command))
    except CannotStartError as error:
        click.echo(f"\n{error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    cli()
