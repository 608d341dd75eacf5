"""Frames of sets and media: who may frame, what they play, and the page where one chooses how they look."""

import re
from html import unescape
from typing import Any

import pytest

from app.accounts.models import User
from app.media.models import Medium
from tests.harness.browser import Browser
from tests.harness.kinds import Login, MakeMedium


def frame_of(page: str) -> str:
    found = re.search(r'<iframe class="embed-preview" src="([^"]*)"', page)
    assert found
    return unescape(found[1])


def code_of(page: str) -> str:
    found = re.search(r'<textarea id="embed-code"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found
    return unescape(found[1])


def test_a_sets_frame_may_be_framed_and_nothing_else_of_it(
    client: Browser, make_set: Any, artist: User, tracks: list[Medium]
) -> None:
    one = make_set(artist, tracks, slug="one")
    answer = client.get(f"/embed/sets/{one.public_id}")
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    for path in (f"/sets/{one.public_id}/embed", "/@artist/sets/one"):
        assert "frame-ancestors 'none'" in client.get(path).headers["Content-Security-Policy"]


def test_a_frame_looks_as_its_address_says_and_foolish_words_are_ignored(
    client: Browser, make_set: Any, artist: User, tracks: list[Medium]
) -> None:
    one = make_set(artist, tracks)
    url = f"/embed/sets/{one.public_id}"
    page = client.get(f"{url}?colour=ff8800&theme=light&start=3").text
    assert 'data-accent="#ff8800"' in page
    assert 'data-theme="light"' in page
    assert f'data-start="{tracks[2].public_id}"' in page
    assert "Play from 3" in page
    page = client.get(f'{url}?colour=red"><script>&theme=evil&start=99999').text
    assert "data-accent" not in page
    assert "data-theme" not in page
    assert "<script>" not in page
    assert "Play all" in page
    assert client.get("/embed/sets/nothing").status_code == 404


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_the_builder_shows_the_frame_that_its_code_makes(
    client: Browser, artist: User, make_medium: MakeMedium, kind: str
) -> None:
    medium = make_medium(artist, kind, title='A "quoted" <title>')
    base = f"/media/{medium.public_id}/embed"
    page = client.get(f"{base}?size=large&colour=%23FF8800&theme=dark&start=30").text
    assert frame_of(page) == f"/embed/media/{medium.public_id}?t=30&colour=ff8800&theme=dark"
    code = code_of(page)
    assert f'src="http://127.0.0.1/embed/media/{medium.public_id}?t=30&amp;colour=ff8800&amp;theme=dark"' in code
    assert 'title="A &#34;quoted&#34; &lt;title&gt;"' in code
    assert f'height="{240 if kind == "audio" else 480}"' in code
    assert client.get(frame_of(page)).status_code == 200
    plain = client.get_partial(f"{base}?colour=%23FF8800&plain=y&size=huge&start=x&theme=z").text
    assert frame_of(plain) == f"/embed/media/{medium.public_id}"
    assert not plain.lstrip().startswith("<!doctype")


def test_the_builder_of_an_unlisted_thing_needs_its_secret_and_says_that_the_code_holds_it(
    client: Browser, make_set: Any, artist: User, tracks: list[Medium], make_medium: MakeMedium, login: Login
) -> None:
    one = make_set(artist, tracks, visibility="unlisted", link_secret="right")
    medium = make_medium(artist, visibility="unlisted")
    secrets = {f"/sets/{one.public_id}/embed": "right", f"/media/{medium.public_id}/embed": medium.link_secret}
    for url, secret in secrets.items():
        assert client.get(url).status_code == 404
        page = client.get(f"{url}?s={secret}").text
        assert f"s={secret}" in frame_of(page)
        assert f"s={secret}" in code_of(page)
        assert "holds the secret link" in page
    private = make_set(artist, tracks, visibility="private")
    login(client, artist)
    assert "others find nothing" in client.get(f"/sets/{private.public_id}/embed").text


def test_a_works_page_leads_to_the_builder(client: Browser, tracks: list[Medium]) -> None:
    assert f'href="/media/{tracks[0].public_id}/embed"' in client.get(f"/@artist/{tracks[0].slug}").text
