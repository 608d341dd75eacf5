"""A Chromium, and one real installation with a small community that all browser tests share.

Under pytest-xdist they run one after the other in one worker (see ``dealing``), so that there is one of each.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from sqlalchemy import delete

from app.accounts.door_models import Throttle
from app.extensions import db
from tests.browser.community import Community, Person, add_person_to, add_records, make_community
from tests.browser.installation import Installation
from tests.browser.screens import DESKTOP
from tests.browser.watch import Troubles
from tests.factories.people import PASSWORD
from tests.harness.engines import Engines

HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-quic", "--disable-background-networking",
    "--disable-gpu", "--disable-gpu-compositing", "--disable-gpu-rasterization", "--disable-software-rasterizer",
]  # fmt: skip
SWIFTSHADER = "--enable-unsafe-swiftshader"
"""What Playwright asks for, a graphics card in software: painting without one takes a seventh less of the processor."""
PATIENCE_MS = 20_000
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, before ``-m`` chooses."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


# The browser ----------------------------------------------------------------------------------------------------------


def find_browser(playwright: Playwright) -> str | None:
    """A Chromium on this machine, as ``scripts/browser.sh`` looks for one: Debian's, or Playwright's."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    own = playwright.chromium.executable_path
    return found or (own if Path(own).exists() else None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium. Without one the tests count as not run; CI fails."""
    with sync_playwright() as playwright:
        path = find_browser(playwright)
        if path is None:
            say = pytest.fail if os.environ.get("CI") else pytest.skip
            say("NOT RUN: there is no Chromium on this machine; `make browser` installs one.")
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS, ignore_default_args=[SWIFTSHADER])
        yield browser
        browser.close()


# The installation -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def installation(
    chromium: Browser, engines: Engines, kept_apps: dict[str, Flask], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Every process of Soundstage, running."""
    assert chromium.is_connected()  # without a browser none of this is needed
    running = Installation(tmp_path_factory.mktemp("installation"), engines)
    # Extensions are shared by the applications of a process: a kept one is made anew by whoever asks next.
    kept = kept_apps.pop("app", None)
    if kept is not None:
        with kept.app_context():
            for engine in db.engines.values():
                engine.dispose()
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for recordings."""
    return tmp_path_factory.mktemp("recordings")


@pytest.fixture(scope="session")
def community(installation: Installation, recorded: Path) -> Community:
    """The people, and their works, made."""
    return make_community(installation, recorded)


@pytest.fixture(scope="session")
def records(installation: Installation) -> list[str]:
    """The titles of some thirty works by Edda, more than one page of a list shows."""
    edda = add_person_to(installation, "edda", "Edda")
    return add_records(installation, edda, 30)


# Looking --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def troubles(installation: Installation) -> Iterator[Troubles]:
    """What went wrong in the browser; the test fails for it, unless it said that it would."""
    seen = Troubles(installation.url)
    yield seen
    seen.check()


@pytest.fixture
def new_context(
    chromium: Browser, installation: Installation, troubles: Troubles
) -> Iterator[Callable[..., BrowserContext]]:
    """``new_context(person, **options)``: a browser profile of its own, ``person`` logged in; watched."""
    made: list[BrowserContext] = []

    def make(person: Person | None = None, **options: Any) -> BrowserContext:
        context = chromium.new_context(**{"base_url": installation.url, "viewport": DESKTOP, **options})
        made.append(context)
        with installation.services():
            db.session.execute(delete(Throttle))  # what others guessed from this machine is forgiven
        context.set_default_timeout(PATIENCE_MS)
        troubles.watch(context)
        if person is not None:
            log_in(context, person)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def open_page(new_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """``open_page("/music", person, **options)``: a page in a new profile, with that address loaded."""

    def make(address: str = "", person: Person | None = None, **options: Any) -> Page:
        page = new_context(person, **options).new_page()
        if address:
            page.goto(address)
        return page

    return make


def log_in(context: BrowserContext, person: Person) -> None:
    """Through the form, without looking at it."""
    token = _TOKEN.search(context.request.get("/login").text())
    assert token
    answer = context.request.post(
        "/login",
        form={"csrf_token": unescape(token[1]), "login": person.username, "password": PASSWORD},
        headers={"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"},  # as a page's own form says
    )
    assert answer.ok, answer.text()
