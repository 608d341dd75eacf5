"""``flask tasks``: pieces of the making that failed or killed their workers, and another try for them."""

from uuid import UUID

import click
from flask import Blueprint
from flask.cli import with_appcontext
from sqlalchemy import select

from app.extensions import db
from app.media.models import Medium, Task, TaskState, Version
from app.media.services import progress, tasks

bp = Blueprint("tasks_cli", __name__, cli_group="tasks")
bp.cli.help = "Look after pieces of the making that failed."
MOST = 200


@bp.cli.command("failed")
@with_appcontext
def failed_command() -> None:
    """List what failed for good, the newest first: its id, its medium, deaths of workers over it, and why."""
    query = (
        select(Task, Medium.public_id)
        .join(Version, Version.id == Task.version_id)
        .join(Medium, Medium.id == Version.medium_id)
        .where(Task.state == TaskState.FAILED)
        .order_by(Task.finished_at.desc())
        .limit(MOST)
    )
    for task, public_id in db.session.execute(query):
        deaths = f", {task.deaths} deaths" if task.deaths else ""
        click.echo(f"{task.id} {public_id} {task.kind.value} {task.position}{deaths}: {task.failure_sentence}")


@bp.cli.command("retry")
@click.argument("task_id", type=click.UUID)
@with_appcontext
def retry_command(task_id: UUID) -> None:
    """Let the failed task TASK_ID be tried again, its failures and deaths forgotten."""
    row = db.session.execute(
        select(Version.medium_id, Version.id).join(Task, Task.version_id == Version.id).where(Task.id == task_id)
    ).one_or_none()
    version = progress.lock_making(row[0], row[1]) if row is not None else None
    if version is None or not tasks.requeue_task(task_id):
        raise click.ClickException("There is no failed task with this id.")
    progress.wait_again(version)
    db.session.commit()
    click.echo("It waits for a worker.")
