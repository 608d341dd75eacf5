"""Following: once each, counted once, idempotent, and the lists of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core import tallies
from app.core.clock import now
from app.core.events import OutboxEntry
from app.extensions import db
from app.social.errors import NotYourself
from app.social.models import Follow
from app.social.services import graph
from tests.harness.browser import PARTIAL, Browser
from tests.harness.kinds import CountStatements, Login, MakePerson

CLICKS = 100


@pytest.fixture
def ana(make_person: MakePerson) -> User:
    return make_person(username="ana", display_name="Ana")


@pytest.fixture
def ben(make_person: MakePerson) -> User:
    return make_person(username="ben", display_name="Ben", role="artist")


@pytest.fixture
def member(client: Browser, ana: User, login: Login) -> Browser:
    """Ana's browser."""
    return login(client, ana)


def counts(app: Flask, *people: User) -> list[tuple[int, int]]:
    """Followers and following of each."""
    with app.app_context():
        found = tallies.exact([one.id for one in people])
        return [(found[one.id].followers, found[one.id].following) for one in people]


def follows(session: Session) -> list[tuple[object, object, bool]]:
    session.expire_all()
    return [(row.follower_id, row.followed_id, row.rings) for row in session.scalars(select(Follow))]


def names(session: Session) -> list[str]:
    return list(session.scalars(select(OutboxEntry.name).where(OutboxEntry.name.like("Person%"))))


def add_follows(session: Session, *pairs: tuple[User, User]) -> None:
    """Rows with their counts, each a minute older than the one before."""
    for age, (follower, followed) in enumerate(pairs):
        moment = now() - timedelta(minutes=age)
        session.add(Follow(follower_id=follower.id, followed_id=followed.id, created_at=moment))
        session.add(tallies.TallyChange(subject_id=followed.id, count=tallies.Count.FOLLOWERS, by=1))
        session.add(tallies.TallyChange(subject_id=follower.id, count=tallies.Count.FOLLOWING, by=1))
    session.commit()


def test_a_person_is_followed_once_however_often_one_says_so(
    app: Flask, member: Browser, ana: User, ben: User, db_session: Session
) -> None:
    for _ in range(2):
        answer = member.submit("/people/ben/follow")
        assert (answer.status_code, answer.location) == (303, "/@ben")
    assert follows(db_session) == [(ana.id, ben.id, True)]
    assert counts(app, ana, ben) == [(0, 1), (1, 0)]
    assert names(db_session) == ["PersonFollowed"]
    page = member.get("/@ben").text
    assert "Following" in page
    assert "<b>1</b> follower<" in page.replace("\n", "")


def test_whoever_unfollows_twice_is_counted_once(
    app: Flask, member: Browser, ana: User, ben: User, db_session: Session
) -> None:
    member.submit("/people/ben/follow")
    for _ in range(2):
        assert member.submit("/people/ben/follow/delete", {"back": "/library/following"}).status_code == 303
    assert follows(db_session) == []
    assert counts(app, ana, ben) == [(0, 0), (0, 0)]


def test_a_hundred_follows_at_once_are_one(app: Flask, ana: User, ben: User, db_session: Session) -> None:
    def follow(_: int) -> None:
        with app.app_context():
            graph.follow_person(ana.id, ben.id)
            db.session.commit()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(follow, range(CLICKS)))
    assert len(follows(db_session)) == 1
    assert counts(app, ana, ben) == [(0, 1), (1, 0)]


def test_nobody_follows_mutes_or_blocks_themselves(app: Flask, member: Browser, ana: User, db_session: Session) -> None:
    for act in ("follow", "mute", "block"):
        assert member.submit(f"/people/ana/{act}").status_code == 422
    assert member.get("/people/ana/block").status_code == 422
    assert follows(db_session) == []
    with app.app_context(), pytest.raises(NotYourself):
        graph.follow_person(ana.id, ana.id)


@pytest.mark.usefixtures("ben")
def test_strangers_are_asked_to_log_in_and_find_a_link_instead_of_a_form(client: Browser) -> None:
    assert client.submit("/people/ben/follow").status_code == 303
    page = client.get("/@ben").text
    assert "/login?next=/@ben" in page
    assert "/people/ben/follow" not in page


def test_nobody_of_that_name_is_nobody(member: Browser, make_person: MakePerson) -> None:
    make_person(username="leaving", deletion_due_at=now())
    for name in ("nobody", "leaving"):
        for act in ("follow", "follow/delete", "follow/bell", "mute"):
            assert member.submit(f"/people/{name}/{act}").status_code == 404


