"""Likes and reposts: one each for a person and a thing, counted right, and only of what one may see."""

import time
from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Apart, User
from app.core import tallies
from app.core.events import OutboxEntry
from app.core.ids import uuid7
from app.extensions import db
from app.media.models import Medium
from app.playlists.models import Set
from app.social.errors import SubjectNotFound
from app.social.models import Activity, Comment, Like, Post, Repost
from app.social.services import reactions
from app.social.subjects import Subject, SubjectKind, get_subject
from tests.harness.browser import PARTIAL, Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson

CLICKS = 100
MOST_STATEMENTS = 8


@pytest.fixture
def artist(make_person: MakePerson) -> User:
    return make_person(username="artist", role="artist")


@pytest.fixture
def fan(make_person: MakePerson) -> User:
    return make_person(username="fan")


@pytest.fixture
def medium(artist: User, make_medium: MakeMedium) -> Medium:
    return make_medium(artist, slug="work", title="The Work")


@pytest.fixture
def as_fan(client: Browser, fan: User, login: Login) -> Browser:
    return login(client, fan)


def rows(session: Session, model: type[Like | Repost | Activity]) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


def count(app: Flask, subject: Medium | Set | Post | Comment, what: str = "likes") -> int:
    with app.app_context():
        return int(getattr(tallies.exact([subject.id])[subject.id], what))


def add_things(session: Session, artist: User, medium: Medium) -> dict[str, Set | Post | Comment | Medium]:
    one = Set(id=uuid7(), owner_id=artist.id, slug="mix", title="A Mix", listed=True)
    post = Post(id=uuid7(), author_id=artist.id, body_markdown="hello")
    comment = Comment(id=uuid7(), author_id=artist.id, medium_id=medium.id, body="mine")
    session.add_all([one, post, comment])
    session.commit()
    return {"media": medium, "sets": one, "posts": post, "comments": comment}


def test_everything_can_be_liked_and_the_like_taken_back(
    app: Flask, as_fan: Browser, artist: User, medium: Medium, db_session: Session
) -> None:
    for kind, thing in add_things(db_session, artist, medium).items():
        for _ in range(2):
            answer = as_fan.submit(f"/{kind}/{thing.public_id}/likes")
            assert answer.status_code == 303
            assert answer.location.startswith("/@artist/"), "without a script one is back at the thing"
            assert count(app, thing) == 1
        for _ in range(2):
            assert as_fan.submit(f"/{kind}/{thing.public_id}/likes/delete").status_code == 303
            assert count(app, thing) == 0
    assert rows(db_session, Like) == 0


def test_only_works_and_sets_can_be_passed_on(
    app: Flask, as_fan: Browser, artist: User, medium: Medium, db_session: Session
) -> None:
    for kind, thing in add_things(db_session, artist, medium).items():
        expected = 303 if kind in {"media", "sets"} else 404
        assert as_fan.submit(f"/{kind}/{thing.public_id}/reposts").status_code == expected
        assert count(app, thing, "reposts") == (expected == 303)
    assert rows(db_session, Activity) == 2
    assert as_fan.submit(f"/media/{medium.public_id}/reposts/delete").status_code == 303
    assert (count(app, medium, "reposts"), rows(db_session, Activity), rows(db_session, Repost)) == (0, 1, 1)


def test_the_words_of_a_repost_can_be_changed(app: Flask, as_fan: Browser, medium: Medium, db_session: Session) -> None:
    def say(caption: str) -> int:
        return as_fan.submit(f"/media/{medium.public_id}/reposts", {"caption": caption}).status_code

    assert say("first\u202e \u200bwords") == 303
    assert say("á" * 280) == 303
    assert say("x" * 281) == 422
    assert (count(app, medium, "reposts"), rows(db_session, Repost)) == (1, 1)
    assert db_session.scalar(select(Repost.caption)) == "á" * 280
    assert say("second\u202e \u200bwords\0") == 303
    db_session.rollback()
    assert db_session.scalar(select(Repost.caption)) == "second words"
    page = as_fan.get("/@artist/work").text
    assert "second words" in page
    answer = as_fan.submit(f"/media/{medium.public_id}/reposts", {"caption": "too long " * 40}, headers=PARTIAL)
    assert answer.status_code == 422
    assert "280 characters fit" in answer.text
    assert "too long too long" in answer.text, "what was written is still there"


def test_one_may_pass_on_ones_own_but_nothing_that_is_not_open(
    client: Browser, artist: User, login: Login, make_medium: MakeMedium, db_session: Session
) -> None:
    login(client, artist)
    own, hidden, draft = (
        make_medium(artist), make_medium(artist, visibility="unlisted"), make_medium(artist, published_at=None),
    )  # fmt: skip
    assert client.submit(f"/media/{own.public_id}/reposts").status_code == 303
    for medium in (hidden, draft):
        assert client.submit(f"/media/{medium.public_id}/reposts").status_code == 403
        assert client.submit(f"/media/{medium.public_id}/likes").status_code == 303
    assert rows(db_session, Repost) == 1


