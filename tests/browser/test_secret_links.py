"""An unlisted medium opens by its link alone; a dead link, and a closed door, stop even who is listening."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.media.models import Visibility
from tests.browser.community import Community, Work, publish, refresh
from tests.browser.installation import Installation
from tests.browser.sound import AUDIO, VIDEO, wait_for_sound
from tests.browser.watch import Troubles

SENTENCE = "This is no longer open to you, so it stopped."
STOPPED_S = 5 + 3
"""Within five seconds, as everything that is revoked; and what a busy machine takes to show it."""


@pytest.mark.parametrize("kind", ["song", "film"])
def test_a_secret_link_opens_until_it_is_made_anew(
    kind: str,
    installation: Installation,
    community: Community,
    open_page: Callable[..., Page],
    troubles: Troubles,
) -> None:
    hidden: Work = community.hidden_song if kind == "song" else community.hidden_film
    hidden = refresh(installation, hidden)
    owner = community.ada if kind == "song" else community.ben
    element = AUDIO if kind == "song" else VIDEO
    troubles.expect(rf"404.*({hidden.url}|{hidden.public_id}|/media/restricted/|/pictures/)")

    stranger = open_page(hidden.url)
    expect(stranger.get_by_role("heading", level=1)).to_have_text("This seat is empty.")
    stranger.goto(f"{hidden.url}?s={hidden.secret}")
    stranger.get_by_role("button", name=f"Play {hidden.title}", exact=True).first.click()
    wait_for_sound(stranger, element=element)

    studio = open_page(hidden.edit_url, owner)
    studio.on("dialog", lambda dialog: dialog.accept())
    studio.get_by_role("button", name="Make a new secret link").click()
    expect(studio.get_by_text("There is a new secret link.")).to_be_visible()
    made_anew = time.monotonic()
    place = "[data-bar=sentence]" if kind == "song" else "[data-video=sentence]"
    expect(stranger.locator(place)).to_have_text(SENTENCE)
    assert time.monotonic() - made_anew < STOPPED_S
    assert stranger.evaluate(f"() => {element}.paused || !{element}.currentSrc || {element}.readyState === 0")

    stranger.reload()
    expect(stranger.get_by_role("heading", level=1)).to_have_text("This seat is empty.")
    stranger.goto(f"{hidden.url}?s={refresh(installation, hidden).secret}")
    expect(stranger.get_by_role("heading", level=1)).to_have_text(hidden.title)


def test_what_is_made_private_stops_in_every_open_player_without_waiting_for_its_next_report(
    installation: Installation, community: Community, open_page: Callable[..., Page], troubles: Troubles
) -> None:
    song = community.second_song
    troubles.expect(rf"404.*({song.public_id}|/media/public/|/pictures/)")
    stranger = open_page(song.url)
    stranger.get_by_role("button", name=f"Play {song.title}", exact=True).first.click()
    wait_for_sound(stranger, element=AUDIO)
    try:
        publish(installation, song, Visibility.PRIVATE)
        closed = time.monotonic()
        expect(stranger.locator("[data-bar=sentence]")).to_have_text(SENTENCE)
        assert time.monotonic() - closed < STOPPED_S, "open media report every ten seconds: the socket told it"
        assert stranger.evaluate(f"() => {AUDIO}.paused || !{AUDIO}.currentSrc")
    finally:
        publish(installation, song)
