"""Another try for a making that failed, as a whole: for staff, who see many at once."""

from uuid import UUID

from sqlalchemy import select

from app.core.events import publish
from app.extensions import db
from app.media.events import TasksWaiting
from app.media.models import Task, TaskState, Version
from app.media.services import progress, tasks


def try_again(medium_id: UUID) -> int:
    """Let every failed step of a medium's newest file be tried once more; returns how many. The caller commits."""
    newest = select(Version.id).where(Version.medium_id == medium_id).order_by(Version.number.desc()).limit(1)
    version_id = db.session.scalar(newest)
    version = progress.lock_making(medium_id, version_id) if version_id is not None else None
    if version is None:
        return 0
    failed = db.session.scalars(
        select(Task.id).where(Task.version_id == version.id, Task.state == TaskState.FAILED).order_by(Task.id)
    ).all()
    count = sum(tasks.requeue_task(task_id) for task_id in failed)
    if count:
        progress.wait_again(version)
        publish(TasksWaiting(version_id=version.id, count=count))
    return count
