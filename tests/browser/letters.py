"""Mail that the browser's installation sent: files below its data folder."""

import time

from playwright.sync_api import Page

from tests.browser.installation import Installation
from tests.harness.mail import MailOutbox, link_path

PATIENCE_S = 20


def mailed_path(installation: Installation, address: str) -> str:
    """The path of the link in the newest mail to ``address``; waits for it."""
    outbox = MailOutbox(installation.folder / "data" / "mail")
    deadline = time.monotonic() + PATIENCE_S
    while not (found := outbox.to(address)):
        assert time.monotonic() < deadline, f"No mail came to {address}.\n{installation.logs()}"
        time.sleep(0.05)
    return link_path(found[-1])


def confirm_sign_up(page: Page, installation: Installation, address: str) -> None:
    """Open the link that makes an account, and press its button."""
    page.get_by_role("heading", name="Look into your mail.").wait_for()
    page.goto(mailed_path(installation, address))
    page.get_by_role("button", name="Confirm and come in").click()
