"""The video player: rungs, captions, chapters, pictures along the seek bar, and every key."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.community import Community
from tests.browser.sound import VIDEO, time_of, wait_for_frames, wait_for_sound

CAPTION = f"""() => {{
  const shown = [...{VIDEO}.textTracks].find(({{ mode }}) => mode === 'showing')
  return shown?.activeCues?.[0]?.text ?? ''
}}"""


@pytest.fixture
def page(community: Community, open_page: Callable[..., Page]) -> Page:
    """The film's page, its player ready."""
    page: Page = open_page(community.film.url)
    expect(page.locator("[data-player=video][data-ready]")).to_be_visible()
    return page


def player(page: Page) -> Locator:
    return page.locator("[data-player=video]")


def choose(page: Page, setting: str, choice: str) -> None:
    """Through the settings menu."""
    player(page).hover()
    player(page).get_by_role("button", name="Settings").click()
    menu = page.get_by_role("menu")
    menu.get_by_role("menuitem", name=setting).click()
    menu.get_by_role("menuitemradio", name=choice, exact=True).click()
    expect(menu).to_be_hidden()


def wait_for(page: Page, condition: str, arg: Any = None) -> None:
    """Until ``condition`` of the video ``v`` holds."""
    page.wait_for_function(f"(arg) => {{ const v = {VIDEO}; return {condition} }}", arg=arg)


def test_the_rung_that_one_chooses_is_the_one_that_plays(page: Page) -> None:
    choose(page, "Quality", "240p")
    page.get_by_role("button", name="Play Harbour").click()
    wait_for_frames(page)
    wait_for(page, "v.videoHeight === 240")
    choose(page, "Quality", "480p")
    wait_for(page, "v.videoHeight === 480 && !v.paused")
    wait_for_frames(page)


def test_captions_are_chosen_by_language_and_remembered(page: Page) -> None:
    page.keyboard.press("k")
    wait_for_sound(page, element=VIDEO)
    assert page.evaluate(CAPTION) == ""
    choose(page, "Captions", "English")
    page.wait_for_function(f"(text) => ({CAPTION})() === text", arg="Good evening")
    choose(page, "Captions", "Deutsch")
    page.wait_for_function(f"(text) => ({CAPTION})() === text", arg="Guten Abend")

    page.reload()
    expect(player(page).get_by_role("button", name="Captions")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("k")
    page.wait_for_function(f"(text) => ({CAPTION})() === text", arg="Guten Abend")
    page.keyboard.press("c")
    expect(player(page).get_by_role("button", name="Captions")).to_have_attribute("aria-pressed", "false")
    assert page.evaluate(CAPTION) == ""


def test_a_chapter_is_a_place_to_jump_to(page: Page) -> None:
    page.get_by_role("region", name="Chapters").get_by_role("button", name="Middle").click()
    wait_for_sound(page, beyond_s=5, element=VIDEO)
    assert time_of(page, VIDEO) < 10
    expect(player(page).locator("[data-video=chapter]")).to_have_text("Middle")
    expect(player(page).locator("[data-video=track] span")).to_have_count(3)


def test_a_picture_of_the_place_shows_where_the_pointer_is(page: Page) -> None:
    seek = player(page).get_by_role("slider", name="Seek")
    box = seek.bounding_box()
    assert box
    seek.hover(position={"x": box["width"] * 0.5, "y": box["height"] / 2})
    still = player(page).locator("[data-video=still]")
    expect(still).to_be_visible()
    expect(player(page).locator("[data-video=chapter-there]")).to_have_text("Middle")
    width = still.evaluate("""async (still) => {
      const picture = new Image()
      picture.src = still.style.backgroundImage.slice(5, -2)
      await picture.decode()
      return picture.naturalWidth
    }""")
    assert width > 100
    first = still.evaluate("(still) => still.style.backgroundPosition")
    seek.hover(position={"x": box["width"] * 0.95, "y": box["height"] / 2})
    page.wait_for_function(
        "(first) => document.querySelector('[data-video=still]').style.backgroundPosition !== first", arg=first
    )


def test_keys_play_seek_and_change_the_speed(page: Page) -> None:
    page.keyboard.press(" ")
    wait_for_sound(page, element=VIDEO)
    page.keyboard.press("k")
    wait_for(page, "v.paused")
    page.keyboard.press("5")
    wait_for(page, "Math.abs(v.currentTime - 7) < 0.1")
    page.keyboard.press("ArrowRight")
    wait_for(page, "Math.abs(v.currentTime - 12) < 0.1")
    page.keyboard.press("j")
    wait_for(page, "Math.abs(v.currentTime - 2) < 0.1")
    page.keyboard.press("l")
    wait_for(page, "Math.abs(v.currentTime - 12) < 0.1")
    page.keyboard.press("ArrowLeft")
    wait_for(page, "Math.abs(v.currentTime - 7) < 0.1")
    page.keyboard.press("0")
    wait_for(page, "v.currentTime === 0")
    page.keyboard.press(">")
    wait_for(page, "v.playbackRate === 1.25")
    page.keyboard.press("<")
    page.keyboard.press("<")
    wait_for(page, "v.playbackRate === 0.75")


def test_keys_mute_and_fill_the_screen(page: Page) -> None:
    page.keyboard.press("m")
    wait_for(page, "v.muted")
    page.keyboard.press("m")
    wait_for(page, "!v.muted")
    width = player(page).evaluate("(player) => player.clientWidth")
    page.keyboard.press("t")
    expect(page.locator("html[data-theatre]")).to_have_count(1)
    assert player(page).evaluate("(player) => player.clientWidth") > width
    page.keyboard.press("t")
    expect(page.locator("html[data-theatre]")).to_have_count(0)
    page.keyboard.press("f")
    expect(page.locator("[data-player=video][data-full]")).to_be_visible()
    page.keyboard.press("ArrowDown")
    wait_for(page, "v.volume < 1")
    page.keyboard.press("f")
    expect(page.locator("[data-player=video][data-full]")).to_have_count(0)


def test_the_menu_sets_the_speed(page: Page) -> None:
    choose(page, "Speed", "1.5×")
    wait_for(page, "v.playbackRate === 1.5")


def test_a_film_silences_the_song(community: Community, page: Page) -> None:
    page.goto(community.song.url)
    page.get_by_role("button", name="Play Night Bus", exact=True).first.click()
    wait_for_sound(page)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Screen").click()
    page.get_by_role("link", name="Harbour").first.click()
    page.get_by_role("button", name="Play Harbour").click()
    wait_for_frames(page)
    assert page.evaluate("() => document.querySelector('#player-bar audio').paused")
