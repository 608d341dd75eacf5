"""The spine's chores: each finds in the tables what nobody rang for."""

import os
import time
from datetime import timedelta
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.embedded.ports import free_port
from app.core.events import OutboxEntry
from app.core.ids import secret, uuid7
from app.core.queue import HEARTBEAT_KEY, MEDIA, queue, redis
from app.extensions import db
from app.media.models import Medium, Task, TaskKind, TaskState, Upload, UploadState
from app.operations.spine import (
    CHORES,
    SWEEP_SECONDS,
    Chore,
    Spine,
    forget_delivered,
    ring_for_free_tasks,
)
from tests.harness.browser import Browser
from tests.harness.engines import Engines
from tests.harness.kinds import MakeApp, MakeMedium, MakePerson


@pytest.fixture
def medium(make_person: MakePerson, make_medium: MakeMedium) -> Medium:
    return make_medium(make_person(role="artist"))


def add_task(db_session: Session, medium: Medium, **values: object) -> Task:
    count = len(db_session.scalars(select(Task.id)).all())
    task = Task(**{"id": uuid7(), "version_id": medium.version_id, "kind": TaskKind.VIDEO, "position": count, **values})
    db_session.add(task)
    db_session.commit()
    return task


def round_of(app: Flask, name: str) -> None:
    """One round of a spine that has this chore alone."""
    Spine(app, app.extensions["reactions"], tuple(chore for chore in CHORES if chore.name == name)).run_once()


def test_work_that_waits_without_a_ring_is_rung_for(
    app: Flask, engines: Engines, medium: Medium, db_session: Session
) -> None:
    for _ in range(3):
        add_task(db_session, medium)
    add_task(db_session, medium, state=TaskState.DONE)
    add_task(db_session, medium, not_before=now() + timedelta(minutes=1))
    add_task(db_session, medium, state=TaskState.RUNNING, lease_expires_at=now() + timedelta(minutes=1))
    add_task(db_session, medium, state=TaskState.RUNNING, lease_expires_at=now() - timedelta(seconds=1))
    with app.app_context():
        assert ring_for_free_tasks() == 4
        assert queue(MEDIA).count == 4
        ring_for_free_tasks()
        assert queue(MEDIA).count == 4, "who waits already is not rung for again"
        engines.redis.flushall()
        ring_for_free_tasks()
        assert queue(MEDIA).count == 4


def test_without_work_nobody_is_rung_for(app: Flask) -> None:
    with app.app_context():
        assert ring_for_free_tasks() == 0
        assert queue(MEDIA).count == 0


