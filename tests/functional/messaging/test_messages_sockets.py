"""Conversations over the socket: word that something is new, and that somebody writes; for the two alone."""

import json
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session as Rows

from app.accounts.models import Session, User
from app.core.clock import now
from tests.functional.media.studio import served
from tests.functional.messaging.talk import begin, write
from tests.harness import work
from tests.harness.browser import Browser, browser_of
from tests.harness.wires import Wire

Connect = Callable[[Browser], Wire]


@pytest.fixture
def connect(app: Flask) -> Iterator[Connect]:
    """``connect(browser)``: a socket with that browser's cookie."""
    wires: list[Wire] = []
    name = app.config["SESSION_COOKIE_NAME"]
    with served(app) as address:

        def do(browser: Browser) -> Wire:
            cookie = browser.get_cookie(name, domain="127.0.0.1")
            wires.append(Wire(address, f"{name}={cookie.value}" if cookie else ""))
            return wires[-1]

        yield do
        for wire in wires:
            wire.close()


def heard(wire: Wire, seconds: float = 5.0) -> list[object]:
    """The next event, as its name and what it says; nothing when none comes."""
    while said := wire.hear(seconds):
        if said.startswith("42"):
            found: list[object] = json.loads(said[2:])
            return found
    return []


def topic_of(thread: str) -> str:
    return f"conversation:{thread.rpartition('/')[2]}"


@pytest.fixture
def eve(app: Flask, make_person: Callable[..., User], login: Callable[..., Browser]) -> Browser:
    """The browser of somebody who is none of the two."""
    return login(browser_of(app), make_person())


def test_the_two_are_told_to_look_and_nobody_else_may_watch(
    app: Flask, hers: Browser, his: Browser, eve: Browser, connect: Connect, ana: User, ben: User,
    block: Callable[[User, User], None],
) -> None:  # fmt: skip
    thread = begin(hers, "ben")
    topic = topic_of(thread)
    sockets = [connect(browser) for browser in (hers, his, eve, browser_of(app))]
    assert [one.ask("watch", {"topic": topic})["ok"] for one in sockets] == [True, True, False, False]
    work.relay(app)
    heard(sockets[0])
    heard(sockets[1])
    write(his, thread, "Secret words")
    work.relay(app)
    for one in sockets[:2]:
        assert heard(one) == ["changed", {"topic": topic}], "no word of what was said"
    assert heard(sockets[2], 0.2) == []
    assert sockets[0].ask("watch", {"topic": f"inbox:{ana.id}"})["ok"]
    assert not sockets[0].ask("watch", {"topic": f"inbox:{ben.id}"})["ok"]
    block(ben, ana)
    assert not connect(hers).ask("watch", {"topic": topic})["ok"]
    assert not sockets[0].ask("typing", {"topic": topic})["ok"], "also in a room that was entered before"


def test_that_somebody_writes_is_for_the_other_who_accepted(
    hers: Browser, his: Browser, connect: Connect, db_session: Rows, ana: User
) -> None:
    thread = begin(hers, "ben")
    topic = topic_of(thread)
    mine, other = connect(hers), connect(his)
    for one in (mine, other):
        assert one.ask("watch", {"topic": topic})["ok"]
    assert mine.ask("typing", {"topic": topic}) == {"ok": False}, "a request has not been accepted"
    his.submit(f"{thread}/accept")
    for odd in (None, {}, {"topic": 1}, {"topic": "conversation:other"}, {"topic": f"inbox:{ana.id}"}, [topic]):
        assert mine.ask("typing", odd) == {"ok": False}, odd
    assert connect(hers).ask("typing", {"topic": topic}) == {"ok": False}, "who does not watch does not write"
    assert mine.ask("typing", {"topic": topic}) == {"ok": True}
    assert heard(other) == ["typing", {"topic": topic, "by": "ana"}]
    assert heard(mine, 0.2) == []
    db_session.execute(update(Session).where(Session.user_id == ana.id).values(revoked_at=now()))
    db_session.commit()
    assert mine.ask("typing", {"topic": topic}) == {"ok": False}, "every event asks for the session anew"
