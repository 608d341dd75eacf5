"""The outbox: an event is kept with what it tells of, or not at all."""

from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.events import UserSignedUp
from app.core.events import CHANNEL, OutboxEntry, publish
from app.extensions import db
from tests.harness.engines import Engines


def test_an_event_is_there_once_its_transaction_holds(app: Flask, db_session: Session) -> None:
    user_id = uuid4()
    with app.app_context():
        publish(UserSignedUp(user_id=user_id))
        assert db_session.scalars(select(OutboxEntry)).all() == []
        db.session.commit()
    (entry,) = db_session.scalars(select(OutboxEntry)).all()
    assert (entry.name, entry.payload, entry.delivered_at) == ("UserSignedUp", {"user_id": str(user_id)}, None)


def test_a_rollback_takes_the_event_along(app: Flask, db_session: Session) -> None:
    with app.app_context():
        publish(UserSignedUp(user_id=uuid4()))
        db.session.flush()
        db.session.rollback()
        db.session.commit()
    assert db_session.scalars(select(OutboxEntry)).all() == []


@pytest.mark.parametrize(("commits", "woken"), [(True, 1), (False, 0)])
def test_whoever_listens_is_woken_by_the_commit(app: Flask, engines: Engines, *, commits: bool, woken: int) -> None:
    with psycopg.connect(engines.plain_database_url, autocommit=True, application_name="tests") as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        with app.app_context():
            publish(UserSignedUp(user_id=uuid4()))
            db.session.commit() if commits else db.session.rollback()
        assert len(list(listener.notifies(timeout=5 if commits else 0.2, stop_after=1))) == woken
