"""One's history: in order, cleared whole or line by line, never a way round the gate."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.media.models import Medium
from app.plays.models import Position
from tests.harness.browser import Browser, browser_of
from tests.harness.html import Page
from tests.harness.kinds import Login, MakeMedium, MakePerson


@pytest.fixture
def listener(make_person: MakePerson) -> User:
    return make_person()


@pytest.fixture
def songs(make_person: MakePerson, make_medium: MakeMedium, listener: User, db_session: Session) -> list[Medium]:
    """Three that were played: the first named is the last played."""
    artist = make_person(role="artist")
    songs = [make_medium(artist, title=title, duration_ms=600_000) for title in ("Today", "Yesterday", "Long Ago")]
    for age, song in enumerate(songs):
        played_at = now() - timedelta(days=age)
        db_session.add(Position(user_id=listener.id, medium_id=song.id, position_ms=60_000, played_at=played_at))
    db_session.commit()
    return songs


@pytest.fixture
def browser(client: Browser, listener: User, songs: list[Medium], login: Login) -> Browser:
    del songs
    return login(client, listener)


def test_the_last_played_stands_first(browser: Browser) -> None:
    page = browser.get("/library/history").text
    assert page.index("Today") < page.index("Yesterday") < page.index("Long Ago")


def test_home_offers_to_go_on_with_what_was_begun(browser: Browser, songs: list[Medium], db_session: Session) -> None:
    def begun() -> str:
        return browser.get("/").text.split("<h2>Go on with</h2>")[1].split("</section>")[0]

    row = begun()
    assert row.index("Today") < row.index("Yesterday")
    db_session.execute(update(Position).where(Position.medium_id == songs[0].id).values(finished=True))
    db_session.commit()
    assert "Today" not in begun()
    assert "Yesterday" in begun()


def test_one_line_can_be_taken_out(browser: Browser, songs: list[Medium]) -> None:
    answer = browser.submit(f"/library/history/{songs[1].public_id}/delete")
    assert (answer.status_code, answer.location) == (303, "/library/history")
    page = browser.get("/library/history").text
    assert "Yesterday" not in page
    assert "Today" in page
    assert browser.submit("/library/history/none/delete").status_code == 303


def test_all_of_it_can_be_cleared(browser: Browser) -> None:
    (form,) = [one for one in Page(browser.get("/library/history").text).forms if "clear" in one.action]
    assert browser.submit(form.action).location == "/library/history"
    page = browser.get("/library/history").text
    assert "Nothing played yet" in page
    assert "Today" not in page


def test_clearing_ones_own_leaves_others_alone(
    app: Flask, browser: Browser, make_person: MakePerson, login: Login
) -> None:
    stranger = login(browser_of(app), make_person())
    stranger.submit("/library/history/clearing")
    assert "Today" in browser.get("/library/history").text


def test_a_paused_history_says_so(browser: Browser) -> None:
    browser.submit("/settings/playback", {"level_loudness": "y"})
    assert "Your history is paused" in browser.get("/library/history").text


def test_what_is_not_for_everyone_any_more_is_not_shown(
    browser: Browser, songs: list[Medium], db_session: Session
) -> None:
    songs[0].listed = False
    db_session.commit()
    assert "Today" not in browser.get("/library/history").text
    assert "Today" not in browser.get("/").text


def test_a_long_history_comes_in_pages_without_gaps(
    browser: Browser, listener: User, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    artist = make_person(role="artist")
    for number in range(60):
        medium = make_medium(artist, title=f"Piece {number:02d}")
        played_at = now() - timedelta(days=10, minutes=number // 7)
        db_session.add(Position(user_id=listener.id, medium_id=medium.id, position_ms=5, played_at=played_at))
    db_session.commit()
    seen: list[str] = []
    path: str | None = "/library/history"
    while path:
        text = browser.get(path).text
        seen += [f"Piece {number:02d}" for number in range(60) if f">Piece {number:02d}<" in text]
        path = next((link for link in Page(text).links if "after=" in link), None)
    assert sorted(seen) == [f"Piece {number:02d}" for number in range(60)]
