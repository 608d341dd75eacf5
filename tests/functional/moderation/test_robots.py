"""Strangers who report or send notices like robots show first that they are none; nobody else is asked."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import guard
from app.accounts.services import proofs
from app.moderation.models import Report
from app.moderation.takedown_models import TakedownNotice
from tests.factories.people import PASSWORD
from tests.functional.accounts.test_proofs import LIKE_A_BROWSER, puzzle_of, solved, stamp
from tests.functional.moderation.takedowns.conftest import FORM
from tests.harness.browser import browser_of
from tests.harness.kinds import MakeApp, MakeMedium, MakePerson

TOOL = {"User-Agent": "python-requests/2"}
Door = tuple[str, dict[str, str], Callable[[], int]]


@pytest.fixture
def app(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """One with puzzles that are solved in milliseconds."""
    monkeypatch.setattr(proofs, "FEWEST_TRIES", 1)
    monkeypatch.setattr(proofs, "MOST_TRIES", 5)
    monkeypatch.setattr(proofs, "ROUNDS", 1)
    return make_app(captcha="altcha")


@pytest.fixture(params=["report", "notice"])
def door(request: pytest.FixtureRequest, make_person: MakePerson, make_medium: MakeMedium, db_session: Session) -> Door:
    """Where the form is, what is sent, and how much of it has come in."""
    ada = make_person(role="artist", username="ada")
    medium = make_medium(ada)

    def count(what: Any) -> Callable[[], int]:
        return lambda: db_session.scalar(select(func.count()).select_from(what)) or 0

    if request.param == "report":
        return f"/report/medium/{medium.public_id}", {"rule": "hate", "reason": "rules"}, count(Report)
    address = f"http://127.0.0.1/@ada/{medium.slug}"
    return "/takedown", {**FORM, "addresses": address}, count(TakedownNotice)


def test_a_tool_is_asked_and_nothing_is_kept_until_it_has_shown_patience(app: Flask, door: Door) -> None:
    url, said, count = door
    client, said = browser_of(app), {**said, "begun": stamp(app)}
    assert puzzle_of(client.get(url).text) is None
    refused = client.submit(url, said, headers=TOOL)
    assert (refused.status_code, count()) == (422, 0)
    assert "One more step" in refused.text
    assert "Log in first" in refused.text
    said["altcha"] = solved(puzzle_of(refused.text))
    assert client.submit(url, {**said, "sending": "a"}, headers=TOOL).status_code == 303
    assert client.submit(url, {**said, "sending": "b"}, headers=TOOL).status_code == 422, "a solution counts once"
    assert count() == 1


def test_the_fourth_stranger_of_a_network_in_a_day_is_asked(app: Flask, door: Door) -> None:
    url, said, count = door
    answers = [
        browser_of(app).submit(
            url, {**said, "sending": str(number), "begun": stamp(app)}, headers=LIKE_A_BROWSER
        ).status_code
        for number in range(4)
    ]  # fmt: skip
    assert (answers, count()) == ([303, 303, 303, 422], 3)
    assert puzzle_of(browser_of(app).get(url).text) is not None


def test_members_are_never_asked(app: Flask, door: Door, make_person: MakePerson) -> None:
    url, said, count = door
    member, ben = browser_of(app), make_person(username="ben")
    as_ben = {"login": ben.username, "password": PASSWORD}
    assert member.submit("/login", as_ben, headers=LIKE_A_BROWSER).status_code == 303
    assert 'name="website"' not in member.get(url).text
    assert member.submit(url, said, headers=TOOL).status_code == 303
    assert count() == 1


def test_who_has_to_show_something_first_or_to_log_in_gets_a_page_instead_of_a_dialog(
    app: Flask, make_person: MakePerson, make_medium: MakeMedium, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = {"HX-Request": "true", "HX-Request-Type": "partial"}
    client = browser_of(app)
    url = f"/report/medium/{make_medium(make_person(role='artist')).public_id}"
    assert 'id="report-sheet"' in client.get(url, headers=part).text
    assert "/login" in client.get("/report/set/aaaaaaaaaaa", headers=part).headers["HX-Redirect"]
    monkeypatch.setattr(guard, "FAILURES_ALLOWED", 0)
    assert client.get(url, headers=part).headers["HX-Redirect"] == url
    refused = client.submit(url, {"rule": "hate", "reason": "rules"}, headers=part).text
    assert 'id="report-sheet"' in refused
    assert "hx-post" not in refused, "what solves the puzzle sends a plain form, and nothing is lost"
