"""A medium plays in a frame on somebody else's page; nothing else lets itself be framed."""

from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.community import Community
from tests.browser.installation import Installation
from tests.browser.watch import Troubles


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: Any) -> None:
        """Nothing: pytest shows what matters."""


@pytest.fixture
def other_site(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """``other_site("https://…")``: the address of a page, on another origin, with that in a frame."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path)))
    thread = Thread(target=server.serve_forever)
    thread.start()

    def make(address: str) -> str:
        (tmp_path / "page.html").write_text(
            f'<!doctype html><link rel="icon" href="data:,"><title>Elsewhere</title>'
            f'<iframe src="{address}" width="640" height="360" allow="autoplay; fullscreen"></iframe>'
        )
        return f"http://localhost:{server.server_port}/page.html"

    yield make
    server.shutdown()
    thread.join()
    server.server_close()


def time_in(frame: FrameLocator, element: str) -> Callable[[float], None]:
    """Waits until the frame's element has played beyond a second."""

    def wait(beyond_s: float) -> None:
        frame.locator(element).evaluate(
            """(element, beyond_s) => new Promise((resolve) => {
              const look = () => !element.paused && element.currentTime > beyond_s && resolve()
              element.addEventListener('timeupdate', look)
              look()
            })""",
            beyond_s,
        )

    return wait


def test_a_song_plays_on_another_site(
    installation: Installation, community: Community, other_site: Callable[[str], str], open_page: Callable[..., Page]
) -> None:
    page = open_page(other_site(f"{installation.url}/embed/media/{community.song.public_id}?colour=ff8800"))
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Play Night Bus", exact=True).first.click()
    expect(frame.get_by_role("button", name="Pause Night Bus", exact=True)).to_be_visible()
    time_in(frame, "audio:not([controls])")(1)


def test_a_film_plays_on_another_site_from_where_one_wants(
    installation: Installation, community: Community, other_site: Callable[[str], str], open_page: Callable[..., Page]
) -> None:
    page = open_page(other_site(f"{installation.url}/embed/media/{community.film.public_id}?t=6"))
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Play Harbour").click()
    time_in(frame, "video")(6.2)
    assert frame.locator("video").evaluate("(video) => video.getVideoPlaybackQuality().totalVideoFrames") > 2


@pytest.mark.parametrize("address", ["/", "/login", "medium"])
def test_no_other_page_can_be_framed(
    address: str,
    installation: Installation,
    community: Community,
    other_site: Callable[[str], str],
    open_page: Callable[..., Page],
    troubles: Troubles,
) -> None:
    troubles.expect("frame-ancestors|X-Frame-Options|ERR_BLOCKED_BY_RESPONSE")
    page = open_page(other_site(installation.url + (community.song.url if address == "medium" else address)))
    framed = page.frames[-1]
    while not framed.url:
        page.wait_for_timeout(50)
    assert framed.url.startswith("chrome-error://"), framed.url
