"""Polls: two to six answers and a clock; one vote each, held by the database, and it stands."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core import tallies
from app.core.clock import now
from app.social.models import PollOption, PollVote, Post
from tests.factories.posts import add_post
from tests.harness.browser import PARTIAL, Browser, browser_of
from tests.harness.kinds import Login, MakePerson


@pytest.fixture
def ana(make_person: MakePerson) -> User:
    return make_person(username="ana", role="artist")


@pytest.fixture
def ben(client: Browser, make_person: MakePerson, login: Login) -> Browser:
    return login(client, make_person(username="ben"))


@pytest.fixture
def poll(ana: User, db_session: Session) -> Post:
    closes_at = now() + timedelta(days=1)
    return add_post(db_session, ana, "Which one first?", answers=("Vinyl", "Tape", "Both"), closes_at=closes_at)


def votes(session: Session, app: Flask, post: Post) -> list[int]:
    session.expire_all()
    options = session.scalars(select(PollOption.id).where(PollOption.post_id == post.id).order_by(PollOption.position))
    ids = list(options)
    with app.app_context():
        counts = tallies.exact(ids)
    return [counts[one].votes for one in ids]


def test_a_poll_comes_with_a_post(app: Flask, ana: User, login: Login, db_session: Session) -> None:
    browser = login(browser_of(app), ana)
    answers = {"answer_1": "Vinyl", "answer_2": " ", "answer_4": "Tape\u202e "}
    assert browser.submit("/posts", {"body": "Which?", "lasts": "72", **answers}).status_code == 303
    post = db_session.scalars(select(Post)).one()
    assert post.poll_closes_at is not None
    assert abs(post.poll_closes_at - now() - timedelta(days=3)) < timedelta(minutes=1)
    labels = db_session.scalars(select(PollOption.label).order_by(PollOption.position)).all()
    assert labels == ["Vinyl", "Tape"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"body": "Which?", "answer_1": "Only one"}, "2 to 6 answers"),
        ({"body": "Which?", "answer_1": "Same", "answer_2": "sAME"}, "are the same"),
        ({"body": "Which?", "answer_1": "a", "answer_2": "b", "lasts": "9999"}, "Not a valid choice"),
        ({"body": "Which?", "answer_1": "a" * 81, "answer_2": "b"}, "80 characters at most"),
        ({"body": "", "answer_1": "a", "answer_2": "b"}, "Ask something first"),
    ],
)
def test_what_is_no_poll_is_refused(
    app: Flask, ana: User, login: Login, db_session: Session, data: dict[str, str], sentence: str
) -> None:
    refused = login(browser_of(app), ana).submit("/posts", data)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert db_session.scalars(select(Post)).all() == []


def test_results_are_for_those_who_voted(
    app: Flask, ben: Browser, poll: Post, make_person: MakePerson, login: Login, db_session: Session
) -> None:
    path = f"/@ana/posts/{poll.public_id}"
    before = ben.get(path).text
    assert "poll__results" not in before
    assert 'type="radio"' in before
    assert "Log in to vote" in browser_of(app).get(path).text
    answer = ben.submit(f"/posts/{poll.public_id}/votes", {"answer": "1"})
    assert (answer.status_code, answer.location) == (303, path)
    login(browser_of(app), make_person()).submit(f"/posts/{poll.public_id}/votes", {"answer": "0"})
    after = ben.get(path).text
    assert "poll__results" in after
    assert after.count("50 %") >= 2
    assert "2 votes" in after
    assert "Your vote" in after
    assert votes(db_session, app, poll) == [1, 1, 0]


def test_a_vote_stands_and_the_same_again_changes_nothing(
    ben: Browser, app: Flask, poll: Post, db_session: Session
) -> None:
    ben.submit(f"/posts/{poll.public_id}/votes", {"answer": "1"})
    assert ben.submit(f"/posts/{poll.public_id}/votes", {"answer": "1"}).status_code == 303
    other = ben.submit(f"/posts/{poll.public_id}/votes", {"answer": "2"}, headers=PARTIAL)
    assert (other.status_code, "a vote stands" in other.text) == (409, True)
    plain = ben.submit(f"/posts/{poll.public_id}/votes", {"answer": "2"}, follow_redirects=True)
    assert "a vote stands" in plain.text
    assert votes(db_session, app, poll) == [0, 1, 0]


def test_a_hundred_presses_at_once_are_one_vote(ben: Browser, app: Flask, poll: Post, db_session: Session) -> None:
    token, cookie = ben.csrf_token(), ben.get_cookie("session", domain="127.0.0.1")
    assert cookie

    def press(number: int) -> int:
        another = browser_of(app)
        another.set_cookie("session", cookie.value, domain="127.0.0.1")
        data = {"answer": str(number % 3), "csrf_token": token}
        return another.post(f"/posts/{poll.public_id}/votes", data=data).status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(press, range(30))) == {303}
    assert db_session.scalar(select(func.count()).select_from(PollVote)) == 1
    assert sum(votes(db_session, app, poll)) == 1


def test_after_the_clock_nobody_votes_and_everyone_sees_the_results(
    ben: Browser, app: Flask, ana: User, db_session: Session
) -> None:
    post = add_post(db_session, ana, "Was?", answers=("a", "b"), closes_at=now() - timedelta(seconds=1))
    late = ben.submit(f"/posts/{post.public_id}/votes", {"answer": "0"}, headers=PARTIAL)
    assert (late.status_code, "came after its end" in late.text) == (409, True)
    plain = ben.submit(f"/posts/{post.public_id}/votes", {"answer": "0"}, follow_redirects=True)
    assert "came after its end" in plain.text
    page = browser_of(app).get(f"/@ana/posts/{post.public_id}").text
    assert "poll__results" in page
    assert "Closed" in page
    assert votes(db_session, app, post) == [0, 0]


def test_with_htmx_the_poll_alone_is_swapped(ben: Browser, poll: Post) -> None:
    answer = ben.submit(f"/posts/{poll.public_id}/votes", {"answer": "0"}, headers=PARTIAL)
    assert answer.location == f"/posts/{poll.public_id}/poll"
    part = ben.get_partial(answer.location).text
    assert part.lstrip().startswith("<div")
    assert "poll__results" in part
    assert ben.get(answer.location).location == f"/@ana/posts/{poll.public_id}"
    none = ben.submit(f"/posts/{poll.public_id}/votes", {}, headers=PARTIAL)
    assert (none.status_code, "Pick one" in none.text) == (422, True)


def test_there_is_no_vote_where_there_is_no_poll_and_none_for_strangers(
    ben: Browser, app: Flask, ana: User, poll: Post, db_session: Session
) -> None:
    bare = add_post(db_session, ana, "Words")
    assert ben.submit(f"/posts/{bare.public_id}/votes", {"answer": "0"}).status_code == 404
    assert ben.get_partial(f"/posts/{bare.public_id}/poll").status_code == 404
    assert ben.submit(f"/posts/{poll.public_id}/votes", {"answer": "5"}).status_code == 404
    stranger = browser_of(app).submit(f"/posts/{poll.public_id}/votes", {"answer": "0"})
    assert "/login" in stranger.location
    assert votes(db_session, app, poll) == [0, 0, 0]
