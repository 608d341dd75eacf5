"""Suspended people look and listen, banned ones see their standing; both appeal, take their data, and log out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.audit.models import AuditEntry
from app.core.clock import now
from app.moderation.guards import BANNED_MAY_SEE, OPEN_BLUEPRINTS, OPEN_ENDPOINTS
from tests.functional.moderation.conftest import House, ref_of
from tests.harness.browser import Browser, browser_of

Make = Callable[..., Any]


@pytest.fixture
def suspended(house: House, client: Browser, login: Make) -> Browser:
    """The artist, logged in, then suspended for two days."""
    login(client, house.artist)
    house.decide(ref_of(house.artist, "person"), "suspend", until=now() + timedelta(days=2), reasons="Three times.")
    return client


@pytest.fixture
def banned(app: Flask, house: House, login: Make) -> Browser:
    """The artist, banned, then logged in."""
    house.decide(ref_of(house.artist, "person"), "ban", reasons="For good.")
    return login(browser_of(app), house.artist)  # type: ignore[no-any-return]


def test_who_is_suspended_looks_and_is_told_why_nothing_else_goes(suspended: Browser) -> None:
    assert suspended.get("/").status_code == 200
    refused = suspended.submit("/posts", {"body": "Words"})
    assert refused.status_code == 403
    for said in ("suspended until", "Three times.", "/settings/standing"):
        assert said in refused.text
    as_json = suspended.send_json("/uploads", {"filename": "a.mp3", "size_bytes": 5})
    assert as_json.status_code == 403
    assert "suspended until" in as_json.text
    assert suspended.submit("/logout", {}).status_code == 303


@pytest.mark.parametrize("page", ["/posts/new", "/feed", "/@artist/posts"])
def test_who_is_suspended_finds_no_sheet_to_write_on(suspended: Browser, house: House, page: str) -> None:
    answer = suspended.get(page.replace("artist", house.artist.username))
    assert answer.status_code == 200
    assert 'action="/posts"' not in answer.text
    assert "/settings/standing" in answer.text


def test_every_post_but_the_open_ones_is_refused_to_who_is_suspended(suspended: Browser) -> None:
    paths = ["/people/fan/follow", "/people/fan/block", "/settings/profile", "/sets/new", "/messages/@fan",
             "/report/person/fan", "/settings/account/username", "/studio/media/aaaaaaaaaaa/publish"]  # fmt: skip
    assert {path: suspended.submit(path, {}).status_code for path in paths} == dict.fromkeys(paths, 403)


def test_who_is_banned_is_led_to_their_standing_from_everywhere(banned: Browser) -> None:
    for page in ("/", "/settings/profile", "/@fan", "/feed", "/nowhere/at/all"):
        answer = banned.get(page)
        assert (answer.status_code, answer.location) in {(303, "/settings/standing"), (404, None)}, page
    shown = banned.get("/settings/standing").text
    assert "For good." in shown
    assert "banned" in shown
    assert banned.get("/rules").status_code == 200
    assert banned.submit("/posts", {"body": "Words"}).status_code == 403
    assert banned.submit("/logout", {}).status_code == 303


@pytest.mark.parametrize("page", ["account", "sessions", "security", "data", "standing"])
def test_who_is_banned_looks_after_the_account_that_they_still_have(banned: Browser, page: str) -> None:
    assert banned.get(f"/settings/{page}").status_code == 200


def test_the_doors_that_stay_open_are_doors(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= OPEN_ENDPOINTS
    assert app.blueprints.keys() >= OPEN_BLUEPRINTS | BANNED_MAY_SEE


def test_a_ban_ends_every_session(house: House, client: Browser, login: Make) -> None:
    login(client, house.artist)
    house.decide(ref_of(house.artist, "person"), "ban")
    assert "/login" in (client.get("/settings/profile").location or "")


def test_who_is_banned_appeals_and_is_let_in_again(house: House, banned: Browser, app: Flask, login: Make) -> None:
    link = banned.get("/settings/standing").text.split('/appeal"')[0].split('href="')[-1]
    assert banned.get(f"{link}/appeal").status_code == 200
    assert banned.submit(f"{link}/appeal", {"words": "I am sorry."}).status_code == 303
    other = login(browser_of(app), house.other)
    appeal = other.get("/admin/appeals").text.split("/admin/appeals/")[-1].split('"')[0]
    assert other.submit(f"/admin/appeals/{appeal}", {"outcome": "grant", "answer": "Once."}).status_code == 303
    assert banned.get("/").status_code == 200
    assert "Your appeal was granted" in banned.get("/settings/standing").text


@pytest.mark.parametrize("how", ["hide", "remove"])
def test_a_reviewer_sees_and_plays_what_is_held_or_reported_and_that_is_written_down_once(
    house: House, make_medium: Make, app: Flask, login: Make, db_session: Any, how: str
) -> None:
    medium = make_medium(house.artist, visibility="private", files=True)
    url = f"/@artist/{medium.slug}"
    staff, fan = login(browser_of(app), house.moderator), login(browser_of(app), house.fan)
    assert staff.get(url).status_code == 404
    if how == "hide":
        house.report(ref_of(medium), None)
    else:
        house.decide(ref_of(medium), "remove")
    for _ in range(2):
        assert staff.get(url).status_code == 200
        assert staff.get(f"/embed/media/{medium.public_id}").status_code == 200
    assert fan.get(url).status_code == 404
    seen = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "case.seen")).all()
    assert len(seen) == 1
