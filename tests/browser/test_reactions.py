"""Two people on one page: what one of them presses, the other sees change."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.community import Community
from tests.browser.installation import Installation
from tests.browser.sound import wait_for_sound


def count_of(page: Page, what: str) -> int:
    """How many a page says like it, or passed it on."""
    place = page.locator(f".reactions [data-count='{what}']").first
    return int(place.text_content() or "0")


def test_what_one_presses_the_other_sees_without_loading_again(
    open_page: Callable[..., Page], community: Community, installation: Installation
) -> None:
    assert installation
    fan, stranger = open_page(community.second_song.url, community.ben), open_page(community.second_song.url)
    assert count_of(stranger, "likes") == 0
    stranger.evaluate("() => { globalThis.stayed = true }")
    stranger.wait_for_function(
        "() => performance.getEntriesByType('resource').some((one) => one.name.includes('socket.io'))"
    )
    fan.get_by_role("button", name="Like", exact=True).first.focus()
    fan.keyboard.press("Enter")
    expect(fan.get_by_role("button", name="Like", exact=True, pressed=True).first).to_be_focused()
    expect(stranger.locator(".reactions [data-count='likes']").first).to_have_text("1")
    fan.get_by_role("button", name="Repost", exact=True).click()
    expect(stranger.locator(".reactions [data-count='reposts']").first).to_have_text("1")
    fan.locator(".react__words summary").click()
    fan.get_by_label("What you say of it").fill("Hear this one on a ferry")
    fan.get_by_role("button", name="Save words").click()
    expect(fan.locator(".react__words summary")).to_contain_text("Your words")
    assert count_of(fan, "reposts") == 1
    stranger.get_by_role("link", name="Likes: 1").click()
    who = stranger.get_by_role("dialog", name="People")
    expect(who.get_by_role("link", name="Ben Okoro @ben_okoro")).to_be_visible()
    stranger.keyboard.press("Escape")
    fan.get_by_role("button", name="Like", exact=True, pressed=True).first.click()
    expect(stranger.locator(".reactions [data-count='likes']").first).to_have_text("0")
    expect(stranger.locator(".reactions [data-count='likes']").first).to_be_hidden()
    assert stranger.evaluate("() => globalThis.stayed"), "the page was not loaded again"


def test_who_listens_is_seen_by_who_looks(open_page: Callable[..., Page], community: Community) -> None:
    looker, listener = open_page(community.song.url), open_page(community.song.url, community.ben)
    expect(looker.locator(".listening")).to_be_hidden()
    listener.get_by_role("button", name=f"Play {community.song.title}", exact=True).first.click()
    wait_for_sound(listener)
    expect(looker.locator(".listening").first).to_have_text("1 listening now")
