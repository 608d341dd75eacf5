"""Errors come as pages of the house: the frame stays, and so does the sound."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.accounts.models import User
from app.extensions import db
from tests.browser.community import Community
from tests.browser.installation import Installation
from tests.browser.sound import AUDIO, time_of, wait_for_sound, wait_until_it_moves
from tests.browser.watch import Troubles


@pytest.fixture
def page(installation: Installation, community: Community, open_page: Callable[..., Page]) -> Page:
    """Cleo listens to a song and has come to Ben's page, whose links lead nowhere."""
    with installation.services():
        ben = db.session.scalars(select(User).where(User.username == community.ben.username)).one()
        ben.bio_markdown = f"[gone]({installation.url}/gone/for/good) and [closed]({installation.url}/uploads)"
    page: Page = open_page(community.second_song.url, community.cleo)
    page.get_by_role("button", name="Play Day Ferry", exact=True).first.click()
    wait_for_sound(page)
    page.evaluate(f"() => {{ window.before = {AUDIO} }}")
    page.get_by_role("searchbox", name="Search").fill("harbour")
    page.keyboard.press("Enter")
    page.get_by_role("main").get_by_role("link", name="Ben Okoro").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ben Okoro")
    return page


def still_sounds(page: Page) -> None:
    """The same element, further on than before."""
    wait_until_it_moves(page)
    assert page.evaluate(f"() => window.before === {AUDIO}")


def test_nothing_there_and_nothing_allowed(page: Page, troubles: Troubles) -> None:
    troubles.expect("404.*/gone/for/good|403.*/uploads")
    heard = time_of(page)
    page.get_by_role("link", name="gone").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This seat is empty.")
    still_sounds(page)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ben Okoro")
    page.get_by_role("link", name="closed").click()
    expect(page.locator(".fault__code")).to_have_text("403")
    still_sounds(page)
    assert time_of(page) > heard


def test_a_refused_form(page: Page, community: Community, troubles: Troubles) -> None:
    troubles.expect("422.*/settings/account/email")
    page.locator(".top__me").click()
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("navigation", name="Settings").get_by_role("link", name="Account").click()
    form = page.locator("form[action='/settings/account/email']")
    form.get_by_label("Email").fill(f"{community.cleo.username}.new@example.org")
    form.get_by_label("Password").fill("not my password")
    form.get_by_role("button", name="Change email").click()
    expect(form.get_by_role("alert")).to_be_visible()
    expect(page).to_have_url(re.compile("/settings/account$"))
    still_sounds(page)
