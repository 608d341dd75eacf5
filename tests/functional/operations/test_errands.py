"""Errands are done, whatever becomes of Redis between the ring and the work."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.events import OutboxEntry
from app.core.queue import redis
from app.extensions import db
from app.operations.errands import PATIENCE, ring_again
from tests.harness.browser import Browser
from tests.harness.kinds import MakePerson, RunJobs, RunSpine
from tests.harness.mail import MailOutbox


def later(app: Flask) -> None:
    """Let the patience with every errand run out."""
    with app.app_context():
        db.session.execute(update(OutboxEntry).values(delivered_at=now() - PATIENCE - timedelta(seconds=1)))
        ring_again()
        db.session.commit()


def test_a_mail_survives_a_flush_of_redis(
    app: Flask,
    client: Browser,
    make_person: MakePerson,
    run_spine: RunSpine,
    run_jobs: RunJobs,
    mail_outbox: MailOutbox,
) -> None:
    person = make_person()
    client.submit("/password/forgot", {"email": person.email})
    run_spine()
    with app.app_context():
        redis().flushall()
    run_jobs("default")
    assert not mail_outbox.messages
    later(app)
    run_spine()
    run_jobs("default")
    assert len(mail_outbox.messages) == 1


def test_what_is_finished_is_not_rung_for_again(
    app: Flask,
    db_session: Session,
    client: Browser,
    make_person: MakePerson,
    run_spine: RunSpine,
    run_jobs: RunJobs,
    mail_outbox: MailOutbox,
) -> None:
    client.submit("/password/forgot", {"email": make_person().email})
    run_spine()
    run_jobs("default")
    assert db_session.scalars(select(OutboxEntry)).one().finished_at is not None
    later(app)
    run_spine()
    run_jobs("default")
    assert len(mail_outbox.messages) == 1