def test_what_is_scheduled_appears_when_its_time_has_come(
    app: Flask, client: Browser, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    artist = make_person(role="artist")
    due = make_medium(artist, title="Due Now", published_at=None, publish_at=now() - timedelta(seconds=1))
    later = make_medium(artist, title="Due Later", published_at=None, publish_at=now() + timedelta(hours=1))
    failed = make_medium(artist, "audio", "failed", with_version=False, published_at=None, publish_at=now())
    round_of(app, "publish_due")
    for medium in (due, later, failed):
        db_session.refresh(medium)
    assert due.published_at is not None
    assert due.publish_at is None
    assert due.listed
    assert (later.published_at, failed.published_at, failed.publish_at) == (None, None, None)
    page = client.get("/music").text
    assert "Due Now" in page
    assert "Due Later" not in page
    assert "MediumPublished" in db_session.scalars(select(OutboxEntry.name)).all()


def test_what_has_run_out_leaves_listings_and_gets_new_addresses(
    app: Flask, client: Browser, medium: Medium, db_session: Session
) -> None:
    path = f"/@{medium.owner_id}"
    medium.available_until = now() - timedelta(seconds=1)
    db_session.commit()
    round_of(app, "retire_run_out")
    db_session.refresh(medium)
    assert not medium.listed
    restrictions = select(func.count()).where(OutboxEntry.name == "MediumRestricted")
    assert db_session.scalar(restrictions) == 1
    round_of(app, "retire_run_out")
    assert db_session.scalar(restrictions) == 1
    assert client.get(path).status_code == 404


def test_an_upload_that_nobody_went_on_with_is_forgotten(
    app: Flask, make_person: MakePerson, db_session: Session
) -> None:
    artist = make_person(role="artist")
    uploads = [
        Upload(id=uuid7(), owner_id=artist.id, filename="a.wav", size_bytes=9, part_size_bytes=9, multipart_id="x",
               storage_key=f"originals/{secret()}", expires_at=now() + timedelta(seconds=seconds))
        for seconds in (-1, 60)
    ]  # fmt: skip
    db_session.add_all(uploads)
    db_session.commit()
    round_of(app, "sweep_expired_uploads")
    db_session.expire_all()
    assert db_session.execute(select(Upload.id, Upload.state)).all() == [(uploads[1].id, UploadState.OPEN)]


def test_finished_events_are_forgotten_after_a_week(app: Flask, db_session: Session) -> None:
    week = timedelta(days=7, minutes=1)
    db_session.add_all([
        OutboxEntry(name="Old", payload={}, delivered_at=now() - week, finished_at=now() - week),
        OutboxEntry(name="Fresh", payload={}, delivered_at=now(), finished_at=now()),
        OutboxEntry(name="Unfinished", payload={}, delivered_at=now() - week),
        OutboxEntry(name="Waiting", payload={}, created_at=now() - week),
    ])  # fmt: skip
    db_session.commit()
    with app.app_context():
        forget_delivered()
        db.session.commit()
    assert set(db_session.scalars(select(OutboxEntry.name)).all()) == {"Fresh", "Unfinished", "Waiting"}


def test_a_chore_that_fails_takes_no_other_along(app: Flask, db_session: Session) -> None:
    done: list[str] = []

    def fail() -> None:
        db.session.execute(text("SELECT 1/0"))

    spine = Spine(app, {}, (Chore("fails", 0, fail), Chore("works", 0, lambda: done.append("works"))))
    spine.run_once()
    assert done == ["works"]
    del db_session


def test_a_chore_is_done_no_more_often_than_it_is_due(app: Flask) -> None:
    done: list[str] = []
    spine = Spine(
        app, {}, (Chore("hourly", 3600, lambda: done.append("x")), Chore("always", 0, lambda: done.append("y")))
    )
    for _ in range(3):
        spine.run_once()
    assert sorted(done) == ["x", "y", "y", "y"]


def test_a_round_without_redis_still_does_what_needs_none(
    make_app: MakeApp, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    due = make_medium(make_person(role="artist"), published_at=None, publish_at=now())
    app = make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    Spine(app, app.extensions["reactions"]).run_once()
    db_session.refresh(due)
    assert due.published_at is not None


def test_a_spine_is_woken_by_events_and_ends_when_it_is_told(app: Flask, db_session: Session) -> None:
    spine = Spine(app, app.extensions["reactions"])
    entry = OutboxEntry(name="UserSignedUp", payload={"user_id": str(uuid7())})

    def say_something_and_wait() -> None:
        time.sleep(0.5)  # by then the spine has done its first round and sleeps
        db_session.add(entry)
        db_session.execute(text("NOTIFY outbox"))
        db_session.commit()
        deadline = time.monotonic() + 10
        while entry.delivered_at is None and time.monotonic() < deadline:
            time.sleep(0.02)
            db_session.refresh(entry)
            db_session.commit()
        spine.stop()

    talker = Thread(target=say_something_and_wait)
    try:
        talker.start()
        spine.run()
    finally:
        talker.join()
    assert entry.delivered_at is not None
    assert (entry.delivered_at - entry.created_at).total_seconds() < SWEEP_SECONDS - 0.5
    with app.app_context():
        assert redis().get(HEARTBEAT_KEY) == str(os.getpid()).encode()
