"""Sets: made, described, covered, shown to some or all, deleted; who may, and what follows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.events import OutboxEntry
from app.core.pictures import Picture
from app.extensions import db
from app.media.models import Medium, Visibility
from app.media.services import publishing
from app.playlists.errors import KindForArtists
from app.playlists.models import Set, SetChange, SetItem, SetKind
from app.playlists.services import items, sets
from app.playlists.services.sets import SetDetails
from tests.conftest import store_of
from tests.factories.media_files import picture as picture_file
from tests.factories.sets import add_set
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson, RunSpine
from tests.harness.races import second_of_two

DETAILS = {"title": "Best of", "kind": "playlist", "visibility": "public", "comments_policy": "open", "realm": ""}


def only_set(db_session: Session, **values: Any) -> Set:
    db_session.expire_all()
    return db_session.scalars(select(Set).filter_by(**values)).one()


def outbox(db_session: Session, name: str) -> int:
    return db_session.scalar(select(func.count()).select_from(OutboxEntry).where(OutboxEntry.name == name)) or 0


# Making and describing ------------------------------------------------------------------------------------------------


def test_anyone_makes_a_playlist_and_finds_it_in_their_library(
    client: Browser, fan: User, login: Login, db_session: Session
) -> None:
    login(client, fan)
    answer = client.submit("/sets/new", {"title": " My\u202e best ", "kind": "playlist", "visibility": "private"})
    one = only_set(db_session)
    assert (answer.status_code, answer.location) == (303, f"/sets/{one.public_id}/edit")
    assert (one.title, one.slug, one.visibility, one.listed) == ("My best", "my-best", Visibility.PRIVATE, False)
    assert "My best" in client.get("/library/playlists").text
    assert "My best" not in client.get("/@fan/playlists").text


@pytest.mark.parametrize("kind", ["album", "ep", "single", "series", "podcast"])
def test_kinds_that_publish_are_for_people_with_a_channel(
    client: Browser, artist: User, fan: User, login: Login, db_session: Session, kind: str
) -> None:
    made = {"title": "Works", "kind": kind, "visibility": "public"}
    assert login(client, fan).submit("/sets/new", made).status_code == 422
    assert login(browser_of(client.application), artist).submit("/sets/new", made).status_code == 303
    assert only_set(db_session).kind is SetKind(kind)


def test_a_listener_who_asks_a_service_for_an_album_is_told(app: Flask, fan: User) -> None:
    with app.app_context(), pytest.raises(KindForArtists):
        sets.create_set(db.session.get_one(User, fan.id), SetDetails(title="x", kind=SetKind.ALBUM))


@pytest.mark.parametrize("title", ["", " \u200b\n", "x" * 101])
def test_a_set_without_a_title_or_with_a_long_one_is_refused_in_words(
    client: Browser, fan: User, login: Login, title: str
) -> None:
    answer = login(client, fan).submit("/sets/new", {"title": title, "kind": "playlist", "visibility": "public"})
    assert answer.status_code == 422
    assert "A title, please." in answer.text or "100 characters" in answer.text


def test_what_is_said_of_a_set_is_kept_and_its_old_address_leads_to_it(
    client: Browser, make_set: Any, artist: User, tracks: list[Medium], login: Login, db_session: Session
) -> None:
    one = make_set(artist, tracks, slug="old")
    said = {
        **DETAILS, "kind": "album", "description": "**Four** songs", "genre": "Dub", "tags": "Night, night, slow",
        "release_date": "2026-02-03", "slug": "New Name", "realm": "music", "newest_first": "y",
    }  # fmt: skip
    answer = login(client, artist).submit(f"/sets/{one.public_id}/edit", said)
    assert answer.status_code == 303, answer.text
    one = only_set(db_session)
    assert (one.slug, one.genre, one.tags, one.kind, one.newest_first) == (
        "new-name", "Dub", ["night", "slow"], SetKind.ALBUM, True,
    )  # fmt: skip
    moved = client.get("/@artist/sets/old")
    assert (moved.status_code, moved.location) == (301, "/@artist/sets/new-name")
    page = client.get(moved.location).text
    assert "<strong>Four</strong>" in page
    assert "3 February 2026" in page
    change = db_session.scalars(select(SetChange)).one()
    assert change.before["slug"] == "old"
    assert change.after["tags"] == ["night", "slow"]
    assert client.submit(f"/sets/{one.public_id}/edit", said).status_code == 303
    assert db_session.scalar(select(func.count()).select_from(SetChange)) == 1, "the same again is no change"


def test_an_address_that_another_set_has_is_refused_and_what_was_typed_stays(
    client: Browser, make_set: Any, artist: User, login: Login
) -> None:
    make_set(artist, slug="taken")
    one = make_set(artist, slug="mine")
    answer = login(client, artist).submit(f"/sets/{one.public_id}/edit", {**DETAILS, "slug": "taken", "genre": "Dub"})
    assert answer.status_code == 422
    assert "Another of your sets has this address." in answer.text
    assert 'value="Dub"' in answer.text
    assert client.submit(f"/sets/{one.public_id}/edit", {**DETAILS, "slug": "!!"}).status_code == 422
    assert client.submit(f"/sets/{one.public_id}/edit", {**DETAILS, "realm": "cellar"}).status_code == 422


def test_two_sets_of_one_name_have_addresses_of_their_own(app: Flask, fan: User) -> None:
    with app.app_context():
        owner = db.session.get_one(User, fan.id)
        slugs = [sets.create_set(owner, SetDetails(title="Café ☕")).slug for _ in range(3)]
    assert slugs == ["cafe", "cafe-2", "cafe-3"]


def test_hostile_words_are_inert(
    client: Browser, make_set: Any, artist: User, login: Login, tracks: list[Medium]
) -> None:
    evil = '<img src=x onerror=alert(1)><a hx-get="/x">x</a>[y](javascript:alert(1))\0'
    one = make_set(artist, tracks, slug="evil")
    login(client, artist)
    answer = client.submit(f"/sets/{one.public_id}/edit", {**DETAILS, "title": evil[:60], "description": evil})
    assert answer.status_code == 303
    page = client.get("/@artist/sets/evil").text
    assert "<img src=x" not in page
    assert "<a hx-get" not in page
    assert 'href="javascript' not in page


# Covers ---------------------------------------------------------------------------------------------------------------


def test_a_cover_of_its_own_is_seen_by_those_who_see_the_set_and_goes_with_it(
    client: Browser, app: Flask, make_set: Any, artist: User, login: Login, tracks: list[Medium],
    db_session: Session, settle: Callable[..., None],
) -> None:  # fmt: skip
    one = make_set(artist, tracks, visibility="private", slug="covered")
    login(client, artist)
    with picture_file().open("rb") as file:
        answer = client.submit(f"/sets/{one.public_id}/cover", {"picture": (file, "cover.png")})
    assert answer.status_code == 303
    picture = db_session.scalars(select(Picture)).one()
    address, prefix = f"/pictures/{picture.key}/{picture.widths[0]}.webp", picture.storage_prefix
    assert address.rsplit("/", 1)[0] in client.get("/@artist/sets/covered").text
    stranger = browser_of(app)
    assert (client.get(address).status_code, stranger.get(address).status_code) == (200, 404)
    one = only_set(db_session)
    one.visibility, one.link_secret = Visibility.UNLISTED, "the-secret"
    db_session.commit()
    assert stranger.get(address).status_code == 404
    assert stranger.get(address + "?s=the-secret").status_code == 200
    assert f"{address.rsplit('/', 1)[0]}/" in stranger.get("/@artist/sets/covered?s=the-secret").text
    assert client.submit(f"/sets/{one.public_id}/cover/delete").status_code == 303
    settle()
    db_session.expire_all()
    assert db_session.scalar(select(func.count()).select_from(Picture)) == 0
    assert not list(store_of(app).walk_objects(prefix))


def test_what_is_no_picture_is_refused_in_words(
    client: Browser, make_set: Any, artist: User, login: Login, tmp_path: Path
) -> None:
    one = make_set(artist)
    path = tmp_path / "x.png"
    path.write_bytes(b"no picture")
    login(client, artist)
    with path.open("rb") as file:
        assert client.submit(f"/sets/{one.public_id}/cover", {"picture": (file, "x.png")}).status_code == 303
    assert 'class="note note--error"' in client.get(f"/sets/{one.public_id}/edit").text
    client.submit(f"/sets/{one.public_id}/cover")
    assert "Choose a picture." in client.get(f"/sets/{one.public_id}/edit").text


# Who sees it ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("visibility", "secret", "stranger"),
    [("public", "", 200), ("unlisted", "", 404), ("unlisted", "?s=right", 200), ("unlisted", "?s=wrong", 404),
     ("private", "?s=right", 404)],
)  # fmt: skip
def test_every_address_of_a_set_asks_the_gate(
    client: Browser, make_set: Any, artist: User, tracks: list[Medium], login: Login,
    visibility: str, secret: str, stranger: int,
) -> None:  # fmt: skip
    one = make_set(artist, tracks, visibility=visibility, link_secret="right", slug="one")
    addresses = ["/@artist/sets/one", f"/embed/sets/{one.public_id}", f"/sets/{one.public_id}/queue",
                 f"/sets/{one.public_id}/embed"]  # fmt: skip
    own = login(browser_of(client.application), artist)
    assert {client.get(address + secret).status_code for address in addresses} == {stranger}
    assert {own.get(address + secret).status_code for address in addresses} == {200}
    if visibility != "public" and stranger == 200:
        for address in addresses:
            answer = client.get(address + secret)
            assert "no-store" in answer.headers["Cache-Control"], address


def test_a_new_secret_link_closes_the_old_one(
    client: Browser, make_set: Any, artist: User, tracks: list[Medium], login: Login, db_session: Session
) -> None:
    one = make_set(artist, tracks, visibility="unlisted", link_secret="before", slug="one")
    own = login(browser_of(client.application), artist)
    assert "before" in own.get(f"/sets/{one.public_id}/edit").text
    assert own.submit(f"/sets/{one.public_id}/secret").status_code == 303
    after = only_set(db_session).link_secret
    assert client.get("/@artist/sets/one?s=before").status_code == 404
    assert client.get(f"/@artist/sets/one?s={after}").status_code == 200


def test_a_set_is_announced_once_when_strangers_can_find_something_in_it(
    acting: Any, make_set: Any, artist: User, tracks: list[Medium], db_session: Session
) -> None:
    one = make_set(artist, visibility="private")
    medium = db_session.get_one(Medium, tracks[0].id)

    def show(visibility: Visibility) -> None:
        with acting(one, artist) as (found, user):
            sets.edit_set(found, SetDetails(title="Now", visibility=visibility), by=user)

    show(Visibility.PUBLIC)
    assert outbox(db_session, "SetPublished") == 0, "there is nothing in it"
    with acting(one, artist) as (found, user):
        items.add_item(found, db.session.get_one(Medium, medium.id), by=user)
    assert outbox(db_session, "SetPublished") == 1
    assert only_set(db_session).listed
    show(Visibility.PRIVATE)
    assert not only_set(db_session).listed
    show(Visibility.PUBLIC)
    assert outbox(db_session, "SetPublished") == 1
    assert outbox(db_session, "SetChanged") == 4


def test_a_block_hides_sets_and_what_is_in_them_both_ways(
    client: Browser, make_set: Any, artist: User, fan: User, make_person: MakePerson, make_medium: MakeMedium,
    login: Login, db_session: Session,
) -> None:  # fmt: skip
    from app.accounts.models import Apart  # noqa: PLC0415 - only here

    other = make_person(username="other", role="artist")
    works = [make_medium(artist, title="By artist"), make_medium(other, title="By other")]
    make_set(other, works, slug="mixed", title="Mixed")
    make_set(artist, works, slug="own", title="Owned")
    login(client, fan)
    assert "By artist" in client.get("/@other/sets/mixed").text
    for one, another in ((artist, fan), (fan, artist)):
        db_session.add(Apart(person_id=one.id, other_id=another.id))
    db_session.commit()
    page = client.get("/@other/sets/mixed").text
    assert "By other" in page
    assert "By artist" not in page
    assert client.get("/@artist/sets/own").status_code == 404
    found = client.get("/search?q=owned&type=sets").text
    assert "/@artist/sets/own" not in found
    blocked = login(browser_of(client.application), artist)
    assert blocked.get("/@other/sets/mixed").status_code == 200


def test_whoever_leaves_takes_their_sets_off_the_pages_and_coming_back_brings_them_back(
    client: Browser, app: Flask, make_set: Any, artist: User, tracks: list[Medium]
) -> None:
    make_set(artist, tracks, slug="one", title="Findable")
    for withheld, status in ((True, 404), (False, 200)):
        with app.app_context():
            publishing.withhold_media_of(artist.id, withheld=withheld)
            sets.withhold_sets_of(artist.id, withheld=withheld)
            db.session.commit()
        assert client.get("/@artist/sets/one").status_code == status
        assert ("/@artist/sets/one" in client.get("/search?q=findable&type=sets").text) is not withheld


def test_an_account_on_its_way_out_withholds_its_sets_in_the_spine(
    app: Flask, make_set: Any, artist: User, tracks: list[Medium], client: Browser, login: Login, run_spine: RunSpine,
    db_session: Session,
) -> None:  # fmt: skip
    from tests.factories.people import PASSWORD  # noqa: PLC0415 - only here

    make_set(artist, tracks, slug="one")
    assert login(client, artist).submit("/settings/account/delete", {"password": PASSWORD}).status_code == 303
    run_spine()
    assert only_set(db_session).withheld
    assert browser_of(app).get("/@artist/sets/one").status_code == 404


# Deleting -------------------------------------------------------------------------------------------------------------


def test_deleting_asks_first_and_leaves_the_works(
    client: Browser, make_set: Any, artist: User, tracks: list[Medium], login: Login, db_session: Session
) -> None:
    one = make_set(artist, tracks, slug="gone")
    login(client, artist)
    assert client.submit(f"/sets/{one.public_id}/delete").location == f"/sets/{one.public_id}/edit"
    assert client.get("/@artist/sets/gone").status_code == 200
    assert client.submit(f"/sets/{one.public_id}/delete", {"confirm": "y"}).location == "/library/playlists"
    assert client.get("/@artist/sets/gone").status_code == 404
    assert db_session.scalar(select(func.count()).select_from(SetItem)) == 0
    assert db_session.scalar(select(func.count()).select_from(Medium)) == 4


def test_what_is_being_deleted_is_gone_for_whoever_comes_second(
    client: Browser, make_set: Any, artist: User, login: Login, db_session: Session
) -> None:
    one = make_set(artist)
    login(client, artist)
    db_session.delete(db_session.get_one(Set, one.id))
    second = second_of_two(db_session, lambda: client.submit(f"/sets/{one.public_id}/delete", {"confirm": "y"}))
    assert second.status_code == 404


def test_whoever_goes_for_good_leaves_no_cover_behind(
    app: Flask, make_set: Any, artist: User, db_session: Session
) -> None:
    from tests.factories.media import add_picture  # noqa: PLC0415 - only here

    one = make_set(artist)
    one = db_session.get_one(Set, one.id)
    one.artwork_id = add_picture(db_session, store_of(app)).id
    db_session.commit()
    with app.app_context():
        for say_farewell in app.extensions["farewells"]:
            say_farewell(artist.id)
        db.session.commit()
    assert db_session.scalar(select(func.count()).select_from(Picture)) == 0


# Who may --------------------------------------------------------------------------------------------------------------


def test_to_others_the_pages_of_a_sets_owner_are_not_there(
    client: Browser, make_set: Any, artist: User, fan: User, tracks: list[Medium], login: Login, acting: Any
) -> None:
    one = make_set(artist, tracks)
    item = acting.items(one)[0][1]
    login(client, fan)
    assert client.get(f"/sets/{one.public_id}/edit").status_code == 404
    for path in ("edit", "cover", "cover/delete", "secret", "delete", "items", f"items/{item}/place",
                 f"items/{item}/delete", f"items/{item}/details"):  # fmt: skip
        assert client.submit(f"/sets/{one.public_id}/{path}", {**DETAILS, "confirm": "y"}).status_code == 404, path
    stranger = browser_of(client.application)
    assert "/login" in stranger.submit(f"/sets/{one.public_id}/delete", {"confirm": "y"}).location
    assert acting.order(one) == "ABCD"


# Watch later ----------------------------------------------------------------------------------------------------------


def test_watch_later_is_one_a_person_private_and_stays_as_it_is(
    client: Browser, fan: User, tracks: list[Medium], login: Login, db_session: Session, acting: Any
) -> None:
    login(client, fan)
    for medium in (tracks[0], tracks[1], tracks[0]):
        answer = client.submit(f"/media/{medium.public_id}/later")
        assert (answer.status_code, answer.location) == (303, f"/media/{medium.public_id}/sets")
    one = only_set(db_session)
    assert (one.kind, one.visibility, one.title) == (SetKind.WATCH_LATER, Visibility.PRIVATE, "Watch later")
    assert acting.order(one) == "BA", "the latest comes first"
    later = f"/media/{tracks[2].public_id}/later"
    assert client.submit(later, {"quick": "y"}).location == later, "a button on a page"
    assert "Kept for later." in client.get_partial(later).text
    assert client.get(later).location == f"/media/{tracks[2].public_id}/sets"
    client.submit(later, {"off": "y"})
    assert "any more" in client.get_partial(later).text
    client.submit(f"/media/{tracks[0].public_id}/later", {"off": "y"})
    assert acting.order(one) == "B"
    assert client.submit(f"/sets/{one.public_id}/edit", DETAILS).status_code == 422
    assert client.submit(f"/sets/{one.public_id}/delete", {"confirm": "y"}).status_code == 403
    assert browser_of(client.application).get(f"/@fan/sets/{one.slug}").status_code == 404
    assert client.get(f"/@fan/sets/{one.slug}").status_code == 200
    assert client.get(f"/sets/{one.public_id}/edit").status_code == 200


# What it costs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("member", [False, True], ids=["stranger", "member"])
def test_the_number_of_statements_does_not_grow_with_what_is_in_a_set(
    client: Browser, artist: User, make_medium: MakeMedium, login: Login, db_session: Session,
    count_statements: CountStatements, *, member: bool,
) -> None:  # fmt: skip
    if member:
        login(client, artist)
    media = [make_medium(artist, artwork=True, title=f"Work {number}") for number in range(30)]
    few, many = (add_set(db_session, artist, media[:count], title="Full") for count in (3, 30))

    def costs(one: Set) -> dict[str, int]:
        pages = [f"/@artist/sets/{one.slug}", f"/embed/sets/{one.public_id}", f"/sets/{one.public_id}/queue",
                 "/@artist/playlists", "/search?q=full&type=sets"]  # fmt: skip
        if member:
            pages += [f"/sets/{one.public_id}/edit", "/library/playlists", f"/media/{media[0].public_id}/sets"]
        counted = {}
        for path in pages:
            with count_statements() as seen:
                assert client.get(path).status_code == 200
            counted[path.replace(one.slug, "").replace(one.public_id, "")] = len(seen)
        return counted

    first = costs(few)
    for number in range(20):
        add_set(db_session, artist, media[:4], title=f"Full {number}")
    assert costs(many) == first
    assert max(first.values()) <= 8, first
