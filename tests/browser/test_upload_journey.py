"""The main journey: sign up, open a channel, drop a song and a film, publish; a stranger's telephone plays both."""

import re
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.browser import recordings
from tests.browser.dropping import drop_files, slow_down, speed_up
from tests.browser.installation import Installation
from tests.browser.letters import confirm_sign_up
from tests.browser.screens import PHONE
from tests.browser.sound import VIDEO, wait_for_frames, wait_for_sound, wait_until_it_moves
from tests.factories.people import PASSWORD

MAKING_MS = 60_000
_NOTE_PROGRESS = """() => {
  window.percents = new Set()
  const note = () => document.querySelectorAll('.making-of__head progress').forEach(({ value }) => percents.add(value))
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true })
}"""


def sign_up(page: Page, installation: Installation, username: str) -> None:
    """Through the form and the mail."""
    page.goto("/signup")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Email").fill(f"{username}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    confirm_sign_up(page, installation, f"{username}@example.org")
    expect(page.get_by_text("Welcome. Your address is confirmed")).to_be_visible()


def publish_as(page: Page, filename: str, title: str) -> str:
    """From the upload page edit a file's title and publish it; returns the address of its page."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Upload").click()
    page.locator(".upload").filter(has_text=filename).get_by_role("link", name="Edit details").click()
    page.get_by_label("Title", exact=True).fill(title)
    page.get_by_role("button", name="Save details").click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("It is out.")).to_be_visible()
    page.get_by_role("link", name="Open its page").click()
    expect(page).to_have_title(re.compile(f"^{title} by "))
    return page.url


def test_a_song_and_a_film_from_the_drop_to_a_strangers_telephone(
    installation: Installation, recorded: Path, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    frames: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: frames.append(str(data))))
    sign_up(page, installation, f"dora_{uuid4().hex[:6]}")
    page.get_by_role("link", name="Open a channel").first.click()
    page.get_by_role("button", name="Open my channel").click()
    expect(page.get_by_role("link", name="Upload").first).to_be_visible()

    page.goto("/upload")
    page.evaluate(_NOTE_PROGRESS)
    line = slow_down(page, 400_000)
    song, film = recordings.song(recorded, "first", 8), recordings.plain_film(recorded, "second", 10)
    drop_files(page, [song, film])
    rows = page.locator(".upload")
    expect(rows).to_have_count(2)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.upload > progress')].some(p => p.value > 0 && p.value < 100)"
    )
    expect(page.get_by_text(re.compile(r"of .*B/s")).first).to_be_visible()
    speed_up(line)

    expect(page.locator(".upload[data-state=done]")).to_have_count(2)
    expect(page.get_by_text("Ready", exact=True).first).to_be_visible()
    expect(page.locator(".making-of[data-live]")).to_have_count(0, timeout=MAKING_MS)
    assert page.evaluate("[...percents].filter(value => value > 0 && value < 100).length") >= 1, "no progress was shown"
    assert any("changed" in frame for frame in frames), "the socket told nothing"

    song_url = publish_as(page, "first", "A Quiet Machine")
    film_url = publish_as(page, "second", "Tide Table")

    phone = open_page(song_url, **PHONE)
    phone.get_by_role("button", name="Play A Quiet Machine", exact=True).first.tap()
    wait_for_sound(phone)
    wait_until_it_moves(phone)
    phone.goto(film_url)
    phone.get_by_role("button", name="Play Tide Table").tap()
    wait_for_frames(phone)
    wait_for_sound(phone, element=VIDEO)
