"""oEmbed: what other sites show for our addresses; nothing that a stranger may not see."""

import re
from html import unescape
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.harness.browser import Browser
from tests.harness.kinds import Login, MakeMedium, MakePerson

BASE = "http://127.0.0.1"


@pytest.fixture
def ana(make_person: MakePerson) -> User:
    return make_person(username="ana", role="artist", display_name="Ana")


def ask(client: Browser, url: str, **query: str) -> Any:
    return client.get("/oembed", query_string={"url": url, **query})


def test_a_video_is_a_frame_that_keeps_its_shape(client: Browser, ana: User, make_medium: MakeMedium) -> None:
    film = make_medium(ana, "video", artwork=True, slug="film", title='A "film" <b>')
    answer = ask(client, f"{BASE}/@ana/film?t=3", maxwidth="320")
    assert answer.mimetype == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    said = answer.get_json()
    assert (said["version"], said["type"], said["width"], said["height"]) == ("1.0", "video", 320, 180)
    assert (said["title"], said["author_name"], said["author_url"]) == ('A "film" <b>', "Ana", f"{BASE}/@ana")
    assert (said["provider_name"], said["provider_url"]) == ("Soundstage", BASE)
    assert said["thumbnail_url"].startswith(f"{BASE}/pictures/")
    assert (said["thumbnail_width"], said["thumbnail_height"]) == (640, 640)
    assert f'src="{BASE}/embed/media/{film.public_id}"' in said["html"]
    assert "<b>" not in said["html"]
    assert client.get(f"/embed/media/{film.public_id}").status_code == 200
    small = ask(client, f"{BASE}/@ana/film", maxheight="90").get_json()
    assert (small["width"], small["height"]) == (160, 90)


def test_a_song_and_a_set_are_frames(client: Browser, ana: User, make_medium: MakeMedium, db_session: Session) -> None:
    song = make_medium(ana, slug="song")
    one = add_set(db_session, ana, [song], slug="mine", title="Mine")
    said = ask(client, f"{BASE}/@ana/song", maxwidth="300", maxheight="many").get_json()
    assert (said["type"], said["width"], said["height"]) == ("rich", 300, 180)
    said = ask(client, f"{BASE}/@ana/sets/mine").get_json()
    assert (said["type"], said["title"]) == ("rich", "Mine")
    assert f"/embed/sets/{one.public_id}" in said["html"]


def test_a_person_and_a_post_are_links(client: Browser, ana: User, db_session: Session) -> None:
    said = ask(client, f"{BASE}/@ana").get_json()
    assert (said["type"], said["title"]) == ("link", "Ana")
    assert "html" not in said
    post = add_post(db_session, ana, "It is *done*.")
    assert ask(client, f"{BASE}/@ana/posts/{post.public_id}").get_json()["title"] == "It is done."


def test_it_answers_in_xml_too_and_in_nothing_else(client: Browser, ana: User, make_medium: MakeMedium) -> None:
    make_medium(ana, slug="song", title="Tick & <tock>\x0b")
    answer = ask(client, f"{BASE}/@ana/song", format="xml")
    root = ET.fromstring(answer.data)
    assert (root.tag, root.findtext("title"), root.findtext("type")) == ("oembed", "Tick & <tock>", "rich")
    assert "<iframe" in root.findtext("html", "")
    for other in ("yaml", "JSON", ""):
        assert ask(client, f"{BASE}/@ana/song", format=other).status_code == 501
    assert client.get("/oembed").status_code == 400


@pytest.mark.parametrize(
    "values",
    [{"visibility": "unlisted"}, {"visibility": "private"}, {"published_at": None}, {"state": "removed"},
     {"withheld": True}, {"available_until": now()}, {"with_version": False}],
)  # fmt: skip
def test_what_strangers_may_not_see_is_not_there_for_its_owner_either(
    client: Browser, ana: User, make_medium: MakeMedium, login: Login, db_session: Session, values: dict[str, Any]
) -> None:
    hidden = make_medium(ana, slug="hidden", **values)
    login(client, ana)
    assert ask(client, f"{BASE}/@ana/hidden").status_code == 404
    assert ask(client, f"{BASE}/@ana/hidden?s={hidden.link_secret}").status_code == 404
    add_set(db_session, ana, [], visibility="unlisted", slug="mine")
    assert ask(client, f"{BASE}/@ana/sets/mine").status_code == 404


@pytest.mark.parametrize(
    "url",
    ["https://elsewhere.example/@ana", "ftp://127.0.0.1/@ana", "http://127.0.0.1.evil.example/@ana", "/@nobody",
     f"{BASE}/@nobody", f"{BASE}/music", f"{BASE}/", f"{BASE}/@ana/none", f"{BASE}/@ana/sets/none",
     f"{BASE}/@ana/posts/none", f"{BASE}/@ana/a/b/c", f"{BASE}/@ana/%00", "http://[", "\0", "x" * 3000,
     "http://127.0.0.1@elsewhere.example/@ana"],
)  # fmt: skip
def test_addresses_of_others_and_of_nothing_are_not_found(client: Browser, ana: User, url: str) -> None:
    assert ana
    assert ask(client, url).status_code == 404


def test_somebody_who_goes_is_not_found(client: Browser, ana: User, db_session: Session) -> None:
    db_session.get_one(User, ana.id).deletion_due_at = now()
    db_session.commit()
    assert ask(client, f"{BASE}/@ana").status_code == 404


def test_pages_say_where_to_ask(client: Browser, ana: User, make_medium: MakeMedium, db_session: Session) -> None:
    make_medium(ana, "video", slug="film", artwork=True, title="A </script><b>film")
    post = add_post(db_session, ana, "Words")
    for path in ("/@ana", "/@ana/film", f"/@ana/posts/{post.public_id}", "/@ana/posts"):
        page = client.get(path).text
        for kind in ("application/json+oembed", "text/xml+oembed"):
            found = re.search(rf'<link rel="alternate" type="{re.escape(kind)}"[^>]*href="([^"]+)"', page)
            assert found, (path, kind)
            assert client.get(unescape(found[1]).removeprefix(BASE)).status_code == 200
    page = client.get("/@ana/film").text
    assert quote(f"{BASE}/@ana/film", safe="") in page


def test_an_unlisted_page_says_nothing_to_machines(client: Browser, ana: User, make_medium: MakeMedium) -> None:
    hidden = make_medium(ana, "audio", "ready", "unlisted", slug="hidden", artwork=True)
    page = client.get(f"/@ana/hidden?s={hidden.link_secret}").text
    assert '<meta name="robots" content="noindex">' in page
    for mark in ("og:", "twitter:", "oembed", "ld+json", "canonical"):
        assert mark not in page
