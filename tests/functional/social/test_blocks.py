"""A block hides two people from each other, both ways and everywhere; a mute hides one from the other's feed alone."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.errors import PersonNotFound
from app.accounts.models import Apart, User
from app.core import tallies
from app.core.clock import now
from app.core.events import OutboxEntry
from app.extensions import db
from app.media.models import Medium
from app.plays.models import Position
from app.social.models import Follow, Mute
from app.social.services import graph
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson
from tests.harness.races import second_of_two


@pytest.fixture
def ana(make_person: MakePerson) -> User:
    return make_person(username="ana", display_name="Ana", role="artist")


@pytest.fixture
def ben(make_person: MakePerson) -> User:
    return make_person(username="ben", display_name="Ben", role="artist")


@pytest.fixture
def works(ana: User, ben: User, make_medium: MakeMedium) -> list[Medium]:
    """One by each."""
    return [make_medium(one, title=f"Work by {one.display_name}", slug="work") for one in (ana, ben)]


@pytest.fixture
def browsers(app: Flask, ana: User, ben: User, login: Login) -> tuple[Browser, Browser]:
    """Ana's and Ben's."""
    return login(browser_of(app), ana), login(browser_of(app), ben)


def apart(session: Session) -> set[tuple[object, object, bool]]:
    session.expire_all()
    return {(row.person_id, row.other_id, row.blocked_at is not None) for row in session.scalars(select(Apart))}


def keep_apart(session: Session, blocker: User, blocked: User) -> None:
    session.add(Apart(person_id=blocker.id, other_id=blocked.id, blocked_at=now()))
    session.add(Apart(person_id=blocked.id, other_id=blocker.id))
    session.commit()


def test_a_block_ends_follows_both_ways_and_counts_it_once(
    app: Flask, browsers: tuple[Browser, Browser], ana: User, ben: User, db_session: Session
) -> None:
    anas, bens = browsers
    anas.submit("/people/ben/follow")
    bens.submit("/people/ana/follow")
    for _ in range(2):
        answer = anas.submit("/people/ben/block")
        assert (answer.status_code, answer.location) == (303, "/settings/blocked")
    assert apart(db_session) == {(ana.id, ben.id, True), (ben.id, ana.id, False)}
    assert db_session.scalars(select(Follow)).all() == []
    with app.app_context():
        found = tallies.exact([ana.id, ben.id])
    assert {(one.followers, one.following) for one in found.values()} == {(0, 0)}
    events = db_session.scalars(select(OutboxEntry.name).where(OutboxEntry.name == "PersonBlocked")).all()
    assert len(events) == 1


def test_neither_finds_the_other_anywhere(
    browsers: tuple[Browser, Browser], works: list[Medium], ana: User, ben: User, db_session: Session
) -> None:
    keep_apart(db_session, ana, ben)
    for mine, browser, other in ((works[0], browsers[0], ben), (works[1], browsers[1], ana)):
        for path in ("", "/tracks", "/videos", "/followers", "/following", "/work"):
            assert browser.get(f"/@{other.username}{path}").status_code == 404, path
        assert browser.get(f"/people/{other.username}/block").status_code == 404
        for act in ("follow", "follow/delete", "follow/bell", "mute"):
            assert browser.submit(f"/people/{other.username}/{act}").status_code == 404
        for path in ("/", "/music", "/search?q=work", "/search?q=work&type=audio"):
            assert f"Work by {other.display_name}" not in browser.get(path).text, path
        own = browser.get("/music").text
        assert mine.title in own


def test_strangers_and_third_parties_find_both(
    app: Flask, client: Browser, works: list[Medium], ana: User, ben: User, make_person: MakePerson, login: Login,
    db_session: Session,
) -> None:  # fmt: skip
    keep_apart(db_session, ana, ben)
    for browser in (client, login(browser_of(app), make_person())):
        for path in ("/", "/music", "/search?q=work"):
            text = browser.get(path).text
            assert all(work.title in text for work in works), path
        assert browser.get("/@ana").status_code == browser.get("/@ben").status_code == 200


def test_what_is_next_to_play_and_what_was_played_leave_the_other_out(
    browsers: tuple[Browser, Browser], works: list[Medium], ana: User, ben: User, db_session: Session
) -> None:
    for work in works:
        db_session.add(Position(user_id=ana.id, medium_id=work.id, position_ms=3000))
    keep_apart(db_session, ana, ben)
    for path in ("/@ana/work", "/library/history", "/"):
        text = browsers[0].get(path).text
        assert "Work by Ana" in text, path
        assert "Work by Ben" not in text, path


def test_lists_of_others_leave_the_other_out(
    browsers: tuple[Browser, Browser], ana: User, ben: User, make_person: MakePerson, db_session: Session
) -> None:
    cleo = make_person(username="cleo")
    for one in (ana, ben):
        db_session.add(Follow(follower_id=one.id, followed_id=cleo.id))
        db_session.add(Follow(follower_id=cleo.id, followed_id=one.id, created_at=now() - timedelta(minutes=1)))
    keep_apart(db_session, ana, ben)
    for browser, self_, other in ((browsers[0], ana, ben), (browsers[1], ben, ana)):
        for path in ("/@cleo/followers", "/@cleo/following"):
            text = browser.get(path).text
            assert f"@{self_.username}" in text
            assert f"@{other.username}" not in text


def test_a_blocked_medium_does_not_play(
    browsers: tuple[Browser, Browser], works: list[Medium], ana: User, ben: User, db_session: Session
) -> None:
    keep_apart(db_session, ana, ben)
    for path in ("/media/{}/playback", "/embed/media/{}", "/media/{}/download"):
        assert browsers[0].get(path.format(works[1].public_id)).status_code == 404


def test_unblocking_brings_them_back_unless_the_other_blocked_too(
    browsers: tuple[Browser, Browser], ana: User, ben: User, db_session: Session
) -> None:
    anas, bens = browsers
    anas.submit("/people/ben/block")
    bens.submit("/people/ana/block")
    assert apart(db_session) == {(ana.id, ben.id, True), (ben.id, ana.id, True)}
    anas.submit("/people/ben/block/delete")
    assert apart(db_session) == {(ana.id, ben.id, False), (ben.id, ana.id, True)}
    assert anas.get("/@ben").status_code == 404
    assert "@ben" not in anas.get("/settings/blocked").text.split("Blocked</h2>")[1].split("Muted</h2>")[0]
    bens.submit("/people/ana/block/delete")
    bens.submit("/people/ana/block/delete")
    assert apart(db_session) == set()
    assert anas.get("/@ben").status_code == 200


def test_whoever_was_blocked_finds_nothing_to_undo(
    browsers: tuple[Browser, Browser], ana: User, ben: User, db_session: Session
) -> None:
    keep_apart(db_session, ana, ben)
    assert "@ben" in browsers[0].get("/settings/blocked").text
    assert "@ana" not in browsers[1].get("/settings/blocked").text
    browsers[1].submit("/people/ana/block/delete")
    assert (ana.id, ben.id, True) in apart(db_session)


def test_the_page_before_a_block_says_what_it_does(browsers: tuple[Browser, Browser]) -> None:
    page = browsers[0].get("/people/ben/block")
    assert page.status_code == 200
    assert "Neither of you finds the other" in page.text


def test_a_mute_is_undone_where_it_is_listed(
    browsers: tuple[Browser, Browser], ana: User, ben: User, db_session: Session
) -> None:
    anas, bens = browsers
    for _ in range(2):
        assert anas.submit("/people/ben/mute").location == "/@ben"
    assert [(one.muter_id, one.muted_id) for one in db_session.scalars(select(Mute))] == [(ana.id, ben.id)]
    assert "Unmute" in anas.get("/@ben").text
    assert anas.get("/@ben").status_code == bens.get("/@ana").status_code == 200
    assert "@ben" in anas.get("/settings/blocked").text
    assert anas.submit("/people/ben/mute/delete", {"back": "/settings/blocked"}).location == "/settings/blocked"
    db_session.expire_all()
    assert db_session.scalars(select(Mute)).all() == []


def test_a_follow_that_waits_for_a_block_comes_to_nothing(
    app: Flask, ana: User, ben: User, db_session: Session
) -> None:
    """The block holds the pair, uncommitted, while the follow waits for it."""

    def follow() -> str:
        with app.app_context():
            try:
                graph.follow_person(ben.id, ana.id)
                db.session.commit()
            except PersonNotFound:
                return "not found"
            return "followed"

    with app.app_context():
        graph.block_person(ana.id, ben.id)
        assert second_of_two(db.session(), follow) == "not found"
    assert db_session.scalars(select(Follow)).all() == []


def test_home_costs_few_statements_for_whoever_blocked_somebody(
    browsers: tuple[Browser, Browser], works: list[Medium], ana: User, ben: User, db_session: Session,
    count_statements: CountStatements,
) -> None:  # fmt: skip
    assert works
    keep_apart(db_session, ana, ben)
    for path in ("/", "/music", "/search?q=work", "/library/history"):
        with count_statements() as seen:
            assert browsers[0].get(path).status_code == 200
        assert len(seen) <= 8, path
