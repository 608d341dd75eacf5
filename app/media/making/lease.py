"""Keeping a task while a step works on it and cannot say how far it is: fetching, probing, drawing, storing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.media.errors import LeaseLost
from app.media.services import tasks
from app.media.services.tasks import Claim
from config import Settings

RENEWALS = 3
"""How often a lease is renewed in its time: two renewals may fail before anyone else takes the task."""

log = structlog.get_logger()


@contextmanager
def lease_kept(claim: Claim) -> Iterator[None]:
    """Renew the lease from a thread of this process until the block ends, so that it lives as long as the worker does.

    A step that hangs is ended by the deadlines of the programs that it runs, and by RQ's.
    """
    flask: Any = current_app
    settings: Settings = current_app.config["SETTINGS"]
    over = threading.Event()
    arguments = (flask._get_current_object(), claim, over, settings.lease_s / RENEWALS)  # noqa: SLF001 - Flask's documented way
    thread = threading.Thread(target=_renew, args=arguments, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _renew(app: Flask, claim: Claim, over: threading.Event, every_s: float) -> None:
    while not over.wait(every_s):
        with app.app_context():
            try:
                tasks.keep_lease(claim)
                db.session.commit()
            except LeaseLost:
                return  # the step is told when it next reports, or when it wants to keep something
            except SQLAlchemyError as error:
                log.warning("lease_not_renewed", error=str(error))
            finally:
                db.session.remove()
