"""Every page can be rendered, and leads somewhere: forms have a route that takes them, links a page that answers."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from app.accounts.models import User
from app.core.ids import uuid7
from app.media.models import Caption, CaptionKind, Chapter, Task, TaskKind, TaskState
from app.plays.models import Position
from tests.harness.browser import Browser, browser_of
from tests.harness.html import Page
from tests.harness.kinds import Login, MakeApp, MakeMedium, MakePerson


@pytest.fixture
def artist(make_person: MakePerson, make_medium: MakeMedium, db_session: Session) -> User:
    """Someone with everything that a page can show: works of every kind, state and visibility, and a history."""
    artist = make_person(
        username="artist", role="artist", bio_markdown="I *play*.", location="Beirut",
        links=["https://a.example/x"], email_verified_at=None,
    )  # fmt: skip
    for number in range(26):
        make_medium(artist, slug=f"song-{number}", artwork=number % 2 == 0, genre="Ambient", tags=["rain"])
    film = make_medium(artist, "video", slug="film", artwork=True, description_markdown="**A** film.", explicit=True,
                       credits=[["Light", "Ida"]], downloads_allowed=True, language="de")  # fmt: skip
    make_medium(artist, "video", slug="spoken", realm_slug="voice")
    make_medium(artist, visibility="unlisted", slug="hidden")
    make_medium(artist, visibility="private", slug="mine")
    make_medium(artist, slug="draft", published_at=None)
    failed = make_medium(artist, state="failed", slug="broken", published_at=None)
    making = make_medium(artist, state="processing", slug="making", published_at=None)
    make_medium(artist, state="removed", slug="removed")
    db_session.add_all([
        Caption(id=uuid7(), medium_id=film.id, language="de", label="Deutsch", kind=CaptionKind.CAPTIONS,
                webvtt="WEBVTT\n"),
        Chapter(id=uuid7(), medium_id=film.id, starts_at_ms=0, title="Begin"),
        Task(id=uuid7(), version_id=failed.version_id, kind=TaskKind.AUDIO, state=TaskState.FAILED,
             failure_sentence="This file ends too soon."),
        Task(id=uuid7(), version_id=making.version_id, kind=TaskKind.AUDIO, state=TaskState.RUNNING, progress_pct=40),
        Position(user_id=artist.id, medium_id=film.id, position_ms=4000),
    ])  # fmt: skip
    db_session.commit()
    return artist


STARTS = ["/", "/login", "/signup", "/password/forgot", "/search", "/search?q=song", "/search?q=nothing-like-it"]


def crawl(browser: Browser, app: Flask, limit: int = 150) -> dict[str, Page]:
    """Every page that can be reached by links from the starts."""
    waiting = list(STARTS)
    pages: dict[str, Page] = {}
    answers: dict[str, int] = {}
    adapter = app.url_map.bind("127.0.0.1")
    while waiting and len(pages) < limit:
        path = waiting.pop(0)
        if path in answers:
            continue
        answer = browser.get(path)
        answers[path] = answer.status_code
        if answer.status_code in {301, 303}:
            waiting.append(answer.location)
            continue
        assert answer.status_code == 200, f"{path} answered {answer.status_code}"
        if answer.mimetype != "text/html":
            continue
        pages[path] = page = Page(answer.text)
        for link in page.links:
            parts = urlsplit(urljoin(path, link))
            if not parts.netloc and parts.path and not parts.path.startswith(("/static", "/media")):
                waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))
        for form in page.forms:
            if form.method == "post":
                target = urlsplit(urljoin(path, form.action)).path
                try:
                    adapter.match(target, method="POST")
                except HTTPException as error:
                    raise AssertionError(f"{path} has a form for {target}, which nothing takes") from error
                assert "csrf_token" in form.fields, f"{path}: the form for {target} has no token"
    return pages


@pytest.mark.usefixtures("artist")
def test_every_page_that_a_stranger_can_reach_works(app: Flask) -> None:
    pages = crawl(browser_of(app), app)
    assert {"/", "/music", "/screen", "/voice", "/@artist", "/@artist/film", "/@artist/tracks"} <= set(pages)
    assert any("after=" in path for path in pages)
    assert not any("hidden" in path or "mine" in path or "draft" in path for path in pages)


def test_every_page_that_an_artist_can_reach_works(app: Flask, client: Browser, artist: User, login: Login) -> None:
    pages = crawl(login(client, artist), app)
    assert {"/studio/media", "/upload", "/settings/profile", "/settings/account", "/library/history"} <= set(pages)
    assert sum(path.startswith("/studio/media/") for path in pages) > 20


def test_ids_on_a_page_are_there_once(app: Flask, client: Browser, artist: User, login: Login) -> None:
    login(client, artist)
    for path in ("/", "/music", "/@artist", "/@artist/film", "/settings/account", "/studio/media", "/library/history"):
        ids = [values["id"] for _, values in Page(client.get(path).text).tags if "id" in values]
        assert sorted(ids) == sorted(set(ids)), path
    del app


@pytest.mark.parametrize(
    "path",
    ["/", "/music", "/screen", "/voice", "/search?q=x", "/library/history", "/studio/media", "/@alone", "/upload"],
)
def test_a_page_with_nothing_on_it_invites(client: Browser, make_person: MakePerson, login: Login, path: str) -> None:
    answer = login(client, make_person(username="alone", role="artist")).get(path)
    assert answer.status_code == 200
    assert "undefined" not in answer.text
    assert not re.search(r"\bNone\b", answer.text)  # four letters alone stand in a token now and then


def test_the_style_guide_is_for_builders_only(client: Browser, make_app: MakeApp) -> None:
    assert client.get("/styleguide").status_code == 404
    assert browser_of(make_app(development=True)).get("/styleguide").status_code == 200
