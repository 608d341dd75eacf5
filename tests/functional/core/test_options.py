"""Options: rows for what is not at its default, remembered for seconds, changed in the light."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.accounts.models import User
from app.core import options
from app.core.audit.models import AuditEntry
from app.core.options import Kind, Option, OptionRefused
from app.extensions import db

DAYS = Option("test.days", Kind.INT, 30, "Days", "How many.", low=1, high=365)


@pytest.fixture(autouse=True)
def context(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An application context, and an option that is gone after the test."""
    monkeypatch.setitem(options._registry, DAYS.name, DAYS)
    with app.app_context():
        yield


@pytest.fixture
def admin(make_person: Callable[..., User]) -> User:
    return make_person(role="admin")


def test_an_option_has_its_default_until_somebody_changes_it_and_again_after(admin: User) -> None:
    assert options.get("test.days") == 30
    assert options.set_option("test.days", 7, admin)
    assert options.get("test.days") == 7
    db.session.commit()
    assert options.get("test.days") == 7
    assert options.changes()["test.days"].changed_by == admin.id
    assert options.reset_option("test.days", admin)
    db.session.commit()
    assert options.get("test.days") == 30
    assert options.changes() == {}


def test_what_is_rolled_back_is_not_remembered(admin: User) -> None:
    options.set_option("test.days", 7, admin)
    assert options.get("test.days") == 7
    db.session.rollback()
    assert options.get("test.days") == 30


def test_asking_again_asks_no_table(count_statements: Callable[[], AbstractContextManager[list[str]]]) -> None:
    options.get("test.days")
    with count_statements() as seen:
        assert [options.get("test.days") for _ in range(20)] == [30] * 20
    assert seen == []


def test_another_process_hears_of_it_once_its_memory_is_old(admin: User) -> None:
    assert options.get("test.days") == 30
    row = {"name": "test.days", "by": admin.id}
    db.session.execute(
        text("INSERT INTO options (name, value, changed_at, changed_by) VALUES (:name, '9', now(), :by)"), row
    )
    db.session.commit()
    assert options.get("test.days") == 30
    options.forget()  # as after CACHE_SECONDS
    assert options.get("test.days") == 9


def test_a_change_is_in_the_log_with_before_and_after_and_without_a_person(admin: User) -> None:
    options.set_option("test.days", 7, admin)
    db.session.commit()
    options.set_option("test.days", 7, admin)  # changes nothing
    options.reset_option("test.days", None)
    options.reset_option("test.days", None)
    db.session.commit()
    rows = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    assert [(row.action, row.actor_id, row.subject_id, row.facts) for row in rows] == [
        ("option.changed", admin.id, "test.days", {"before": 30, "after": 7}),
        ("option.reset", None, "test.days", {"before": 7, "after": 30}),
    ]


def test_an_impossible_value_is_refused_and_one_that_lies_there_anyway_counts_as_the_default(admin: User) -> None:
    with pytest.raises(OptionRefused, match="between 1 and 365"):
        options.set_option("test.days", 0, admin)
    db.session.execute(text("INSERT INTO options (name, value, changed_at) VALUES ('test.days', '0', now())"))
    db.session.execute(text("INSERT INTO options (name, value, changed_at) VALUES ('test.unknown', '1', now())"))
    db.session.commit()
    options.forget()
    assert options.get("test.days") == 30


def test_the_one_who_changed_it_may_leave(admin: User) -> None:
    options.set_option("test.days", 7, admin)
    db.session.commit()
    db.session.execute(text("DELETE FROM users"))
    db.session.commit()
    assert options.changes()["test.days"].changed_by is None
    assert options.get("test.days") == 7
