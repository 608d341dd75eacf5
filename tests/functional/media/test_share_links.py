"""Named links: whom they open what to, what counts as a play, and how they end, on every path."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Apart, User
from app.core.clock import now
from app.core.pictures import Picture
from app.media.models import Medium, ShareLink, SharePlay, Version
from app.playlists.models import Set, SetItem
from tests.functional.media.uploader import Uploader
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson

ENDED = "This link has ended. Ask Ana Lindqvist for a new one."
MOST_STATEMENTS = 8


class Shared:
    """A film of Ana's, a link to it, and the addresses of everything that it is made of."""

    def __init__(self, session: Session, medium: Medium, link: ShareLink) -> None:
        self.session = session
        self.medium = medium
        self.id = medium.public_id
        self.link_id = link.id
        self.token = link.token
        self.door = f"/share/{link.token}"
        self.page = f"/@ana/{medium.slug}?s={link.token}"
        self.key = session.scalars(select(Version.delivery_key).where(Version.medium_id == medium.id)).one()
        self.picture = session.get_one(Picture, medium.artwork_id).key
        session.commit()

    def of(self, name: str, secret: str | None = None) -> str:
        """The address of an object."""
        return f"/media/restricted/{self.key}/{secret or self.token}/{name}"

    @property
    def every_path(self) -> list[str]:
        names = (
            "master.m3u8",
            "240p.m3u8",
            "240p-0000.mp4",
            "film.mp4",
            "peaks.json",
            "storyboard.vtt",
            "poster-1.jpg",
        )
        rest = (f"/media/{self.id}/playback", f"/embed/media/{self.id}", f"/pictures/{self.picture}/320.jpg")
        return [self.page, *(self.of(name) for name in names), *(f"{path}?s={self.token}" for path in rest)]

    def link(self) -> ShareLink:
        self.session.expire_all()
        found = self.session.get_one(ShareLink, self.link_id)
        self.session.commit()
        return found

    def change(self, **values: Any) -> None:
        self.session.execute(update(ShareLink).where(ShareLink.id == self.link_id).values(**values))
        self.session.commit()

    def age_plays(self, by: timedelta) -> None:
        self.session.execute(update(SharePlay).values(seen_at=SharePlay.seen_at - by, begun_at=SharePlay.begun_at - by))
        self.session.commit()


def add_link(session: Session, owner: User, thing: Medium | Set, **values: Any) -> ShareLink:
    column = {"set_id": thing.id} if isinstance(thing, Set) else {"medium_id": thing.id}
    link = ShareLink(**column, owner_id=owner.id, **{"recipient": "Mara at the label", **values})
    session.add(link)
    session.commit()
    return link


@pytest.fixture
def share(artist: User, make_medium: MakeMedium, db_session: Session) -> Callable[..., Shared]:
    """``share(play_cap=…, medium={…})``: a private film and a link to it."""

    def make(medium: dict[str, Any] | None = None, **values: Any) -> Shared:
        columns = {"visibility": "private", "title": "Unheard", **(medium or {})}
        made = make_medium(artist, "video", files=True, artwork=True, **columns)
        return Shared(db_session, made, add_link(db_session, artist, made, **values))

    return make


def opened(client: Browser, path: str) -> int:
    """What an address answers in the end."""
    return client.get(path, follow_redirects=True).status_code


def play(client: Browser, shared: Shared) -> int:
    return opened(client, shared.of("film.mp4"))


# What a link opens ----------------------------------------------------------------------------------------------------


def test_a_link_leads_to_the_page_of_what_is_private(client: Browser, share: Callable[..., Shared]) -> None:
    shared = share()
    answer = client.get(shared.door)
    assert (answer.status_code, answer.location) == (302, shared.page)
    page = client.get(answer.location)
    assert page.status_code == 200
    assert "Unheard" in page.text
    for one in (answer, page):
        assert one.headers["Cache-Control"] == "private, no-store"
        assert one.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in one.headers["X-Robots-Tag"]
    assert shared.token not in client.get("/").text


