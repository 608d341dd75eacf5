"""An upload goes on after a pause, a lost network and a closed tab; what cannot be taken is said in words."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser import recordings
from tests.browser.community import Community
from tests.browser.dropping import cut, slow_down, speed_up
from tests.browser.watch import Troubles

TICKETS = "**/uploads/*/parts"
ALL_PARTS, MISSING = 4, 2


@pytest.fixture(scope="module")
def large(recorded: Path) -> Path:
    """A file of four parts."""
    return recordings.large_song(recorded, "long take")


def choose_file(page: Page, *paths: Path) -> None:
    page.get_by_label("Files").set_input_files(paths)


def state_of(page: Page, state: str) -> None:
    expect(page.locator(f".upload[data-state={state}]")).to_be_visible()


def sent_share(page: Page) -> float:
    return float(page.locator(".upload > progress").evaluate("(bar) => bar.value"))


def test_an_upload_survives_a_pause_and_a_lost_network(
    large: Path, community: Community, open_page: Callable[..., Page], troubles: Troubles
) -> None:
    troubles.expect("ERR_INTERNET_DISCONNECTED")
    page = open_page("/upload", community.ben)
    line = slow_down(page, 600_000)
    choose_file(page, large)
    page.wait_for_function("() => document.querySelector('.upload > progress')?.value > 5")

    page.get_by_role("button", name="Pause").click()
    state_of(page, "paused")
    expect(page.get_by_role("button", name="Resume")).to_be_focused()
    page.get_by_role("button", name="Resume").click()
    state_of(page, "sending")
    page.wait_for_function("() => document.querySelector('.upload > progress')?.value > 5")

    cut(line)
    expect(page.get_by_text("You are offline. It goes on when the network is back.")).to_be_visible()
    speed_up(line)
    state_of(page, "done")


def test_a_closed_tab_costs_only_the_parts_that_had_not_arrived(
    large: Path,
    community: Community,
    new_context: Callable[..., BrowserContext],
    recorded: Path,
    troubles: Troubles,
) -> None:
    troubles.expect("ERR_FAILED.*/uploads/.*/parts")
    context = new_context(community.ada)
    page = context.new_page()
    asked: list[Route] = []
    arrived: list[str] = []

    def let_two_through(route: Route) -> None:
        asked.append(route)
        if len(asked) <= ALL_PARTS - MISSING:
            route.continue_()
        else:
            route.abort()

    page.on("requestfinished", lambda request: arrived.append(request.url) if request.method == "PUT" else None)
    page.route(TICKETS, let_two_through)
    page.goto("/upload")
    choose_file(page, large)
    while len(arrived) < ALL_PARTS - MISSING:
        page.wait_for_event("requestfinished")
    page.close()

    sent: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
    page.goto("/upload")
    expect(page.get_by_role("heading", name="Not finished yet")).to_be_visible()
    other = recorded / "another.wav"
    other.write_bytes(b"RIFF")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose the same file to go on").click()
    chooser.value.set_files(other)
    expect(
        page.get_by_role("alert").filter(has_text="That is another file. To go on, choose “long take.wav”")
    ).to_be_visible()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose the same file to go on").click()
    chooser.value.set_files(large)
    state_of(page, "done")
    assert len(sent) == MISSING


def test_what_is_no_recording_is_refused_in_words(
    community: Community, open_page: Callable[..., Page], troubles: Troubles, recorded: Path
) -> None:
    troubles.expect("422.*/confirm")
    letter = recorded / "letter.mp3"
    letter.write_text("Dear all, this is no song.\n" * 200)
    page = open_page("/upload", community.ada)
    choose_file(page, letter)
    state_of(page, "failed")
    expect(page.locator("[data-upload=error]")).not_to_be_empty()
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()
    page.get_by_role("button", name="Remove letter.mp3").click()
    expect(page.locator(".upload")).to_have_count(0)


def test_an_upload_that_was_just_begun_is_not_offered_as_one_of_another_day(
    community: Community, new_context: Callable[..., BrowserContext], recorded: Path, troubles: Troubles
) -> None:
    troubles.expect("422.*/confirm")
    letter = recorded / "letter.mp3"
    letter.write_text("Dear all, this is no song.\n" * 200)
    page = new_context(community.ada).new_page()
    asked: dict[str, Route] = {}
    page.route("**/uploads", lambda route: asked.update({route.request.method: route}))
    page.goto("/upload")
    choose_file(page, letter)
    while len(asked) < 2:
        page.wait_for_timeout(20)
    begun = asked["POST"].fetch()  # the server has begun it, and the page does not know yet
    with page.expect_response(lambda response: response.request.method == "GET" and "/uploads" in response.url):
        asked["GET"].continue_()
    expect(page.get_by_role("list", name="Unfinished uploads")).to_be_hidden()
    asked["POST"].fulfill(response=begun)
    state_of(page, "failed")
    expect(page.locator(".upload")).to_have_count(1)


def test_what_is_too_large_is_refused_before_it_is_sent(
    community: Community, open_page: Callable[..., Page], recorded: Path
) -> None:
    huge = recorded / "huge.wav"
    with huge.open("wb") as file:
        file.truncate(43_000_000)
    page = open_page("/upload", community.ada)
    expect(page.get_by_text("A file may have up to")).to_be_visible()
    choose_file(page, huge)
    expect(page.get_by_text("This file has 43.0 MB; at most 41.9 MB are allowed.")).to_be_visible()
