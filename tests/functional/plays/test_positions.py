"""Where people are: noted by players, kept for one medium and person, gone when the access is."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.media.models import Medium, Visibility
from app.plays.models import Position
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeMedium, MakePerson

LONG_MS = 600_000


@pytest.fixture
def artist(make_person: MakePerson) -> User:
    return make_person(role="artist")


@pytest.fixture
def song(artist: User, make_medium: MakeMedium) -> Medium:
    return make_medium(artist, duration_ms=LONG_MS)


@pytest.fixture
def listener(client: Browser, make_person: MakePerson, login: Login) -> Browser:
    return login(client, make_person(username="listener"))


def note(browser: Browser, medium: Medium, position_ms: float, **more: object) -> int:
    path = f"/media/{medium.public_id}/position"
    return browser.send_json(path, {"position_ms": position_ms, **more}).status_code


def resumed(browser: Browser, medium: Medium) -> int:
    answer = browser.get(f"/media/{medium.public_id}/playback")
    assert answer.json is not None
    return int(answer.json["position_ms"])


def test_one_goes_on_where_one_left_off(listener: Browser, song: Medium) -> None:
    assert note(listener, song, 42_000.7) == 204
    assert resumed(listener, song) == 42_000


def test_on_two_devices_the_newest_note_wins(
    app: Flask, listener: Browser, song: Medium, login: Login, db_session: Session
) -> None:
    person = db_session.scalars(select(User).where(User.username == "listener")).one()
    phone = login(browser_of(app), person)
    note(listener, song, 500_000)
    note(phone, song, 20_000)
    assert resumed(listener, song) == 20_000
    assert db_session.scalar(select(func.count()).select_from(Position)) == 1


@pytest.mark.parametrize(
    ("duration_ms", "position_ms", "finished", "over"),
    [
        (LONG_MS, LONG_MS - 9_999, False, True),
        (LONG_MS, LONG_MS - 10_001, False, False),
        (LONG_MS, 1000, True, True),
        (20_000, 15_000, False, False),
        (20_000, 20_000, True, True),
    ],
    ids=["nearly over", "not quite", "the player says so", "a short one is over at its end only", "and there it is"],
)
def test_what_was_heard_to_its_end_begins_anew(
    listener: Browser, artist: User, make_medium: MakeMedium,
    duration_ms: int, position_ms: int, *, finished: bool, over: bool,
) -> None:  # fmt: skip
    medium = make_medium(artist, duration_ms=duration_ms, title="Once More")
    note(listener, medium, position_ms, finished=finished)
    assert resumed(listener, medium) == (0 if over else position_ms)
    assert ("Go on with" in listener.get("/").text) is not over


def test_a_position_past_the_end_is_the_end(listener: Browser, artist: User, make_medium: MakeMedium) -> None:
    medium = make_medium(artist, duration_ms=20_000)
    note(listener, medium, 2_000_000)
    assert resumed(listener, medium) == 20_000


BAD: list[object] = [None, "12", -1, True, [], {}, 2**31, float("nan"), float("inf"), "x" * 1000]


@pytest.mark.parametrize("position_ms", BAD, ids=repr)
def test_what_is_no_position_is_refused(listener: Browser, song: Medium, position_ms: object) -> None:
    answer = listener.send_json(f"/media/{song.public_id}/position", {"position_ms": position_ms})
    assert (answer.status_code, answer.json) == (400, {"error": "That is no position."})
    assert resumed(listener, song) == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"7", b'{"position_ms"'])
def test_what_is_no_json_object_is_refused(listener: Browser, song: Medium, body: bytes) -> None:
    headers = {"X-CSRFToken": listener.csrf_token(), "Content-Type": "application/json"}
    assert listener.post(f"/media/{song.public_id}/position", data=body, headers=headers).status_code == 400


def test_of_strangers_nothing_is_kept(client: Browser, song: Medium, db_session: Session) -> None:
    assert client.post(f"/media/{song.public_id}/position", json={"position_ms": 5}).status_code == 204
    assert db_session.scalar(select(func.count()).select_from(Position)) == 0


@pytest.mark.parametrize(
    "ending",
    [{"visibility": Visibility.PRIVATE}, {"available_until": now() - timedelta(seconds=1)}, {"withheld": True},
     {"published_at": None}],
    ids=["private", "run out", "owner leaving", "taken back"],
)  # fmt: skip
def test_a_player_hears_with_its_next_report_that_the_access_has_ended(
    client: Browser, listener: Browser, app: Flask, song: Medium, db_session: Session, ending: dict[str, object]
) -> None:
    assert note(listener, song, 1000) == 204
    for name, value in ending.items():
        setattr(song, name, value)
    db_session.commit()
    assert note(listener, song, 2000) == 404
    assert browser_of(app).post(f"/media/{song.public_id}/position", json={"position_ms": 1}).status_code == 404
    del client


def test_with_the_secret_an_unlisted_one_is_noted(listener: Browser, artist: User, make_medium: MakeMedium) -> None:
    medium = make_medium(artist, visibility="unlisted", duration_ms=LONG_MS)
    path = f"/media/{medium.public_id}/position"
    assert listener.send_json(path, {"position_ms": 1000}).status_code == 404
    assert listener.send_json(f"{path}?s={medium.link_secret}", {"position_ms": 1000}).status_code == 204


def test_who_paused_their_history_leaves_no_trace(
    client: Browser, make_person: MakePerson, login: Login, song: Medium, db_session: Session
) -> None:
    login(client, make_person(remembers_history=False))
    assert note(client, song, 1000) == 204
    assert db_session.scalar(select(func.count()).select_from(Position)) == 0