@pytest.mark.parametrize(
    "condition",
    [
        {"visibility": "private"},
        {"visibility": "unlisted", "link_secret": "geheim"},
        {"published_at": None},
        {"published_at": None, "publish_at": now() + timedelta(days=1)},
        {"visibility": "public"},
    ],
    ids=["private", "unlisted", "draft", "scheduled", "public"],
)
def test_every_path_opens_to_whoever_has_the_link(
    client: Browser, share: Callable[..., Shared], condition: dict[str, Any]
) -> None:
    shared = share(medium=condition)
    assert {path: opened(client, path) for path in shared.every_path} == dict.fromkeys(shared.every_path, 200)
    assert client.post(f"/media/{shared.id}/position?s={shared.token}", json={"position_ms": 1}).status_code == 204


@pytest.mark.parametrize(
    "condition",
    [{"state": "removed"}, {"withheld": True}, {"available_until": now() - timedelta(days=1)}],
    ids=["removed", "withheld", "run out"],
)
def test_what_is_closed_to_everyone_no_link_opens(
    client: Browser, share: Callable[..., Shared], condition: dict[str, Any]
) -> None:
    shared = share(medium=condition)
    paths = [shared.door, *shared.every_path]
    assert {path: opened(client, path) for path in paths} == dict.fromkeys(paths, 404)
    assert shared.link().plays == 0


def test_what_cannot_be_played_yet_no_link_opens(
    client: Browser, artist: User, make_medium: MakeMedium, db_session: Session
) -> None:
    medium = make_medium(artist, state="processing", visibility="private", with_version=False)
    link = add_link(db_session, artist, medium)
    assert opened(client, f"/share/{link.token}") == 404


def test_a_link_opens_nothing_else(client: Browser, share: Callable[..., Shared]) -> None:
    one, another = share(), share()
    assert opened(client, f"/@ana/{another.medium.slug}?s={one.token}") == 404
    assert opened(client, another.of("film.mp4", one.token)) == 404
    assert opened(client, f"/media/{another.id}/playback?s={one.token}") == 404


def test_a_made_up_link_is_none(client: Browser) -> None:
    for token in ("x", "x" * 22, "play-" + "x" * 22, "%00" * 22, "ä" * 22, "x" * 3000):
        assert client.get(f"/share/{token}").status_code == 404, token


def test_a_block_stands_also_before_a_link(
    client: Browser, share: Callable[..., Shared], artist: User, make_person: MakePerson, login: Login,
    db_session: Session,
) -> None:  # fmt: skip
    shared, blocked = share(), make_person(username="ben")
    db_session.add_all(
        [Apart(person_id=artist.id, other_id=blocked.id), Apart(person_id=blocked.id, other_id=artist.id)]
    )
    db_session.commit()
    login(client, blocked)
    paths = [shared.door, *shared.every_path]
    assert {path: opened(client, path) for path in paths} == dict.fromkeys(paths, 404)
    shared.change(revoked_at=now())
    assert opened(client, shared.door) == 404, "to them it never was one"


def test_a_link_lets_nobody_load_down_what_is_not_for_it(client: Browser, share: Callable[..., Shared]) -> None:
    shared, loadable = share(), share(medium={"downloads_allowed": True}, play_cap=1)
    assert opened(client, f"/media/{shared.id}/download?s={shared.token}") == 404
    assert opened(client, f"/media/{loadable.id}/download?s={loadable.token}") == 200
    assert loadable.link().plays == 1, "who has the file has played it"


# What counts as a play ------------------------------------------------------------------------------------------------


def test_looking_is_no_play(client: Browser, share: Callable[..., Shared]) -> None:
    shared = share(play_cap=1)
    for path in (shared.door, shared.page, f"/media/{shared.id}/playback?s={shared.token}", shared.of("peaks.json"),
                 shared.of("master.m3u8"), shared.of("storyboard.vtt"), shared.of("poster-1.jpg")):  # fmt: skip
        assert opened(client, path) == 200
    assert (shared.link().plays, shared.link().last_played_at) == (0, None)


