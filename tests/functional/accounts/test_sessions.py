"""Sessions: one row for each browser, ended one by one or all at once, by idleness or by age."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session as DatabaseSession

from app.accounts.models import Session, User
from app.core.clock import now
from app.core.events import OutboxEntry
from tests.factories.people import PASSWORD
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeApp, MakePerson
from tests.harness.mmdb import mmdb_of

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def person(make_person: MakePerson) -> User:
    return make_person()


@pytest.fixture
def laptop(client: Browser, person: User, login: Login) -> Browser:
    return login(client, person)


@pytest.fixture
def phone(app: Flask, person: User, login: Login) -> Browser:
    browser = browser_of(app)
    browser.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (iPhone) Mobile Safari/604"
    return login(browser, person)


def is_in(client: Browser) -> bool:
    return client.get("/settings/sessions").status_code == 200


def newest(db_session: DatabaseSession) -> Session:
    db_session.expire_all()
    return db_session.scalars(select(Session).order_by(Session.id.desc())).first() or pytest.fail("no session")


def test_every_browser_is_listed_and_this_one_is_marked(laptop: Browser, phone: Browser) -> None:
    del phone
    page = laptop.get("/settings/sessions").text
    assert "Safari on iPhone" in page
    assert page.count("This one") == 1
    assert page.count('/revoke"') == 1


def test_one_can_be_ended_from_another(laptop: Browser, phone: Browser, db_session: DatabaseSession) -> None:
    lost = newest(db_session)
    assert laptop.submit(f"/settings/sessions/{lost.id}/revoke").status_code == 303
    assert not is_in(phone)
    assert is_in(laptop)
    assert "SessionRevoked" in db_session.scalars(select(OutboxEntry.name)).all()


def test_nobody_ends_another_persons_session(
    laptop: Browser, app: Flask, make_person: MakePerson, login: Login, db_session: DatabaseSession
) -> None:
    mine = newest(db_session)
    stranger = login(browser_of(app), make_person())
    stranger.submit(f"/settings/sessions/{mine.id}/revoke")
    assert is_in(laptop)


def test_all_others_can_be_ended_at_once(laptop: Browser, phone: Browser) -> None:
    assert laptop.submit("/settings/sessions/revoke-others").status_code == 303
    assert is_in(laptop)
    assert not is_in(phone)


@pytest.mark.parametrize(("days", "alive"), [(6.9, True), (7.1, False)])
def test_a_session_that_nobody_uses_for_a_week_is_over(
    laptop: Browser, db_session: DatabaseSession, days: float, *, alive: bool
) -> None:
    db_session.execute(update(Session).values(last_seen_at=now() - timedelta(days=days)))
    db_session.commit()
    assert is_in(laptop) is alive


def test_an_idle_one_is_not_listed_as_living(laptop: Browser, phone: Browser, db_session: DatabaseSession) -> None:
    del phone
    idle = newest(db_session)
    idle.last_seen_at = now() - timedelta(days=8)
    db_session.commit()
    assert "iPhone" not in laptop.get("/settings/sessions").text


def test_a_session_in_use_is_over_after_thirty_days(laptop: Browser, db_session: DatabaseSession) -> None:
    assert newest(db_session).expires_at - now() > timedelta(days=29, hours=23)
    db_session.execute(update(Session).values(expires_at=now() - timedelta(seconds=1)))
    db_session.commit()
    assert not is_in(laptop)


def test_use_is_noted_at_most_every_five_minutes(laptop: Browser, db_session: DatabaseSession) -> None:
    before = newest(db_session).last_seen_at
    laptop.get("/settings/account")
    assert newest(db_session).last_seen_at == before
    long_ago = now() - timedelta(minutes=6)
    db_session.execute(update(Session).values(last_seen_at=long_ago))
    db_session.commit()
    laptop.get("/settings/account")
    assert newest(db_session).last_seen_at > long_ago


def test_a_new_password_ends_every_other_session(laptop: Browser, phone: Browser) -> None:
    data = {"current_password": PASSWORD, "password": "quite another one"}
    assert laptop.submit("/settings/account/password", data).status_code == 303
    assert is_in(laptop)
    assert not is_in(phone)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"current_password": "wrong", "password": "quite another one"}, "not your present password"),
        ({"current_password": PASSWORD, "password": "short"}, "at least 8 characters"),
        ({"current_password": PASSWORD, "password": "password1"}, "guesser"),
        ({"current_password": "", "password": ""}, "Pick a password."),
    ],
)
def test_a_refused_new_password_changes_nothing(
    laptop: Browser, phone: Browser, person: User, login: Login, app: Flask, data: dict[str, str], sentence: str
) -> None:
    answer = laptop.submit("/settings/account/password", data)
    assert answer.status_code == 422
    assert sentence in answer.text.replace("&#39;", "'")
    assert is_in(phone)
    login(browser_of(app), person)


TUNIS = {"city": {"names": {"en": "Tunis"}}, "country": {"names": {"en": "Tunisia"}}}


def test_where_a_device_was_used_is_said_where_there_is_a_database_of_places(
    make_app: MakeApp, person: User, login: Login, tmp_path: Path
) -> None:
    file = tmp_path / "places.mmdb"
    file.write_bytes(mmdb_of({"203.0.113.0/24": TUNIS, "198.51.100.0/24": {"country": {"names": {"en": "Chile"}}}}))
    app = make_app(geoip_file=file)
    for address in ("203.0.113.9", "198.51.100.1", "192.0.2.1", "2001:db8::1"):
        browser = browser_of(app)
        browser.environ_base["REMOTE_ADDR"] = address
        login(browser, person)
    page = browser.get("/settings/sessions").text
    assert "<bdi>Tunis, Tunisia</bdi>" in page
    assert "<bdi>Chile</bdi>" in page
    assert page.count('class="session"') == 4


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_a_database_that_cannot_be_read_leaves_places_unsaid(
    make_app: MakeApp, person: User, login: Login, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "places.mmdb"
    file.write_bytes(content)
    browser = login(browser_of(make_app(geoip_file=file)), person)
    assert browser.get("/settings/sessions").status_code == 200
