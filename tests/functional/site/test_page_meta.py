"""What pages say of themselves: open graph, player cards, schema.org."""

import json
import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import User
from tests.conftest import store_of
from tests.factories.media import add_picture
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.harness.browser import Browser
from tests.harness.html import Page
from tests.harness.kinds import MakeMedium, MakePerson

BASE = "http://127.0.0.1"


@pytest.fixture
def ana(make_person: MakePerson) -> User:
    return make_person(username="ana", role="artist", display_name="Ana", links=["https://ana.example"])


def said(page: str) -> tuple[dict[str, str], dict[str, Any]]:
    """The meta elements by name, and the schema.org data."""
    metas = {tag.get("property") or tag.get("name", ""): tag.get("content", "") for tag in Page(page).all("meta")}
    data = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert data
    return metas, json.loads(data[1])


@pytest.mark.usefixtures("explicit_for_all")
def test_a_film_has_a_player_card_and_is_a_video_object(client: Browser, ana: User, make_medium: MakeMedium) -> None:
    film = make_medium(ana, "video", slug="film", artwork=True, title='</script> "A" film', explicit=True)
    metas, data = said(client.get("/@ana/film").text)
    player = f"{BASE}/embed/media/{film.public_id}"
    assert (metas["og:type"], metas["og:title"]) == ("video.other", '</script> "A" film')
    assert metas["og:url"] == f"{BASE}/@ana/film"
    assert metas["og:video"] == metas["twitter:player"] == data["embedUrl"] == player
    assert metas["twitter:card"] == "player"
    assert metas["og:image"] == metas["twitter:image"] == data["thumbnailUrl"]
    assert client.get(metas["og:image"].removeprefix(BASE).replace("1280", "640")).status_code in {200, 404}
    assert data["@type"] == "VideoObject"
    assert (data["duration"], data["isFamilyFriendly"]) == ("PT12S", False)
    assert data["uploadDate"]
    assert data["author"]["url"] == f"{BASE}/@ana"


def test_a_song_is_a_recording_and_an_episode_is_audio(client: Browser, ana: User, make_medium: MakeMedium) -> None:
    make_medium(ana, slug="song", realm_slug="music")
    make_medium(ana, slug="talk", realm_slug="voice")
    metas, data = said(client.get("/@ana/song").text)
    assert (metas["og:type"], data["@type"], data["byArtist"]["name"]) == ("music.song", "MusicRecording", "Ana")
    assert said(client.get("/@ana/talk").text)[1]["@type"] == "AudioObject"


def test_a_person_is_a_profile_with_a_feed(client: Browser, ana: User) -> None:
    page = client.get(f"/@{ana.username}").text
    metas, data = said(page)
    assert (metas["og:type"], metas["og:title"], metas["twitter:card"]) == ("profile", "Ana", "summary")
    assert (data["@type"], data["mainEntity"]["sameAs"]) == ("ProfilePage", ["https://ana.example"])
    assert f'type="application/rss+xml" title="Ana" href="{BASE}/@ana/feed.xml"' in page


def test_a_post_shows_its_first_picture(client: Browser, ana: User, db_session: Session) -> None:
    picture = add_picture(db_session, store_of(client.application))
    post = add_post(db_session, ana, "It is *done*.", pictures=((picture, "A quay"),))
    metas, data = said(client.get(f"/@ana/posts/{post.public_id}").text)
    assert (metas["og:description"], metas["og:image:alt"]) == ("It is done.", "A quay")
    assert metas["og:image"] == BASE + picture.src(1280)
    assert (data["@type"], data["headline"]) == ("SocialMediaPosting", "It is done.")


def test_sets_are_what_they_are(client: Browser, ana: User, make_medium: MakeMedium, db_session: Session) -> None:
    song = make_medium(ana, artwork=True)
    types = {}
    for kind in ("playlist", "album", "ep", "series", "podcast"):
        one = add_set(db_session, ana, [song], kind=kind)
        page = client.get(f"/@ana/sets/{one.slug}").text
        metas, data = said(page)
        types[kind] = data["@type"]
        assert metas["twitter:player"] == metas["og:video"] == f"{BASE}/embed/sets/{one.public_id}"
        assert metas["og:image"].startswith(f"{BASE}/pictures/")
        assert f'href="{BASE}/@ana/sets/{one.slug}/feed.xml"' in page
    assert types == {
        "playlist": "MusicPlaylist", "album": "MusicAlbum", "ep": "MusicAlbum", "series": "TVSeries",
        "podcast": "PodcastSeries",
    }  # fmt: skip
    hidden = add_set(db_session, ana, [song], visibility="unlisted")
    page = client.get(f"/@ana/sets/{hidden.slug}?s={hidden.link_secret}").text
    assert 'content="noindex"' in page
    assert "og:" not in page
    assert "ld+json" not in page
