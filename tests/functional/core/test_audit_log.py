"""The audit log: in the transaction of the act, one chain, sealed for whom it is about."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import User
from app.core import audit
from app.core.audit import chain, sealing
from app.core.audit.models import AuditEntry, AuditHead
from app.core.ids import uuid7
from app.extensions import db


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """An application context for the test."""
    with app.app_context():
        yield
    audit.forget_origin()


def entries() -> list[AuditEntry]:
    """The chain, from its beginning."""
    return list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.number)))


@pytest.mark.usefixtures("context")
def test_entries_of_one_commit_and_the_next_hang_together(make_person: Callable[..., User]) -> None:
    ada = make_person(username="ada")
    audit.record("session.began", actor=ada)
    audit.record("channel.opened", actor=ada, about=ada, after={"role": "artist"})
    db.session.commit()
    audit.record("settings.changed", actor=None, facts={"name": "minimum_age", "after": 16})
    db.session.commit()
    digest = chain.BEGINNING
    for number, entry in enumerate(entries(), start=1):
        digest = chain.digest_of(digest, number, entry)
        assert (entry.number, entry.digest, entry.mac) == (number, digest, chain.entry_mac(digest))
    head = db.session.scalars(select(AuditHead)).one()
    assert (head.number, head.digest, head.mac) == (3, digest, chain.head_mac(3, digest))


@pytest.mark.usefixtures("context")
def test_what_is_rolled_back_was_never_done(make_person: Callable[..., User]) -> None:
    ada = make_person(username="ada")
    audit.record("session.began", actor=ada)
    db.session.rollback()
    audit.record("session.ended", actor=ada)
    db.session.commit()
    assert [entry.action for entry in entries()] == ["session.ended"]


@pytest.mark.usefixtures("context")
def test_a_savepoint_is_no_commit(make_person: Callable[..., User]) -> None:
    ada = make_person(username="ada")
    audit.record("session.began", actor=ada)
    with db.session.begin_nested():
        db.session.execute(select(1))
    assert not entries()
    db.session.commit()
    assert len(entries()) == 1


class Refused(Exception):
    """What ends a savepoint."""


@pytest.mark.usefixtures("context")
def test_a_savepoint_that_is_rolled_back_takes_along_what_was_written_in_it(make_person: Callable[..., User]) -> None:
    ada = make_person(username="ada")
    audit.record("session.began", actor=ada)
    with suppress(Refused), db.session.begin_nested():
        audit.record("work.hidden", actor=ada)
        with db.session.begin_nested():
            audit.record("work.removed", actor=ada)
        raise Refused
    with db.session.begin_nested():
        audit.record("session.ended", actor=ada)
    db.session.commit()
    assert [entry.action for entry in entries()] == ["session.began", "session.ended"]


@pytest.mark.usefixtures("context")
def test_a_savepoint_that_the_database_refuses_takes_nothing_else_along(make_person: Callable[..., User]) -> None:
    ada = make_person(username="ada")
    audit.record("session.began", actor=ada)
    twice = User(id=uuid7(), username="ada", username_key=ada.username_key, email="x@example.org", email_key="x")
    with suppress(IntegrityError), db.session.begin_nested():
        audit.record("account.made", actor=twice)
        db.session.add(twice)
    db.session.commit()
    assert [entry.action for entry in entries()] == ["session.began"]


def test_a_session_that_is_closed_forgets(app: Flask, make_person: Callable[..., User]) -> None:
    ada = make_person(username="ada")
    with app.app_context():
        db.session.execute(select(1))
        audit.record("session.began", actor=ada)
        db.session().close()
        audit.record("session.ended", actor=ada)
        db.session.commit()
        assert [entry.action for entry in entries()] == ["session.ended"]


@pytest.mark.usefixtures("context")
def test_sealed_words_are_readable_until_the_key_is_gone(make_person: Callable[..., User]) -> None:
    ada, mo = make_person(username="ada"), make_person(username="mo", role="moderator")
    audit.record("person.warned", actor=mo, about=ada, reason="Spam under ten tracks.", before={"email": "a@b.example"})
    db.session.commit()
    (entry,) = entries()
    said = sealing.unseal(entry.about_id, entry.id, entry.about_sealed)
    assert said == {"name": "ada", "before": {"email": "a@b.example"}, "reason": "Spam under ten tracks."}
    assert b"Spam" not in (entry.about_sealed or b"")
    sealing.destroy_key(ada.id)
    db.session.commit()
    assert sealing.unseal(entry.about_id, entry.id, entry.about_sealed) is None
    assert sealing.unseal(entry.actor_id, entry.id, entry.actor_sealed) == {"name": "mo"}
    audit.record("person.warned", actor=mo, about=ada, reason="Again.")
    db.session.commit()
    assert entries()[-1].about_sealed is None


@pytest.mark.usefixtures("context")
def test_an_entry_says_where_it_came_from(make_person: Callable[..., User]) -> None:
    ada = make_person(username="ada")
    audit.note_origin("203.0.113.9", "Firefox")
    audit.record("session.began", actor=ada)
    audit.record("login.failed", actor=None, about=ada)
    db.session.commit()
    first, second = entries()
    assert sealing.unseal(ada.id, first.id, first.actor_sealed) == {
        "name": "ada", "address": "203.0.113.9", "agent": "Firefox",
    }  # fmt: skip
    assert sealing.unseal(ada.id, second.id, second.about_sealed) == {
        "name": "ada", "address": "203.0.113.9", "agent": "Firefox",
    }  # fmt: skip
