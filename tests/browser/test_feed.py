"""Two people at once: one follows, the other publishes, and the open feed says so without moving."""

from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.accounts.models import User
from app.extensions import db
from app.media.models import Medium
from app.media.services import publishing
from tests.browser.community import add_person_to, add_records
from tests.browser.installation import Installation
from tests.browser.watch import Troubles


def test_an_open_feed_says_that_there_is_more_and_shows_it_when_asked(
    installation: Installation, open_page: Callable[..., Page]
) -> None:
    reader = add_person_to(installation, f"reader_{uuid4().hex[:8]}", "Reader", role="listener")
    name = f"wren_{uuid4().hex[:8]}"
    wren = add_person_to(installation, name, "Wren")
    add_records(installation, wren, 2)
    with installation.services():
        works = db.session.scalars(
            select(Medium).join(User, User.id == Medium.owner_id).where(User.username == name)
        ).all()
        for medium in works:
            publishing.unpublish_medium(medium)
        first_id = works[0].id

    page = open_page(wren.url, reader)
    page.get_by_role("button", name="Follow Wren").click()
    expect(
        page.get_by_role("button", name="Unfollow Wren").or_(page.get_by_role("button", name="Following"))
    ).to_be_visible()
    expect(page.locator(f"#followers-{name}")).to_contain_text("1 follower")
    bell = page.get_by_role("button", name="Notify me of what Wren publishes")
    expect(bell).to_have_attribute("aria-pressed", "true")
    bell.click()
    expect(bell).to_have_attribute("aria-pressed", "false")

    page.get_by_role("link", name="Feed").first.click()
    expect(page.get_by_role("heading", name="Feed", level=1)).to_be_visible()
    before = page.locator(".feed__item").count()
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').some((it) => it.name.includes('/feed/news'))"
    )
    with installation.services():
        publishing.publish_medium(db.session.get_one(Medium, first_id))
    bar = page.get_by_role("link", name="1 new")
    expect(bar).to_be_visible()
    assert page.locator(".feed__item").count() == before
    bar.click()
    expect(page.locator(".feed__item").first).to_contain_text("Record")
    expect(page.locator(".feed__item").first).to_contain_text("Wren")
    expect(bar).to_have_count(0)


def test_a_block_is_asked_about_and_undone_without_a_script(
    installation: Installation, open_page: Callable[..., Page], troubles: Troubles
) -> None:
    reader = add_person_to(installation, f"reader_{uuid4().hex[:8]}", "Reader", role="listener")
    finch = add_person_to(installation, f"finch_{uuid4().hex[:8]}", "Finch")
    page = open_page(finch.url, reader, java_script_enabled=False)
    page.get_by_role("button", name="Follow Finch").click()
    expect(
        page.get_by_role("button", name="Unfollow").or_(page.get_by_role("button", name="Following"))
    ).to_be_visible()
    page.locator("summary[aria-label='More about Finch']").click()
    page.get_by_role("link", name="Block").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Finch")
    page.get_by_role("button", name="Block", exact=True).click()
    expect(page.locator("#main").get_by_role("status")).to_contain_text("Neither of you finds the other")
    troubles.expect(f"404.*{finch.url}")
    answer = page.goto(finch.url)
    assert answer is not None
    assert answer.status == 404
    page.goto("/settings/blocked")
    page.locator("li", has_text="Finch").get_by_role("button", name="Unblock").click()
    page.goto(finch.url)
    expect(page.get_by_role("button", name="Follow Finch")).to_be_visible()
