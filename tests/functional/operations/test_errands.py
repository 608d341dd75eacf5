"""Errands are done, whatever becomes of Redis between the ring and the work."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.events import AccountKept
from app.accounts.models import TokenPurpose, User
from app.accounts.services.mailed_tokens import request_mail
from app.core.clock import now
from app.core.events import OutboxEntry, publish
from app.core.queue import DEFAULT, queue, redis
from app.extensions import db
from app.operations.errands import PATIENCE, ring_again
from tests.harness import work
from tests.harness.kinds import MakePerson, RunJobs, RunSpine
from tests.harness.mail import MailOutbox


def later(app: Flask) -> None:
    """Let the patience with every errand run out."""
    with app.app_context():
        db.session.execute(update(OutboxEntry).values(delivered_at=now() - PATIENCE - timedelta(seconds=1)))
        ring_again()
        db.session.commit()


def ask_for_mail(app: Flask, person: User) -> None:
    """Have a link mailed to somebody: one event with one errand."""
    with app.app_context():
        request_mail(db.session.get_one(User, person.id), TokenPurpose.RESET_PASSWORD, email=person.email)
        db.session.commit()


def test_a_mail_survives_a_flush_of_redis(
    app: Flask,
    make_person: MakePerson,
    run_spine: RunSpine,
    run_jobs: RunJobs,
    mail_outbox: MailOutbox,
) -> None:
    ask_for_mail(app, make_person())
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
    make_person: MakePerson,
    run_spine: RunSpine,
    run_jobs: RunJobs,
    mail_outbox: MailOutbox,
) -> None:
    ask_for_mail(app, make_person())
    run_spine()
    run_jobs("default")
    assert db_session.scalars(select(OutboxEntry)).one().finished_at is not None
    later(app)
    run_spine()
    run_jobs("default")
    assert len(mail_outbox.messages) == 1


def test_of_two_errands_the_one_that_was_lost_is_rung_for_again_alone(
    app: Flask, db_session: Session, make_person: MakePerson, run_jobs: RunJobs
) -> None:
    person = make_person()
    with app.app_context():
        publish(AccountKept(user_id=person.id))
        db.session.commit()
        work.relay(app)
        wanted = db_session.scalars(select(OutboxEntry)).one().errands
        assert wanted
        assert len(wanted) > 1
        lost = wanted[-1]
        gone = [job for job in queue(DEFAULT).jobs if job.args[1] == lost]
        assert len(gone) == 1
        queue(DEFAULT).remove(gone[0])
    run_jobs("default")
    db_session.expire_all()
    entry = db_session.scalars(select(OutboxEntry)).one()
    assert (entry.errands, entry.finished_at) == ([lost], None)
    later(app)
    work.relay(app)
    with app.app_context():
        assert [job.args[1] for job in queue(DEFAULT).jobs] == [lost]
    run_jobs("default")
    db_session.expire_all()
    assert db_session.scalars(select(OutboxEntry)).one().finished_at is not None
