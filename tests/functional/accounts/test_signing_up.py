"""Signing up: a form, a mail, a link; and nobody learns from it whose addresses are known."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from app.accounts.door_models import SignUp
from app.accounts.models import Role, User
from app.accounts.services import sign_up
from app.core.audit.models import AuditEntry
from app.core.clock import now
from app.extensions import db
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, MakeApp, MakePerson, Settle
from tests.harness.mail import MailOutbox, link_path, plain_text
from tests.harness.races import second_of_two

NEW = {"username": "nawal_k", "email": "Nawal@Example.org", "password": "lemons by the harbour"}


def people(db_session: DatabaseSession) -> int:
    db_session.expire_all()
    return db_session.scalar(select(func.count()).select_from(User)) or 0


@pytest.fixture
def path(client: Browser, settle: Settle, mail_outbox: MailOutbox) -> str:
    """The link of someone who signed up in ``client``."""
    answer = client.submit("/signup", {**NEW, "next": "/music"})
    assert (answer.status_code, answer.location) == (303, "/signup/sent")
    settle()
    (message,) = mail_outbox.messages
    assert message["To"] == "Nawal@Example.org"
    return link_path(message)


def test_the_account_is_there_once_the_link_is_opened_and_confirmed(
    client: Browser, path: str, db_session: DatabaseSession
) -> None:
    assert people(db_session) == 0
    page = client.get(path).text
    assert "@nawal_k" in page
    assert 'type="password"' not in page
    assert people(db_session) == 0, "a mail program that opens the link makes nothing"
    assert client.submit(path).location == "/music"
    user = db_session.scalars(select(User)).one()
    assert (user.username, user.email, user.email_key, user.role) == (
        "nawal_k", "Nawal@Example.org", "nawal@example.org", Role.LISTENER,
    )  # fmt: skip
    assert user.email_verified_at is not None
    assert b"lemons" not in user.password_digest
    assert client.get("/settings/account").status_code == 200
    client.submit("/logout")
    assert client.submit("/login", {"login": "nawal_k", "password": NEW["password"]}).status_code == 303
    actions = db_session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)).all()
    assert actions[:2] == ["account.created", "session.began"]


def test_the_link_works_once(client: Browser, path: str, app: Flask) -> None:
    client.submit(path)
    again = browser_of(app).get(path)
    assert again.status_code == 404
    assert "This link is over." in again.text


def test_the_link_runs_out_after_three_days(client: Browser, path: str, db_session: DatabaseSession) -> None:
    row = db_session.scalars(select(SignUp)).one()
    assert timedelta(days=2, hours=23) < row.expires_at - now() <= timedelta(days=3)
    row.expires_at = now()
    db_session.commit()
    assert client.submit(path).status_code == 404
    assert people(db_session) == 0


def test_of_two_who_press_at_once_one_makes_the_account(
    client: Browser, path: str, db_session: DatabaseSession
) -> None:
    row = db_session.scalars(select(SignUp)).one()
    row.used_at = now()
    assert second_of_two(db_session, lambda: client.submit(path)).status_code == 404
    assert people(db_session) == 0


def test_in_another_browser_the_password_is_chosen_anew(app: Flask, path: str, db_session: DatabaseSession) -> None:
    """Whoever signed up with somebody else's address must not know the password of what its owner confirms."""
    owner = browser_of(app)
    assert 'type="password"' in owner.get(path).text
    assert owner.submit(path, {"username": "nawal_k"}).status_code == 422
    assert owner.submit(path, {"username": "nawal_k", "password": "another one entirely"}).status_code == 303
    stranger = browser_of(app)
    assert stranger.submit("/login", {"login": "nawal_k", "password": NEW["password"]}).status_code == 422
    assert people(db_session) == 1


def test_a_name_that_somebody_took_meanwhile_is_asked_for_anew(
    client: Browser, path: str, make_person: MakePerson
) -> None:
    make_person(username="nawalk")
    assert 'name="username"' in client.get(path).text
    refused = client.submit(path, {"username": "nawal_k", "password": "lemons by the harbour"})
    assert refused.status_code == 422
    assert "This name is taken" in refused.text
    assert client.submit(path, {"username": "nawal_b", "password": "lemons by the harbour"}).status_code == 303


