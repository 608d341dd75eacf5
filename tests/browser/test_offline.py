"""A page without a socket, and one without a line: it asks seldom, then not at all, then once."""

from collections import Counter
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page

from tests.browser.community import Community
from tests.browser.watch import Troubles

COUNTS = ("/messages/count", "/notifications/count")


def pass_time(page: Page, seconds: int) -> None:
    """By the page's clock, which tests need not wait for."""
    page.clock.run_for(seconds * 1000)
    page.evaluate(
        "() => fetch('/').catch(() => null)"
    )  # whatever was asked before it has been seen when it is answered


def test_counts_are_asked_seldom_without_a_socket_and_never_without_a_line(
    community: Community, new_context: Callable[..., BrowserContext], troubles: Troubles
) -> None:
    troubles.expect("ERR_FAILED.*socket")
    troubles.expect("ERR_INTERNET_DISCONNECTED")
    context = new_context(community.ben)
    context.route("**/socket.io*.js*", lambda route: route.abort())
    page, asked = context.new_page(), Counter[str]()
    page.on("request", lambda request: asked.update(path for path in COUNTS if request.url.endswith(path)))
    page.clock.install()
    with page.expect_request("**/socket.io*.js*"):
        page.goto("/")
    page.wait_for_load_state("networkidle")
    for _half_minute in COUNTS:
        pass_time(page, 33)
    assert asked == dict.fromkeys(COUNTS, 1)

    context.set_offline(True)
    pass_time(page, 130)
    assert asked == dict.fromkeys(COUNTS, 1)
    context.set_offline(False)
    page.wait_for_function("() => navigator.onLine")
    pass_time(page, 5)
    assert asked == dict.fromkeys(COUNTS, 2)


def test_a_question_nobody_asked_for_fails_quietly(
    community: Community, new_context: Callable[..., BrowserContext], troubles: Troubles
) -> None:
    troubles.expect("ERR_FAILED.*(socket|/count)")
    context = new_context(community.ben)
    context.route("**/socket.io*.js*", lambda route: route.abort())
    context.route("**/count", lambda route: route.abort())
    page = context.new_page()
    page.clock.install()
    with page.expect_request("**/socket.io*.js*"):
        page.goto("/")
    page.wait_for_load_state("networkidle")
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/count")):
        page.clock.run_for(70_000)
    page.wait_for_load_state("networkidle")
