"""Lists without an end: the next page comes by scrolling, and nothing comes twice."""

from collections.abc import Callable

from playwright.sync_api import Page, expect


def test_a_list_goes_on_by_scrolling_without_repeating(records: list[str], open_page: Callable[..., Page]) -> None:
    page = open_page("/@edda/tracks")
    titles = page.locator(".cards .card__title")
    before = titles.count()
    assert 0 < before < len(records)
    more = page.get_by_role("link", name="More")
    while before < len(records):
        more.scroll_into_view_if_needed()
        page.wait_for_function(
            "(before) => document.querySelectorAll('.cards .card__title').length > before", arg=before
        )
        before = titles.count()
    expect(more).to_have_count(0)
    assert sorted(titles.all_inner_texts()) == records
    assert page.url.endswith("/@edda/tracks")


def test_search_goes_on_too(records: list[str], open_page: Callable[..., Page]) -> None:
    page = open_page("/search?q=record")
    works = page.locator(".cards .card__title a")
    more = page.get_by_role("link", name="More")
    while more.count():
        before = works.count()
        more.scroll_into_view_if_needed()
        page.wait_for_function(
            "(before) => document.querySelectorAll('.cards .card__title').length > before", arg=before
        )
    # Others may have called a work the same: an address is what makes two cards one work.
    addresses = works.evaluate_all("(links) => links.map((link) => link.pathname)")
    assert len(set(addresses)) == len(addresses)
    assert sum(address.startswith("/@edda/") for address in addresses) == len(records)
