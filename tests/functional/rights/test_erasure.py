"""Erasure: a word put into everything that is a person's can be read nowhere afterwards, and what is others' stays."""

from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from flask import Flask
from redis import Redis
from rq.registry import FailedJobRegistry
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.errors import UsernameTaken
from app.accounts.models import User
from app.accounts.services import usernames
from app.core import audit
from app.core.audit.models import AuditEntry
from app.core.audit.sealing import unseal
from app.core.audit.verifying import verify
from app.core.clock import now
from app.core.events import OutboxEntry
from app.core.queue import queue, redis
from app.extensions import Model, db
from app.media.models import Medium, Version
from app.messaging.models import Conversation, Message
from app.messaging.services import sending
from app.rights import traces
from app.rights.jobs import delete_people_due
from tests.conftest import store_of
from tests.factories.media import add_picture
from tests.harness.browser import Browser, browser_of
from tests.harness.everything import MARK, SKIPPED, Everything, people_of, where_marked
from tests.harness.kinds import Login, MakeMedium, MakePerson, Settle

TAKEN_CARE_OF = {
    ("comments", "author_id"): "say_farewell blanks them", ("notifications", "actor_id"): "forget_person",
    ("conversations", "low_id"): "no words", ("conversations", "high_id"): "no words",
    ("participants", "other_id"): "no words",
}  # fmt: skip


@pytest.fixture
def elder(make_person: MakePerson) -> User:
    return make_person()


@pytest.fixture
def victim(elder: User, make_person: MakePerson, db_session: Session, app: Flask) -> User:
    """Somebody with the mark in every field."""
    assert elder.id
    person = make_person(
        role="artist", username=MARK, email=f"{MARK}@example.org", display_name=MARK, bio_markdown=MARK, location=MARK,
        links=[f"https://{MARK}.example"],
    )  # fmt: skip
    for which in ("avatar_id", "cover_id"):
        setattr(person, which, add_picture(db_session, store_of(app), files=True).id)
    db_session.commit()
    return person


@pytest.fixture
def younger(victim: User, make_person: MakePerson) -> User:
    assert victim.id
    return make_person()


def erase(app: Flask, person: User, session: Session, settle: Settle) -> None:
    person.deletion_due_at = now() - timedelta(seconds=1)
    session.commit()
    with app.app_context():
        delete_people_due()
    settle()
    session.expire_all()


def files_with_mark(folder: Path) -> list[str]:
    """Files of storage that hold the mark, or are named for it."""
    return [
        str(path)
        for path in folder.rglob("*")
        if MARK in path.name or (path.is_file() and MARK.encode() in path.read_bytes().lower())
    ]


def keys_with_mark(store: "Redis", person: User) -> list[bytes]:
    """What Redis still knows by the mark or by the person's id."""
    marks = (MARK.encode(), person.id.hex.encode(), str(person.id).encode())
    return [
        key for key in store.scan_iter() if any(mark in key + cast("bytes", store.dump(key) or b"") for mark in marks)
    ]


def leave_traces_in_redis(person: User) -> None:
    store = redis()
    store.zadd("feed:watchers", {person.id.hex: 1})
    store.set(f"seen:{person.id}", "1")
    store.hset("listening:told", person.id.hex, "1")
    store.sadd("people", person.id.hex)
    store.xadd("plays", {"person": person.id.hex})
    store.set("last", person.email)
    failed = queue("default").create_job("app.accounts.jobs.mail_notice", args=[str(person.id), person.email, "x"])
    failed.save()
    FailedJobRegistry(queue=queue("default")).add(failed, ttl=3600, exc_string="")


