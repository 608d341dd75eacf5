"""Feeds: what podcast clients read of a person and of a set, and never more than everyone may hear."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Apart, User
from app.core.clock import now
from app.media.models import Caption, CaptionKind, Chapter, Medium, Version
from app.playlists.models import SetItem
from app.site.machines import feeds
from tests.factories.sets import add_set
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson

BASE = "http://127.0.0.1"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
REQUIRED_OF_CHANNELS = ("title", "link", "description", "language", f"{ITUNES}explicit", f"{ITUNES}category",
                        f"{ITUNES}author", f"{ITUNES}image", f"{PODCAST}guid", f"{PODCAST}medium")  # fmt: skip
REQUIRED_OF_ITEMS = ("title", "guid", "pubDate", "enclosure", "description", f"{ITUNES}duration", f"{ITUNES}explicit")


@pytest.fixture
def ana(make_person: MakePerson) -> User:
    return make_person(username="ana", role="artist", display_name="Ana & <Co>", bio_markdown="I *record* rain.")


@pytest.fixture
def make_song(make_medium: MakeMedium, db_session: Session, ana: User) -> Callable[..., Medium]:
    def make(kind: str = "audio", visibility: str = "public", **values: object) -> Medium:
        owner = values.pop("owner", ana)
        medium = make_medium(owner, kind, "ready", visibility, artwork=True, **values)
        version = db_session.get_one(Version, medium.version_id)
        version.progressive_bytes = 4321
        db_session.commit()
        return medium

    return make


def channel_of(browser: Browser, path: str) -> ET.Element:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    assert answer.mimetype == "application/rss+xml"
    return well_formed(answer.data)


def well_formed(data: bytes) -> ET.Element:
    """The channel of a feed, which has what RSS 2.0 and Apple ask for."""
    root = ET.fromstring(data)
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    channel = root.find("channel")
    assert channel is not None
    for name in REQUIRED_OF_CHANNELS:
        if channel.find("item") is not None or name != f"{ITUNES}image":
            assert channel.find(name) is not None, name
    for item in channel.findall("item"):
        for name in REQUIRED_OF_ITEMS:
            assert item.find(name) is not None, name
        enclosure = item.find("enclosure")
        assert enclosure is not None
        assert enclosure.get("url", "").startswith("http")
        assert int(enclosure.get("length", "")) > 0
        assert enclosure.get("type") in {"audio/x-m4a", "video/mp4"}
        assert parsedate_to_datetime(item.findtext("pubDate", "")).tzinfo is not None
    return channel


def titles(channel: ET.Element) -> list[str]:
    return [item.findtext("title", "") for item in channel.findall("item")]


@pytest.mark.usefixtures("explicit_for_all")
def test_a_persons_feed_is_what_podcast_clients_accept(
    client: Browser, make_song: Callable[..., Medium], db_session: Session
) -> None:
    moment = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
    song = make_song(title="Rain \x00\x0b& <b>".replace("\x00", ""), slug="rain", description_markdown="On *tin*.",
                     published_at=moment, explicit=True, duration_ms=61_400, language="pt-BR")  # fmt: skip
    db_session.add(Chapter(medium_id=song.id, starts_at_ms=1500, title="Drops"))
    caption = Caption(medium_id=song.id, language="pt", label="Português", kind=CaptionKind.CAPTIONS, webvtt="WEBVTT\n")
    db_session.add(caption)
    db_session.commit()
    channel = channel_of(client, "/@ana/feed.xml")
    assert channel.findtext("title") == "Ana & <Co>"
    assert channel.findtext("link") == f"{BASE}/@ana"
    assert channel.findtext("description") == "I record rain."
    assert channel.findtext("language") == "pt-BR"
    assert channel.findtext(f"{ITUNES}explicit") == "true"
    own = f"{BASE}/@ana/feed.xml"
    assert [(link.get("rel"), link.get("href")) for link in channel.findall(f"{ATOM}link")] == [("self", own)]
    namespace = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
    assert channel.findtext(f"{PODCAST}guid") == str(uuid5(namespace, "127.0.0.1/@ana/feed.xml"))
    (item,) = channel.findall("item")
    assert item.findtext("title") == "Rain & <b>"
    assert item.findtext("description") == "On tin."
    assert "<em>tin</em>" in item.findtext(f"{CONTENT}encoded", "")
    assert item.findtext("guid") == song.public_id
    assert parsedate_to_datetime(item.findtext("pubDate", "")) == moment
    assert item.findtext(f"{ITUNES}duration") == "61"
    enclosure = item.find("enclosure")
    assert enclosure is not None
    version = db_session.scalars(select(Version)).one()
    assert enclosure.attrib == {
        "url": f"{BASE}/media/public/{version.delivery_key}/sound.m4a", "length": "4321", "type": "audio/x-m4a",
    }  # fmt: skip
    transcript = item.find(f"{PODCAST}transcript")
    assert transcript is not None
    assert transcript.attrib == {
        "url": f"{BASE}/media/public/{version.delivery_key}/captions/{caption.id}.vtt", "type": "text/vtt",
        "language": "pt", "rel": "captions",
    }  # fmt: skip
    assert client.get(transcript.get("url", "").removeprefix(BASE)).status_code == 200
    chapters = item.find(f"{PODCAST}chapters")
    assert chapters is not None
    said = client.get(chapters.get("url", "").removeprefix(BASE))
    assert said.mimetype == chapters.get("type") == "application/json+chapters"
    assert json.loads(said.data) == {"version": "1.2.0", "chapters": [{"startTime": 1.5, "title": "Drops"}]}


@pytest.mark.parametrize(
    "values",
    [{"visibility": "unlisted"}, {"visibility": "private"}, {"published_at": None}, {"state": "removed"},
     {"withheld": True}, {"available_until": now() - timedelta(seconds=1)}, {"with_version": False}],
    ids=lambda values: next(iter(values)) + str(next(iter(values.values())))[:8],
)  # fmt: skip
def test_what_is_not_for_everyone_is_in_no_feed(
    app: Flask, client: Browser, ana: User, make_medium: MakeMedium, make_song: Callable[..., Medium], login: Login,
    db_session: Session, values: dict[str, object],
) -> None:  # fmt: skip
    make_song(title="Open")
    hidden = make_medium(ana, title="Hidden", **values)
    one = add_set(db_session, ana, [hidden], slug="mine")
    for browser in (client, login(browser_of(app), ana)):
        assert titles(channel_of(browser, "/@ana/feed.xml")) == ["Open"]
        assert titles(channel_of(browser, f"/@ana/sets/{one.slug}/feed.xml")) == []


def test_chapters_are_by_the_gate(client: Browser, ana: User, make_medium: MakeMedium) -> None:
    hidden = make_medium(ana, "audio", "ready", "unlisted")
    assert client.get(f"/media/{hidden.public_id}/chapters.json").status_code == 404
    opened = client.get(f"/media/{hidden.public_id}/chapters.json?s={hidden.link_secret}")
    assert (opened.status_code, opened.headers["Cache-Control"]) == (200, "private, no-store")
    assert client.get("/media/none/chapters.json").status_code == 404


def test_a_closed_work_leaves_the_feed_at_once(
    client: Browser, make_song: Callable[..., Medium], db_session: Session
) -> None:
    song = make_song(title="Short-lived")
    tag = client.get("/@ana/feed.xml").headers["ETag"]
    db_session.get_one(Medium, song.id).visibility = "private"  # type: ignore[assignment]  # listed lags, the gate does not
    db_session.commit()
    again = client.get("/@ana/feed.xml", headers={"If-None-Match": tag})
    assert again.status_code == 200
    assert titles(well_formed(again.data)) == []


def test_whoever_has_it_already_gets_nothing_again(
    client: Browser, make_song: Callable[..., Medium], db_session: Session
) -> None:
    song = make_song(published_at=datetime(2026, 11, 3, 12, 0, tzinfo=UTC))
    first = client.get("/@ana/feed.xml", headers={"Accept-Encoding": "gzip"})
    assert first.headers["Last-Modified"] == "Tue, 03 Nov 2026 12:00:00 GMT"
    assert "no-cache" in first.headers["Cache-Control"]
    condition = {"If-None-Match": first.headers["ETag"], "Accept-Encoding": "gzip"}
    same = client.get("/@ana/feed.xml", headers=condition)
    assert (same.status_code, same.data) == (304, b"")
    db_session.get_one(Medium, song.id).title = "Another title"
    db_session.commit()
    assert client.get("/@ana/feed.xml", headers=condition).status_code == 200


def test_a_long_feed_goes_on_in_pages(
    client: Browser, make_song: Callable[..., Medium], ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "ITEMS_A_PAGE", 3)
    for number in range(5):
        make_song(title=f"No. {number}", published_at=now() - timedelta(minutes=number), owner=ana)
    first = channel_of(client, "/@ana/feed.xml")
    assert titles(first) == [f"No. {number}" for number in range(3)]
    (following,) = [link.get("href", "") for link in first.findall(f"{ATOM}link") if link.get("rel") == "next"]
    second = channel_of(client, following.removeprefix(BASE))
    assert titles(second) == [f"No. {number}" for number in range(3, 5)]
    links = {link.get("rel"): link.get("href") for link in second.findall(f"{ATOM}link")}
    assert links == {"self": following, "first": f"{BASE}/@ana/feed.xml"}
    assert second.findtext(f"{PODCAST}guid") == first.findtext(f"{PODCAST}guid")


def test_a_sets_feed_is_in_its_order_with_seasons(
    client: Browser, make_song: Callable[..., Medium], ana: User, db_session: Session
) -> None:
    songs = [make_song("video", title=f"Part {number}") for number in range(3)]
    one = add_set(
        db_session, ana, songs, kind="series", slug="story", title="The Story", description_markdown="All *of* it."
    )
    for number, item in enumerate(db_session.scalars(select(SetItem).order_by(SetItem.rank)), 1):
        item.season, item.episode = 2, number
    db_session.commit()
    channel = channel_of(client, "/@ana/sets/story/feed.xml")
    assert titles(channel) == ["Part 0", "Part 1", "Part 2"]
    assert channel.findtext(f"{ITUNES}type") == "serial"
    assert channel.findtext(f"{PODCAST}medium") == "video"
    assert channel.findtext("description") == "All of it."
    assert [item.findtext(f"{ITUNES}season") for item in channel.findall("item")] == ["2"] * 3
    assert [item.findtext(f"{ITUNES}episode") for item in channel.findall("item")] == ["1", "2", "3"]
    assert one.title == channel.findtext("title")


@pytest.mark.parametrize("visibility", ["unlisted", "private"])
def test_a_set_that_is_not_for_everyone_has_no_feed(
    client: Browser, make_song: Callable[..., Medium], ana: User, db_session: Session, visibility: str
) -> None:
    one = add_set(db_session, ana, [make_song()], visibility=visibility, slug="mine")
    assert client.get("/@ana/sets/mine/feed.xml").status_code == 404
    assert client.get(f"/@ana/sets/mine/feed.xml?s={one.link_secret}").status_code == 404
    assert client.get("/@ana/sets/nothing/feed.xml").status_code == 404


def test_there_is_no_feed_of_those_who_are_kept_apart_or_go(
    app: Flask, client: Browser, ana: User, make_person: MakePerson, login: Login, db_session: Session
) -> None:
    ben = make_person()
    db_session.add_all([Apart(person_id=ben.id, other_id=ana.id), Apart(person_id=ana.id, other_id=ben.id)])
    db_session.commit()
    assert login(browser_of(app), ben).get("/@ana/feed.xml").status_code == 404
    assert client.get("/@ana/feed.xml").status_code == 200
    assert client.get("/@nobody/feed.xml").status_code == 404
    assert client.get("/@ANA/feed.xml").location == f"{BASE}/@ana/feed.xml"
    db_session.get_one(User, ana.id).deletion_due_at = now()
    db_session.commit()
    assert client.get("/@ana/feed.xml").status_code == 404


def test_sizes_that_no_row_knows_are_asked_for_once(
    client: Browser, ana: User, make_medium: MakeMedium, db_session: Session
) -> None:
    make_medium(ana, files=True, artwork=True, title="Old")
    make_medium(ana, title="Lost")
    assert titles(channel_of(client, "/@ana/feed.xml")) == ["Old"]
    assert sorted(db_session.scalars(select(Version.progressive_bytes)), key=str) == [3000, None]


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIiwiYiJd", "bnVsbA", "%00"])
def test_an_address_that_was_changed_is_refused(client: Browser, ana: User, db_session: Session, cursor: str) -> None:
    add_set(db_session, ana, slug="mine")
    assert client.get(f"/@ana/feed.xml?after={cursor}").status_code == 400
    assert client.get(f"/@ana/sets/mine/feed.xml?after={cursor}").status_code == 400


def test_the_number_of_statements_does_not_grow(
    client: Browser, ana: User, make_song: Callable[..., Medium], db_session: Session, count_statements: CountStatements
) -> None:
    def costs() -> list[int]:
        counted = []
        for path in ("/@ana/feed.xml", "/@ana/sets/mine/feed.xml"):
            with count_statements() as seen:
                assert client.get(path).status_code == 200
            counted.append(len(seen))
        return counted

    first = make_song(owner=ana)
    add_set(db_session, ana, [first], slug="mine")
    few = costs()
    media = [make_song(owner=ana) for _ in range(8)]
    other = add_set(db_session, ana, media, slug="other")
    many = costs()
    with count_statements() as seen:
        client.get(f"/@ana/sets/{other.slug}/feed.xml")
    assert few == many
    assert [*many, len(seen)] == [*few, few[1]]
    assert max(many) <= 8
