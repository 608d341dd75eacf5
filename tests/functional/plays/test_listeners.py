"""Who plays a medium at this moment: counted from heartbeats, shown to whoever looks, gone with Redis."""

import time

import pytest
from flask import Flask

from app.accounts.models import User
from app.core import live, quick
from app.media.models import Medium
from app.plays.services import listeners
from tests.harness.browser import Browser, browser_of
from tests.harness.engines import Engines
from tests.harness.kinds import Login, MakeApp, MakeMedium, MakePerson


@pytest.fixture
def medium(make_person: MakePerson, make_medium: MakeMedium) -> Medium:
    return make_medium(make_person(username="artist", role="artist"), slug="work")


def beat(browser: Browser, medium: Medium, player: str = "one", **said: object) -> None:
    body = {"position_ms": 1000, "player": player, **said}
    assert browser.send_json(f"/media/{medium.public_id}/position", body).status_code == 204


def counted(app: Flask, medium: Medium) -> int:
    with app.app_context():
        return listeners.count_now(medium.id)


def test_everyone_who_plays_it_counts_once_until_they_stop(
    app: Flask, client: Browser, medium: Medium, make_person: MakePerson, login: Login
) -> None:
    fan: User = make_person()
    login(client, fan)
    phone = login(browser_of(app), fan)
    stranger = browser_of(app)
    for _ in range(2):
        beat(client, medium)
        beat(phone, medium, "phone")
        beat(stranger, medium)
    assert counted(app, medium) == 2, "one person on two devices is one"
    assert ">2</data> listening now" in stranger.get("/@artist/work").text
    beat(stranger, medium, playing=False)
    assert counted(app, medium) == 1
    beat(client, medium, finished=True)
    assert counted(app, medium) == 0
    page = stranger.get("/@artist/work").text
    assert 'data-when-some hidden><data data-count="listening">' in page


def test_nobody_makes_a_crowd_of_invented_names(app: Flask, client: Browser, medium: Medium) -> None:
    for number in range(40):
        beat(client, medium, f"player {number}")
    assert 1 < counted(app, medium) <= listeners.PLAYERS_AN_ADDRESS


def test_whoever_falls_silent_is_forgotten_and_pages_are_told(
    app: Flask, client: Browser, medium: Medium, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, object]] = []
    monkeypatch.setattr(live, "send", lambda room, _name, said: told.append((room, said["listening"])))
    monkeypatch.setattr(listeners, "SILENCE_S", 1)
    beat(client, medium)
    with app.app_context():
        listeners.forget_silent()
        time.sleep(1.1)
        listeners.forget_silent()
        listeners.forget_silent()
    assert told == [(f"tally:{medium.id}", 1), (f"tally:{medium.id}", 0)]
    assert not engines.redis.exists("listening:told")


def test_pages_are_told_a_few_times_a_second_however_many_come(
    app: Flask, medium: Medium, monkeypatch: pytest.MonkeyPatch, make_person: MakePerson
) -> None:
    told: list[int] = []
    monkeypatch.setattr(live, "send", lambda _room, _name, said: told.append(said["listening"]))
    with app.app_context():
        for _ in range(50):
            listeners.beat(medium.id, person_id=make_person().id, address="", player="", plays=True)
        assert len(told) < 50 * 0.4
        listeners.forget_silent()
    assert told[-1] == 50


def test_without_redis_nobody_is_shown_and_nobody_waits(make_app: MakeApp, medium: Medium) -> None:
    quick._line.cache_clear()
    nowhere = "redis://127.0.0.1:1/0"
    browser = browser_of(make_app(redis_url=nowhere))
    beat(browser, medium)
    page = browser.get("/@artist/work").text
    assert quick._line(nowhere).rests_until, "it is left alone for a while"
    assert 'data-when-some hidden><data data-count="listening">' in page
