"""People whom somebody might want to follow: with the reason, never anyone hidden or followed, at a bounded cost."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Apart, User
from app.core.clock import now
from app.media.models import Medium
from app.plays.models import Position
from app.social.models import Follow, Like, Mute
from app.social.queries.suggestions import suggested_people
from tests.harness.browser import Browser
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson

Suggested = Callable[[], dict[str, str]]


@pytest.fixture
def ana(make_person: MakePerson) -> User:
    return make_person(username="ana", display_name="Ana")


@pytest.fixture
def suggested(app: Flask, ana: User) -> Suggested:
    """Whom Ana is told of: username to reason, in their order."""

    def ask() -> dict[str, str]:
        with app.app_context():
            return {card.username: card.reason for card in suggested_people(ana.id, size=10)}

    return ask


def add_follows(session: Session, *pairs: tuple[User, User]) -> None:
    session.add_all([Follow(follower_id=one.id, followed_id=other.id) for one, other in pairs])
    session.commit()


def test_friends_of_friends_come_first_those_with_most_in_front(
    suggested: Suggested, ana: User, make_person: MakePerson, db_session: Session
) -> None:
    friends = [make_person(display_name=f"Friend {number}") for number in range(4)]
    one, many = make_person(username="one"), make_person(username="many")
    add_follows(db_session, *[(ana, friend) for friend in friends], *[(friend, many) for friend in friends])
    add_follows(db_session, (friends[0], one), (friends[0], ana))
    assert suggested() == {
        "many": "Followed by Friend 0 and 3 others you follow",
        "one": "Followed by Friend 0, whom you follow",
    }


def test_then_come_those_whose_works_one_played_and_liked(
    suggested: Suggested, ana: User, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    played, liked, new = (make_person(username=name, role="artist") for name in ("played", "liked", "newcomer"))
    works: list[Medium] = [make_medium(played, title="Tide"), make_medium(liked, title="Ebb")]
    make_medium(new, realm_slug="voice")
    db_session.add(Position(user_id=ana.id, medium_id=works[0].id, position_ms=1000))
    db_session.add(Like(user_id=ana.id, medium_id=works[1].id))
    db_session.commit()
    assert suggested() == {
        "played": "Because you played “Tide”", "liked": "Because you liked “Ebb”", "newcomer": "New here in Voice",
    }  # fmt: skip
    assert list(suggested()) == ["played", "liked", "newcomer"]


def test_nobody_is_suggested_who_is_followed_hidden_gone_or_oneself(
    suggested: Suggested, ana: User, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    people = {
        name: make_person(username=name, role="artist") for name in ("followed", "muted", "blocked", "blocker", "fresh")
    }
    for person in [*people.values(), ana, make_person(username="leaving", role="artist", deletion_due_at=now())]:
        make_medium(person)
    add_follows(db_session, (ana, people["followed"]))
    db_session.add(Mute(muter_id=ana.id, muted_id=people["muted"].id))
    for blocker, blocked in ((ana, people["blocked"]), (people["blocker"], ana)):
        db_session.add(Apart(person_id=blocker.id, other_id=blocked.id, blocked_at=now()))
        db_session.add(Apart(person_id=blocked.id, other_id=blocker.id))
    db_session.commit()
    assert list(suggested()) == ["fresh"]


def test_someone_is_suggested_once_for_the_best_reason(
    suggested: Suggested, ana: User, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    friend, artist = make_person(display_name="Friend"), make_person(username="artist", role="artist")
    medium = make_medium(artist)
    add_follows(db_session, (ana, friend), (friend, artist))
    db_session.add(Like(user_id=ana.id, medium_id=medium.id))
    db_session.commit()
    assert suggested() == {"artist": "Followed by Friend, whom you follow"}


def test_only_what_everyone_may_find_gives_a_reason(
    suggested: Suggested, ana: User, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    medium = make_medium(make_person(role="artist"), visibility="private")
    db_session.add(Like(user_id=ana.id, medium_id=medium.id))
    db_session.commit()
    assert suggested() == {}


def test_home_suggests_people_to_whoever_follows_few(
    client: Browser, login: Login, ana: User, make_person: MakePerson, make_medium: MakeMedium, db_session: Session,
    count_statements: CountStatements,
) -> None:  # fmt: skip
    artists = [make_person(username=f"artist{number}", role="artist") for number in range(8)]
    for artist in artists:
        make_medium(artist)
    assert "/people/suggested" not in client.get("/").text
    login(client, ana)
    assert client.get_partial("/people/suggested").text.count("New here in Music") == 4
    assert client.get("/people/suggested").location == "/library/following"
    for followed in range(5):
        with count_statements() as seen:
            page = client.get("/").text
        assert len(seen) <= 8
        assert "/people/suggested" in page
        add_follows(db_session, (ana, artists[followed]))
    assert "/people/suggested" not in client.get("/").text
    assert "Worth following" in client.get("/library/following").text


def test_an_empty_list_of_following_suggests_people(
    client: Browser, login: Login, ana: User, make_person: MakePerson, make_medium: MakeMedium
) -> None:
    make_medium(make_person(username="artist", role="artist", display_name="ناول"))
    page = login(client, ana).get("/library/following").text
    assert "You follow nobody yet" in page
    assert "ناول" in page


def test_likes_are_shared_by_choice(client: Browser, login: Login, ana: User, db_session: Session) -> None:
    login(client, ana)
    assert not ana.shares_likes
    for said, expected in (({"share_likes": "y"}, True), ({}, False)):
        assert client.submit("/settings/privacy", said).status_code == 303
        db_session.refresh(ana)
        assert ana.shares_likes is expected
    assert "feed what I like" in client.get("/settings/privacy").text
