"""Sockets: who may watch the making of a work, and that word of a change goes from process to process through Redis."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3
from flask import Flask
from simple_websocket import Client  # type: ignore[import-untyped]  # its stubs are a package of their own

from app.accounts.models import User
from app.core.live import announce
from app.media.models import Medium
from tests.factories import media_files
from tests.functional.media.studio import Studio, served
from tests.functional.media.uploader import Uploader
from tests.harness import work
from tests.harness.browser import Browser

PATH = "/socket.io/?EIO=4&transport=websocket"


class Socket:
    """A page's socket, as the vendored client speaks it: Engine.IO 4 over a websocket, Socket.IO 5 in it."""

    def __init__(self, address: str, cookie: str = "") -> None:
        url = address.replace("http", "ws", 1) + PATH
        headers = {"Origin": "http://127.0.0.1"} | (
            {"Cookie": cookie} if cookie else {}
        )  # the client's Host has no port
        self._wire = Client(url, headers=headers)
        self._wire.send(
            "40"
        )  # at once: what came along with the handshake, this client reads with the next packet only
        assert self._read().startswith("0")
        assert self._read().startswith("40")

    def _read(self, seconds: float = 5.0) -> str:
        return str(self._wire.receive(timeout=seconds) or "")

    def watch(self, said: Any) -> Any:
        """The answer to ``watch``."""
        return self.say("watch", said)

    def say(self, name: str, said: Any) -> Any:
        """The answer to a message."""
        self._wire.send("420" + json.dumps([name, said]))
        while (answer := self._read()) and not answer.startswith("430"):
            pass
        return json.loads(answer[3:])[0]

    def heard(self, seconds: float = 5.0) -> list[str]:
        """The topic that it hears of next; nothing when it is quiet for so long."""
        answer = self._read(seconds)
        return [json.loads(answer[2:])[1]["topic"]] if answer.startswith('42["changed"') else []

    def close(self) -> None:
        """Hang up."""
        self._wire.close()


@pytest.fixture
def watching(app: Flask) -> Iterator[Callable[..., Socket]]:
    """``watching(browser)``: a socket with that browser's cookies, to a server that runs."""
    sockets: list[Socket] = []
    with served(app) as address:

        def connect(browser: Browser | None = None) -> Socket:
            name = app.config["SESSION_COOKIE_NAME"]
            cookie = browser.get_cookie(name, domain="127.0.0.1") if browser else None
            sockets.append(Socket(address, f"{name}={cookie.value}" if cookie else ""))
            return sockets[-1]

        yield connect
        for socket in sockets:
            socket.close()


def test_the_owner_watches_a_draft_and_others_what_they_may_see(
    watching: Callable[..., Socket], ana: Uploader, artist: User, client: Browser,
    make_medium: Callable[..., Medium], make_person: Callable[..., User], uploader_of: Callable[..., Uploader],
) -> None:  # fmt: skip
    lee = uploader_of(make_person())
    sockets = {"owner": watching(ana.browser), "other": watching(lee.browser), "stranger": watching(client)}
    for values, others_may in (
        ({}, True),
        ({"published_at": None}, False),
        ({"visibility": "private"}, False),
        ({"visibility": "unlisted", "link_secret": "x"}, False),
        ({"state": "removed"}, False),
    ):
        topic = f"making:{make_medium(artist, **values).public_id}"
        said = {name: socket.watch({"topic": topic})["ok"] for name, socket in sockets.items()}
        assert said == {"owner": True, "other": others_may, "stranger": others_may}, values


def test_who_has_the_secret_link_watches_what_is_unlisted(
    watching: Callable[..., Socket], artist: User, make_medium: Callable[..., Medium]
) -> None:
    topic = f"making:{make_medium(artist, visibility='unlisted', link_secret='the-right-secret').public_id}"
    socket = watching()
    for secret, ok in ((None, False), ("wrong", False), (["the-right-secret"], False), ("the-right-secret", True)):
        assert socket.watch({"topic": topic, "secret": secret})["ok"] is ok


