"""A worker: one queue, every job in the application's context, connections of its own."""

import pytest
from flask import Flask
from rq import SimpleWorker
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import MailedToken, TokenPurpose, User
from app.accounts.services import mailed_tokens
from app.core.queue import DEFAULT, MEDIA, queue, ring
from app.extensions import db
from app.operations.worker import AppWorker, make_worker
from tests.harness.browser import Browser
from tests.harness.kinds import MakePerson, RunSpine
from tests.harness.mail import MailOutbox


def test_a_forked_job_reaches_database_storage_and_settings(
    app: Flask, client: Browser, make_person: MakePerson, run_spine: RunSpine, mail_outbox: MailOutbox,
    db_session: Session,
) -> None:  # fmt: skip
    person = make_person()
    with app.app_context():
        user = db.session.get_one(User, person.id)
        mailed_tokens.request_mail(user, TokenPurpose.RESET_PASSWORD, email=user.email)
        db.session.commit()
    before = db_session.scalars(select(MailedToken.token_digest)).one()
    db_session.rollback()
    run_spine()
    worker = make_worker(app, DEFAULT)
    worker.work(burst=True, logging_level="ERROR")
    assert worker.failed_job_count == 0
    assert [message["To"] for message in mail_outbox.messages] == [person.email]
    assert db_session.scalars(select(MailedToken.token_digest)).one() != before
    assert client.get("/login").status_code == 200, "the parent's own connections live on"


def test_a_worker_listens_to_one_queue(app: Flask) -> None:
    worker = make_worker(app, MEDIA)
    assert worker.queue_names() == [MEDIA]
    assert isinstance(worker, AppWorker)
    assert not isinstance(worker, SimpleWorker)


@pytest.mark.parametrize("name", ["app.core.pictures.delete_files", "app.media.jobs.work_on_media"])
def test_jobs_are_named_by_what_can_be_imported(app: Flask, name: str) -> None:
    with app.app_context():
        ring(DEFAULT, name)
        (job,) = queue(DEFAULT).jobs
        assert callable(job.func)
