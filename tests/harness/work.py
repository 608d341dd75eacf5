"""Doing what waits: the outbox, and RQ's queues in this process."""

from typing import Any

from flask import Flask
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty

from app.core.queue import QUEUES, connect
from app.extensions import db
from app.operations.relay import deliver_batch


class NoDeathPenalty(BaseDeathPenalty):
    """Leaves SIGALRM to pytest-timeout."""

    def setup_death_penalty(self) -> None:
        """Nothing: the test has a time limit of its own."""

    def cancel_death_penalty(self) -> None:
        """Nothing to cancel."""


class InProcessWorker(SimpleWorker):
    """Works in this process and in an application context, as ``AppWorker`` does in a fork."""

    death_penalty_class = NoDeathPenalty
    flask_app: Flask
    done = 0
    """How many jobs it did. RQ's own counts are in Redis: a worker sees them only where it asks for them."""

    def subscribe(self) -> None:
        """No commands are listened for: nobody stops this worker, and unsubscribing takes a fifth of a second."""

    def unsubscribe(self) -> None:
        """There is nothing to unsubscribe from."""

    def perform_job(self, job: Job, queue: Queue, *args: Any, **kwargs: Any) -> bool:
        """Run one job."""
        self.done += 1
        with self.flask_app.app_context():
            try:
                return bool(super().perform_job(job, queue, *args, **kwargs))
            finally:
                db.session.remove()


def relay(app: Flask) -> int:
    """Hand every waiting event to its reactions; returns how many there were. A failing one is tried once."""
    delivered = 0
    with app.app_context():
        while batch := deliver_batch(app.extensions["reactions"]):
            delivered += batch
    return delivered


def work_off(app: Flask, queue_name: str, *, failures: bool = False) -> int:
    """Do the jobs of one queue until it is empty; returns how many.

    A job that fails fails the test, unless ``failures`` are what the test is about.
    """
    connection = connect(app.config["SETTINGS"].redis_url)
    listened = Queue(queue_name, connection=connection, serializer=JSONSerializer)
    if listened.is_empty():
        return 0
    worker = InProcessWorker([listened], connection=connection, serializer=JSONSerializer)
    worker.flask_app = app
    worker.work(burst=True, logging_level="ERROR")
    failed = listened.failed_job_registry
    for job_id in [] if failures else failed.get_job_ids():
        job = Job.fetch(job_id, connection=connection, serializer=JSONSerializer)
        result = job.latest_result()
        raise AssertionError(f"{job.func_name}{job.args} failed:\n{result.exc_string if result else ''}")
    return worker.done


def settle(app: Flask, *, failures: bool = False) -> None:
    """Relay and work until nothing waits any more."""
    while relay(app) + sum(work_off(app, name, failures=failures) for name in QUEUES):
        pass
