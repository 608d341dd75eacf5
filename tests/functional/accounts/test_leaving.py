"""Leaving, and coming back within thirty days."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session as DatabaseSession

from app.accounts.models import User
from app.core.clock import now
from tests.factories.people import PASSWORD
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeMedium, MakePerson, Settle


@pytest.fixture
def person(make_person: MakePerson) -> User:
    return make_person(role="artist")


def leave(client: Browser) -> None:
    assert client.submit("/settings/account/delete", {"password": PASSWORD}).location == "/"


def test_leaving_asks_for_the_password(
    client: Browser, person: User, login: Login, db_session: DatabaseSession
) -> None:
    login(client, person)
    answer = client.submit("/settings/account/delete", {"password": "wrong"})
    assert answer.status_code == 422
    assert "not your present password" in answer.text
    db_session.refresh(person)
    assert person.deletion_due_at is None


def test_who_leaves_is_logged_out_everywhere_and_goes_in_thirty_days(
    app: Flask, client: Browser, person: User, login: Login, db_session: DatabaseSession
) -> None:
    phone = login(browser_of(app), person)
    leave(login(client, person))
    assert phone.get("/settings/account").status_code == 303
    db_session.refresh(person)
    assert person.deletion_due_at is not None
    assert timedelta(days=29, hours=23) < person.deletion_due_at - now() <= timedelta(days=30)


def test_nobody_finds_someone_who_is_leaving_or_their_works(
    app: Flask, client: Browser, person: User, login: Login, make_medium: MakeMedium, settle: Settle
) -> None:
    medium = make_medium(person, title="Nearly Gone")
    leave(login(client, person))
    settle()
    stranger = browser_of(app)
    assert stranger.get(f"/@{person.username}").status_code == 404
    assert stranger.get(f"/@{person.username}/{medium.slug}").status_code == 404
    assert "Nearly Gone" not in stranger.get("/").text
    assert "Nearly Gone" not in stranger.get("/search?q=nearly").text


def test_logging_in_again_keeps_the_account_and_its_works(
    app: Flask, client: Browser, person: User, login: Login, make_medium: MakeMedium, settle: Settle,
    db_session: DatabaseSession,
) -> None:  # fmt: skip
    medium = make_medium(person, title="Nearly Gone")
    leave(login(client, person))
    settle()
    login(client, person)
    settle()
    db_session.refresh(person)
    assert person.deletion_due_at is None
    assert "your account stays" in client.get("/").text
    stranger = browser_of(app)
    assert stranger.get(f"/@{person.username}/{medium.slug}").status_code == 200
    assert "Nearly Gone" in stranger.get("/search?q=nearly").text
