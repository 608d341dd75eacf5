"""A mailed log-in opens where it was asked for; in another browser it asks for the code that stands there."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session as DatabaseSession

from app.accounts.door_models import LinkWish
from app.accounts.models import MailedToken, User
from app.accounts.services.mailed_tokens import MOST_CODES
from app.core.clock import now
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import MakePerson, Settle
from tests.harness.mail import MailOutbox, link_path

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"}
CODE = re.compile(r'class="secret"[^>]*>(\d{3}) (\d{3})<')
ELSEWHERE = "asked for in another browser"


@pytest.fixture
def person(make_person: MakePerson) -> User:
    return make_person(username="moon", email="moon@example.org")


@pytest.fixture
def path(client: Browser, person: User, settle: Settle, mail_outbox: MailOutbox) -> str:
    """The link that ``client`` asked for."""
    client.submit("/login/link", {"login": person.username}, headers=FIREFOX)
    settle()
    return link_path(mail_outbox.messages[-1])


@pytest.fixture
def phone(app: Flask) -> Browser:
    return browser_of(app)


def code_on(page: str) -> str:
    found = CODE.search(page)
    assert found is not None
    return found[1] + found[2]


def is_in(browser: Browser) -> bool:
    return browser.get("/settings/account").status_code == 200


def test_where_it_was_asked_for_a_button_is_enough(client: Browser, path: str) -> None:
    assert ELSEWHERE not in client.get(path).text
    assert client.submit(path).status_code == 303
    assert is_in(client)


def test_elsewhere_it_says_where_and_asks_for_the_code_that_stands_there(
    client: Browser, phone: Browser, path: str
) -> None:
    page = phone.get(path)
    assert ELSEWHERE in page.text
    assert "Firefox on Linux" in page.text
    assert phone.submit(path).status_code == 422, "the button alone opens nothing"
    assert not is_in(phone)
    shown = client.get("/login/sent")
    assert "no-store" in shown.headers["Cache-Control"]
    code = code_on(shown.text)
    assert phone.submit(path, {"code": f" {code[:3]}-{code[3:]} "}).status_code == 303
    assert is_in(phone)
    assert not is_in(client)


@pytest.mark.parametrize("typed", ["", "x" * 21, "\x00", "٠٠٠", "²²²²²²", "nothing", "1" * 20])
def test_what_is_no_code_is_told_so(phone: Browser, path: str, typed: str) -> None:
    answer = phone.submit(path, {"code": typed})
    assert answer.status_code == 422
    assert not is_in(phone)


def test_five_wrong_codes_end_the_link_and_the_owner_asks_for_another(
    client: Browser, phone: Browser, path: str, person: User, settle: Settle, mail_outbox: MailOutbox
) -> None:
    code = code_on(client.get("/login/sent").text)
    wrong = str((int(code) + 1) % 1_000_000).zfill(6)
    answers = [phone.submit(path, {"code": wrong}).status_code for _ in range(MOST_CODES)]
    assert answers == [422] * (MOST_CODES - 1) + [404]
    assert phone.submit(path, {"code": code}).status_code == 404
    client.submit("/login/link", {"login": person.username})
    settle()
    assert client.submit(link_path(mail_outbox.messages[-1])).status_code == 303


def test_the_code_of_another_browser_opens_nothing(app: Flask, phone: Browser, path: str) -> None:
    stranger = browser_of(app)
    stranger.submit("/login/link", {"login": "nobody"})
    answer = phone.submit(path, {"code": code_on(stranger.get("/login/sent").text)})
    assert answer.status_code == 422
    assert "not the code" in answer.text


def test_a_browser_that_asks_twice_shows_one_code_and_both_links_open_in_it(
    client: Browser, path: str, person: User, settle: Settle, mail_outbox: MailOutbox
) -> None:
    code = code_on(client.get("/login/sent").text)
    client.submit("/login/link", {"login": person.username})
    settle()
    assert code_on(client.get("/login/sent").text) == code
    assert ELSEWHERE not in client.get(path).text
    assert ELSEWHERE not in client.get(link_path(mail_outbox.messages[-1])).text


def test_whoever_asks_is_shown_a_code_whether_anybody_is_called_so(client: Browser, phone: Browser, path: str) -> None:
    del path
    phone.submit("/login/link", {"login": "nobody"})
    known, unknown = (browser.get("/login/sent").text for browser in (client, phone))
    assert code_on(known) != code_on(unknown)
    assert CODE.sub("", known) == CODE.sub("", unknown)


def test_who_has_asked_for_nothing_is_shown_no_code(phone: Browser) -> None:
    assert CODE.search(phone.get("/login/sent").text) is None


def test_a_link_from_before_a_browser_was_kept_asks_for_nothing(
    phone: Browser, path: str, db_session: DatabaseSession
) -> None:
    db_session.execute(update(MailedToken).values(asked_in=None))
    db_session.commit()
    assert phone.submit(path).status_code == 303
    assert is_in(phone)


def test_what_a_browser_calls_itself_is_cut_and_kept_no_longer_than_the_link(
    client: Browser, person: User, settle: Settle, db_session: DatabaseSession
) -> None:
    client.submit("/login/link", {"login": person.username}, headers={"User-Agent": "<b>" * 10_000})
    settle()
    row = db_session.scalars(select(MailedToken)).one()
    assert len(row.asked_by) == 300
    assert row.expires_at - now() <= timedelta(minutes=10)
    assert db_session.scalars(select(LinkWish)).all() == []
