"""Workers: RQ, one queue each, every job inside an application context and under its own log id."""

from typing import Any

import structlog
from flask import Flask
from rq import Worker
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer

from app.core.queue import connect
from app.extensions import db


class AppWorker(Worker):
    """An RQ worker whose jobs run in the application's context."""

    flask_app: Flask

    def perform_job(self, job: Job, queue: Queue, *args: Any, **kwargs: Any) -> bool:
        """Run one job; database connections of the parent process are left alone."""
        with self.flask_app.app_context():
            db.engine.dispose(close=False)  # forked: the sockets belong to the parent
            structlog.contextvars.clear_contextvars()
            structlog.contextvars.bind_contextvars(job_id=job.id, job=job.func_name)
            try:
                return bool(super().perform_job(job, queue, *args, **kwargs))
            finally:
                db.session.remove()


def make_worker(app: Flask, queue_name: str, worker_class: type[AppWorker] = AppWorker) -> AppWorker:
    """A worker of ``queue_name`` for ``app``. It listens to one queue, so that no job is handed over with a gap."""
    connection = connect(app.config["SETTINGS"].redis_url)
    listened = Queue(queue_name, connection=connection, serializer=JSONSerializer)
    worker = worker_class([listened], connection=connection, serializer=JSONSerializer)
    worker.flask_app = app
    return worker
