"""Two people write to each other, live; and what one missed while the line was away arrives, once."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.community import Community, add_person_to
from tests.browser.installation import Installation
from tests.browser.talks import accept, write
from tests.browser.watch import Troubles


def bubbles(page: Page) -> list[str]:
    """What was said, in the order of the page."""
    found: list[str] = page.eval_on_selector_all(
        ".talk__bubble", "all => all.map(one => one.querySelector('p')?.textContent.trim() ?? '')"
    )
    return found


def test_two_people_talk_live_and_what_was_missed_arrives_once(
    installation: Installation, community: Community, open_page: Callable[..., Page], troubles: Troubles
) -> None:
    mara = add_person_to(installation, "mara", "Mara")
    noor = add_person_to(installation, "noor", "نور")
    url = write(installation, mara, noor, "Hello")
    accept(installation, noor, url)

    hers = open_page(f"/@{noor.username}", mara)
    hers.get_by_role("link", name="Message", exact=True).click()
    hers.wait_for_url(f"**{url}")
    others = open_page("/", noor)
    expect(others.locator("#message-count")).to_contain_text("1")
    others.goto(url)
    expect(hers.locator(".talk__read")).to_have_text(re.compile(r"^Read \d"))
    expect(others.locator("#message-count")).not_to_contain_text("1")

    others.get_by_label("Message", exact=True).press_sequentially("Hi M")
    expect(hers.locator("[data-typing]")).to_have_text("نور is writing …")
    others.get_by_label("Message", exact=True).press_sequentially("ara")
    others.keyboard.press("Enter")
    expect(hers.locator(".talk__bubble").last).to_contain_text("Hi Mara")
    expect(hers.locator("[data-typing]")).to_be_empty()
    expect(others.get_by_label("Message", exact=True)).to_have_value("")
    expect(others.locator(".talk__read")).to_have_text(re.compile(r"^Read \d"))

    troubles.expect("ERR_INTERNET_DISCONNECTED|net::ERR_FAILED|Failed to load resource|WebSocket")
    others.context.set_offline(True)
    hers.get_by_label("Message", exact=True).fill("Are you there?")
    hers.get_by_role("button", name="Send").click()
    write(installation, mara, noor, "", community.song)
    write(installation, mara, noor, "One more")
    others.get_by_label("Message", exact=True).fill("From the tunnel")
    others.get_by_role("button", name="Send").click()
    expect(others.get_by_role("alert")).to_contain_text("not sent yet")
    assert bubbles(others) == ["Hello", "Hi Mara"]
    others.context.set_offline(False)
    expect(others.locator(".talk__bubble")).to_have_count(5)
    expect(others.locator(".talk__work")).to_contain_text(community.song.title)
    others.get_by_role("button", name="Send").click()
    for page in (hers, others):
        expect(page.locator(".talk__bubble")).to_have_count(6)
        assert bubbles(page)[-1] == "From the tunnel"
        assert len(set(page.eval_on_selector_all(".talk__item", "all => all.map(one => one.id)"))) == 6
