"""Guessers are slowed down more and more, and never lock anybody out of a device that is known."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session as DatabaseSession

from app.accounts.door_models import KnownDevice, Throttle
from app.accounts.models import User
from app.accounts.services import devices, mailed_tokens, proofs, throttles
from app.accounts.services.throttles import PACES
from app.core.audit.models import AuditEntry
from app.core.clock import now
from app.extensions import db
from tests.factories.people import PASSWORD
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakeApp, MakePerson, Settle
from tests.harness.mail import MailOutbox, link_path

FREE = PACES["account"].free


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """For throttles time stands still: a busy machine outlives waits of two seconds between requests."""
    moment = now()
    monkeypatch.setattr(throttles, "now", lambda: moment)


@pytest.fixture
def person(make_person: MakePerson) -> User:
    return make_person(username="moon", email="moon@example.org")


@pytest.fixture
def guess(app: Flask) -> Callable[..., int]:
    """``guess(name, address)``: a wrong password from a new browser there; returns the status."""

    def do(name: str = "moon", address: str = "203.0.113.5", password: str = "wrong") -> int:
        data = {"login": name, "password": password}
        return browser_of(app).submit("/login", data, environ_base={"REMOTE_ADDR": address}).status_code

    return do


def open_again(db_session: DatabaseSession) -> None:
    """Let every wait be over."""
    db_session.execute(update(Throttle).values(closed_until=throttles.OPEN))
    db_session.commit()


def waits(db_session: DatabaseSession) -> list[float]:
    db_session.rollback()
    rows = db_session.execute(select(Throttle.closed_until, Throttle.last_at).order_by(Throttle.closed_until.desc()))
    return [round((row.closed_until - row.last_at).total_seconds(), 1) for row in rows]


def test_each_wrong_password_past_the_free_ones_doubles_the_wait(
    guess: Callable[..., int], person: User, db_session: DatabaseSession
) -> None:
    assert [guess() for _ in range(FREE)] == [422] * FREE
    seen = []
    for _ in range(3):
        assert guess() == 422
        seen.append(waits(db_session)[0])
        assert guess() == 429
        assert guess(password=PASSWORD) == 429, "the right one tells a guesser nothing, either"
        open_again(db_session)
    assert seen == [2, 4, 8]
    db_session.execute(update(Throttle).values(failures=500))
    db_session.commit()
    guess()
    assert max(waits(db_session)) == PACES["account"].longest_wait_s
    assert person.username == "moon"


@pytest.mark.parametrize("name", ["moon", "moon@example.org", "nobody", "nobody@example.org"])
def test_an_account_is_guarded_wherever_the_guesses_come_from_and_whether_it_exists_or_not(
    guess: Callable[..., int], person: User, name: str
) -> None:
    del person
    answers = [guess(name, f"203.0.113.{number}") for number in range(FREE + 2)]
    assert answers == [422] * (FREE + 1) + [429]


def test_an_accounts_name_and_its_address_are_one_account(guess: Callable[..., int], person: User) -> None:
    del person
    for number in range(FREE + 1):
        guess("moon" if number % 2 else "Moon@example.org", f"203.0.113.{number}")
    assert guess("MOON", "198.51.100.1") == 429


def test_one_password_for_many_names_is_slowed_down_by_where_it_comes_from(guess: Callable[..., int]) -> None:
    free = PACES["address"].free
    answers = [guess(f"name{number}") for number in range(free + 2)]
    assert answers == [422] * (free + 1) + [429]
    assert guess("another", "198.51.100.1") == 422


def test_all_of_a_households_ipv6_is_one_address(guess: Callable[..., int], db_session: DatabaseSession) -> None:
    for number in range(3):
        guess(f"name{number}", f"2001:db8:1:2::{number}")
    guess("name9", "2001:db8:1:3::1")
    guess("name10", "::ffff:203.0.113.5")
    guess("name11", "203.0.113.5")
    db_session.rollback()
    counts = db_session.scalars(select(Throttle.failures).where(Throttle.unreported == 0)).all()
    assert sorted(counts) == [1, 2, 3]


def test_a_known_device_gets_in_while_the_account_is_under_attack(
    app: Flask, guess: Callable[..., int], person: User, login: Login
) -> None:
    device = login(browser_of(app), person)
    device.submit("/logout")
    for number in range(FREE + 1):
        guess("moon", f"203.0.113.{number}")
    assert guess("moon", "198.51.100.1", PASSWORD) == 429
    login(device, person)


def test_a_known_device_has_a_budget_of_its_own_and_waits_a_minute_at_most(
    app: Flask, person: User, login: Login, db_session: DatabaseSession
) -> None:
    device = login(browser_of(app), person)
    device.submit("/logout")
    wrong = {"login": "moon", "password": "wrong"}
    answers = [device.submit("/login", wrong).status_code for _ in range(PACES["device"].free + 2)]
    assert answers[-2:] == [422, 429]
    db_session.execute(update(Throttle).values(closed_until=throttles.OPEN, failures=1000))
    db_session.commit()
    device.submit("/login", wrong)
    assert max(waits(db_session)) == 60


def test_a_cookie_that_we_did_not_sign_or_of_somebody_else_is_no_known_device(
    app: Flask, guess: Callable[..., int], person: User, make_person: MakePerson, login: Login
) -> None:
    other = login(browser_of(app), make_person())
    other.submit("/logout")
    for number in range(FREE + 1):
        guess("moon", f"203.0.113.{number}")
    right = {"login": person.username, "password": PASSWORD}
    assert other.submit("/login", right).status_code == 429
    forged = browser_of(app)
    forged.set_cookie("device", '"made-up".signature', domain="127.0.0.1")
    assert forged.submit("/login", right).status_code == 429


def test_who_has_to_wait_reads_what_to_do_and_a_mailed_link_lets_them_in_at_once(
    app: Flask, guess: Callable[..., int], person: User, settle: Settle, mail_outbox: MailOutbox
) -> None:
    for number in range(FREE + 1):
        guess("moon", f"203.0.113.{number}")
    owner = browser_of(app)
    refused = owner.submit("/login", {"login": "moon", "password": PASSWORD})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 2
    assert "have a link mailed" in refused.text
    assert 'value="moon"' in refused.text
    owner.submit("/login/link", {"login": "moon"})
    settle()
    assert owner.submit(link_path(mail_outbox.to(person.email)[0])).status_code == 303
    assert owner.get("/settings/account").status_code == 200


def test_the_right_password_lets_the_account_begin_anew_but_an_address_only_gets_this_try_back(
    guess: Callable[..., int], person: User, make_person: MakePerson, db_session: DatabaseSession
) -> None:
    """Else somebody with one account of their own could guess at others' for ever."""
    del person
    make_person(username="own")
    for _ in range(3):
        guess("moon")
    assert guess("own", password=PASSWORD) == 303
    assert guess("moon", password=PASSWORD) == 303
    counts = db_session.scalars(select(Throttle.failures).order_by(Throttle.failures)).all()
    assert counts == [0, 0, 3]


