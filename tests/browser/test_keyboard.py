"""Every way through the place without a pointer, and a focus that one can see on all of it."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.community import Community
from tests.browser.sound import wait_for_sound

FOCUSED = """() => {
  const focused = document.activeElement
  const place = focused.getBoundingClientRect()
  const outlined = ({ outlineStyle, outlineWidth }) => outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1
  const ringed = (style) => outlined(style) || style.boxShadow !== 'none'
  return {
    name: focused.getAttribute('aria-label') ?? focused.textContent.trim().replace(/\\s+/g, ' '),
    tag: focused.localName,
    type: focused.getAttribute('type'),
    seen: place.width > 0 && place.height > 0 && place.bottom > 0 && place.top < innerHeight,
    ringed: [focused, focused.parentElement].some((one) => one && ringed(getComputedStyle(one))
      || one && ringed(getComputedStyle(one, '::after'))),
  }
}"""
MOST_STEPS = 60


def step(page: Page) -> dict[str, Any]:
    """Press Tab; what has the focus then must be in view and show it."""
    page.keyboard.press("Tab")
    focused: dict[str, Any] = page.evaluate(FOCUSED)
    assert focused["seen"], focused
    assert focused["ringed"], focused
    return focused


def walk_to(page: Page, is_there: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Press Tab until one is there."""
    for _step in range(MOST_STEPS):
        focused = step(page)
        if is_there(focused):
            return focused
    raise AssertionError("The focus never came there.")


def test_the_first_stop_skips_to_the_content(community: Community, open_page: Callable[..., Page]) -> None:
    page = open_page(community.song.url)
    assert step(page)["name"] == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"


def test_from_home_to_the_search_and_to_a_sound(community: Community, open_page: Callable[..., Page]) -> None:
    page = open_page("/")
    walk_to(page, lambda focused: focused["type"] == "search")
    page.keyboard.type("night bus")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("night bus")
    walk_to(page, lambda focused: focused["name"] == "Play Night Bus")
    page.keyboard.press("Enter")
    wait_for_sound(page)
    assert community.song.url


def test_a_menu_opens_and_closes_by_keys(community: Community, open_page: Callable[..., Page]) -> None:
    page = open_page("/", community.cleo)
    page.wait_for_load_state("networkidle")  # arrows are the menu script's; before it is there, Enter opens the menu
    me = page.locator(".top__me")
    me.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Your page")).to_be_focused()
    for name in ("Library", "History"):
        page.keyboard.press("ArrowDown")
        expect(page.locator(".menu[open]").get_by_role("link", name=name)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Your page")).to_be_hidden()
    expect(me).to_be_focused()


def test_dialogs_of_a_song_give_the_focus_back(community: Community, open_page: Callable[..., Page]) -> None:
    page = open_page(community.song.url)
    share = page.get_by_role("button", name="Share")
    share.press("Enter")
    expect(page.get_by_role("dialog", name="Share")).to_be_visible()
    assert page.evaluate("() => document.querySelector('dialog[open]').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Share")).to_be_hidden()
    expect(share).to_be_focused()


def test_panels_of_the_player_give_the_focus_back(community: Community, open_page: Callable[..., Page]) -> None:
    page = open_page(community.song.url)
    page.get_by_role("button", name="Play Night Bus", exact=True).first.press("Enter")
    wait_for_sound(page)
    bar = page.get_by_role("region", name="Player")
    for name, panel in (("Queue", "Queue"), ("Speed and sleep timer", "Speed and sleep timer")):
        button = bar.get_by_role("button", name=name, exact=True)
        button.press("Enter")
        expect(page.get_by_role("dialog", name=panel)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog", name=panel)).to_be_hidden()
        expect(button).to_be_focused()


def test_the_settings_of_a_film_open_and_close_by_keys(community: Community, open_page: Callable[..., Page]) -> None:
    page = open_page(community.film.url)
    settings = page.get_by_role("button", name="Settings")
    settings.press("Enter")
    expect(page.get_by_role("menuitem", name="Quality")).to_be_visible()  # as soon as the rungs are known
    page.keyboard.press("Home")
    expect(page.get_by_role("menuitem", name="Quality")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitemradio", name="Normal")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menuitem", name="Speed")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_be_hidden()
    expect(settings).to_be_focused()
