"""A set from a card to another site: made, filled, put in order by hand and by keyboard, played, framed."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.community import Community, add_person_to
from tests.browser.installation import Installation
from tests.browser.test_embeds import other_site, time_in

__all__ = ["other_site"]


def order(page: Page) -> list[str]:
    """The titles of the rows on the page where a set is edited."""
    return page.locator("#arrange .set-row__title").all_inner_texts()


def test_a_playlist_is_made_from_a_card_put_in_order_and_seen_to_change_by_another(
    installation: Installation, community: Community, open_page: Callable[..., Page]
) -> None:
    malin = add_person_to(installation, "malin", "Malin", role="listener")
    page = open_page("/@ada_lin", malin)
    card = page.locator(".card", has_text="Day Ferry").first
    card.hover()
    card.get_by_role("link", name="Add Day Ferry to a set").click()
    sheet = page.get_by_role("dialog", name="Add to a set")
    sheet.get_by_label("New playlist").fill("Ferries")
    sheet.get_by_role("button", name="Create").click()
    expect(sheet.get_by_role("button", name="Ferries")).to_have_attribute("aria-pressed", "true")
    sheet.get_by_role("button", name="Close").click()
    for url in (community.song.url, community.film.url):
        page.goto(url)
        page.get_by_role("link", name="Add to a set", exact=True).first.click()
        sheet.get_by_role("button", name="Ferries").click()
        expect(sheet.get_by_role("button", name="Ferries")).to_have_attribute("aria-pressed", "true")

    page.goto("/@malin/sets/ferries")
    watching = open_page("/@malin/sets/ferries")
    page.get_by_role("link", name="Edit").click()
    expect(page.locator("#arrange > [data-item]")).to_have_count(3)
    assert order(page) == ["Day Ferry", "Night Bus", "Harbour"]

    grips, first = page.locator("[data-grip]"), page.locator("#arrange > [data-item]").first
    page.wait_for_function(
        "() => Object.keys(document.querySelector('#arrange')).some((key) => key.startsWith('Sortable'))"
    )
    grips.nth(2).hover()  # which waits until nothing moves or lies above it, as a transition between pages does
    third, top = grips.nth(2).bounding_box(), first.bounding_box()
    assert third
    assert top
    edit, asked = re.compile(r"/sets/\w+/edit$"), list[Route]()

    def hold(route: Route) -> None:
        asked.append(route)

    page.route(edit, hold)
    with page.expect_request(edit):  # what others changed is asked for, and answered while the row is in hand
        page.evaluate("() => document.getElementById('arrange').dispatchEvent(new CustomEvent('live'))")
    with page.expect_response(re.compile("/place")) as moved:
        page.mouse.down()
        page.mouse.move(third["x"] + 10, third["y"] - 20, steps=5)
        with page.expect_response(edit):
            asked[0].continue_()
        page.unroute(edit)
        page.mouse.move(top["x"] + 20, top["y"] + 4, steps=10)
        page.mouse.up()
    assert moved.value.ok
    expect(page.locator("#arrange .set-row__title").first).to_have_text("Harbour")
    expect(watching.locator("#set-items .set-row__title").first).to_have_text("Harbour")

    page.get_by_role("button", name="Move down: Harbour").focus()
    with page.expect_response(re.compile("/place")):
        page.keyboard.press("Alt+ArrowDown")
    with page.expect_response(re.compile("/place")):
        page.keyboard.press("Enter")
    expect(page.locator("#arrange .set-row__title")).to_have_text(["Day Ferry", "Night Bus", "Harbour"])
    page.reload()
    assert order(page) == ["Day Ferry", "Night Bus", "Harbour"]


def test_play_all_fills_the_queue_and_an_item_plays_its_part(
    community: Community, open_page: Callable[..., Page]
) -> None:
    page = open_page(community.late_trains.url)
    page.get_by_role("button", name="Play all").click()
    expect(page.get_by_role("button", name="Pause Day Ferry")).to_be_visible()
    page.get_by_role("button", name="Queue").click()
    expect(page.locator(".player-queue__row")).to_have_count(2)


def test_the_bar_comes_although_it_was_fetched_between_the_click_and_what_plays(
    community: Community, open_page: Callable[..., Page]
) -> None:
    page = open_page("", None, service_workers="block")
    held: dict[str, Route] = {}

    def hold(route: Route) -> None:
        held["bar" if "player-bar" in route.request.url else "items"] = route

    page.route(re.compile(r"/behaviours/player-bar|/sets/\w+/queue"), hold)
    page.goto(community.late_trains.url)
    with page.expect_request(re.compile(r"/sets/\w+/queue")):
        page.get_by_role("button", name="Play all").click()
    with page.expect_response(re.compile("/behaviours/player-bar")):
        held["bar"].continue_()
    page.evaluate("() => import('behaviours/player-bar')")
    held["items"].continue_()
    expect(page.get_by_role("button", name="Pause Day Ferry")).to_be_visible()
    expect(page.get_by_role("button", name="Queue")).to_be_visible()


def test_without_a_script_a_row_is_moved_by_its_buttons(community: Community, open_page: Callable[..., Page]) -> None:
    page = open_page(f"/sets/{community.late_trains.public_id}/edit", community.ada, java_script_enabled=False)
    before = order(page)
    page.get_by_role("button", name=f"Move down: {before[0]}").click()
    assert order(page) == [before[1], before[0], before[2]]
    page.get_by_role("button", name=f"Move up: {before[0]}").click()
    assert order(page) == before


def test_a_set_plays_on_another_site_in_the_frame_that_the_builder_shows(
    installation: Installation, community: Community, other_site: Callable[[str], str], open_page: Callable[..., Page]
) -> None:
    page = open_page(f"/sets/{community.late_trains.public_id}/embed")
    with page.expect_response(re.compile("colour=")):
        page.locator("#embed-theme").select_option("light")
    code = page.get_by_label("Code").input_value()
    found = re.search(r'src="([^"]*)"', code)
    assert found
    assert "theme=light" in found[1]
    assert found[1].startswith(installation.url)
    framed = open_page(other_site(found[1])).frame_locator("iframe")
    framed.get_by_role("button", name="Play all").click()
    time_in(framed, "audio:not([controls])")(0.5)
    expect(framed.get_by_role("button", name="Pause Day Ferry")).to_be_visible()
