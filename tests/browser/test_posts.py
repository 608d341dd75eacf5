"""Somebody writes a post with a picture and a poll; somebody else reads it and votes."""

import json
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser.community import Community
from tests.factories.media_files import picture


def test_one_writes_a_post_with_a_picture_and_a_poll_and_another_votes(
    community: Community, open_page: Callable[..., Page]
) -> None:
    ada = open_page(f"{community.ada.url}/posts", community.ada)
    ada.get_by_label("Your post").fill("The sleeve is printed.\n\nWhich **side** first?")
    ada.get_by_text("Pictures", exact=True).click()
    ada.get_by_label("Picture 1", exact=False).first.set_input_files(picture())
    ada.get_by_label("What picture 1 shows").fill("Four coloured bars")
    ada.get_by_text("Poll", exact=True).click()
    ada.get_by_label("Answer 1").fill("Side A")
    ada.get_by_label("Answer 2").fill("Side B")
    ada.get_by_role("button", name="Post", exact=True).click()
    ada.wait_for_url(re.compile("/posts/[A-Za-z0-9]{11}$"))
    shown = ada.get_by_alt_text("Four coloured bars")
    expect(shown).to_be_visible()
    assert shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0
    data = ada.locator('script[type="application/ld+json"]')
    ada.reload()
    assert json.loads(data.text_content() or "")["@type"] == "SocialMediaPosting"

    cleo = open_page(urlsplit(ada.url).path, community.cleo)
    cleo.evaluate("window.stayed = true")
    cleo.get_by_label("Side B").check()
    cleo.get_by_role("button", name="Vote").click()
    poll = cleo.get_by_role("group", name="Poll")
    expect(poll.get_by_text("100 %").first).to_be_visible()
    expect(poll.get_by_text("1 vote", exact=True)).to_be_visible()
    assert cleo.evaluate("window.stayed"), "the poll alone was swapped"
    expect(ada.get_by_role("button", name="Vote")).to_be_visible()
