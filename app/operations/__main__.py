"""``python -m app.operations worker QUEUE`` and ``… spine``: the same as ``flask worker`` and ``flask spine``, lighter.

The ``flask`` command imports every plugin that is installed, Alembic among them: 45 MB in each long-lived process.
"""

import click

from app import create_app
from app.operations import cli


@click.group()
def processes() -> None:
    """Soundstage's long-lived processes."""


@processes.command("worker")
@click.argument("queue_name", metavar="QUEUE")
def worker(queue_name: str) -> None:
    """Work on the jobs of QUEUE until told to stop."""
    cli.run_worker(create_app(), queue_name)


@processes.command("spine")
def spine() -> None:
    """Relay events, do what is scheduled, and look for work that nobody took."""
    cli.run_spine(create_app())


if __name__ == "__main__":
    processes()