def parallel(app: Flask, clicks: list[Callable[[], bool]]) -> list[bool]:
    """Every click in a thread and a transaction of its own, all at once; eight at a time have a connection."""
    begin, said = Barrier(len(clicks)), list[bool]()

    def click(one: Callable[[], bool]) -> None:
        begin.wait()
        with app.app_context():
            said.append(one())
            db.session.commit()

    threads = [Thread(target=click, args=(one,)) for one in clicks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def test_a_hundred_clicks_at_once_are_one_like(app: Flask, fan: User, medium: Medium, db_session: Session) -> None:
    def act(do: Callable[..., bool]) -> Callable[[], bool]:
        def one() -> bool:
            user = db.session.get_one(User, fan.id)
            return do(user, subject_of(user, medium))

        return one

    assert parallel(app, [act(reactions.like_thing)] * CLICKS).count(True) == 1
    assert (rows(db_session, Like), count(app, medium)) == (1, 1)
    assert parallel(app, [act(reactions.unlike_thing)] * CLICKS).count(True) == 1
    assert (rows(db_session, Like), count(app, medium)) == (0, 0)
    mixed = [act(reactions.like_thing), act(reactions.unlike_thing)] * (CLICKS // 2)
    parallel(app, mixed)
    assert rows(db_session, Like) == count(app, medium)


def subject_of(user: User, medium: Medium) -> Subject:
    return get_subject(SubjectKind.MEDIUM, medium.public_id, user)


def test_a_hundred_people_at_once_are_a_hundred_likes(
    app: Flask, medium: Medium, make_person: MakePerson, db_session: Session
) -> None:
    people = [make_person().id for _ in range(CLICKS)]

    def of(person_id: object) -> Callable[[], bool]:
        return lambda: reactions.like_thing(user := db.session.get_one(User, person_id), subject_of(user, medium))

    assert parallel(app, [of(one) for one in people]).count(True) == CLICKS
    assert (rows(db_session, Like), count(app, medium)) == (CLICKS, CLICKS)
    with app.app_context():
        assert tallies.roll_up()[medium.id].likes == CLICKS
        db.session.commit()


def test_what_one_may_not_see_is_not_there(
    as_fan: Browser, artist: User, fan: User, make_medium: MakeMedium, db_session: Session
) -> None:
    hidden = make_medium(artist, visibility="unlisted", link_secret="the-secret")
    apart = make_medium(artist)
    comment = Comment(id=uuid7(), author_id=artist.id, medium_id=hidden.id, body="mine")
    db_session.add(comment)
    db_session.commit()
    paths = [
        f"/media/{make_medium(artist, visibility='private').public_id}", f"/media/{hidden.public_id}",
        f"/comments/{comment.public_id}", "/media/nothing", "/sets/nothing", "/posts/no%00thing",
    ]  # fmt: skip
    for path in paths:
        for act in ("likes", "likes/delete", "reposts", "reposts/delete"):
            assert as_fan.submit(f"{path}/{act}").status_code in {404, 405}, (path, act)
        assert as_fan.get(f"{path}/likes").status_code == 404
        assert as_fan.get_partial(f"{path}/reactions").status_code == 404
    assert as_fan.submit(f"/media/{hidden.public_id}/likes?s=the-secret").status_code == 303
    assert as_fan.submit(f"/media/{apart.public_id}/likes").status_code == 303
    db_session.add_all([
        Apart(person_id=fan.id, other_id=artist.id), Apart(person_id=artist.id, other_id=fan.id),
    ])  # fmt: skip
    db_session.commit()
    assert as_fan.submit(f"/media/{apart.public_id}/likes/delete").status_code == 404
    assert rows(db_session, Like) == 2


def test_a_stranger_gets_the_log_in_page_and_comes_back(app: Flask, client: Browser, fan: User, medium: Medium) -> None:
    page = client.get("/@artist/work").text
    assert 'href="/login?next=/%40artist/work"' in page or 'href="/login?next=/@artist/work"' in page
    before = {"Referer": "http://127.0.0.1/@artist/work?t=3"}
    answer = client.submit(f"/media/{medium.public_id}/likes", headers=before)
    assert (answer.status_code, answer.location) == (303, "/login?next=/@artist/work?t%3D3")
    answer = client.submit(f"/media/{medium.public_id}/likes", headers=before | PARTIAL)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/login?next=/@artist/work?t%3D3")
    elsewhere = client.submit(f"/media/{medium.public_id}/likes", headers={"Referer": "http://other.example/x"})
    assert elsewhere.location == "/login"
    answer = client.submit("/login?next=/@artist/work", {"login": fan.username, "password": "violets under the stairs"})
    assert answer.location == "/@artist/work"
    assert count(app, medium) == 0


def test_the_page_says_right_after_the_click_what_is_true_then(as_fan: Browser, medium: Medium) -> None:
    path = f"/media/{medium.public_id}"
    answer = as_fan.submit(f"{path}/likes", headers=PARTIAL)
    assert answer.status_code == 303
    bar = as_fan.get_partial(answer.location).text
    assert 'aria-pressed="true"' in bar
    assert '<data data-count="likes">1</data>' in bar
    assert "<main" not in bar
    assert 'aria-pressed="true"' in as_fan.get("/@artist/work").text
    assert as_fan.get(f"{path}/reactions").location == "/@artist/work"
    compact = as_fan.submit(f"{path}/likes", {"look": "compact"}, headers=PARTIAL)
    assert "reactions--compact" in as_fan.get_partial(compact.location).text


def test_what_is_refused_leaves_the_part_of_the_page_alone(as_fan: Browser) -> None:
    answer = as_fan.submit("/media/nothing/likes", headers=PARTIAL)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (404, "#toasts")
    assert "nothing at this address" in answer.text
    assert "<main" not in answer.text


def test_a_like_tells_those_who_follow_only_where_one_chose_that(
    as_fan: Browser, fan: User, artist: User, medium: Medium, db_session: Session, run_spine: Callable[[], int]
) -> None:
    things = add_things(db_session, artist, medium)
    as_fan.submit(f"/media/{medium.public_id}/likes")
    assert rows(db_session, Activity) == 0
    assert db_session.scalars(select(OutboxEntry.name)).all() == ["ThingLiked"]
    db_session.get_one(User, fan.id).shares_likes = True
    db_session.commit()
    as_fan.submit(f"/media/{medium.public_id}/likes/delete")
    for kind, thing in things.items():
        as_fan.submit(f"/{kind}/{thing.public_id}/likes")
    assert rows(db_session, Activity) == 3, "a comment stands in no feed"
    as_fan.submit(f"/media/{medium.public_id}/likes/delete")
    assert rows(db_session, Activity) == 2
    run_spine()


def test_who_likes_it_is_listed_page_by_page_without_those_kept_apart(
    as_fan: Browser, fan: User, medium: Medium, make_person: MakePerson, db_session: Session,
    count_statements: CountStatements,
) -> None:  # fmt: skip
    people = [make_person(username=f"liker{number:02}") for number in range(30)]
    for person in people:
        time.sleep(0.002)  # ids of one millisecond have no order
        db_session.add(Like(id=uuid7(), user_id=person.id, medium_id=medium.id))
        db_session.add(Repost(id=uuid7(), user_id=person.id, medium_id=medium.id))
        db_session.flush()
    db_session.add(Apart(person_id=fan.id, other_id=people[-1].id))
    db_session.commit()
    for what in ("likes", "reposts"):
        path = f"/media/{medium.public_id}/{what}"
        with count_statements() as seen:
            page = as_fan.get(path).text
        assert len(seen) <= MOST_STATEMENTS
        assert "liker29" not in page
        assert page.index("liker28") < page.index("liker05")
        assert "liker04" not in page
        part = as_fan.get_partial(path).text
        assert "<main" not in part
        next_url = part.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
        assert "liker00" in as_fan.get_partial(next_url).text
    assert as_fan.get(f"/media/{medium.public_id}/likes?after=nonsense").status_code == 400


def test_the_copy_in_a_comments_row_follows_its_tally(
    app: Flask, as_fan: Browser, artist: User, medium: Medium, db_session: Session
) -> None:
    comment = add_things(db_session, artist, medium)["comments"]

    def kept() -> int:
        with app.app_context():
            tallies.roll_up()
            db.session.commit()
        db_session.rollback()
        return db_session.scalar(select(Comment.likes).where(Comment.id == comment.id)) or 0

    as_fan.submit(f"/comments/{comment.public_id}/likes")
    assert kept() == 1
    as_fan.submit(f"/comments/{comment.public_id}/likes/delete")
    assert kept() == 0


def test_whoever_goes_takes_their_likes_out_of_the_counts(
    app: Flask, as_fan: Browser, fan: User, artist: User, medium: Medium, db_session: Session
) -> None:
    things = add_things(db_session, artist, medium)
    for kind, thing in things.items():
        as_fan.submit(f"/{kind}/{thing.public_id}/likes")
    as_fan.submit(f"/media/{medium.public_id}/reposts")
    with app.app_context():
        reactions.take_back_all_of(fan.id)
        db.session.delete(db.session.get_one(User, fan.id))
        db.session.commit()
    assert [count(app, thing) for thing in things.values()] == [0] * 4
    assert count(app, medium, "reposts") == 0


def test_a_medium_that_goes_in_this_moment_is_not_liked(
    app: Flask, fan: User, medium: Medium, db_session: Session
) -> None:
    with app.app_context():
        user = db.session.get_one(User, fan.id)
        subject = subject_of(user, medium)
        db_session.delete(db_session.get_one(Medium, medium.id))
        db_session.commit()
        with pytest.raises(SubjectNotFound):
            reactions.like_thing(user, subject)
        db.session.rollback()


def test_a_stranger_sees_the_counts(app: Flask, medium: Medium, as_fan: Browser) -> None:
    as_fan.submit(f"/media/{medium.public_id}/likes")
    page = browser_of(app).get("/@artist/work").text
    assert '<data data-count="likes">1</data>' in page
    assert "csrf_token" not in page