@pytest.mark.parametrize("name", ["film.mp4", "240p.m3u8", "240p-0000.mp4"])
def test_sound_and_picture_come_under_the_ticket_of_a_play_that_counts(
    client: Browser, share: Callable[..., Shared], name: str
) -> None:
    shared = share()
    client.get(shared.door)
    answer = client.get(shared.of(name))
    assert answer.status_code == 302
    assert shared.token not in answer.location
    assert answer.headers["Cache-Control"] == "private, no-store"
    base = answer.location.removesuffix(name)
    for other in ("240p-0000.mp4", "360p.m3u8", "aac-96k.mp4"):
        assert client.get(base + other).status_code == 200, "what is relative to it needs no further leave"
    link = shared.link()
    assert link.plays == 1
    assert link.last_played_at is not None


def test_a_reload_within_half_an_hour_is_the_same_play(client: Browser, share: Callable[..., Shared]) -> None:
    shared = share()
    client.get(shared.door)
    for _ in range(3):
        assert play(client, shared) == 200
    shared.age_plays(timedelta(minutes=29))
    play(client, shared)
    assert shared.link().plays == 1
    shared.age_plays(timedelta(minutes=31))
    play(client, shared)
    assert shared.link().plays == 2


def test_what_a_player_reports_keeps_its_play_going(client: Browser, share: Callable[..., Shared]) -> None:
    shared = share(play_cap=1)
    client.get(shared.door)
    play(client, shared)
    for _ in range(4):  # an evening with a long album
        shared.age_plays(timedelta(minutes=20))
        url = client.get(f"/media/{shared.id}/playback?s={shared.token}").json["position_url"]  # type: ignore[index]
        assert client.post(url, json={"position_ms": 1}).status_code == 204
    assert play(client, shared) == 200
    assert shared.link().plays == 1


def test_each_browser_plays_for_itself(app: Flask, share: Callable[..., Shared]) -> None:
    shared = share()
    for _ in range(3):
        browser = browser_of(app)
        browser.get(shared.door)
        play(browser, shared)
    assert shared.link().plays == 3


def test_its_owner_plays_without_counting(ana: Uploader, share: Callable[..., Shared]) -> None:
    shared = share(play_cap=1)
    for _ in range(2):
        assert ana.browser.get(shared.of("film.mp4")).status_code == 200
    assert shared.link().plays == 0


def test_fifty_who_start_at_once_get_as_many_plays_as_there_are(app: Flask, share: Callable[..., Shared]) -> None:
    shared = share(play_cap=7)
    browsers = [browser_of(app) for _ in range(50)]
    for number, browser in enumerate(browsers):
        browser.set_cookie("visitor", f"browser {number}", domain="127.0.0.1")
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda browser: browser.get(shared.of("film.mp4")).status_code, browsers))
    assert sorted(said) == [302] * 7 + [410] * 43
    assert shared.link().plays == 7


def test_one_browser_that_asks_for_many_parts_at_once_plays_once(app: Flask, share: Callable[..., Shared]) -> None:
    shared = share(play_cap=2)
    browsers = [browser_of(app) for _ in range(12)]
    for browser in browsers:
        browser.set_cookie("visitor", "one and the same", domain="127.0.0.1")
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda browser: browser.get(shared.of("240p.m3u8")).location, browsers))
    assert len(set(said)) == 1
    assert shared.link().plays == 1


def test_what_is_said_of_it_opens_along_with_it_also_to_whoever_has_the_last_play(
    client: Browser, share: Callable[..., Shared]
) -> None:
    shared = share(play_cap=1)
    client.get(shared.door)
    for _ in range(2):
        page = client.get(shared.page).text
        asked = set(re.findall(rf"/media/{shared.id}/(?:comments|moments)\?s=[\w-]+", page))
        assert len(asked) == 2
        assert {client.get(url).status_code for url in asked} == {200}
        play(client, shared)


# How it ends ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [{"revoked_at": now()}, {"expires_at": now() - timedelta(seconds=1)}])
def test_when_a_link_has_ended_every_path_is_closed_at_once_and_says_whom_to_ask(
    client: Browser, share: Callable[..., Shared], end: dict[str, datetime]
) -> None:
    shared = share(expires_at=now() + timedelta(hours=1))
    client.get(shared.door)
    ticketed = client.get(shared.of("240p.m3u8")).location
    segment = ticketed.replace("240p.m3u8", "240p-0000.mp4")
    gate_path = "/media/gate/" + "/".join(segment.split("/")[3:5])
    assert (client.get(segment).status_code, client.get(gate_path).status_code) == (200, 204)
    shared.change(**end)
    assert (client.get(segment).status_code, client.get(gate_path).status_code) == (410, 403)
    paths = [shared.door, *shared.every_path]
    assert {path: opened(client, path) for path in paths} == dict.fromkeys(paths, 410)
    page = client.get(shared.door)
    assert ENDED in page.text
    assert "Unheard" not in page.text
    answer = client.post(f"/media/{shared.id}/position?s={shared.token}", json={"position_ms": 1})
    assert (answer.status_code, answer.json) == (410, {"error": ENDED})


