"""Getting in with more than a password: a passkey of Chromium's virtual authenticator, and codes of an app."""

import re
import time
from collections.abc import Callable

import pyotp
from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from tests.browser.community import add_person_to
from tests.browser.installation import Installation
from tests.browser.watch import Troubles
from tests.factories.people import PASSWORD


def plug_in(context: BrowserContext, page: Page) -> tuple[CDPSession, str]:
    """A device that holds passkeys and unlocks them as if a finger lay on it."""
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, added["authenticatorId"]


def log_in(page: Page, name: str) -> None:
    """By the form, as people do."""
    page.goto("/login")
    page.get_by_label("Email or username").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    with page.expect_navigation(url=re.compile(r"/login/factor|/$|^(?!.*/login)")):
        page.get_by_role("button", name="Log in", exact=True).click()


def log_out(page: Page) -> None:
    page.get_by_label(re.compile("^You: ")).click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Sign up").first).to_be_visible()


def test_a_passkey_is_made_opens_alone_and_is_the_second_step(
    new_context: Callable[..., BrowserContext], installation: Installation
) -> None:
    person = add_person_to(installation, "petra", "Petra Kästner")
    context = new_context(base_url=f"http://localhost:{installation.port}")  # browsers give no keys to numbers
    page = context.new_page()
    devtools, device = plug_in(context, page)
    log_in(page, person.username)
    page.goto("/settings/security")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name", exact=True).fill("Petras Schreibtischrechner")
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.locator("[data-passkey-state]")).to_contain_text("Try again")
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    expect(page.locator(".code-list li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Petras Schreibtischrechner")).to_be_visible()
    page.evaluate(
        "() => { for (const key of ['draft:x', 'volume']) localStorage.setItem(`soundstage:${key}`, '1');"
        " sessionStorage.setItem('soundstage:composer:x', '1') }"
    )
    log_out(page)
    kept = page.evaluate("() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].sort()")
    assert kept == ["soundstage:left", "soundstage:volume"], "what somebody was writing goes when they leave"

    page.goto("/login?next=/settings/security")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_text("Petras Schreibtischrechner")).to_be_visible()
    log_out(page)

    log_in(page, person.username)
    expect(page.get_by_role("heading", name="One more step.")).to_be_visible()
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_label("You: Petra Kästner")).to_be_visible()


def test_codes_of_an_app_guard_the_log_in(
    open_page: Callable[..., Page], installation: Installation, troubles: Troubles
) -> None:
    troubles.expect("422.*/authenticator/confirm")
    person = add_person_to(installation, "tomas", "Tomás")
    page = open_page()
    log_in(page, person.username)
    page.goto("/settings/security")
    page.get_by_role("button", name="Set up an app").click()
    expect(page.get_by_role("img", name="A QR code")).to_be_visible()
    app = pyotp.TOTP((page.locator(".secret").text_content() or "").replace(" ", ""))
    step = int(time.time()) // 30
    page.get_by_label("Code", exact=True).fill("000000" if app.generate_otp(step) != "000000" else "111111")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_text("That code is not right")).to_be_visible()
    page.get_by_label("Code", exact=True).fill(app.generate_otp(int(time.time()) // 30 - 1))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    code = page.locator(".code-list code").first.text_content() or ""
    page.get_by_role("link", name="I have kept them").click()
    log_out(page)

    log_in(page, person.username)
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    page.get_by_label("Code", exact=True).fill(app.generate_otp(int(time.time()) // 30))
    page.get_by_label("Do not ask here for 30 days").check()
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("You: Tomás")).to_be_visible()
    page.goto("/settings/sessions")
    page.get_by_role("button", name="Ask again").click()
    log_out(page)

    log_in(page, person.username)
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(code.upper())
    page.keyboard.press("Enter")
    expect(page.get_by_label("You: Tomás")).to_be_visible()
