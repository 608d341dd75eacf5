"""The audit log says by which means somebody got in."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session as DatabaseSession

from app.accounts.models import User
from tests.factories.factors import CODES, add_authenticator, code_now
from tests.factories.people import PASSWORD
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import MakePerson, Settle
from tests.harness.mail import MailOutbox, link_path
from tests.harness.means import means_of_last_log_in


@pytest.fixture
def person(make_person: MakePerson) -> User:
    return make_person()


def test_a_password(client: Browser, person: User, db_session: DatabaseSession) -> None:
    client.submit("/login", {"login": person.username, "password": PASSWORD})
    assert means_of_last_log_in(db_session) == {"way": "password"}


def test_a_password_and_a_code_of_the_app_or_a_recovery_code_or_a_trusted_browser(
    app: Flask, person: User, db_session: DatabaseSession
) -> None:
    add_authenticator(app, db_session, person)
    browser = browser_of(app)
    for code, second in ((CODES[0], "recovery_code"), (code_now(), "authenticator")):
        browser.submit("/login", {"login": person.username, "password": PASSWORD})
        browser.submit("/login/factor", {"code": code, "trust": "y"})
        assert means_of_last_log_in(db_session) == {"way": "password", "second": second}
        browser.submit("/logout")
        if second == "recovery_code":
            browser = browser_of(app)
    browser.submit("/login", {"login": person.username, "password": PASSWORD})
    assert means_of_last_log_in(db_session) == {"way": "password", "second": "trusted_browser"}


def test_a_mailed_link_and_a_code(
    app: Flask, client: Browser, person: User, settle: Settle, mail_outbox: MailOutbox, db_session: DatabaseSession
) -> None:
    add_authenticator(app, db_session, person)
    client.submit("/login/link", {"login": person.username})
    settle()
    client.submit(link_path(mail_outbox.messages[-1]))
    client.submit("/login/factor", {"code": code_now()})
    assert means_of_last_log_in(db_session) == {"way": "mailed_link", "second": "authenticator"}