def test_when_the_plays_are_used_up_who_plays_goes_on_and_nobody_else_begins(
    app: Flask, client: Browser, share: Callable[..., Shared]
) -> None:
    shared = share(play_cap=1)
    client.get(shared.door)
    segment = client.get(shared.of("240p-0000.mp4")).location
    assert client.get(segment).status_code == 200
    late = browser_of(app)
    paths = [shared.door, *shared.every_path]
    assert {path: opened(late, path) for path in paths} == dict.fromkeys(paths, 410)
    assert {path: opened(client, path) for path in paths} == dict.fromkeys(paths, 200), "the same browser comes back"
    assert client.post(f"/media/{shared.id}/position?s={shared.token}", json={"position_ms": 1}).status_code == 204
    shared.age_plays(timedelta(minutes=31))
    assert opened(client, shared.page) == 410
    assert client.get(segment).status_code == 200, "a pause for supper"
    shared.age_plays(timedelta(hours=12))
    assert client.get(segment).status_code == 410


def test_the_gate_of_nginx_hands_nothing_out_under_a_token(client: Browser, share: Callable[..., Shared]) -> None:
    shared = share()
    assert client.get(f"/media/gate/{shared.key}/{shared.token}").status_code == 403
    assert shared.link().plays == 0


def test_the_tickets_of_long_ago_go_with_the_next_play(
    app: Flask, client: Browser, share: Callable[..., Shared], db_session: Session
) -> None:
    shared = share()
    play(client, shared)
    shared.age_plays(timedelta(hours=13))
    other = browser_of(app)
    other.get(shared.door)
    play(other, shared)
    assert len(db_session.scalars(select(SharePlay)).all()) == 1


# A set by link --------------------------------------------------------------------------------------------------------