def test_the_bell_of_a_follow_is_a_switch(member: Browser, ana: User, ben: User, db_session: Session) -> None:
    member.submit("/people/ben/follow/bell", {"rings": "1"})
    assert follows(db_session) == []
    member.submit("/people/ben/follow")
    member.submit("/people/ben/follow/bell", {"rings": "0"})
    assert follows(db_session) == [(ana.id, ben.id, False)]
    member.submit("/people/ben/follow")  # once more keeps the choice
    assert follows(db_session) == [(ana.id, ben.id, False)]
    member.submit("/people/ben/follow/bell", {"rings": "1"})
    assert follows(db_session) == [(ana.id, ben.id, True)]


@pytest.mark.usefixtures("ben")
def test_htmx_gets_the_button_and_the_count_beside_it(member: Browser) -> None:
    answer = member.submit("/people/ben/follow", {"shows": "count"}, headers=PARTIAL)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "/people/ben/follow/delete" in answer.text
    assert 'id="followers-ben" hx-swap-oob="true"' in answer.text
    again = member.submit("/people/ben/follow/delete", {"size": "small", "back": "/feed"}, headers=PARTIAL)
    assert "followers-ben" not in again.text
    assert 'name="back" value="/feed"' in again.text


@pytest.mark.usefixtures("ben")
@pytest.mark.parametrize(
    ("said", "led"),
    [("/feed", "/feed"), ("/@ana/following?after=x", "/@ana/following?after=x"), ("//evil.example", "/@ben"),
     ("https://evil.example", "/@ben"), ("/@\\evil.example", "/@ben"), ("/admin", "/@ben"), ("", "/@ben")],
)  # fmt: skip
def test_a_form_leads_back_to_its_page_and_to_no_other_site(member: Browser, said: str, led: str) -> None:
    assert member.submit("/people/ben/follow", {"back": said}).location == led


def test_the_lists_show_the_latest_first_page_by_page(
    member: Browser, ben: User, make_person: MakePerson, db_session: Session
) -> None:
    fans = [make_person(username=f"fan{number:02d}") for number in range(30)]
    add_follows(db_session, *[(fan, ben) for fan in fans])
    page = member.get("/@ben/followers")
    assert page.text.index("fan00") < page.text.index("fan23")
    assert "fan24" not in page.text
    more = member.get_partial(page.text.split('class="more"')[1].split('href="')[1].split('"')[0])
    assert "fan24" in more.text
    assert "fan29" in more.text
    assert "<html" not in more.text
    assert "Ben" in member.get("/@fan00/following").text
    assert "does not follow anyone" in member.get("/@ben/following").text


def test_a_list_costs_the_same_whatever_its_length(
    member: Browser, ana: User, ben: User, make_person: MakePerson, db_session: Session,
    count_statements: CountStatements,
) -> None:  # fmt: skip
    def cost(path: str) -> int:
        with count_statements() as seen:
            assert member.get(path).status_code == 200
        return len(seen)

    fans = [make_person(username=f"fan{number}") for number in range(20)]
    add_follows(db_session, (fans[0], ben), (ana, fans[0]))
    paths = ["/@ben/followers", "/@ana/following", "/library/following", "/settings/blocked", "/people/ben/block"]
    few = [cost(path) for path in paths]
    add_follows(db_session, *[(fan, ben) for fan in fans[1:]], *[(ana, fan) for fan in fans[1:]])
    many = [cost(path) for path in paths]
    assert few == many
    assert max(many) <= 8, many


def test_ones_own_list_of_following_has_a_button_for_each(
    member: Browser, ana: User, ben: User, db_session: Session
) -> None:
    add_follows(db_session, (ana, ben))
    page = member.get("/library/following").text
    assert "Ben" in page
    assert "/people/ben/follow/delete" in page


def test_someone_who_goes_for_good_leaves_everyones_counts(
    app: Flask, ana: User, ben: User, make_person: MakePerson, db_session: Session
) -> None:
    cleo = make_person(username="cleo")
    add_follows(db_session, (ana, ben), (ben, ana), (cleo, ben), (ana, cleo))
    with app.app_context():
        graph.end_follows_of(ana.id)
        graph.end_follows_of(ana.id)
        db.session.commit()
    assert counts(app, ben, cleo) == [(1, 0), (0, 1)]
    assert follows(db_session) == [(cleo.id, ben.id, True)]


def test_the_head_says_who_follows_the_visitor(member: Browser, ana: User, ben: User, db_session: Session) -> None:
    assert "Follows you" not in member.get("/@ben").text
    add_follows(db_session, (ben, ana))
    assert "Follows you" in member.get("/@ben").text


def test_the_way_to_ones_followers_does_not_change_with_ones_name(
    client: Browser, make_person: MakePerson, login: Login
) -> None:
    person = make_person()
    login(client, person)
    assert client.get("/library/followers").headers["Location"] == f"/@{person.username}/followers"
    assert client.get(f"/@{person.username}/followers").status_code == 200
