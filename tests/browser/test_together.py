"""Two people at one set at once; and somebody with a link to what is not out yet."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.community import Community
from tests.browser.installation import Installation
from tests.browser.sound import AUDIO, VIDEO, wait_for_sound
from tests.browser.together import add_link, add_shared_set
from tests.browser.watch import Troubles

STOPPED_S = 5 + 3
"""Within five seconds, as everything that is revoked; and what a busy machine takes to show it."""


def test_one_reorders_and_the_other_sees_it_and_both_see_who_is_there(
    installation: Installation, community: Community, open_page: Callable[..., Page]
) -> None:
    song, second, film = community.song, community.second_song, community.film
    one = add_shared_set(installation, community.ada, community.ben, [song, second, film], "Made together")
    url = f"/sets/{one.public_id}/edit"
    ada, ben = open_page(url, community.ada), open_page(url, community.ben)
    for page in (ada, ben):
        expect(page.locator("[data-here]")).to_have_count(2)
    titles = ben.locator("#arrange .set-row__title")
    expect(titles).to_have_text([song.title, second.title, film.title])

    ben.evaluate("() => { window.stays = true }")
    ben.locator(".arrange__more summary").first.click()  # what one is at stays as it is
    ada.get_by_role("button", name=f"Move down: {song.title}").click()
    expect(titles).to_have_text([second.title, song.title, film.title])
    assert ben.evaluate("() => window.stays"), "without a new page"
    assert ben.locator(".arrange__more[open]").count() == 1

    changes = open_page(f"/sets/{one.public_id}/changes", community.ben)
    row = changes.locator(".person-row", has_text=song.title)
    expect(row).to_contain_text(community.ada.display_name)
    row.get_by_role("button", name="Undo").click()
    expect(changes.get_by_text("That is taken back.")).to_be_visible()
    for page in (ada, ben):
        expect(page.locator("#arrange .set-row__title")).to_have_text([song.title, second.title, film.title])

    ben.close()
    expect(ada.locator("[data-here]")).to_have_count(1)
    expect(ada.locator("[data-here]")).to_have_attribute("data-here", community.ada.username)


def test_somebody_with_a_link_hears_a_draft_until_the_link_ends(
    installation: Installation, community: Community, open_page: Callable[..., Page], troubles: Troubles
) -> None:
    draft = community.draft
    door = add_link(installation, draft, play_cap=1)
    troubles.expect(rf"4(04|10).*(/share/|{draft.url}|{draft.public_id}|/media/restricted/|/pictures/)")
    guest = open_page(door)
    expect(guest.get_by_role("heading", level=1)).to_have_text(draft.title)
    guest.get_by_role("button", name=f"Play {draft.title}", exact=True).first.click()
    wait_for_sound(guest, element=AUDIO)
    late = open_page(door)
    expect(late.get_by_text("This link has ended. Ask Ada Lin for a new one.")).to_be_visible()
    guest.reload()
    expect(guest.get_by_role("heading", level=1)).to_have_text(draft.title)


def test_a_film_by_link_stops_when_its_maker_ends_the_link(
    installation: Installation, community: Community, open_page: Callable[..., Page], troubles: Troubles
) -> None:
    film = community.hidden_film
    guest = open_page(add_link(installation, film))
    guest.get_by_role("button", name=re.compile(f"Play {film.title}")).first.click()
    wait_for_sound(guest, element=VIDEO)
    troubles.expect(rf"4(04|10).*(/share/|{film.url}|{film.public_id}|/media/restricted/|/pictures/)")
    studio = open_page(f"{film.edit_url}/links", community.ben)
    studio.on("dialog", lambda dialog: dialog.accept())
    expect(studio.get_by_text("Mara at the label").first).to_be_visible()
    studio.get_by_role("button", name="Revoke").click()
    expect(studio.get_by_text("opens nothing any more").first).to_be_visible()
    ended = time.monotonic()
    expect(guest.locator("[data-video=sentence]")).to_have_text("This link has ended. Ask Ben Okoro for a new one.")
    assert time.monotonic() - ended < STOPPED_S
    guest.reload()
    expect(guest.get_by_text("This link has ended. Ask Ben Okoro for a new one.")).to_be_visible()
