"""Before something dangerous, whoever sits there proves once more to be the owner."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session as DatabaseSession

from app.accounts.login import Asker, Stranger
from app.accounts.models import MailedToken, Session, User
from app.accounts.services.sessions import UNDER_WAY_FOR
from app.core.audit.models import AuditEntry
from app.core.clock import now
from tests.factories.people import PASSWORD
from tests.harness.browser import PARTIAL, Browser, browser_of
from tests.harness.kinds import Login, MakePerson

DANGEROUS = [
    "/settings/account/email", "/settings/account/delete", "/settings/sessions/revoke-others",
    "/settings/sessions/00000000-0000-7000-8000-000000000000/revoke",
]  # fmt: skip


@pytest.fixture
def person(make_person: MakePerson) -> User:
    return make_person()


@pytest.fixture
def stale(client: Browser, person: User, login: Login, db_session: DatabaseSession) -> Browser:
    """A browser whose owner logged in sixteen minutes ago."""
    login(client, person)
    age(db_session, minutes=16)
    return client


def age(db_session: DatabaseSession, *, minutes: int) -> None:
    db_session.execute(update(Session).values(proven_at=now() - timedelta(minutes=minutes)))
    db_session.commit()


@pytest.mark.parametrize("path", DANGEROUS)
def test_what_is_dangerous_asks_for_a_fresh_proof_and_does_nothing_before(
    stale: Browser, path: str, db_session: DatabaseSession
) -> None:
    data = {"email": "new@example.org", "password": PASSWORD}
    answer = stale.submit(path, data, headers={"Referer": "http://127.0.0.1/settings/account"})
    assert (answer.status_code, answer.location) == (303, "/login/confirm?next=/settings/account")
    assert db_session.scalars(select(MailedToken)).all() == []
    assert db_session.scalars(select(User.deletion_due_at)).one() is None


def test_an_htmx_form_leads_the_whole_page_there(stale: Browser) -> None:
    answer = stale.submit(DANGEROUS[2], headers=PARTIAL)
    assert answer.headers["HX-Redirect"].startswith("/login/confirm")


def test_a_script_hears_it_as_a_sentence(stale: Browser) -> None:
    answer = stale.send_json(DANGEROUS[2])
    assert answer.status_code == 403
    assert "Confirm first" in (answer.json or {})["error"]


def test_the_password_opens_what_was_asked_for(stale: Browser) -> None:
    answer = stale.submit("/login/confirm", {"password": PASSWORD, "next": "/settings/account?x=1"})
    assert (answer.status_code, answer.location) == (303, "/settings/account?x=1")
    assert stale.submit(DANGEROUS[2]).location == "/settings/sessions"


def test_a_wrong_one_is_written_down_and_opens_nothing(stale: Browser, db_session: DatabaseSession) -> None:
    answer = stale.submit("/login/confirm", {"password": "wrong"})
    assert answer.status_code == 422
    assert "not your present password" in answer.text
    assert db_session.scalars(select(AuditEntry.action)).all().count("proof.failed") == 1
    assert "/login/confirm" in (stale.submit(DANGEROUS[2]).location or "")


def test_it_leads_to_no_other_site(stale: Browser) -> None:
    answer = stale.submit("/login/confirm", {"password": PASSWORD, "next": "//evil.example"})
    assert answer.location == "/settings/security"


@pytest.mark.parametrize(("minutes", "asked"), [(14, False), (16, True)])
def test_a_proof_is_good_for_a_quarter_of_an_hour(
    stale: Browser, db_session: DatabaseSession, minutes: int, *, asked: bool
) -> None:
    age(db_session, minutes=minutes)
    answer = stale.submit(DANGEROUS[2])
    assert (answer.location or "").startswith("/login/confirm") is asked


def test_a_stranger_is_asked_to_log_in(client: Browser) -> None:
    assert (client.get("/login/confirm").location or "").startswith("/login?")
    assert (client.submit(DANGEROUS[2]).location or "").startswith("/login")


# A new token ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def copied(app: Flask, stale: Browser) -> Browser:
    """A browser with a copy of the cookie of before; then the owner proves that it is them."""
    cookie = stale.get_cookie("session", domain="127.0.0.1")
    assert cookie is not None
    other = browser_of(app)
    other.set_cookie("session", cookie.value, domain="127.0.0.1")
    assert stale.submit("/login/confirm", {"password": PASSWORD}).status_code == 303
    return other


def test_a_fresh_proof_gives_a_new_token_and_the_one_of_before_is_out_within_a_minute(
    stale: Browser, copied: Browser, db_session: DatabaseSession
) -> None:
    assert stale.get("/settings/sessions").status_code == 200
    assert copied.get("/settings/sessions").status_code == 200, "what was under way still arrives"
    db_session.execute(update(Session).values(proven_at=now() - UNDER_WAY_FOR))
    db_session.commit()
    assert copied.get("/settings/sessions").status_code == 303
    assert stale.submit(DANGEROUS[2]).location == "/settings/sessions"
    assert db_session.scalar(select(Session.revoked_at)) is None, "it is one session, before and after"


def test_the_token_of_before_counts_as_proven_no_more(copied: Browser) -> None:
    answer = copied.submit(DANGEROUS[2])
    assert (answer.location or "").startswith("/login/confirm")


def test_an_answer_that_was_under_way_does_not_bring_the_old_cookie_back(copied: Browser, person: User) -> None:
    """It would be the last that arrives, and log the owner's browser out a minute later."""
    answer = copied.submit("/settings/profile", {"display_name": person.display_name})
    assert answer.status_code == 303, "which would tell so in the cookie"
    assert answer.headers.getlist("Set-Cookie") == []


def test_what_is_still_going_out_goes_on_under_the_new_token_and_ends_with_the_session(
    app: Flask, stale: Browser, person: User, db_session: DatabaseSession
) -> None:
    session = db_session.scalars(select(Session)).one()
    asker = Asker(session.id)
    stale.submit("/login/confirm", {"password": PASSWORD})
    with app.app_context():
        assert asker.now().id == person.id
    stale.submit("/logout")
    with app.app_context():
        assert isinstance(asker.now(), Stranger)
