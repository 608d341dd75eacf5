"""What a viewer finds in a set: only what the gate lets them see, counted honestly; and how it gets there."""

import re
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.media.models import Medium, MediumState, ShareLink, Visibility
from app.playlists.forms import parse_time
from app.playlists.models import Set, SetItem
from tests.factories.sets import add_items, add_set
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeMedium, MakePerson


def titles(page: str) -> list[str]:
    """The titles of a page's rows, in their order."""
    return re.findall(r'class="set-row__title"[^>]*><bdi>([^<]*)</bdi>', page)


# What is found --------------------------------------------------------------------------------------------------------


@pytest.fixture
def mixed(make_set: Any, artist: User, make_medium: MakeMedium) -> Set:
    """A set of the artist with one medium of every kind of closedness, in an unlisted set."""
    works = [
        make_medium(artist, title="Open"),
        make_medium(artist, title="Unlisted", visibility="unlisted"),
        make_medium(artist, title="Private", visibility="private"),
        make_medium(artist, title="Draft", published_at=None),
        make_medium(artist, title="Gone", state="removed"),
        make_medium(artist, title="Open, too"),
    ]
    one: Set = make_set(artist, works, visibility="unlisted", link_secret="right", slug="mixed")
    return one


def test_an_unlisted_set_opens_nothing_that_is_closed(client: Browser, mixed: Set) -> None:
    page = client.get("/@artist/sets/mixed?s=right").text
    assert titles(page) == ["Open", "Open, too"]
    assert re.findall(r'set-row__number">(\d+)<', page) == ["1", "2"]
    assert "2 items" in page
    played = client.get(f"/sets/{mixed.public_id}/queue?s=right").json
    assert played is not None
    assert [item["title"] for item in played["items"]] == ["Open", "Open, too"]
    assert titles(client.get(f"/embed/sets/{mixed.public_id}?s=right").text) == ["Open", "Open, too"]


def test_its_owner_sees_all_of_it_and_what_is_no_longer_available(
    client: Browser, mixed: Set, artist: User, login: Login, make_person: MakePerson, make_medium: MakeMedium,
    db_session: Session,
) -> None:  # fmt: skip
    other = make_person(username="other", role="artist")
    lost = make_medium(other, title="Was open", visibility="private")
    db_session.add(SetItem(set_id=mixed.id, medium_id=lost.id, rank="z0"))
    db_session.commit()
    login(client, artist)
    assert "Was open" not in client.get("/@artist/sets/mixed").text
    page = client.get(f"/sets/{mixed.public_id}/edit").text
    assert page.count("No longer available") == 1
    assert "Was open" not in page
    for title in ("Open", "Unlisted", "Private", "Draft"):
        assert f"<bdi>{title}</bdi>" in page


def test_a_card_counts_what_strangers_find_and_an_empty_set_is_in_no_list(
    client: Browser, make_set: Any, artist: User, tracks: list[Medium], db_session: Session
) -> None:
    make_set(artist, tracks, title="Countable")
    assert "4 items" in client.get("/@artist/playlists").text
    for medium in tracks[:3]:
        row = db_session.get_one(Medium, medium.id)
        row.visibility, row.listed = Visibility.PRIVATE, False
    db_session.commit()
    assert "1 item<" in client.get("/@artist/playlists").text
    db_session.get_one(Medium, tracks[3].id).listed = False
    db_session.commit()
    assert "Countable" not in client.get("/@artist/playlists").text
    assert "Countable" not in client.get("/search?q=countable&type=sets").text


def test_what_someone_added_by_its_secret_link_they_alone_find_until_the_link_is_changed(
    client: Browser, artist: User, fan: User, make_medium: MakeMedium, login: Login, db_session: Session
) -> None:
    medium = make_medium(artist, title="Early mix", visibility="unlisted", artwork=True)
    one = add_set(db_session, fan, slug="mine", title="Mine")
    login(client, fan)
    added = {"medium": medium.public_id}
    assert client.submit(f"/sets/{one.public_id}/items", added).status_code == 404
    assert client.submit(f"/sets/{one.public_id}/items", {**added, "s": medium.link_secret}).status_code == 303
    page = client.get("/@fan/sets/mine").text
    assert f"/{medium.slug}?s={medium.link_secret}" in page
    assert f"/media/{medium.public_id}/playback?s={medium.link_secret}" in page
    stranger = browser_of(client.application).get("/@fan/sets/mine").text
    assert "Early mix" not in stranger
    assert str(medium.link_secret) not in stranger
    db_session.get_one(Medium, medium.id).link_secret = "another"
    db_session.commit()
    assert titles(client.get("/@fan/sets/mine").text) == []


