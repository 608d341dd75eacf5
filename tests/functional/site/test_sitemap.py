"""The sitemap: everything that strangers find, in pages that have a bound; and robots.txt."""

import dataclasses
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.site.machines import sitemaps
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.harness.browser import Browser
from tests.harness.kinds import CountStatements, MakeMedium, MakePerson

BASE = "http://127.0.0.1"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
VIDEO = "{http://www.google.com/schemas/sitemap-video/1.1}"


@pytest.fixture
def ana(make_person: MakePerson) -> User:
    return make_person(username="ana", role="artist")


def tree(client: Browser, path: str) -> ET.Element:
    answer = client.get(path.removeprefix(BASE))
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    return ET.fromstring(answer.data)


def index(client: Browser) -> list[str]:
    return [one.text or "" for one in tree(client, "/sitemap.xml").iter(f"{SITEMAP}loc")]


def everything(client: Browser) -> list[str]:
    found = []
    for page in index(client):
        places = tree(client, page)
        assert len(places) <= 50_000
        found += [url.findtext(f"{SITEMAP}loc", "") for url in places.findall(f"{SITEMAP}url")]
    return found


def test_it_lists_what_everyone_finds_and_nothing_else(
    client: Browser, ana: User, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    song = make_medium(ana, slug="song")
    closed: list[dict[str, Any]] = [
        {"visibility": "unlisted"}, {"visibility": "private"}, {"published_at": None}, {"state": "removed"},
        {"withheld": True}, {"available_until": now()}, {"with_version": False},
    ]  # fmt: skip
    for number, values in enumerate(closed):
        make_medium(ana, slug=f"hidden-{number}", **values)
    add_set(db_session, ana, [song], slug="mine")
    add_set(db_session, ana, [song], slug="secret", visibility="unlisted")
    add_set(db_session, ana, [], slug="empty")
    make_person(username="leaving", role="artist", deletion_due_at=now() + timedelta(days=3))
    make_person(username="listener")
    post = add_post(db_session, ana)
    add_post(db_session, ana, withheld=True)
    assert sorted(everything(client)) == sorted(
        f"{BASE}{path}" for path in ("/", "/music", "/screen", "/voice", "/@ana", "/@ana/song", "/@ana/sets/mine",
                                     f"/@ana/posts/{post.public_id}")
    )  # fmt: skip


@pytest.mark.usefixtures("explicit_for_all")
def test_a_video_says_what_search_engines_ask_for(client: Browser, ana: User, make_medium: MakeMedium) -> None:
    film = make_medium(
        ana, "video", artwork=True, slug="film", title="A <film> & more", explicit=True, duration_ms=90_000
    )
    make_medium(ana, "video", slug="bare")
    (video,) = tree(client, "/sitemaps/media.xml").iter(f"{VIDEO}video")
    said = {one.tag.removeprefix(VIDEO): one.text or "" for one in video}
    assert said["title"] == "A <film> & more"
    assert said["player_loc"] == f"{BASE}/embed/media/{film.public_id}"
    assert said["thumbnail_loc"].startswith(f"{BASE}/pictures/")
    assert said["description"]
    assert (said["duration"], said["family_friendly"]) == ("90", "no")


def test_it_comes_in_pages_of_which_none_is_larger_than_it_may_be(
    client: Browser,
    ana: User,
    make_medium: MakeMedium,
    monkeypatch: pytest.MonkeyPatch,
    count_statements: CountStatements,
) -> None:
    small = dataclasses.replace(sitemaps.SECTIONS["media"], size=3)
    monkeypatch.setitem(sitemaps.SECTIONS, "media", small)
    urls = [f"{BASE}/@ana/{make_medium(ana, slug=f'work-{number}').slug}" for number in range(6)]
    pages = [page for page in index(client) if "/media" in page]
    assert len(pages) == 2
    assert [len(tree(client, page)) for page in pages] == [3, 3]
    urls += [f"{BASE}/@ana/{make_medium(ana, slug='work-6').slug}"]
    assert len([page for page in index(client) if "/media" in page]) == 3
    assert sorted(url for url in everything(client) if "work" in url) == sorted(urls)
    with count_statements() as seen:
        tree(client, pages[1])
    assert len(seen) == 1


@pytest.mark.parametrize("name", ["nothing", "media-x", "media-", "sets-zz", "%00", "media-" + "f" * 33])
def test_there_is_no_other_page(client: Browser, name: str) -> None:
    assert client.get(f"/sitemaps/{name}.xml").status_code == (200 if name == "media-" else 404)


def test_whoever_has_it_gets_304(client: Browser) -> None:
    tag = client.get("/sitemap.xml").headers["ETag"]
    assert client.get("/sitemap.xml", headers={"If-None-Match": tag}).status_code == 304


def test_robots_find_the_sitemap_and_stay_out_of_what_is_personal(client: Browser) -> None:
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    assert f"Sitemap: {BASE}/sitemap.xml" in answer.text
    assert "Disallow: /settings" in answer.text
    assert "Disallow: /embed" not in answer.text
