"""Workers as tests need them: ones that take a task and say nothing more."""

from flask import Flask
from sqlalchemy import update

from app.core.clock import now
from app.core.queue import MEDIA, queue
from app.extensions import db
from app.media.models import Task
from app.media.services import tasks
from app.media.services.tasks import Claim
from tests.factories import media_files
from tests.functional.media.studio import Studio

SONG = media_files.sound


def claim(app: Flask) -> Claim:
    """Take a task as a worker does that then says nothing more."""
    with app.app_context():
        taken = tasks.claim_task()
        db.session.commit()
    assert taken is not None
    return taken


def run_out(studio: Studio, taken: Claim) -> None:
    """Let a lease run out."""
    studio.session.execute(update(Task).where(Task.id == taken.task_id).values(lease_expires_at=now()))
    studio.session.commit()


def doorbells(app: Flask) -> int:
    """How many workers have been rung for."""
    with app.app_context():
        return int(queue(MEDIA).count)


def due_now(studio: Studio) -> None:
    """Let no task wait for its next try any longer."""
    studio.session.execute(update(Task).values(not_before=None))
    studio.session.commit()
