"""A suspicious visitor's browser solves the puzzle by itself; nothing of it needs an unsafe word of the policy."""

from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.browser.installation import Installation
from tests.browser.letters import mailed_path
from tests.browser.watch import Troubles
from tests.factories.people import PASSWORD


def test_after_wrong_passwords_the_browser_shows_patience_and_a_link_helps_without_it(
    installation: Installation, open_page: Callable[..., Page], troubles: Troubles
) -> None:
    troubles.expect(r"422")
    page, name = open_page("/login"), f"nobody_{uuid4().hex[:6]}"

    def try_password() -> None:
        page.get_by_label("Email or username").fill(name)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Log in").click()

    for _ in range(3):
        try_password()
        expect(page.get_by_text("do not go together")).to_be_visible()
    puzzle = page.get_by_role("group", name="Are you a robot?")
    expect(puzzle).to_be_visible()
    try_password()  # sent by itself once the puzzle is solved
    expect(page.get_by_text("do not go together")).to_be_visible(timeout=20_000)
    expect(puzzle.get_by_text("Done: you may go on.")).to_be_visible(timeout=20_000)

    address = f"{name}@example.org"
    page.goto("/signup")
    page.get_by_label("Email").fill(address)
    page.evaluate("document.querySelector('form.form').action = '/signup/link'")
    page.locator("form.form").evaluate("form => form.submit()")
    page.get_by_role("heading", name="Look into your mail.").wait_for()
    page.context.clear_cookies()
    page.goto(mailed_path(installation, address))
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Come in").click()
    expect(page.locator(".top__me")).to_be_visible()