def test_a_link_to_a_set_opens_of_its_items_those_of_its_owner(
    client: Browser, artist: User, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    ben = make_person(role="artist", username="ben")
    own = make_medium(artist, visibility="private", files=True)
    lent = make_medium(ben, visibility="private", files=True)
    outside = make_medium(artist, visibility="private", files=True)
    one = Set(owner_id=artist.id, slug="album", title="Album", visibility="private")
    db_session.add(one)
    db_session.flush()
    db_session.add_all(
        [SetItem(set_id=one.id, medium_id=own.id, rank="a"), SetItem(set_id=one.id, medium_id=lent.id, rank="b")]
    )
    link = add_link(db_session, artist, one, play_cap=1)
    assert client.get(f"/share/{link.token}").location == f"/@ana/sets/album?s={link.token}"
    said = {
        medium.slug: opened(client, f"/media/{medium.public_id}/playback?s={link.token}")
        for medium in (own, lent, outside)
    }
    assert said == {own.slug: 200, lent.slug: 404, outside.slug: 404}
    key = db_session.scalars(select(Version.delivery_key).where(Version.medium_id == own.id)).one()
    db_session.commit()
    assert opened(client, f"/media/restricted/{key}/{link.token}/sound.m4a") == 200
    db_session.execute(update(ShareLink).values(revoked_at=now()))
    db_session.commit()
    assert opened(client, f"/media/{own.public_id}/playback?s={link.token}") == 410


# In the studio --------------------------------------------------------------------------------------------------------


def test_an_owner_makes_a_link_reads_its_plays_and_ends_it(
    client: Browser, ana: Uploader, share: Callable[..., Shared], db_session: Session, run_spine: Callable[[], int]
) -> None:
    shared = share()
    url = f"/studio/media/{shared.id}/links"
    ends = f"{now() + timedelta(days=2):%Y-%m-%dT%H:%M}"
    data = {"recipient": "نوال, press", "expires_at": ends, "play_cap": "3"}
    assert ana.browser.submit(url, data).location == url
    link = db_session.scalars(select(ShareLink).order_by(ShareLink.id.desc())).first()
    db_session.commit()
    assert link is not None
    assert (link.recipient, link.play_cap, f"{link.expires_at:%Y-%m-%dT%H:%M}") == ("نوال, press", 3, ends)
    client.get(f"/share/{link.token}")
    opened(client, shared.of("film.mp4", link.token))
    page = ana.browser.get(url).text
    assert f"http://127.0.0.1/share/{link.token}" in page
    assert "1 of 3" in page
    answer = ana.browser.submit(f"/studio/links/{link.id}/revoke?from=all")
    assert answer.location == "/studio/links"
    assert ana.browser.submit(f"/studio/links/{link.id}/revoke").location == url
    assert "Revoked" in ana.browser.get(url).text
    assert run_spine() == 1, "open players hear of it, once"
    assert opened(client, f"/share/{link.token}") == 410


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"recipient": " "}, "Say whom it is for"),
        ({"recipient": "x" * 121}, "longer than 120"),
        ({"recipient": "Mara", "play_cap": "0"}, "Between one play and a million"),
        ({"recipient": "Mara", "play_cap": "many"}, "Not a valid integer"),
        ({"recipient": "Mara", "expires_at": "2020-01-01T00:00"}, "later than now"),
    ],
)
def test_a_link_that_cannot_be_meant_is_refused_at_its_field(
    ana: Uploader, share: Callable[..., Shared], db_session: Session, data: dict[str, str], sentence: str
) -> None:
    shared = share()
    answer = ana.browser.submit(f"/studio/media/{shared.id}/links", data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert len(db_session.scalars(select(ShareLink)).all()) == 1


def test_nobody_but_the_owner_makes_reads_or_ends_links(
    share: Callable[..., Shared], make_person: MakePerson, uploader_of: Callable[[User], Uploader], artist: User,
    db_session: Session,
) -> None:  # fmt: skip
    shared = share()
    one = Set(owner_id=artist.id, slug="album", title="Album")
    db_session.add(one)
    db_session.commit()
    browser = uploader_of(make_person(role="artist", username="ben")).browser
    for url in (
        f"/studio/media/{shared.id}/links",
        f"/studio/sets/{one.public_id}/links",
        "/studio/sets/nothing/links",
    ):
        assert browser.get(url).status_code == 404
        assert browser.submit(url, {"recipient": "me"}).status_code == 404
    assert browser.submit(f"/studio/links/{shared.link_id}/revoke").status_code == 404
    assert browser.submit(f"/studio/links/{UUID(int=0)}/revoke").status_code == 404
    assert shared.token not in browser.get("/studio/links").text
    assert shared.link().revoked_at is None


def test_the_lists_of_links_cost_the_same_however_many_there_are(
    ana: Uploader, artist: User, share: Callable[..., Shared], db_session: Session, count_statements: CountStatements
) -> None:
    shared = share(expires_at=now() - timedelta(days=1))
    one = Set(owner_id=artist.id, slug="album", title="Album")
    db_session.add(one)
    db_session.commit()
    add_link(db_session, artist, one, play_cap=1, plays=1)
    urls = ["/studio/links", f"/studio/media/{shared.id}/links", f"/studio/sets/{one.public_id}/links"]

    def cost() -> list[int]:
        costs = []
        for url in urls:
            with count_statements() as seen:
                assert ana.browser.get(url).status_code == 200
            costs.append(len(seen))
        return costs

    few = cost()
    for thing in (shared.medium, one) * 30:
        db_session.add(
            ShareLink(owner_id=artist.id, recipient="x", **{"set_id" if thing is one else "medium_id": thing.id})
        )
    db_session.commit()
    assert cost() == few
    assert max(few) <= MOST_STATEMENTS
    text, shown = ana.browser.get("/studio/links").text, 0
    while True:
        shown += text.count("Made ")
        if "more-row" not in text:
            break
        text = ana.browser.get_partial(text.split('class="button" href="')[-1].split('"')[0].replace("&amp;", "&")).text
    assert shown == 62
