"""Keeping a task while a step works on it, and hearing soon that it is lost: another has it, or it was deleted."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.media.engine.sandbox import watched
from app.media.errors import LeaseLost
from app.media.services import tasks
from app.media.services.tasks import Claim
from config import Settings

RENEWALS = 3
"""How often a lease is renewed in its time: two renewals may fail before anyone else takes the task."""
LOOK_SECONDS = 2.0
"""How often a worker looks whether its task is still there: whoever deletes a film does not wait for its encoder."""

log = structlog.get_logger()


@contextmanager
def lease_kept(claim: Claim) -> Iterator[None]:
    """Renew the lease from a thread of this process until the block ends, so that it lives as long as the worker does.

    A program that the block runs in the sandbox is killed when the task turns out to be lost. A step that hangs is
    ended by the deadlines of the programs that it runs, and by RQ's.

    Raises:
        LeaseLost: from within the block, while a program runs.
    """
    keeper = _Keeper(claim)
    keeper.start()
    try:
        with watched(keeper.require_held):
            yield
    finally:
        keeper.over.set()
        keeper.join()


class _Keeper(threading.Thread):
    """Looks after one lease."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(name="lease", daemon=True)
        flask: Any = current_app
        settings: Settings = current_app.config["SETTINGS"]
        self.app: Flask = flask._get_current_object()  # noqa: SLF001 - Flask's documented way
        self.claim = claim
        self.over = threading.Event()
        self.lost = threading.Event()
        self.renew_s = settings.lease_s / RENEWALS

    def require_held(self) -> None:
        """Raise LeaseLost once it is known that another has the task, or that there is none any more."""
        if self.lost.is_set():
            raise LeaseLost

    def run(self) -> None:
        """Renew and look until the block is over or the lease lost."""
        renewed_at = time.monotonic()
        while not self.over.wait(min(LOOK_SECONDS, self.renew_s)):
            with self.app.app_context():
                try:
                    if time.monotonic() - renewed_at >= self.renew_s:
                        tasks.keep_lease(self.claim)
                        renewed_at = time.monotonic()
                    else:
                        tasks.require_held(self.claim)
                    db.session.commit()
                except LeaseLost:
                    self.lost.set()
                    return
                except SQLAlchemyError as error:
                    log.warning("lease_not_renewed", error=str(error))
                finally:
                    db.session.remove()
