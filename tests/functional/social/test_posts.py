"""Posts: who writes them, what may be in them, who reads them; edited with a history, deleted with all of theirs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Apart, User
from app.core.clock import now
from app.core.events import OutboxEntry
from app.media.models import CommentPolicy, Medium
from app.playlists.models import Set
from app.social.models import Activity, Post, PostVersion
from tests.conftest import store_of
from tests.factories.media import add_picture
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.functional.social.post_sending import files_of, picture_file, send
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson, Settle

MOST_STATEMENTS = 8


@pytest.fixture
def ana(make_person: MakePerson) -> User:
    return make_person(username="ana", role="artist", display_name="Ana")


@pytest.fixture
def ben(make_person: MakePerson) -> User:
    return make_person(username="ben")


@pytest.fixture
def browser(client: Browser, ana: User, login: Login) -> Browser:
    return login(client, ana)


def posts(session: Session) -> list[Post]:
    session.expire_all()
    return list(session.scalars(select(Post).order_by(Post.id)))


def keep_apart(session: Session, one: User, other: User) -> None:
    session.add_all(
        [Apart(person_id=one.id, other_id=other.id, blocked_at=now()), Apart(person_id=other.id, other_id=one.id)]
    )
    session.commit()


# Writing --------------------------------------------------------------------------------------------------------------


def test_an_artist_writes_a_post_that_everyone_reads(browser: Browser, app: Flask, db_session: Session) -> None:
    answer = browser.submit("/posts", {"body": "The **record** is done. <b>hx-get</b>", "policy": "followers"})
    (post,) = posts(db_session)
    assert (answer.status_code, answer.location) == (303, f"/@ana/posts/{post.public_id}")
    assert post.comments_policy is CommentPolicy.FOLLOWERS
    for path in (f"/@ana/posts/{post.public_id}", "/@ana/posts"):
        page = browser_of(app).get(path).text
        assert "<strong>record</strong>" in page
        assert "<b>hx-get" not in page
    assert db_session.scalars(select(Activity.post_id)).all() == [post.id]
    assert "PostPublished" in db_session.scalars(select(OutboxEntry.name)).all()


def test_a_listener_has_nowhere_to_post(client: Browser, ben: User, login: Login, db_session: Session) -> None:
    login(client, ben)
    refused = client.submit("/posts", {"body": "Hello?"})
    assert refused.status_code == 403
    assert "Open a channel" in refused.text
    assert client.get("/posts/new").status_code == 403
    assert 'action="/posts"' not in client.get("/@ben/posts").text
    assert posts(db_session) == []


def test_the_sheet_is_on_ones_own_tab_alone(browser: Browser, app: Flask, ben: User, login: Login) -> None:
    assert 'action="/posts"' in browser.get("/@ana/posts").text
    assert 'action="/posts"' in browser.get("/posts/new?work=/@ana/x").text
    assert 'action="/posts"' not in login(browser_of(app), ben).get("/@ana/posts").text
    assert 'action="/posts"' not in browser_of(app).get("/@ana/posts").text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"body": ""}, "Say something first."),
        ({"body": " \u200b\u202e\0 "}, "Say something first."),
        ({"body": "x" * 5001}, "5,000 characters at most"),
        ({"body": "x" * 100_000}, "5,000 characters at most"),
        ({"body": "Hear this", "work": "https://elsewhere.example/@ana/x"}, "no such work here"),
        ({"body": "Hear this", "work": "/@nobody/nothing"}, "no such work here"),
        ({"body": "Hear this", "work": "/@ana/nothing"}, "no such work here"),
        ({"body": "Hear this", "work": "http://[broken"}, "no such work here"),
        ({"body": "Hear this", "work": "x" * 3000}, "too long for an address"),
        ({"body": "Hear this", "policy": "nonsense"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence_and_the_words_stay(
    browser: Browser, db_session: Session, data: dict[str, Any], sentence: str
) -> None:
    answer = browser.submit("/posts", data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert data["body"].strip(" \u200b\u202e\0") in answer.text
    assert posts(db_session) == []


def test_signs_that_nobody_sees_and_that_turn_the_text_go(browser: Browser, db_session: Session) -> None:
    browser.submit("/posts", {"body": "abc\u202edef\0\u200bghi مرحبا"})
    assert posts(db_session)[0].body_markdown == "abcdefghi مرحبا"


def test_a_form_sent_twice_is_one_post_and_going_back_for_another_is_two(
    browser: Browser, app: Flask, db_session: Session, login: Login, ana: User
) -> None:
    form = {"body": "Once", "sending": "token-of-the-form"}
    first = browser.submit("/posts", form)
    assert browser.submit("/posts", form).location == first.location
    assert len(posts(db_session)) == 1
    browser.submit("/posts", {**form, "body": "Twice"})
    assert len(posts(db_session)) == 2
    others = [login(browser_of(app), ana) for _ in range(4)]
    tokens = [other.csrf_token() for other in others]
    sent = {"body": "At once", "sending": "another"}
    with ThreadPoolExecutor(4) as pool:
        posting = [
            pool.submit(other.post, "/posts", data={**sent, "csrf_token": token})
            for other, token in zip(others, tokens, strict=True)
        ]
        assert len({one.result().location for one in posting}) == 1
    assert len(posts(db_session)) == 3


def test_mentions_and_addresses_lead_where_they_say(browser: Browser, ben: User, db_session: Session) -> None:
    browser.submit("/posts", {"body": f"Thank you @{ben.username}, see https://example.org and javascript:alert(1)"})
    page = browser.get(f"/@ana/posts/{posts(db_session)[0].public_id}").text
    assert '<a href="/@ben"' in page
    assert 'href="https://example.org"' in page
    assert 'href="javascript' not in page


# Attached works -------------------------------------------------------------------------------------------------------


def test_a_work_that_is_open_to_all_or_ones_own_can_be_attached(
    browser: Browser, ana: User, ben: User, make_medium: MakeMedium, db_session: Session
) -> None:
    song = make_medium(ben, title="Bens song", slug="song")
    hidden = make_medium(ana, "audio", "ready", "private", title="Anas secret", slug="secret")
    closed = make_medium(ben, "audio", "ready", "unlisted", slug="closed")
    for address in ("/@ben/song", f"http://127.0.0.1/@ben/{song.slug}?t=3", "/@ana/secret"):
        assert browser.submit("/posts", {"body": address, "work": address}).status_code == 303, address
    assert [post.medium_id for post in posts(db_session)] == [song.id, song.id, hidden.id]
    refused = browser.submit("/posts", {"body": "x", "work": "/@ben/closed"})
    assert "no such work" in refused.text
    refused = browser.submit("/posts", {"body": "x", "work": f"/@ben/closed?s={closed.link_secret}"})
    assert "Only its owner" in refused.text


def test_an_attached_work_is_shown_through_the_gate_and_a_line_stands_where_it_may_not(
    browser: Browser, app: Flask, ana: User, make_medium: MakeMedium, db_session: Session
) -> None:
    song = make_medium(ana, title="Night Bus", slug="night-bus")
    post = add_post(db_session, ana, "Hear", medium_id=song.id, carries_work=True)
    path = f"/@ana/posts/{post.public_id}"
    stranger = browser_of(app)
    assert "Night Bus" in stranger.get(path).text
    db_session.get_one(Medium, song.id).visibility = "private"  # type: ignore[assignment]
    db_session.commit()
    closed = stranger.get(path).text
    assert "Night Bus" not in closed
    assert "not available" in closed
    assert "Night Bus" in browser.get(path).text, "its owner sees it"
    db_session.delete(db_session.get_one(Medium, song.id))
    db_session.commit()
    assert "not available" in browser.get(path).text


def test_a_set_is_attached_and_shown_likewise(
    browser: Browser, app: Flask, ana: User, ben: User, make_medium: MakeMedium, db_session: Session
) -> None:
    one = add_set(db_session, ben, [make_medium(ana)], slug="mix", title="Bens mix")
    one.artwork_id = add_picture(db_session, store_of(app)).id
    db_session.commit()
    assert browser.submit("/posts", {"body": "Hear", "work": "/@ben/sets/mix"}).status_code == 303
    (post,) = posts(db_session)
    assert (post.set_id, post.medium_id) == (one.id, None)
    path = f"/@ana/posts/{post.public_id}"
    for page in (browser.get(path).text, browser_of(app).get("/@ana/posts").text):
        assert "Bens mix" in page
        assert 'href="/@ben/sets/mix"' in page
    db_session.get_one(Set, one.id).visibility = "unlisted"  # type: ignore[assignment]
    db_session.commit()
    for page in (browser.get(path).text, browser_of(app).get(path).text):
        assert "Bens mix" not in page
        assert "not available" in page


# Reading --------------------------------------------------------------------------------------------------------------


def test_who_is_kept_apart_finds_no_post(
    browser: Browser, app: Flask, ana: User, ben: User, login: Login, db_session: Session
) -> None:
    post = add_post(db_session, ana, "Not for Ben", answers=("a", "b"), closes_at=now() + timedelta(days=1))
    keep_apart(db_session, ana, ben)
    his = login(browser_of(app), ben)
    for path in (f"/@ana/posts/{post.public_id}", "/@ana/posts", f"/posts/{post.public_id}/versions",
                 f"/posts/{post.public_id}/poll"):  # fmt: skip
        assert his.get(path).status_code == 404, path
    assert his.submit(f"/posts/{post.public_id}/votes", {"answer": "0"}).status_code == 404
    assert browser.get(f"/@ana/posts/{post.public_id}").status_code == 200


def test_an_attached_work_of_someone_kept_apart_is_a_neutral_line(
    app: Flask,
    ana: User,
    ben: User,
    make_person: MakePerson,
    make_medium: MakeMedium,
    login: Login,
    db_session: Session,
) -> None:
    carl = make_person(username="carl", role="artist")
    song = make_medium(carl, title="Carls song")
    post = add_post(db_session, ana, "Hear", medium_id=song.id, carries_work=True)
    keep_apart(db_session, carl, ben)
    page = login(browser_of(app), ben).get(f"/@ana/posts/{post.public_id}").text
    assert "Carls song" not in page
    assert "not available" in page


def test_posts_go_with_an_account_that_is_closing_and_come_back_with_it(
    browser: Browser, app: Flask, ana: User, db_session: Session, settle: Settle, login: Login
) -> None:
    post = add_post(db_session, ana, "Stay")
    path = f"/@ana/posts/{post.public_id}"
    browser.submit("/settings/account/delete", {"password": "violets under the stairs", "confirm": "ana"})
    settle()
    assert browser_of(app).get(path).status_code == 404
    login(browser_of(app), ana)
    settle()
    assert browser_of(app).get(path).status_code == 200


@pytest.mark.parametrize("odd", ["%00", "ä", "none", "x" * 300])
def test_there_is_nothing_at_odd_addresses(browser: Browser, ana: User, odd: str) -> None:
    assert ana
    assert browser.get(f"/@ana/posts/{odd}").status_code == 404
    assert browser.get(f"/posts/{odd}/edit").status_code == 404
    assert browser.get(f"/posts/{odd}/versions").status_code == 404


def test_an_old_name_leads_to_the_present_one(browser: Browser, ana: User, db_session: Session) -> None:
    post = add_post(db_session, ana)
    moved = browser.get(f"/@formerly/posts/{post.public_id}")
    assert (moved.status_code, moved.location) == (301, f"/@ana/posts/{post.public_id}")


@pytest.mark.parametrize("member", [False, True], ids=["stranger", "member"])
def test_a_page_of_posts_costs_the_same_whatever_is_in_them(
    app: Flask, client: Browser, ana: User, ben: User, make_medium: MakeMedium, login: Login, db_session: Session,
    count_statements: CountStatements, *, member: bool,
) -> None:  # fmt: skip
    if member:
        login(client, ben)
    song = make_medium(ana, artwork=True)

    def write(count: int, words: str = "") -> None:
        for number in range(count):
            pictures = tuple((add_picture(db_session, store_of(app)), "alt") for _ in range(number % 5))
            poll: dict[str, Any] = {"answers": ("a", "b"), "closes_at": now() + timedelta(days=1)} if number % 2 else {}
            add_post(db_session, ana, f"No. {number} {words}", pictures=pictures, medium_id=song.id, **poll)

    def cost(path: str) -> int:
        with count_statements() as seen:
            assert client.get(path).status_code == 200
        return sum("FROM realms" not in one for one in seen)  # which are shared, but in tests

    write(2)
    few = cost("/@ana/posts")
    write(24)
    many = cost("/@ana/posts")
    assert few == many <= MOST_STATEMENTS
    write(24, "@ben")
    assert cost("/@ana/posts") == many + 1, "everyone who is mentioned on a page is looked up at once"
    newest = posts(db_session)[-1]
    assert cost(f"/@ana/posts/{newest.public_id}") <= MOST_STATEMENTS


def test_the_list_goes_on_and_shows_everything_once(client: Browser, ana: User, db_session: Session) -> None:
    for number in range(45):
        add_post(db_session, ana, f"No. {number:02d}!")
    seen, path = [], "/@ana/posts"
    while path:
        page = client.get_partial(path).text
        seen += [number for number in range(45) if f"No. {number:02d}!" in page]
        _, _, rest = page.partition('hx-get="')
        path = rest.partition('"')[0]
    assert sorted(seen) == list(range(45))


# Editing and deleting -------------------------------------------------------------------------------------------------


def test_an_edited_post_says_so_and_what_it_said_before(
    browser: Browser, app: Flask, ana: User, db_session: Session
) -> None:
    picture = add_picture(db_session, store_of(app))
    post = add_post(db_session, ana, "The *first* words", pictures=((picture, ""),))
    assert "The *first* words" in browser.get(f"/posts/{post.public_id}/edit").text
    change = {"body": "Second thoughts", "alt_1": "A harbour at night", "policy": "closed"}
    assert browser.submit(f"/posts/{post.public_id}/edit", change).status_code == 303
    page = browser_of(app).get(f"/@ana/posts/{post.public_id}").text
    assert "Second thoughts" in page
    assert 'alt="A harbour at night"' in page
    assert "edited" in page
    assert "<em>first</em>" in browser_of(app).get(f"/posts/{post.public_id}/versions").text
    browser.submit(f"/posts/{post.public_id}/edit", {**change, "alt_1": "A quay", "policy": "open"})
    assert db_session.scalar(select(func.count()).select_from(PostVersion)) == 1, "the words did not change"
    refused = browser.submit(f"/posts/{post.public_id}/edit", {**change, "body": "x" * 5001})
    assert (refused.status_code, "at most" in refused.text) == (422, True)


def test_a_post_of_words_alone_cannot_be_edited_to_nothing(browser: Browser, ana: User, db_session: Session) -> None:
    post = add_post(db_session, ana, "Words")
    refused = browser.submit(f"/posts/{post.public_id}/edit", {"body": " ", "policy": "open"})
    assert refused.status_code == 422
    assert "delete it" in refused.text
    assert posts(db_session)[0].body_markdown == "Words"


def test_nobody_else_edits_or_deletes(
    browser: Browser, app: Flask, ana: User, make_person: MakePerson, login: Login, db_session: Session
) -> None:
    assert ana
    post = add_post(db_session, make_person(role="artist"), "Mine")
    staff = login(browser_of(app), make_person(role="admin"))
    for someone in (browser, staff):
        assert someone.get(f"/posts/{post.public_id}/edit").status_code == 404
        assert someone.submit(f"/posts/{post.public_id}/edit", {"body": "Yours", "policy": "open"}).status_code == 404
        assert someone.submit(f"/posts/{post.public_id}/delete").status_code == 404
    assert posts(db_session)[0].body_markdown == "Mine"


def test_a_deleted_post_takes_its_pictures_files_its_poll_and_its_activity_along(
    browser: Browser, app: Flask, db_session: Session, settle: Settle
) -> None:
    send(browser, picture_file(), answer_1="a", answer_2="b")
    public_id = posts(db_session)[0].public_id
    browser.submit(f"/posts/{public_id}/votes", {"answer": "0"})
    assert files_of(app)
    assert browser.submit(f"/posts/{public_id}/delete").location == "/@ana/posts"
    settle()
    assert files_of(app) == []
    assert posts(db_session) == []
    assert db_session.scalar(select(func.count()).select_from(Activity)) == 0
    assert browser.get(f"/@ana/posts/{public_id}").status_code == 404