def test_a_hundred_guesses_at_once_are_a_hundred(app: Flask, person: User, db_session: DatabaseSession) -> None:
    """They are counted before the password is looked at; else all would be looked at before the first is counted."""
    del person
    data = {"login": "moon", "password": "wrong"}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: browser_of(app).submit("/login", data).status_code, range(12)))
    assert answers.count(422) <= FREE + 1
    assert answers.count(429) >= 12 - FREE - 1
    assert db_session.scalar(select(func.max(Throttle.failures))) == FREE + 1


def test_after_a_quiet_day_everything_is_forgotten(
    app: Flask, guess: Callable[..., int], person: User, db_session: DatabaseSession
) -> None:
    del person
    for _ in range(FREE + 1):
        guess()
    long_ago = now() - timedelta(hours=25)
    db_session.execute(update(Throttle).values(last_at=long_ago, closed_until=long_ago))
    db_session.commit()
    assert [guess() for _ in range(FREE)] == [422] * FREE
    db_session.execute(update(Throttle).values(last_at=long_ago, unreported_since=None))
    db_session.execute(update(KnownDevice).values(last_used_at=now() - timedelta(days=401)))
    db_session.commit()
    with app.app_context():
        for forget in (
            throttles.forget_quiet,
            devices.forget_unused,
            proofs.forget_spent,
            mailed_tokens.forget_old_links,
        ):
            forget()
        db.session.commit()
    assert db_session.scalar(select(func.count()).select_from(Throttle)) == 0