def test_a_mark_in_everything_of_a_person_can_be_read_nowhere_afterwards(
    app: Flask, elder: User, victim: User, younger: User, db_session: Session, make_medium: MakeMedium, settle: Settle,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    medium = make_medium(victim, title=MARK, files=True, artwork=True)
    version = db_session.get_one(Version, medium.version_id)
    store_of(app).put_bytes(version.original_key, f"ID3 {MARK}".encode(), content_type="audio/mpeg")
    store_of(app).put_bytes("exports/x/soundstage.zip", MARK.encode(), content_type="application/zip")
    everything = Everything(db_session, victim, elder, younger, add_picture(db_session, store_of(app)).id)
    assert everything.make() > 60
    assert {table.name for table in Model.metadata.sorted_tables} - set(SKIPPED) == set(everything.mine)
    db_session.execute(Model.metadata.tables["exports"].update().values(storage_key="exports/x/soundstage.zip"))
    db_session.add(OutboxEntry(
        name="AccountNotice", payload={"user_id": str(victim.id), "email": victim.email, "notice": "password_changed"},
        delivered_at=now(), finished_at=now(),
    ))  # fmt: skip
    with app.app_context():
        audit.record("user.renamed", actor=victim, before={"name": MARK}, after={"name": MARK}, reason=MARK)
        audit.record("user.warned", actor=elder, about=victim, reason=f"{MARK} again")
        db.session.commit()
        leave_traces_in_redis(victim)
        assert len(keys_with_mark(redis(), victim)) >= 6
    db_session.commit()
    assert len(where_marked(db_session)) > 40
    capfd.readouterr()

    erase(app, victim, db_session, settle)

    assert db_session.get(User, everything.victim) is None
    assert where_marked(db_session) == {}
    assert files_with_mark(app.config["SETTINGS"].data_dir / "media") == []
    said = capfd.readouterr()
    assert MARK not in (said.out + said.err).lower()
    with app.app_context():
        assert keys_with_mark(redis(), User(id=everything.victim)) == []
        entries = db.session.scalars(select(AuditEntry)).all()
        assert len(entries) >= 3
        assert all(unseal(entry.about_id, entry.id, entry.about_sealed) is None for entry in entries if entry.about_id)
        assert verify().is_whole


@pytest.mark.parametrize(
    ("table", "column"),
    [
        (table.name, column)
        for table in Model.metadata.sorted_tables
        for column in people_of(table)
        if any(key.ondelete != "CASCADE" for key in table.c[column].foreign_keys)
    ],
)
def test_every_column_that_outlives_the_person_it_names_is_thought_of(table: str, column: str) -> None:
    wiped = {(trace.table, one) for trace in traces.TRACES for one in trace.columns}
    in_office = {(name, one) for name, columns in traces.IN_OFFICE.items() for one in columns}
    assert (table, column) in wiped | in_office | set(TAKEN_CARE_OF)


def test_the_other_side_of_a_conversation_keeps_its_words_and_the_place_of_what_went(
    app: Flask, victim: User, younger: User, client: Browser, login: Login, db_session: Session, settle: Settle
) -> None:
    with app.app_context():
        one, two = db.session.merge(victim), db.session.merge(younger)
        sending.send_message(one, two, sending.Draft("words of the one who leaves", "a"))
        db.session.commit()
        sending.send_message(two, one, sending.Draft("words of the one who stays", "b"))
        db.session.commit()
    erase(app, victim, db_session, settle)
    assert [row.body for row in db_session.scalars(select(Message).order_by(Message.number))] == [
        "", "words of the one who stays",
    ]  # fmt: skip
    conversation = db_session.scalars(select(Conversation)).one()
    login(client, younger)
    inbox = client.get("/messages").text
    assert "words of the one who stays" in inbox
    assert "This went with the account" in client.get(f"/messages/{conversation.public_id}").text


def test_nobody_takes_the_name_of_one_who_left_and_no_row_says_which_it_was(
    app: Flask, victim: User, db_session: Session, settle: Settle
) -> None:
    with app.app_context():
        usernames.rename_user(db.session.merge(victim), "quetzal_two")
        db.session.commit()
    db_session.expire_all()
    erase(app, victim, db_session, settle)
    with app.app_context():
        for name in (MARK, "quetzal_two", "QuetzalMarker"):
            with pytest.raises(UsernameTaken):
                usernames.require_free_username(name)
        usernames.require_free_username("somebody_else")


def test_who_came_back_in_time_is_not_erased(
    app: Flask, victim: User, db_session: Session, client: Browser, login: Login
) -> None:
    victim.deletion_due_at = now() + timedelta(minutes=1)
    db_session.commit()
    with app.app_context():
        delete_people_due()
    login(client, victim)
    with app.app_context():
        delete_people_due()
        assert db.session.get(User, victim.id) is not None


def test_without_redis_nothing_is_half_done_and_it_is_tried_again(
    app: Flask, make_medium: MakeMedium, victim: User, db_session: Session, settle: Settle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    medium_id = make_medium(victim, files=True).id
    victim.deletion_due_at = now() - timedelta(seconds=1)
    db_session.commit()
    with monkeypatch.context() as patch, app.app_context():
        patch.setattr("app.rights.redis_traces.redis", lambda: Redis(port=1))
        delete_people_due()
    db_session.expire_all()
    assert db_session.get(Medium, medium_id) is not None
    erase(app, victim, db_session, settle)
    assert db_session.get(Medium, medium_id) is None
    assert browser_of(app).get(f"/@{MARK}").status_code == 404
