"""Everything that matters works as a plain page with plain forms, in a browser that runs no script."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import recordings
from tests.browser.community import Community, Person
from tests.browser.installation import Installation
from tests.browser.letters import confirm_sign_up
from tests.factories.people import PASSWORD


@pytest.fixture
def plain_page(new_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """``plain_page(person)``: a page in a browser without JavaScript."""

    def make(person: Person | None = None) -> Page:
        return new_context(person, java_script_enabled=False).new_page()

    return make


def test_from_home_to_a_song_with_the_browsers_own_player(
    community: Community, plain_page: Callable[..., Page]
) -> None:
    page = plain_page()
    page.goto("/")
    page.get_by_role("link", name="Night Bus").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Night Bus")
    audio = page.locator("audio[controls]")
    expect(audio).to_be_visible()
    expect(page.get_by_role("button", name="Play Night Bus")).to_have_count(0)
    for address in [source.get_attribute("src") for source in audio.locator("source").all()]:
        answer = page.request.get(address or "", headers={"Range": "bytes=0-99"})
        assert answer.status in {200, 206}, address
    assert community.song.url in page.url


def test_a_film_has_sources_and_captions_for_the_browsers_own_player(
    community: Community, plain_page: Callable[..., Page]
) -> None:
    page = plain_page()
    page.goto(community.film.url)
    video = page.locator("video[controls]")
    expect(video).to_be_visible()
    addresses = [one.get_attribute("src") or "" for one in video.locator("source, track").all()]
    assert len(addresses) == 2 + 2
    for address in addresses:
        assert page.request.get(address).ok, address


def test_sign_up_log_out_and_log_in(installation: Installation, plain_page: Callable[..., Page]) -> None:
    page, username = plain_page(), f"plain_{uuid4().hex[:6]}"
    page.goto("/signup")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Email").fill(f"{username}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    confirm_sign_up(page, installation, f"{username}@example.org")
    page.locator(".top__me").click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("link", name="Log in").click()
    page.get_by_label("Email or username").fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.locator(".top__me")).to_be_visible()


def test_upload_edit_publish_and_find(
    community: Community, installation: Installation, recorded: Path, plain_page: Callable[..., Page]
) -> None:
    title = f"Chamber {uuid4().hex[:6]}"
    page = plain_page(community.ada)
    page.goto("/upload")
    page.get_by_label("Files").set_input_files(recordings.song(recorded, "plain", 4))
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_label("Title", exact=True).fill(title)
    page.get_by_role("button", name="Save details").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("It is out.").or_(page.get_by_text("It will be out"))).to_be_visible()

    field = page.get_by_role("searchbox", name="Search")
    found = page.get_by_role("main").get_by_role("link", name=title)
    for _attempt in range(50):  # it is found once it can be played
        field.fill(title)
        field.press("Enter")
        if found.count():
            break
    expect(found.first).to_be_visible()
    assert installation.url in page.url


def test_a_long_list_goes_on_by_a_link(records: list[str], plain_page: Callable[..., Page]) -> None:
    page = plain_page()
    page.goto("/@edda/tracks")
    seen = page.locator(".card__title").all_inner_texts()
    page.get_by_role("link", name="More").click()
    seen += page.locator(".card__title").all_inner_texts()
    assert sorted(seen) == records
