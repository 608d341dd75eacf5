"""New numbers reach those who watch a thing, by its door, and nobody else."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from simple_websocket import Client  # type: ignore[import-untyped]  # its stubs are a package of their own
from sqlalchemy.orm import Session

from app.accounts.models import Apart, User
from app.core import tallies
from app.core.tallies import Count, TallyChange
from app.extensions import db
from app.media.models import Medium
from app.operations.counting import BellThread, count_all
from tests.functional.media.studio import served
from tests.harness.browser import Browser
from tests.harness.kinds import Login, MakeMedium, MakePerson


class Watcher:
    """A socket as a page has it."""

    def __init__(self, address: str, cookie: str = "") -> None:
        url = address.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        self._wire = Client(url, headers={"Origin": "http://127.0.0.1", **({"Cookie": cookie} if cookie else {})})
        self._wire.send("40")
        for expected in ("0", "40"):
            assert self.read().startswith(expected)

    def read(self, seconds: float = 5.0) -> str:
        return str(self._wire.receive(timeout=seconds) or "")

    def watch(self, topic: str, secret: str | None = None) -> dict[str, Any]:
        self._wire.send("420" + json.dumps(["watch", {"topic": topic, "secret": secret}]))
        while not (answer := self.read()).startswith("430"):
            assert answer
        found: dict[str, Any] = json.loads(answer[3:])[0]
        return found

    def hears(self, seconds: float = 5.0) -> dict[str, Any] | None:
        answer = self.read(seconds)
        return dict(json.loads(answer[2:])[1]) if answer.startswith('42["tally"') else None

    def close(self) -> None:
        self._wire.close()


@pytest.fixture
def medium(make_person: MakePerson, make_medium: MakeMedium) -> Medium:
    return make_medium(make_person(username="artist", role="artist"))


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with served(app) as running:
        yield running


def test_who_watches_is_told_what_is_now_and_what_comes(
    app: Flask, address: str, medium: Medium, db_session: Session
) -> None:
    db_session.add(TallyChange(subject_id=medium.id, count=Count.LIKES, by=4))
    db_session.commit()
    watcher, person = Watcher(address), Watcher(address)
    said = watcher.watch(f"tally:media:{medium.public_id}")
    assert said["ok"] is True
    assert said["now"][0] == "tally"
    assert (said["now"][1]["subject"], said["now"][1]["likes"], said["now"][1]["listening"]) == (medium.id.hex, 4, 0)
    assert person.watch("tally:people:artist")["now"][1]["followers"] == 0
    with app.app_context():
        count_all()
    heard = watcher.hears()
    assert heard is not None
    assert (heard["subject"], heard["likes"]) == (medium.id.hex, 4)
    assert person.hears(0.2) is None
    watcher.close()
    person.close()


def test_the_bell_brings_a_click_to_open_pages_at_once(app: Flask, address: str, medium: Medium) -> None:
    watcher, woken = Watcher(address), list[int]()
    assert watcher.watch(f"tally:media:{medium.public_id}")["ok"]
    bell = BellThread(app, lambda: woken.append(1))
    bell.start()
    heard = None
    try:
        for number in range(1, 20):  # the thread may not listen yet when the first one rings
            with app.app_context():
                tallies.change(medium.id, Count.LIKES, 1)
                db.session.commit()
            if heard := watcher.hears(0.5):
                assert heard["likes"] == number
                break
    finally:
        bell.stop()  # a thread that went on would take part in the next test's transactions
        bell.join(5)
        watcher.close()
    assert heard is not None
    assert woken  # by now: it is told after those who look


def test_doors_open_for_those_whom_the_gate_lets_in(
    app: Flask, address: str, client: Browser, medium: Medium, make_medium: MakeMedium, make_person: MakePerson,
    login: Login, db_session: Session,
) -> None:  # fmt: skip
    fan: User = make_person()
    login(client, fan)
    artist_id = medium.owner_id
    hidden = make_medium(db_session.get_one(User, artist_id), visibility="unlisted", link_secret="the-secret")
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"], domain="127.0.0.1")
    assert cookie is not None
    watcher = Watcher(address, f"{cookie.key}={cookie.value}")
    topic = f"tally:media:{hidden.public_id}"
    assert [watcher.watch(topic, secret)["ok"] for secret in (None, "wrong", "the-secret")] == [False, False, True]
    for nothing in ("tally:media:nothing", "tally:cats:1", "tally:people:nobody", "tally:media", "tally::"):
        assert watcher.watch(nothing)["ok"] is False
    assert watcher.watch("tally:people:artist")["ok"]
    db_session.add(Apart(person_id=fan.id, other_id=artist_id))
    db_session.commit()
    assert not watcher.watch("tally:people:artist")["ok"]
    assert not watcher.watch(f"tally:media:{medium.public_id}")["ok"]
    watcher.close()
