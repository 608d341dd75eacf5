"""The spine: relay, scheduler and reconciler in one process. Any number may run; rows decide who does what."""

import os
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

import psycopg
import structlog
from flask import Flask

from app.accounts.services import (
    ceremonies,
    devices,
    mailed_tokens,
    proofs,
    sign_up,
    throttles,
    trusted_devices,
)
from app.core.audit import checking
from app.core.events import CHANNEL
from app.core.queue import DEFAULT, HEARTBEAT_KEY, MEDIA, queue, redis, ring
from app.extensions import db
from app.media.services import publishing, tasks, upload_sweeps
from app.media.upkeep import originals, remakes
from app.messaging import notice_jobs
from app.messaging.services import fan_outs, mailing, pushing
from app.moderation import filter_rescans, takedown_jobs
from app.moderation.services import filter_evidence, filter_trials, takedown_due
from app.operations import audit_jobs
from app.operations.counting import BellThread, count_all
from app.operations.errands import ring_again
from app.operations.numbers import COUNT
from app.operations.relay import Reactions, deliver_batch
from app.plays.services import listeners
from app.rights import exporting, retention

SWEEP_SECONDS = 2.0
WORK = "app.media.jobs.work_on_media"
log = structlog.get_logger()


@dataclass(frozen=True)
class Chore:
    """Something to do every so often; safe to do twice, and by two spines at once."""

    name: str
    every_s: float
    do: Callable[[], object]


def ring_for_free_tasks() -> int:
    """Ring for work that waits with no doorbell: after a flush of Redis, a lost ring, a dead worker's lease."""
    free = tasks.count_free()
    waiting = queue(MEDIA).count if free else 0
    for _ in range(max(0, free - waiting)):
        ring(MEDIA, WORK)
    return free


def ring_where(is_waiting: Callable[[], bool], job: str) -> None:
    """Ring for a job where there is something for it to do."""
    if is_waiting():
        ring(DEFAULT, job)


def forget_delivered() -> None:
    """Delete outbox entries that were finished longer ago than they are kept."""
    retention.obey_one("events")


def forget_at_the_doors() -> None:
    """Delete what log-ins and sign-ups left behind and nobody needs any more."""
    for forget in (
        throttles.forget_quiet, mailed_tokens.forget_old_links, sign_up.forget_sign_ups, proofs.forget_spent,
        devices.forget_unused,
    ):  # fmt: skip
        forget()


def tell_alive() -> None:
    """Leave a note for readiness checks and metrics."""
    redis().set(HEARTBEAT_KEY, str(os.getpid()), ex=60)


CHORES = (
    Chore("tell_alive", 10, tell_alive),
    Chore("count_all", SWEEP_SECONDS, count_all),
    Chore("forget_silent", 2, listeners.forget_silent),
    Chore("ring_for_free_tasks", 5, ring_for_free_tasks),
    Chore("publish_due", 5, publishing.publish_due),
    Chore("retire_run_out", 2, publishing.retire_run_out),
    Chore("place_misplaced", 60, lambda: ring(DEFAULT, "app.media.jobs.place_misplaced")),
    Chore("close_left_open", 3600, lambda: ring(DEFAULT, "app.media.jobs.close_left_open")),
    Chore("close_pictures_left_open", 3600, lambda: ring(DEFAULT, "app.media.jobs.close_pictures_left_open")),
    Chore("sweep_expired_uploads", 60, upload_sweeps.sweep_expired),
    Chore("sweep_parts", 3600, lambda: ring(DEFAULT, "app.media.jobs.sweep_parts")),
    Chore("delete_people_due", 300, lambda: ring(DEFAULT, "app.rights.jobs.delete_people_due")),
    Chore("begin_remakes", 10, lambda: ring_where(remakes.are_waiting, "app.media.jobs.begin_remakes")),
    Chore("drop_retired", 300, lambda: ring(DEFAULT, "app.media.jobs.drop_retired")),
    Chore("fetch_originals", 30, lambda: ring_where(originals.are_wanted, "app.media.jobs.move_originals")),
    Chore("move_originals", 600, lambda: ring(DEFAULT, "app.media.jobs.move_originals")),
    Chore("fan_out", 5, lambda: ring_where(fan_outs.are_waiting, notice_jobs.FAN_OUT)),
    Chore("send_mail", 30, lambda: ring_where(mailing.are_due, notice_jobs.SEND_MAIL)),
    Chore("send_pushes", 5, lambda: ring_where(pushing.are_due, notice_jobs.SEND_PUSHES)),
    Chore("forget_old_notifications", 600, lambda: retention.obey_one("notifications")),
    Chore("forget_ceremonies", 600, ceremonies.forget_run_out),
    Chore("forget_trusted_devices", 3600, trusted_devices.forget_run_out),
    Chore("end_decisions", 20, lambda: ring(DEFAULT, "app.moderation.jobs.end_decisions")),
    Chore("forget_evidence", 3600, lambda: ring(DEFAULT, "app.moderation.jobs.forget_evidence")),
    Chore("obey_takedown_clocks", 60, lambda: ring_where(takedown_due.are_due, takedown_jobs.OBEY_CLOCKS)),
    Chore("count_figures", 900, lambda: ring(DEFAULT, takedown_jobs.COUNT_FIGURES)),
    Chore("report_failures", 60, throttles.report_failures),
    Chore("forget_at_the_doors", 600, forget_at_the_doors),
    Chore("try_filters", 30, lambda: ring_where(filter_trials.are_waiting, "app.moderation.filter_jobs.try_rules")),
    Chore("rescan_filters", 30, lambda: ring_where(filter_rescans.are_waiting, "app.moderation.filter_jobs.rescan")),
    Chore("forget_filter_evidence", 3600, filter_evidence.forget_evidence),
    Chore("count_days", 600, lambda: ring(DEFAULT, COUNT)),
    Chore("ring_again", 30, ring_again),
    Chore("anchor_audit", 3600, audit_jobs.anchor_audit),
    Chore("mail_anchor", 600, audit_jobs.ring_for_mail),
    Chore("verify_audit", 3600, lambda: ring_where(checking.is_due, audit_jobs.VERIFY)),
    Chore("forget_delivered", 3600, forget_delivered),
    Chore("make_exports", 10, lambda: ring_where(exporting.are_waiting, "app.rights.jobs.make_exports")),
    Chore("sweep_exports", 600, exporting.sweep),
    Chore("obey_retention", 6 * 3600, lambda: ring(DEFAULT, "app.rights.jobs.obey_retention")),
)