def test_a_known_address_is_answered_like_an_unknown_one_and_its_owner_gets_a_mail(
    app: Flask, make_person: MakePerson, settle: Settle, mail_outbox: MailOutbox, db_session: DatabaseSession
) -> None:
    make_person(email="nawal@example.org")
    answers = []
    for number, email in enumerate((NEW["email"], "unknown@example.org")):
        client = browser_of(app)
        answer = client.submit("/signup", {**NEW, "username": f"someone{number}", "email": email})
        page = client.get(answer.location).text
        answers.append((answer.status_code, answer.location, re.sub(r'value="[^"]{40,}"', "", page)))
    assert answers[0] == answers[1]
    settle()
    known, unknown = mail_outbox.to(NEW["email"]), mail_outbox.to("unknown@example.org")
    assert [mail["Subject"] for mail in known] == ["You already have an account"]
    assert "/signup/confirm/" not in plain_text(known[0])
    assert [mail["Subject"] for mail in unknown] == ["Is this your address?"]
    assert people(db_session) == 1


def test_a_sign_up_keeps_no_name_so_that_nothing_can_be_learnt_from_trying_it_again(
    app: Flask, make_person: MakePerson
) -> None:
    make_person(email="nawal@example.org")
    for email in (NEW["email"], "unknown@example.org"):
        browser_of(app).submit("/signup", {**NEW, "email": email})
        assert browser_of(app).submit("/signup", {**NEW, "email": "third@example.org"}).status_code == 303


def test_the_request_does_the_same_whether_the_address_is_known(
    app: Flask, make_person: MakePerson, count_statements: CountStatements
) -> None:
    make_person(email="nawal@example.org")
    counts = []
    for number, email in enumerate((NEW["email"], "unknown@example.org")):
        with count_statements() as ran:
            browser_of(app).submit("/signup", {**NEW, "username": f"someone{number}", "email": email})
        counts.append([one for one in ran if not re.search("options|filter_version", one)])  # kept for a while
    assert len(counts[0]) == len(counts[1])


def test_the_mail_can_be_had_again_and_the_first_link_ends(
    client: Browser, path: str, settle: Settle, mail_outbox: MailOutbox, app: Flask
) -> None:
    assert "/signup/again" in client.get("/signup/sent").text
    assert "/signup/again" not in browser_of(app).get("/signup/sent").text
    assert client.submit("/signup/again").location == "/signup/sent"
    settle()
    assert client.get(path).status_code == 404
    newer = link_path(mail_outbox.messages[-1])
    assert client.submit(newer).status_code == 303, "it is still the browser that began it"
    assert browser_of(app).submit("/signup/again").location == "/signup"


def test_one_address_gets_six_mails_an_hour_at_most(client: Browser, settle: Settle, mail_outbox: MailOutbox) -> None:
    for _ in range(8):
        client.submit("/signup/link", {"email": "target@example.org"})
        settle()
    assert len(mail_outbox.messages) == sign_up.MAILS_AN_HOUR


def test_a_link_alone_asks_for_the_rest_when_it_is_opened(
    client: Browser, settle: Settle, mail_outbox: MailOutbox, db_session: DatabaseSession
) -> None:
    assert client.submit("/signup/link", {"email": "no address"}).status_code == 422
    assert client.submit("/signup/link", {"email": "zoe@example.org"}).location == "/signup/sent"
    settle()
    path = link_path(mail_outbox.messages[0])
    page = client.get(path).text
    assert 'name="username"' in page
    assert 'type="password"' in page
    assert client.submit(path, {"username": "zoe", "password": "password1"}).status_code == 422
    assert client.submit(path, {"username": "zoe", "password": "a kettle full of rain"}).status_code == 303
    assert db_session.scalars(select(User.username)).one() == "zoe"


def test_two_links_for_one_address_make_one_account(
    client: Browser, app: Flask, path: str, settle: Settle, mail_outbox: MailOutbox, db_session: DatabaseSession
) -> None:
    other = browser_of(app)
    other.submit("/signup", {**NEW, "username": "nawal_two"})
    settle()
    second = link_path(mail_outbox.messages[-1])
    assert client.submit(path).status_code == 303
    refused = other.submit(second)
    assert refused.status_code == 409
    assert people(db_session) == 1


def test_the_page_says_where_the_mail_lies_only_on_this_machine_without_a_mail_server(
    client: Browser, make_app: MakeApp
) -> None:
    assert "data" in client.get("/signup/sent").text.split("<code>")[1].split("</code>")[0]
    for changes in ({"smtp_url": "smtp://127.0.0.1:1"}, {"public_url": "https://stage.example"}):
        assert "<code>" not in browser_of(make_app(**changes)).get("/signup/sent").text


def test_what_nobody_needs_any_more_is_forgotten(client: Browser, path: str, app: Flask) -> None:
    client.submit(path)
    with app.app_context():
        for row in db.session.scalars(select(SignUp)):
            row.expires_at = now()
        db.session.commit()
        sign_up.forget_sign_ups()
        db.session.commit()
        assert db.session.scalar(select(func.count()).select_from(SignUp)) == 0
