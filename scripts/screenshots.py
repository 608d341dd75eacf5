"""Takes the pictures of docs/screenshots from a running installation with the demo content.

make run DATA_DIR=/tmp/pictures PORT=8010
.venv/bin/python scripts/screenshots.py http://127.0.0.1:8010 /tmp/pictures/demo-accounts.json
"""  # noqa: INP001 - a script

import json
import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

TARGET = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}
ARTIST = "kessel_nord"
FAN = "front_row"
MODERATOR = "front_of_house"


def main(base: str, accounts: Path) -> None:
    """Take every picture."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
        )
        home = _page(browser, base + "/")
        _take(home, "home")
        track = _page(browser, base + "/@nawal_sarab/slow-water")
        track.locator("main [data-play]").first.click()
        track.wait_for_timeout(6000)
        _take(track, "track")
        film = _page(browser, base + "/@lantern_and_moth/the-keepers-interval", theme="dark")
        film.locator("video").first.evaluate("video => { video.muted = true; video.play() }")
        film.wait_for_timeout(9000)
        film.mouse.move(700, 500)
        film.wait_for_timeout(400)
        _take(film, "film")
        _take(_page(browser, base + "/voice", theme="light"), "voice-light")
        _take(_page(browser, base + "/@nawal_sarab", theme="light"), "artist-light")
        _take(_page(browser, base + "/music", size=NARROW), "music-narrow")
        feed = _member(browser, base, accounts, FAN)
        feed.goto(base + "/feed")
        feed.wait_for_timeout(1500)
        _take(feed, "feed")
        _take(_page(browser, base + "/@front_row/sets/last-train-window-seat", theme="light"), "set-light")
        _take(_upload(browser, base, accounts), "upload")
        case = _member(browser, base, accounts, MODERATOR)
        case.goto(base + "/admin/queue?kind=medium")
        case.get_by_role("button", name="Next case").click()
        case.wait_for_timeout(2500)
        _take(case, "case")
        browser.close()


def _member(browser: Browser, base: str, accounts: Path, username: str) -> Page:
    """The home page of somebody who is logged in."""
    person = next(one for one in json.loads(accounts.read_text()) if one["username"] == username)
    page = _page(browser, base + "/login")
    page.get_by_label("Email or username").fill(person["email"])
    page.get_by_label("Password").fill(person["password"])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(base + "/")
    _dismiss(page)
    return page


def _upload(browser: Browser, base: str, accounts: Path) -> Page:
    """Two files on their way, on a slow line; they are given up afterwards."""
    page = _member(browser, base, accounts, ARTIST)
    page.goto(base + "/upload")
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 40, "downloadThroughput": 4_000_000, "uploadThroughput": 1_500_000},
    )
    files = [
        {"name": "Nachtfahrt (final mix).wav", "mimeType": "audio/wav", "buffer": b"RIFF" + os.urandom(22_000_000)},
        {"name": "Autobahn live in Essen.mov", "mimeType": "video/quicktime", "buffer": os.urandom(26_000_000)},
    ]
    page.locator('input[type="file"]').first.set_input_files(files)  # type: ignore[arg-type]  # FilePayload is such a dict
    page.wait_for_timeout(8000)
    return page


def _page(browser: Browser, url: str, *, theme: str = "dark", size: dict[str, int] = WIDE) -> Page:
    context = browser.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]  # as Playwright names them
    page = context.new_page()
    page.goto(url)
    _dismiss(page)
    page.goto(url)
    page.wait_for_timeout(1500)
    return page


def _dismiss(page: Page) -> None:
    """Put away what the demo announces."""
    for _ in range(page.get_by_label("Do not show this again").count()):
        with page.expect_navigation():
            page.get_by_label("Do not show this again").first.click()


def _take(page: Page, name: str) -> None:
    page.screenshot(path=TARGET / f"{name}.jpg", type="jpeg", quality=80)
    page.context.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]))
