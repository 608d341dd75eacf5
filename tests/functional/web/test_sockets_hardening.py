"""Sockets that are safe: bounded in what they take and keep, and gone when the session is."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session as Rows

from app.accounts import sockets
from app.accounts.models import Session, TokenPurpose, User
from app.accounts.services import mailed_tokens
from app.core import live
from app.core.clock import now
from app.extensions import db, socketio
from app.media.models import Medium
from app.moderation.models import DecisionAction
from app.moderation.refs import Ref, RefKind
from app.moderation.services.decisions import decide
from app.web import topics
from app.web.turnstile import Turnstile
from app.web.wire import BURST, EVENTS_A_SECOND, Bucket
from config import Settings
from tests.functional.media.studio import served
from tests.harness import work
from tests.harness.browser import Browser, browser_of
from tests.harness.web_process import WebProcess, environ_of
from tests.harness.wires import Wire

MESSAGES = 10_000
BODY = "x" * 1000
AHEAD = 500
"""How far the sender may run ahead of the one who reads, who shares a processor with it."""

Connect = Callable[..., Wire]


@pytest.fixture
def topic(make_medium: Callable[..., Medium], make_person: Callable[..., User]) -> str:
    """Something that everyone may watch."""
    return f"making:{make_medium(make_person(role='artist')).public_id}"


@pytest.fixture
def two_processes(tmp_path: Path, settings: Settings) -> Iterator[WebProcess]:
    """Gunicorn with two workers."""
    web = WebProcess(tmp_path)
    web.start({**environ_of(settings), "WEB_CONCURRENCY": "2"})
    yield web
    web.stop()


@pytest.fixture
def one_process(tmp_path: Path, settings: Settings) -> Iterator[WebProcess]:
    """Gunicorn with one worker."""
    web = WebProcess(tmp_path)
    web.start(environ_of(settings))
    yield web
    web.stop()


@pytest.fixture
def cookie_of(app: Flask, login: Callable[..., Browser]) -> Callable[[User], str]:
    """``cookie_of(person)``: that of a session of theirs, as any process of this installation understands it."""

    def do(person: User) -> str:
        browser = login(browser_of(app), person)
        name = app.config["SESSION_COOKIE_NAME"]
        cookie = browser.get_cookie(name, domain="127.0.0.1")
        assert cookie
        return f"{name}={cookie.value}"

    return do


@pytest.fixture
def connect() -> Iterator[Connect]:
    """``connect(address, cookie)``: a wire that is closed after the test."""
    wires: list[Wire] = []

    def do(address: str, cookie: str = "", **how: Any) -> Wire:
        wires.append(Wire(address, cookie, **how))
        return wires[-1]

    yield do
    for wire in wires:
        wire.close()


def test_who_does_not_read_is_dropped_and_the_others_get_theirs(
    one_process: WebProcess, app: Flask, topic: str, connect: Connect
) -> None:
    reader = connect(one_process.url)
    assert reader.ask("watch", {"topic": topic})["ok"]
    deaf = [connect(one_process.url, receive_bytes=4096) for _ in range(20)]
    for one in deaf:
        assert one.ask("watch", {"topic": topic})["ok"]
    before_mb, _ = one_process.memory_mb()
    heard: list[int] = []

    def read() -> None:
        while len(heard) < MESSAGES and (said := reader.hear(10)):
            if said.startswith('42["note"'):
                heard.append(json.loads(said[2:])[1]["number"])
            elif said == "2":
                reader.say("3")

    reading = Thread(target=read)
    reading.start()
    with app.app_context():
        for number in range(MESSAGES):
            while number - len(heard) > AHEAD and reading.is_alive():
                time.sleep(0.001)
            live.send(topic, "note", {"number": number, "body": BODY})
    reading.join()
    assert heard == list(range(MESSAGES))
    _, highest_mb = one_process.memory_mb()
    assert highest_mb - before_mb < 25, "twenty times ten megabytes were not kept for anybody"
    assert all(one.closes_within(10) for one in deaf)
    assert connect(one_process.url).ask("watch", {"topic": topic})["ok"]


ODD = ("42", "42[", "42" + "[" * 9000, '42["nothing"]', "9", "40/admin,", '451-["watch"]', "43", "\0", "42[null]")


def test_who_floods_or_sends_too_much_is_dropped_and_nobody_else(
    one_process: WebProcess, topic: str, connect: Connect
) -> None:
    quiet = connect(one_process.url)
    assert quiet.ask("watch", {"topic": topic})["ok"]
    assert quiet.accepted_extensions == "", "nothing is compressed: what swells when it is read would pass the bounds"
    before_mb, _ = one_process.memory_mb()

    loud = connect(one_process.url)
    for _ in range(BURST + 20 * EVENTS_A_SECOND):
        if not loud.say('42["unwatch",{}]'):
            break
    assert loud.closes_within(10)

    large = connect(one_process.url)
    large.say("42" + json.dumps(["watch", {"topic": "x" * 17_000}]))
    assert large.closes_within(10)

    endless = connect(one_process.url)
    endless.say("42", finished=False)
    for _ in range(20_000):
        if not endless.say("x" * 1000, finished=False):
            break
    assert endless.closes_within(10)

    for said in ODD:
        odd = connect(one_process.url)
        odd.say(said)
        odd.hear(0.1)
    assert quiet.ask("watch", {"topic": topic})["ok"]
    _, highest_mb = one_process.memory_mb()
    assert highest_mb - before_mb < 20


def test_a_session_that_ends_closes_its_sockets_in_all_processes_within_five_seconds(
    two_processes: WebProcess, app: Flask, make_person: Callable[..., User], cookie_of: Callable[[User], str],
    connect: Connect,
) -> None:  # fmt: skip
    ana, ben = make_person(), make_person()
    hers, elsewhere, his = cookie_of(ana), cookie_of(ana), cookie_of(ben)
    ended = [connect(two_processes.url, hers) for _ in range(8)]
    kept = [connect(two_processes.url, cookie) for cookie in (elsewhere, his, "")]
    for wire in (*ended, *kept):
        while wire.hear()[:2] != "40":
            assert wire.is_open
    browser = browser_of(app)
    name, _, value = hers.partition("=")
    browser.set_cookie(name, value, domain="127.0.0.1")
    began = time.monotonic()
    assert browser.submit("/logout").status_code == 303
    work.relay(app)
    assert all(wire.closes_within(5) for wire in ended)
    assert time.monotonic() - began < 5
    assert not any(wire.closes_within(0.3) for wire in kept)


@pytest.mark.parametrize("act", ["reset", "ban", "everywhere else"])
def test_a_reset_a_ban_and_logging_out_everywhere_end_pages_and_sockets_within_five_seconds(
    app: Flask, make_person: Callable[..., User], login: Callable[..., Browser], cookie_of: Callable[[User], str],
    connect: Connect, act: str,
) -> None:  # fmt: skip
    ana, ben = make_person(), make_person(role="moderator")
    hers, his = cookie_of(ana), cookie_of(ben)
    laptop = login(browser_of(app), ana)
    with served(app) as address:
        ended, kept = connect(address, hers), connect(address, his)
        for wire in (ended, kept):
            assert wire.ask("watch", {"topic": "nothing:x"}) == {"ok": False}
        began = time.monotonic()
        if act == "everywhere else":
            assert laptop.submit("/settings/sessions/revoke-others").status_code == 303
        else:
            with app.app_context():
                if act == "ban":
                    by = db.session.get_one(User, ben.id)
                    decide(Ref(RefKind.PERSON, ana.id), DecisionAction.BAN, by=by, reasons="Spam, again and again.")
                else:
                    row = mailed_tokens._new_row(
                        db.session.get_one(User, ana.id), TokenPurpose.RESET_PASSWORD, ana.email
                    )
                    mailed_tokens.reset_password(mailed_tokens.issue_token(row), "a kettle full of rain")
                db.session.commit()
        work.relay(app)
        assert ended.closes_within(5)
        assert time.monotonic() - began < 5
        assert kept.ask("watch", {"topic": "nothing:x"}) == {"ok": False}
    stale = browser_of(app)
    name, _, value = hers.partition("=")
    stale.set_cookie(name, value, domain="127.0.0.1")
    assert "/login" in (stale.get("/settings/profile").location or "")
    if act == "everywhere else":
        assert laptop.get("/settings/profile").status_code == 200


def test_a_session_that_ran_out_is_swept(
    app: Flask, make_person: Callable[..., User], cookie_of: Callable[[User], str], connect: Connect, db_session: Rows
) -> None:
    ana, ben = make_person(), make_person()
    hers, his = cookie_of(ana), cookie_of(ben)
    with served(app) as address:
        ended, kept = (connect(address, cookie) for cookie in (hers, his))
        for wire in (ended, kept):
            assert wire.ask("watch", {"topic": "nothing:x"}) == {"ok": False}
        db_session.execute(update(Session).where(Session.user_id == ana.id).values(expires_at=now()))
        db_session.commit()
        with app.app_context():
            assert sockets.sweep(socketio) == 1
            assert sockets.sweep(socketio) == 0
        assert ended.closes_within(5)
        assert kept.ask("watch", {"topic": "nothing:x"}) == {"ok": False}


def test_one_page_watches_so_much_and_no_more(
    app: Flask, make_medium: Callable[..., Medium], make_person: Callable[..., User], connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(topics, "MOST_ROOMS", 3)
    artist = make_person(role="artist")
    many = [f"making:{make_medium(artist, slug=f'm{n}').public_id}" for n in range(3)]
    with served(app) as address:
        wire = connect(address)
        assert [wire.ask("watch", {"topic": one})["ok"] for one in many] == [True, True, False]
        assert wire.ask("unwatch", {"topic": many[0]})["ok"]
        assert wire.ask("watch", {"topic": many[2]})["ok"]


def test_one_person_has_so_many_live_pages_and_no_more(
    make_app: Callable[..., Flask], make_person: Callable[..., User], login: Callable[..., Browser], connect: Connect
) -> None:
    app = make_app(sockets_per_person=1)
    ana, ben = make_person(), make_person()
    name = app.config["SESSION_COOKIE_NAME"]
    cookies = []
    for person in (ana, ben):
        cookie = login(browser_of(app), person).get_cookie(name, domain="127.0.0.1")
        assert cookie
        cookies.append(f"{name}={cookie.value}")
    with served(app) as address:
        first = connect(address, cookies[0])
        assert first.ask("watch", {"topic": "nothing:x"}) == {"ok": False}
        second = connect(address, cookies[0])
        while (said := second.hear()) and not said.startswith("44"):
            pass
        assert "too many" in said
        assert second.closes_within(5)
        assert connect(address, cookies[1]).ask("watch", {"topic": "n:x"}) == {"ok": False}


def test_one_address_has_so_many_sockets_and_no_more(make_app: Callable[..., Flask], connect: Connect) -> None:
    app = make_app(sockets_per_address=2)
    with served(app) as address:
        wires = [connect(address) for _ in range(2)]
        for wire in wires:
            assert wire.ask("watch", {"topic": "nothing:x"}) == {"ok": False}
        third = connect(address)
        assert third.closes_within(5)
        assert third.refused == 429


def test_the_turnstile_counts_those_who_are_inside() -> None:
    inside: list[int] = []

    def app(environ: dict[str, Any], _start: Callable[..., Any]) -> list[bytes]:
        if environ.get("nested"):
            inside.append(len(list(gate({**environ, "nested": False}, lambda *said: inside.append(int(said[0][:3]))))))
        if environ.get("fails"):
            raise StopIteration
        return [b""]

    gate = Turnstile(app, 1)
    here = {"PATH_INFO": "/socket.io/", "REMOTE_ADDR": "192.0.2.1"}
    gate({**here, "nested": True}, lambda *_said: None)
    assert inside[0] == 429
    with pytest.raises(StopIteration):
        gate({**here, "fails": True}, lambda *_said: None)
    assert list(gate(here, lambda *_said: None)) == [b""], "who left, however, is not counted any more"
    assert list(gate({**here, "nested": True, "PATH_INFO": "/music"}, lambda *_said: None)) == [b""]


def test_a_bucket_empties_and_fills() -> None:
    moment = [0.0]
    bucket = Bucket(lambda: moment[0])
    assert all(bucket.take() for _ in range(BURST))
    assert not bucket.take()
    moment[0] = 2.0
    assert sum(bucket.take() for _ in range(3 * EVENTS_A_SECOND)) == 2 * EVENTS_A_SECOND - 1