@pytest.mark.parametrize("action", ["private", "unpublish", "delete", "secret"])
def test_whoever_listens_is_told_at_once_that_access_has_ended(
    watching: Callable[..., Socket], app: Flask, ana: Uploader, artist: User, client: Browser,
    make_medium: Callable[..., Medium], action: str,
) -> None:  # fmt: skip
    visibility = "unlisted" if action == "secret" else "public"
    medium = make_medium(artist, visibility=visibility, link_secret="the-right-secret", files=True)
    listener = watching()
    assert listener.watch({"topic": f"making:{medium.public_id}", "secret": "the-right-secret"})["ok"]
    position = f"/media/{medium.public_id}/position?s=the-right-secret"
    assert client.post(position, json={"position_ms": 1}).status_code == 204
    said = {"visibility": "private", "confirm": "y", "csrf_token": ana.token}
    form = "visibility" if action == "private" else action
    assert ana.browser.post(f"/studio/media/{medium.public_id}/{form}", data=said).status_code == 303
    work.relay(app)
    assert listener.heard() == [f"making:{medium.public_id}"]
    assert client.post(position, json={"position_ms": 1}).status_code == 404, "so its player stops"


@pytest.mark.parametrize(
    "said",
    [None, "", "making:", [], {}, {"topic": None}, {"topic": "making:nothing"}, {"topic": "making:" + "x" * 500},
     {"topic": "making:\0"}, {"topic": "making:\ud800"}, {"topic": "user:1"}, {"topic": ["making:"]}],
)  # fmt: skip
def test_what_is_no_topic_is_not_watched(watching: Callable[..., Socket], said: Any) -> None:
    assert watching().watch(said) == {"ok": False}


def test_a_person_who_was_logged_out_watches_nothing_more(
    watching: Callable[..., Socket], ana: Uploader, artist: User, make_medium: Callable[..., Medium]
) -> None:
    socket = watching(ana.browser)
    assert ana.browser.post("/logout", data={"csrf_token": ana.token}).status_code == 303
    assert socket.watch({"topic": f"making:{make_medium(artist, published_at=None).public_id}"}) == {"ok": False}


def test_word_from_another_process_reaches_those_who_watch_and_nobody_else(
    watching: Callable[..., Socket], app: Flask, ana: Uploader, artist: User,
    make_medium: Callable[..., Medium],
) -> None:  # fmt: skip
    mine, other = (f"making:{make_medium(artist).public_id}" for _ in range(2))
    socket, idle = watching(ana.browser), watching()
    assert socket.watch({"topic": mine})["ok"]
    with app.app_context():
        announce(other)
        announce(mine)
    assert socket.heard() == [mine]
    assert idle.heard(0.2) == []


def test_a_worker_tells_the_page_how_far_it_is(watching: Callable[..., Socket], studio: Studio) -> None:
    public_id = studio.upload(media_files.sound("mp3"))
    socket = watching(studio.uploader.browser)
    assert socket.watch({"topic": f"making:{public_id}"})["ok"]
    studio.steps()
    assert socket.heard() == [f"making:{public_id}"]
    progress = studio.uploader.browser.get_partial(f"/studio/media/{public_id}/progress")
    assert progress.status_code == 200
    assert f'data-live="making:{public_id}"' in progress.text or "Everything is ready." in progress.text
    assert "<html" not in progress.text


def test_an_announcement_without_redis_is_no_error(make_app: Callable[..., Flask]) -> None:
    with make_app(redis_url="redis://127.0.0.1:1/0").app_context():
        announce("making:x")


def test_sockets_come_from_our_own_pages_alone(app: Flask) -> None:
    upgrade = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    with served(app) as address, urllib3.PoolManager(retries=False) as pool:
        for origin in ("https://elsewhere.example", "null", address.replace("http:", "https:")):
            answer = pool.request("GET", address + PATH, headers={**upgrade, "Origin": origin}, timeout=5)
            assert answer.status == 400, origin
        polling = PATH.replace("websocket", "polling")
        assert pool.request("GET", address + polling, headers={"Origin": address}, timeout=5).status == 400
