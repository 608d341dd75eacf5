"""What is for adults: who sees, plays and finds it, and the one click that opens it."""

from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core import options
from app.core.pictures import Picture
from app.extensions import db
from app.media.models import Medium, Version
from app.media.services import publishing
from tests.factories.posts import add_post
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeMedium, MakePerson, Settle

QUESTION = "For people of 18 or more"


@pytest.fixture
def artist(make_person: MakePerson) -> User:
    return make_person(role="artist")


@pytest.fixture(params=["explicit", "age_restricted"])
def medium(request: pytest.FixtureRequest, artist: User, make_medium: MakeMedium) -> Medium:
    return make_medium(artist, title="After Dark", files=True, artwork=True, **{request.param: True})


def version_of(session: Session, medium: Medium) -> Version:
    session.expire_all()
    return session.get_one(Version, medium.version_id)


def artwork_of(session: Session, medium: Medium) -> Picture:
    session.expire_all()
    return session.get_one(Picture, medium.artwork_id)


def page(medium: Medium, artist: User) -> str:
    return f"/@{artist.username}/{medium.slug}"


def test_a_stranger_is_asked_once_and_this_browser_remembers_it(
    app: Flask, client: Browser, medium: Medium, artist: User
) -> None:
    locked = client.get(page(medium, artist))
    assert (locked.status_code, QUESTION in locked.text, "After Dark" in locked.text) == (200, True, True)
    assert "no-store" in locked.headers["Cache-Control"]
    assert "master.m3u8" not in locked.text
    assert client.get(f"/media/{medium.public_id}/playback").status_code == 403
    said = client.submit("/age", {"next": page(medium, artist)})
    assert (said.status_code, said.location) == (303, page(medium, artist))
    opened = client.get(page(medium, artist))
    assert QUESTION not in opened.text
    assert client.get(f"/media/{medium.public_id}/playback").status_code == 200
    assert QUESTION in browser_of(app).get(page(medium, artist)).text


def test_a_member_is_asked_once_for_good_and_can_take_it_back(
    app: Flask, client: Browser, medium: Medium, artist: User, make_person: MakePerson, login: Login
) -> None:
    fan = make_person()
    login(client, fan)
    assert QUESTION in client.get(page(medium, artist)).text
    client.submit("/age", {"next": "https://elsewhere.example/"})
    assert QUESTION not in login(browser_of(app), fan).get(page(medium, artist)).text
    client.submit("/settings/data/age/withdrawal")
    assert QUESTION in client.get(page(medium, artist)).text


def test_no_byte_of_it_goes_to_whoever_has_not_said_so(client: Browser, medium: Medium, db_session: Session) -> None:
    key = version_of(db_session, medium).delivery_key
    assert client.get(f"/media/public/{key}/240p-0000.mp4").status_code == 403
    for name in ("master.m3u8", "sound.m4a"):
        assert client.get(f"/media/restricted/{key}/-/{name}").status_code == 403
    assert client.get(f"/media/gate/{key}/-").status_code == 403
    client.submit("/age")
    assert client.get(f"/media/restricted/{key}/-/master.m3u8").status_code == 200
    assert client.get(f"/media/gate/{key}/-").status_code == 204
    assert client.get(f"/media/public/{key}/master.m3u8").status_code == 403  # caches keep what lies there


def test_the_embed_leads_to_the_works_own_page(client: Browser, medium: Medium, artist: User) -> None:
    framed = client.get(f"/embed/media/{medium.public_id}").text
    assert QUESTION in framed
    assert page(medium, artist) in framed
    assert "<video" not in framed
    assert "<audio" not in framed


def test_feeds_and_the_sitemap_leave_it_out_and_search_labels_it(client: Browser, medium: Medium, artist: User) -> None:
    assert "After Dark" not in client.get(f"/@{artist.username}/feed.xml").text
    assert medium.slug not in client.get("/sitemaps/media.xml").text
    found = client.get("/search?q=after").text
    assert "After Dark" in found
    assert ("For adults" if medium.age_restricted else "Explicit") in found


@pytest.mark.usefixtures("medium")
def test_what_plays_next_is_for_everyone(client: Browser, artist: User, make_medium: MakeMedium) -> None:
    other = make_medium(artist, title="Before Dark")
    assert "After Dark" not in client.get(page(other, artist)).text
    client.submit("/age")
    assert "After Dark" in client.get(page(other, artist)).text


def test_its_artist_sees_and_plays_it_without_being_asked(
    client: Browser, medium: Medium, artist: User, login: Login
) -> None:
    login(client, artist)
    assert QUESTION not in client.get(page(medium, artist)).text


@pytest.mark.parametrize("change", [{"age.adult": 0}, {"age.explicit": False}])
def test_operators_ask_for_less(
    app: Flask, client: Browser, artist: User, make_medium: MakeMedium, change: dict[str, object]
) -> None:
    medium = make_medium(artist, explicit=True)
    restricted = make_medium(artist, age_restricted=True)
    with app.app_context():
        for name, value in change.items():
            options.set_option(name, value, None)
        db.session.commit()
    assert QUESTION not in client.get(page(medium, artist)).text
    assert (QUESTION in client.get(page(restricted, artist)).text) is ("age.adult" not in change)


@pytest.fixture
def restricted(
    app: Flask, artist: User, make_medium: MakeMedium, settle: Settle, db_session: Session
) -> tuple[Medium, str, str]:
    """A work that moderators restrict, with the keys that it had while it was open."""
    medium = make_medium(artist, files=True, artwork=True)
    with app.app_context():
        publishing.publish_medium(db.session.merge(medium))
        db.session.commit()
    settle()
    assert version_of(db_session, medium).exposed
    keys = version_of(db_session, medium).delivery_key, artwork_of(db_session, medium).key
    with app.app_context():
        publishing.restrict_age(db.session.merge(medium), restricted=True)
        db.session.commit()
    settle()
    return medium, *keys


def test_what_moderators_restrict_leaves_its_public_addresses(
    client: Browser, restricted: tuple[Medium, str, str], artist: User, db_session: Session
) -> None:
    medium, key, picture = restricted
    assert not version_of(db_session, medium).exposed
    artwork = artwork_of(db_session, medium)
    assert not artwork.exposed
    assert client.get(f"/media/public/{key}/master.m3u8").status_code == 404
    assert client.get(f"/pictures/{picture}/320.jpg").status_code == 404
    assert client.get(f"/pictures/{artwork.key}/320.jpg").status_code == 403
    assert artwork.key not in client.get(f"/@{artist.username}").text
    client.submit("/age")
    assert client.get(f"/pictures/{artwork.key}/320.jpg").status_code == 200


def test_a_restricted_post_shows_no_words_until_then(client: Browser, artist: User, db_session: Session) -> None:
    post = add_post(db_session, artist, body="Words for grown-ups", age_restricted=True)
    address = f"/@{artist.username}/posts/{post.public_id}"
    locked = client.get(address).text
    assert "Words for grown-ups" not in locked
    assert f"/age?next={quote(address)}" in locked
    client.submit(f"/age?next={address}")
    assert "Words for grown-ups" in client.get(address).text