class Spine:
    """Runs until it is told to stop."""

    def __init__(self, app: Flask, reactions: Reactions, chores: tuple[Chore, ...] = CHORES) -> None:
        self.app = app
        self.reactions = reactions
        self.chores = chores
        self.running = True
        self._due = {chore.name: 0.0 for chore in chores}
        self._woken, self._waking = os.pipe()
        os.set_blocking(self._waking, False)

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """End after the present round; who sleeps between rounds wakes up."""
        self.running = False
        self._wake()

    def _wake(self) -> None:
        with suppress(BlockingIOError):  # it was told more often than fits, and has not looked yet
            os.write(self._waking, b"x")

    def stop_when_told(self) -> None:
        """From now on SIGTERM and SIGINT to this process are ``stop``."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)

    def run(self) -> None:
        """Relay and do chores until ``stop``; a database or Redis that goes away is waited for."""
        bell = BellThread(self.app, self._wake)
        bell.start()
        try:
            self._run()
        finally:
            bell.stop()

    def _run(self) -> None:
        while self.running:
            try:
                with self._listen() as connection:
                    while self.running:
                        self.run_once()
                        self._wait(connection, SWEEP_SECONDS)
            except psycopg.OperationalError as error:
                log.warning("spine_waits_for_database", error=str(error).strip())
                time.sleep(1)

    def run_once(self) -> None:
        """One round: everything that waits in the outbox, then the chores that are due."""
        with self.app.app_context():
            try:
                while deliver_batch(self.reactions):
                    pass
            except Exception:
                db.session.rollback()
                log.exception("relay_failed")
            for chore in self.chores:
                if self._due[chore.name] <= time.monotonic():
                    self._due[chore.name] = time.monotonic() + chore.every_s
                    self._do(chore)

    def _do(self, chore: Chore) -> None:
        try:
            chore.do()
            db.session.commit()
        except Exception as error:
            db.session.rollback()
            log.exception("chore_failed", chore=chore.name, error=str(error))

    def _listen(self) -> psycopg.Connection[tuple[object, ...]]:
        url = self.app.config["SETTINGS"].database_url.replace("postgresql+psycopg", "postgresql")
        connection = psycopg.connect(url, autocommit=True, connect_timeout=5)
        connection.execute(f"LISTEN {CHANNEL}")
        return connection

    def _wait(self, connection: psycopg.Connection[tuple[object, ...]], seconds: float) -> None:
        """Sleep until a NOTIFY comes, somebody calls ``_wake``, or ``seconds`` are over."""
        ready, _, _ = select.select([connection.fileno(), self._woken], [], [], seconds)
        if self._woken in ready:
            os.read(self._woken, 4096)
        for _ in connection.notifies(timeout=0):
            pass