def test_a_named_link_to_a_set_lends_its_owners_works_and_nobody_elses(
    client: Browser, artist: User, make_set: Any, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    other = make_person(role="artist")
    works = [make_medium(artist, title="Own secret", visibility="private"),
             make_medium(other, title="Another's secret", visibility="private"),
             make_medium(artist, title="Removed", state=MediumState.REMOVED)]  # fmt: skip
    one = make_set(artist, works, visibility="private", slug="press")
    link = ShareLink(set_id=one.id, owner_id=artist.id, recipient="Press")
    db_session.add(link)
    db_session.commit()
    assert client.get("/@artist/sets/press").status_code == 404
    page = client.get(f"/@artist/sets/press?s={link.token}").text
    assert titles(page) == ["Own secret"]
    assert f"/media/{works[0].public_id}/playback?s={link.token}" in page


def test_seasons_are_tabs_and_a_page_shows_one(
    client: Browser, artist: User, tracks: list[Medium], db_session: Session
) -> None:
    one = add_set(db_session, artist, kind="series", slug="show", visibility="public", listed=True)
    rows = add_items(db_session, one, tracks)
    for row, (season, episode) in zip(rows, [(1, 1), (1, 2), (2, 1), (None, None)], strict=True):
        row.season, row.episode = season, episode
    db_session.commit()
    assert titles(client.get("/@artist/sets/show").text) == ["A", "B"]
    page = client.get("/@artist/sets/show?season=2").text
    assert titles(page) == ["C"]
    assert 'href="/@artist/sets/show?season=1"' in page
    assert "4 episodes" in page
    assert titles(client.get("/@artist/sets/show?season=7").text) == []


def test_long_sets_go_on_page_by_page_and_their_numbers_with_them(
    client: Browser, artist: User, make_medium: MakeMedium, db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.playlists import queries  # noqa: PLC0415 - only here

    monkeypatch.setattr(queries, "ITEMS_A_PAGE", 2)
    media = [make_medium(artist, title=f"T{number}") for number in range(5)]
    monkeypatch.setattr(queries.item_rows, "__kwdefaults__", {**(queries.item_rows.__kwdefaults__ or {}), "size": 2})
    add_set(db_session, artist, media, slug="long")
    found: list[str] = []
    url = "/@artist/sets/long"
    for _ in range(3):
        page = client.get_partial(url).text
        found += [f"{number} {title}" for number, title in zip(
            re.findall(r'set-row__number">(\d+)<', page), titles(page), strict=True)]  # fmt: skip
        more = re.search(r'hx-get="([^"]*after=[^"]*)"', page)
        url = more[1].replace("&amp;", "&") if more else ""
    assert found == [f"{number + 1} T{number}" for number in range(5)]
    assert url == ""
    assert client.get("/@artist/sets/long?after=1-zz").status_code == 400


# How it gets there ----------------------------------------------------------------------------------------------------


def test_the_picker_marks_the_sets_that_hold_a_medium_and_puts_it_in_and_out(
    client: Browser, fan: User, tracks: list[Medium], login: Login, db_session: Session, acting: Any
) -> None:
    holds, not_yet = (
        add_set(db_session, fan, media, title=title) for media, title in (([tracks[0]], "Has"), ((), "Has not"))
    )
    url = f"/media/{tracks[0].public_id}/sets"
    login(client, fan)
    page = client.get_partial(url).text
    assert not page.lstrip().startswith("<!doctype")
    pressed = {name: mark == "true" for mark, name in re.findall(r'aria-pressed="(\w+)">.*?<bdi>([^<]*)</bdi>', page)}
    assert pressed == {"Watch later": False, "Has not": False, "Has": True}
    assert client.submit(url, {"set": not_yet.public_id, "on": "y"}).location == url
    assert client.submit(url, {"set": holds.public_id}).location == url
    assert (acting.order(not_yet), acting.order(holds)) == ("A", "")
    assert client.submit(f"{url}/new", {"title": "Fresh", "kind": "playlist", "visibility": "public"}).location == url
    fresh = db_session.scalars(select(Set).where(Set.title == "Fresh")).one()
    assert acting.order(fresh) == "A"
    refused = client.submit(f"{url}/new", {"title": "", "kind": "playlist", "visibility": "public"})
    assert (refused.status_code, "A title, please." in refused.text) == (422, True)
    refused = client.submit(f"{url}/new", {"title": "x", "kind": "album", "visibility": "public"})
    assert (refused.status_code, "people with a channel" in refused.text) == (422, True)


def test_nobody_puts_a_medium_into_anothers_set_or_one_that_they_may_not_see_into_theirs(
    client: Browser, artist: User, fan: User, make_medium: MakeMedium, login: Login, db_session: Session, acting: Any
) -> None:
    closed = make_medium(artist, visibility="private")
    opened = make_medium(artist)
    mine, theirs = add_set(db_session, fan), add_set(db_session, artist)
    login(client, fan)
    assert client.get(f"/media/{closed.public_id}/sets").status_code == 404
    for path in ("sets", "sets/new", "later"):
        sent = {"set": mine.public_id, "on": "y", "title": "x", "kind": "playlist", "visibility": "public"}
        assert client.submit(f"/media/{closed.public_id}/{path}", sent).status_code == 404
    assert client.submit(f"/sets/{mine.public_id}/items", {"medium": closed.public_id}).status_code == 404
    assert client.submit(f"/sets/{mine.public_id}/items", {"medium": "a\0b"}).status_code in {303, 404}
    sent = {"set": theirs.public_id, "on": "y"}
    assert client.submit(f"/media/{opened.public_id}/sets", sent).status_code == 404
    assert (acting.order(mine), acting.order(theirs)) == ("", "")


def test_every_card_leads_into_ones_sets(client: Browser, artist: User, tracks: list[Medium], login: Login) -> None:
    login(client, artist)
    for path in ("/music", "/@artist", "/@artist/tracks", "/search?q=a", "/@artist/a"):
        assert f'href="/media/{tracks[0].public_id}/sets"' in client.get(path).text, path


def test_items_are_moved_said_something_of_and_taken_out_by_plain_forms(
    client: Browser, make_set: Any, artist: User, tracks: list[Medium], login: Login, acting: Any, db_session: Session
) -> None:
    one = make_set(artist, tracks)
    ids = dict(acting.items(one))
    base = f"/sets/{one.public_id}/items"
    login(client, artist)
    for item, said, order in (
        ("B", {"to": "up"}, "BACD"), ("B", {"to": "down"}, "ABCD"), ("D", {"to": "first"}, "DABC"),
        ("D", {"to": "last"}, "ABCD"), ("A", {"after": str(ids["C"])}, "BCAD"),
        ("A", {"before": str(ids["B"])}, "ABCD"),
    ):  # fmt: skip
        answer = client.submit(f"{base}/{ids[item]}/place", said)
        assert answer.location == f"/sets/{one.public_id}/edit#item-{ids[item]}"
        assert acting.order(one) == order
    answer = client.send_json(f"{base}/{ids['C']}/place", {"before": str(ids["A"]), "after": ""})
    assert (answer.status_code, answer.json) == (200, {"version": 7})
    assert acting.order(one) == "CABD"
    for said in ({}, {"to": "sideways"}):
        assert client.submit(f"{base}/{ids['A']}/place", said).status_code == 422
    assert client.submit(f"{base}/{ids['A']}/place", {"after": "x"}).status_code == 404
    assert client.submit(f"{base}/{uuid4()}/place", {"to": "up"}).status_code == 404
    assert client.submit(f"{base}/{ids['A']}/place", {"after": str(uuid4())}).status_code == 409
    said = {"note": "This drop", "starts_at": "0:02", "stops_at": "5.5", "season": "2", "episode": "3"}
    assert client.submit(f"{base}/{ids['A']}/details", said).status_code == 303
    row = db_session.get_one(SetItem, ids["A"])
    assert (row.note, row.starts_at_ms, row.stops_at_ms, row.season, row.episode) == ("This drop", 2000, 5500, 2, 3)
    page = client.get(f"/@artist/sets/{one.slug}").text
    assert 'data-from-ms="2000" data-until-ms="5500"' in page
    assert "This drop" in page
    queue = client.get(f"/sets/{one.public_id}/queue").json
    assert queue is not None
    assert [(item["from_s"], item["until_s"]) for item in queue["items"]] == [(0, 0), (2, 5.5), (0, 0), (0, 0)]
    for wrong in ({"starts_at": "soon"}, {"starts_at": "0:20"}, {"starts_at": "0:05", "stops_at": "0:03"},
                  {"stops_at": "9:00"}, {"season": "-1"}):  # fmt: skip
        client.submit(f"{base}/{ids['A']}/details", {"note": "x", **wrong})
        assert 'class="note note--error"' in client.get(f"/sets/{one.public_id}/edit").text, wrong
    assert client.submit(f"{base}/{ids['A']}/delete").status_code == 303
    assert client.submit(f"{base}/{ids['A']}/delete").status_code == 303, "gone already"
    assert acting.order(one) == "CBD"


@pytest.mark.parametrize(
    ("written", "ms"),
    [("", None), ("1:23", 83_000), ("83", 83_000), ("1:02:03.5", 3_723_500), ("0:00", 0), (" 2.25 ", 2250)],
)
def test_times_are_read_as_people_write_them(written: str, ms: int | None) -> None:
    assert parse_time(written) == ms


@pytest.mark.parametrize("written", ["1:60", "x", "-1", "1:2", "1:2:3:4"])
def test_what_is_no_time_is_none(written: str) -> None:
    with pytest.raises(ValueError, match=re.escape(written)):
        parse_time(written)
