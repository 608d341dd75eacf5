"""The bell counts while one looks elsewhere; the matrix of channels and the button of pushes, as people use them.

What a browser does with a push cannot be tried here: Chromium subscribes at Google's push service, which is out of
reach. That our side seals, signs and sends it right is in tests/functional/messaging/test_push.py.
"""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from app.accounts.models import User
from app.core.events import publish
from app.extensions import db
from app.social.events import PersonFollowed
from app.social.models import Follow
from tests.browser.community import Person, add_person_to
from tests.browser.installation import Installation
from tests.browser.screens import PHONE

CONNECTED = "() => performance.getEntriesByType('resource').some((one) => one.name.includes('notifications/count'))"
"""The bell asked for itself once, which it does when its room let it in."""
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
ARABIC = "نور الهدى عبد الرحمن"


def follow(installation: Installation, follower: Person, followed: Person) -> None:
    """As a click would."""
    with installation.services():
        ids = {
            name: db.session.scalars(select(User.id).where(User.username == person.username)).one()
            for name, person in (("follower_id", follower), ("followed_id", followed))
        }
        db.session.add(Follow(**ids))
        publish(PersonFollowed(**ids))


def test_the_bell_counts_while_one_looks_elsewhere(
    installation: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    star = add_person_to(installation, "bell_star", "Bell Star")
    fans = [
        add_person_to(installation, f"bell_fan{number}", name, role="listener")
        for number, name in enumerate((LONG, ARABIC))
    ]
    page = new_context(star).new_page()
    page.goto("/music")
    bell = page.locator(".bell > summary")
    expect(bell).to_have_accessible_name("Notifications")
    page.wait_for_function(
        "() => globalThis.performance.getEntriesByType('resource').some((one) => one.name.includes('socket.io'))"
    )
    box = bell.bounding_box()
    for fan in fans:
        follow(installation, fan, star)
    expect(bell).to_have_accessible_name("Notifications 1 new")  # both are one line
    assert bell.bounding_box() == box  # nothing moves
    bell.click()
    notice = page.locator(".bell__items .notice")
    expect(notice).to_contain_text(re.compile(f"({ARABIC} and {LONG}|{LONG} and {ARABIC}) followed you"))
    expect(bell).to_have_accessible_name("Notifications")
    page.get_by_role("link", name="All notifications").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Notifications")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator("main .notice")).to_have_count(1)


def test_with_one_thumb_everything_is_in_reach(
    installation: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    person = add_person_to(installation, "bell_thumb", "Thumb")
    page = new_context(person, **PHONE).new_page()
    page.goto("/")
    rail = page.get_by_role("navigation", name="Main")
    places = [link for link in rail.locator(".rail__link").all() if link.is_visible()]
    assert [link.locator("span").first.inner_text() for link in places] == [
        "Home",
        "Feed",
        "Library",
        "Messages",
        "More",
    ]
    assert all((link.bounding_box() or {"height": 0})["height"] >= 44 for link in places)
    rail.locator("summary").tap()
    expect(rail.get_by_role("link", name="Music")).to_be_visible()
    rail.get_by_role("link", name="Upload").last.tap()
    expect(page).to_have_url(installation.url + "/upload")
    page.locator(".bell > summary").tap()
    expect(page.locator(".bell__items")).to_contain_text("Nothing yet")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]


def test_channels_are_chosen_by_keyboard_and_a_refused_permission_is_a_sentence(
    installation: Installation, new_context: Callable[..., BrowserContext]
) -> None:
    person = add_person_to(installation, "bell_chooser", "Chooser", role="listener")
    page: Page = new_context(person).new_page()
    page.goto("/settings/notifications")
    mail = page.get_by_role("combobox", name="A like E-mail")
    expect(mail).to_have_value("digest")
    mail.focus()
    page.keyboard.press("ArrowUp")
    expect(mail).to_have_value("at_once")
    page.keyboard.press("Tab")
    expect(page.get_by_role("checkbox", name="A like Push")).to_be_focused()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_role("checkbox", name="A like Push")).to_be_checked()
    expect(page.get_by_role("combobox", name="A like E-mail")).to_have_value("at_once")
    state = page.locator("[data-push-state]")
    expect(state).to_have_text("Pushes do not come to this browser.")
    devtools = page.context.new_cdp_session(page)
    profile = devtools.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    refused = {"permission": {"name": "notifications"}, "setting": "denied", "origin": installation.url}
    devtools.send("Browser.setPermission", {**refused, "browserContextId": profile})
    page.reload()
    expect(state).to_contain_text("You told this browser not to show notifications")
    expect(page.get_by_role("button", name="Push to this browser")).to_be_hidden()
