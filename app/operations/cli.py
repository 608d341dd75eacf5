"""Commands that run processes and look after the machine."""

from typing import Any

import click
from botocore.exceptions import ClientError
from flask import Blueprint, Flask, current_app
from flask.cli import with_appcontext

from app.core.queue import QUEUES
from app.core.storage import storage
from app.core.storage.cors import allow_our_pages, find_objection
from app.core.storage.s3 import S3Storage
from app.media.engine import layers
from app.operations.doctor import examine, is_healthy
from app.operations.spine import Spine
from app.operations.worker import make_worker

bp = Blueprint("operations_cli", __name__, cli_group=None)


@bp.cli.command("worker")
@click.argument("queue_name", metavar="QUEUE", type=click.Choice(QUEUES))
def worker_command(queue_name: str) -> None:
    """Work on the jobs of QUEUE until told to stop."""
    run_worker(_app(), queue_name)


@bp.cli.command("spine")
def spine_command() -> None:
    """Relay events, do what is scheduled, and look for work that nobody took."""
    run_spine(_app())


@bp.cli.command("doctor")
@with_appcontext
def doctor_command() -> None:
    """Say what works on this machine and what does not; exits with 1 where something must be mended."""
    reports = []
    for report in examine(current_app.config["SETTINGS"]):
        click.echo(str(report))
        reports.append(report)
    raise SystemExit(0 if is_healthy(reports) else 1)


@bp.cli.group("storage")
def storage_group() -> None:
    """Look after where media lies."""


@storage_group.command("cors")
@with_appcontext
def storage_cors_command() -> None:
    """Let browsers of PUBLIC_URL send parts to the bucket; rules of others stay. Safe to repeat."""
    store, public_url = storage(), current_app.config["SETTINGS"].public_url
    if not isinstance(store, S3Storage):
        click.echo("Media lies on this machine's disk: there is no bucket to be told.")
        return
    try:
        allow_our_pages(store, public_url)
    except ClientError as error:
        click.echo(f"The bucket takes no CORS rules: {error}")
    if objection := find_objection(store, public_url):
        raise click.ClickException(f"Still, {objection}.")
    click.echo(f"Pages of {public_url} may send to bucket {store.bucket}.")


def run_worker(app: Flask, queue_name: str) -> None:
    """Work on a queue until told to stop."""
    layers.in_force()  # tried here once, not in every job that is forked off
    make_worker(app, queue_name).work(logging_level="WARNING", with_scheduler=False)


def run_spine(app: Flask) -> None:
    """Be the spine until told to stop."""
    spine = Spine(app, app.extensions["reactions"])
    spine.stop_when_told()
    spine.run()


def _app() -> Any:
    return current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's documented way