def test_the_pace_is_kept_without_redis(make_app: MakeApp, person: User) -> None:
    del person
    app = make_app(redis_url="redis://127.0.0.1:1/0")
    data = {"login": "moon", "password": "wrong"}
    answers = [browser_of(app).submit("/login", data).status_code for _ in range(FREE + 2)]
    assert answers[-1] == 429


def test_the_audit_log_tells_once_how_often_an_account_was_tried(
    app: Flask, guess: Callable[..., int], person: User, db_session: DatabaseSession
) -> None:
    for number in range(FREE):
        guess("moon", f"203.0.113.{number}")
    guess("nobody")

    def report() -> int:
        with app.app_context():
            count = throttles.report_failures()
            db.session.commit()
        return count

    assert report() == 0, "the quarter of an hour is not over"
    db_session.execute(update(Throttle).values(unreported_since=now() - timedelta(minutes=16)))
    db_session.commit()
    assert [report(), report()] == [1, 0]
    (entry,) = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "login.failed"))
    assert (entry.about_id, entry.actor_id, entry.facts) == (person.id, None, {"count": FREE})


def test_a_reset_forgets_every_known_device(
    app: Flask, person: User, login: Login, settle: Settle, mail_outbox: MailOutbox, db_session: DatabaseSession
) -> None:
    login(browser_of(app), person)
    assert db_session.scalar(select(func.count()).select_from(KnownDevice)) == 1
    client = browser_of(app)
    client.submit("/password/forgot", {"email": person.email})
    settle()
    client.submit(link_path(mail_outbox.messages[0]), {"password": "a kettle full of rain"})
    db_session.rollback()
    assert db_session.scalar(select(func.count()).select_from(KnownDevice)) == 0


def test_a_known_device_has_its_own_share_of_the_request_budget(
    make_app: MakeApp, make_person: MakePerson, login: Login
) -> None:
    app = make_app(testing=False, login_limit="3 per minute")
    person = make_person()
    device = login(browser_of(app), person)
    device.submit("/logout")
    stranger = browser_of(app)
    wrong = {"login": "someone", "password": "wrong"}
    assert [stranger.submit("/login", wrong).status_code for _ in range(4)][-1] == 429
    login(device, person)


@pytest.mark.parametrize(
    ("path", "field", "known", "unknown"),
    [("/login", "login", "moon", "nobody"), ("/login", "login", "moon@example.org", "nobody@example.org"),
     ("/password/forgot", "email", "moon@example.org", "nobody@example.org"),
     ("/login/link", "login", "moon", "nobody")],
)  # fmt: skip
def test_a_request_does_the_same_for_who_is_here_and_who_is_not(
    app: Flask, person: User, count_statements: CountStatements, path: str, field: str, known: str, unknown: str
) -> None:
    del person
    browser_of(app).submit(path, {field: "warm-up@example.org", "password": "wrong"})
    seen = []
    for name in (known, unknown):
        with count_statements() as ran:
            answer = browser_of(app).submit(path, {field: name, "password": "wrong"})
        seen.append(
            (answer.status_code, answer.location, [one for one in ran if not re.search("options|filter_", one)])
        )
    assert seen[0] == seen[1]


def test_looking_at_the_door_costs_next_to_nothing(client: Browser, count_statements: CountStatements) -> None:
    client.get("/login")
    with count_statements() as ran:
        assert client.get("/login").status_code == 200
    assert len(ran) <= 2
