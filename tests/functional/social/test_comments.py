"""Comments under media, sets and posts: who may say what, once, and what becomes of it."""

import re
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Apart, User
from app.core import tallies
from app.core.clock import now
from app.core.events import OutboxEntry
from app.core.ids import uuid7
from app.extensions import db
from app.media.models import CommentPolicy, Medium, Visibility
from app.playlists.models import Set, SetKind
from app.social.models import Comment, CommentState, CommentVersion, Follow, Mute, Post
from tests.harness.browser import PARTIAL, Browser, browser_of
from tests.harness.html import Page
from tests.harness.kinds import Login, MakeMedium, MakePerson
from tests.harness.races import second_of_two


@pytest.fixture
def artist(make_person: MakePerson) -> User:
    return make_person(username="artist", role="artist")


@pytest.fixture
def fan(make_person: MakePerson) -> User:
    return make_person(username="fan")


@pytest.fixture
def medium(artist: User, make_medium: MakeMedium) -> Medium:
    return make_medium(artist, slug="song", title="Song", duration_ms=180_000)


@pytest.fixture
def at(app: Flask, fan: User, login: Login) -> Browser:
    """The fan's browser."""
    return login(browser_of(app), fan)


@pytest.fixture
def owner(app: Flask, artist: User, login: Login) -> Browser:
    """The artist's browser."""
    return login(browser_of(app), artist)


def add_comment(session: Session, medium: Medium, author: User | None, body: str = "hello", **values: Any) -> Comment:
    comment = Comment(
        **{"id": uuid7(), "author_id": author.id if author else None, "medium_id": medium.id,
           "owner_id": medium.owner_id, "body": body, **values}
    )  # fmt: skip
    session.add(comment)
    session.commit()
    return comment


def under(medium: Medium) -> str:
    return f"/media/{medium.public_id}/comments"


def counted(app: Flask, subject_id: Any) -> int:
    with app.app_context():
        return tallies.exact([subject_id])[subject_id].comments


def published(session: Session) -> list[str]:
    session.expire_all()
    return [one.name for one in session.scalars(select(OutboxEntry).order_by(OutboxEntry.id))]


def test_a_comment_at_a_second_is_there_with_its_mentions_and_counted(
    app: Flask, at: Browser, medium: Medium, artist: User, db_session: Session
) -> None:
    answer = at.submit(under(medium), {"body": " this drop, @artist! <b> ", "at": "1:42"})
    assert answer.status_code == 303
    comment = db_session.scalars(select(Comment)).one()
    assert answer.location == f"{under(medium)}?comment={comment.public_id}#comment-{comment.public_id}"
    assert (comment.body, comment.at_ms, comment.owner_id) == ("this drop, @artist! <b>", 102_000, artist.id)
    page = Page(at.get(answer.location).text)
    assert "/@artist/song?t=102" in page.links
    assert "this drop, @artist! <b>" in page.text
    assert 'href="/@artist"' in at.get(answer.location).text
    assert counted(app, medium.id) == 1
    assert {"CommentWritten", "CommentsChanged"} <= set(published(db_session))


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"body": ""}, "Write something first."),
        ({"body": "\u200b \u2066\0"}, "Write something first."),
        ({"body": "x" * 2001}, "2,000 characters at most"),
        ({"body": "x" * 100_000}, "2,000 characters at most"),
        ({"body": "late", "at": "3:01"}, "lies outside"),
        ({"body": "odd", "at": "soon"}, "written like 1:42"),
        ({"body": "odd", "at": "1" * 99}, "written like 1:42"),
    ],
)
def test_what_cannot_be_kept_is_said_in_a_sentence_and_stays_in_the_form(
    at: Browser, medium: Medium, db_session: Session, sent: dict[str, str], sentence: str
) -> None:
    answer = at.submit(under(medium), sent, headers=PARTIAL)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert Page(answer.text).all("main") == []
    assert sent["body"].replace("\0", "").strip() in answer.text.replace("\0", "\ufffd") or "\0" in sent["body"]
    assert db_session.scalar(select(func.count()).select_from(Comment)) == 0
    assert "<h1>" in at.submit(under(medium), sent).text


def test_ten_thousand_mentions_and_tricks_become_inert_text(at: Browser, medium: Medium) -> None:
    tricks = '<a hx-get="/logout" onclick=x>j</a> javascript:alert(1) \u202egnp.exe ' + "@artist " * 60
    answer = at.submit(under(medium), {"body": tricks})
    page = at.get(answer.location).text
    assert "&lt;a hx-get=&#34;/logout&#34; onclick=x&gt;" in page
    assert 'href="javascript:' not in page
    assert "\u202e" not in page
    assert page.count('class="mention"') == 20
    assert at.submit(under(medium), {"body": "@artist " * 10_000}).status_code == 422


def test_sent_twice_it_is_there_once_also_at_the_same_moment(
    app: Flask, at: Browser, fan: User, medium: Medium, db_session: Session
) -> None:
    key = {"body": "double", "key": "a" * 32}
    first, second = at.submit(under(medium), key), at.submit(under(medium), {**key, "body": "retyped"})
    assert first.location == second.location
    token = at.csrf_token()
    add = Comment(
        id=uuid7(), author_id=fan.id, medium_id=medium.id, owner_id=medium.owner_id, body="race", client_key="b" * 32
    )
    db_session.add(add)
    send = {"body": "race", "key": "b" * 32, "csrf_token": token}
    assert second_of_two(db_session, lambda: at.post(under(medium), data=send)).status_code == 303
    assert db_session.scalar(select(func.count()).select_from(Comment)) == 2
    assert counted(app, medium.id) == 1  # the other one was made by hand


def test_a_key_of_somebody_else_is_no_key(at: Browser, owner: Browser, medium: Medium, db_session: Session) -> None:
    for browser in (at, owner):
        browser.submit(under(medium), {"body": "mine", "key": "same-key-for-both"})
    assert db_session.scalar(select(func.count()).select_from(Comment)) == 2


def test_threads_are_two_deep_and_say_whom_an_answer_answers(
    app: Flask, at: Browser, owner: Browser, medium: Medium, db_session: Session
) -> None:
    at.submit(under(medium), {"body": "first"})
    first = db_session.scalars(select(Comment)).one()
    owner.submit(under(medium), {"body": "second", "answers": first.public_id, "at": "0:10"})
    second = db_session.scalars(select(Comment).where(Comment.body == "second")).one()
    at.submit(under(medium), {"body": "third", "answers": second.public_id})
    third = db_session.scalars(select(Comment).where(Comment.body == "third")).one()
    assert (second.thread_id, second.answers_id, second.at_ms) == (first.id, first.id, None)
    assert (third.thread_id, third.answers_id) == (first.id, second.id)
    page = at.get(under(medium)).text
    assert page.index("first") < page.index("second") < page.index("third")
    assert "to <bdi>Artist</bdi>" in page
    assert (counted(app, medium.id), counted(app, first.id)) == (3, 2)


def test_the_answer_form_is_a_part_of_a_page_or_a_page(
    at: Browser, client: Browser, artist: User, medium: Medium, db_session: Session
) -> None:
    comment = add_comment(db_session, medium, artist)
    whole, part = (
        at.get(f"/comments/{comment.public_id}/answer"),
        at.get_partial(f"/comments/{comment.public_id}/answer"),
    )
    assert "<h1>Answer</h1>" in whole.text
    assert "<h1>" not in part.text
    [form] = [one for one in Page(part.text).forms if one.action == under(medium)]
    assert form.fields["answers"] == comment.public_id
    assert client.get(f"/comments/{comment.public_id}/answer").location.startswith("/login")


def test_what_is_answered_must_stand_under_the_same_thing_and_be_readable(
    at: Browser, artist: User, medium: Medium, make_medium: MakeMedium, db_session: Session
) -> None:
    elsewhere = add_comment(db_session, make_medium(artist), artist)
    held = add_comment(db_session, medium, artist, state=CommentState.HELD)
    for answers in (elsewhere.public_id, held.public_id, "nothing", "\0"):
        answer = at.submit(under(medium), {"body": "x", "answers": answers})
        assert answer.status_code == 422, answers
        assert "not there any more" in answer.text


def test_deleting_leaves_the_place_of_what_was_answered_and_nothing_else(
    app: Flask, at: Browser, owner: Browser, artist: User, fan: User, medium: Medium, db_session: Session
) -> None:
    root = add_comment(db_session, medium, fan, "the beginning", at_ms=5)
    answer = add_comment(db_session, medium, artist, "the answer", thread_id=root.id, answers_id=root.id)
    with app.app_context():
        for one, count in ((medium.id, 2), (root.id, 1)):
            tallies.change(one, tallies.Count.COMMENTS, count)
        db.session.commit()
    root_id, name, answer_name = root.id, root.public_id, answer.public_id
    assert at.submit(f"/comments/{name}/delete").status_code == 303
    page = at.get(under(medium)).text
    assert "This comment was deleted." in page
    assert "the beginning" not in page
    assert "the answer" in page
    assert counted(app, medium.id) == 1
    assert at.submit(f"/comments/{name}/delete").status_code == 404
    assert owner.submit(f"/comments/{answer_name}/delete").status_code == 303
    db_session.expire_all()
    assert db_session.scalar(select(func.count()).select_from(Comment)) == 0  # the last answer took the place along
    assert (counted(app, medium.id), counted(app, root_id)) == (0, 0)


def test_an_answer_that_comes_while_its_comment_is_deleted_is_not_lost(
    at: Browser, artist: User, fan: User, medium: Medium, db_session: Session
) -> None:
    root = add_comment(db_session, medium, fan, "root")
    db_session.add(
        Comment(id=uuid7(), author_id=artist.id, medium_id=medium.id, owner_id=artist.id, body="in time",
                thread_id=root.id, answers_id=root.id)
    )  # fmt: skip
    token = at.csrf_token()
    delete = lambda: at.post(f"/comments/{root.public_id}/delete", data={"csrf_token": token})  # noqa: E731
    assert second_of_two(db_session, delete).status_code == 303
    db_session.expire_all()
    states = {one.body: one.state for one in db_session.scalars(select(Comment))}
    assert states == {"": CommentState.DELETED, "in time": CommentState.VISIBLE}


@pytest.mark.parametrize(("role", "status"), [("listener", 403), ("moderator", 303), ("admin", 303)])
def test_who_may_delete_a_comment_of_others(
    app: Flask, make_person: MakePerson, login: Login, fan: User, medium: Medium, db_session: Session,
    role: str, status: int,
) -> None:  # fmt: skip
    comment = add_comment(db_session, medium, fan)
    browser = login(browser_of(app), make_person(role=role))
    assert browser.submit(f"/comments/{comment.public_id}/delete").status_code == status


def test_an_edit_keeps_what_it_said_for_those_who_see_the_comment(
    at: Browser, owner: Browser, client: Browser, fan: User, medium: Medium, db_session: Session
) -> None:
    comment = add_comment(db_session, medium, fan, "the first words")
    edit = f"/comments/{comment.public_id}/edit"
    assert "the first words" in at.get_partial(edit).text
    assert at.submit(edit, {"body": "other words"}).status_code == 303
    assert at.submit(edit, {"body": "other words"}).status_code == 303  # the same again is no edit
    assert "edited" in client.get(under(medium)).text
    versions = client.get(f"/comments/{comment.public_id}/versions").text
    assert versions.index("other words") < versions.index("the first words")
    assert db_session.scalar(select(func.count()).select_from(CommentVersion)) == 1
    assert at.submit(edit, {"body": " "}, headers=PARTIAL).status_code == 422
    assert owner.submit(edit, {"body": "not mine"}).status_code == 404
    medium.visibility = Visibility.PRIVATE
    db_session.commit()
    assert client.get(f"/comments/{comment.public_id}/versions").status_code == 404


def test_one_is_pinned_by_the_owner_alone_and_stands_first(
    at: Browser, owner: Browser, fan: User, medium: Medium, db_session: Session
) -> None:
    one, two = (add_comment(db_session, medium, fan, body) for body in ("the blue one", "the red one"))
    answer = add_comment(db_session, medium, fan, "answer", thread_id=one.id, answers_id=one.id)
    assert at.submit(f"/comments/{one.public_id}/pin").status_code == 403
    assert owner.submit(f"/comments/{answer.public_id}/pin").status_code == 403
    for comment in (two, one, one):
        assert owner.submit(f"/comments/{comment.public_id}/pin").status_code == 303
    db_session.expire_all()
    assert [two.pinned_at is None, one.pinned_at is None] == [True, False]
    page = at.get(under(medium)).text
    assert page.index("the blue one") < page.index("the red one")
    assert page.count("Pinned") == 1
    assert owner.submit(f"/comments/{one.public_id}/unpin").status_code == 303
    page = at.get(under(medium)).text
    assert page.index("the red one") < page.index("the blue one")


def test_the_owner_gives_a_heart_once(
    at: Browser, owner: Browser, fan: User, medium: Medium, db_session: Session
) -> None:
    comment = add_comment(db_session, medium, fan)
    assert at.submit(f"/comments/{comment.public_id}/heart").status_code == 403
    for _ in range(2):
        assert owner.submit(f"/comments/{comment.public_id}/heart").status_code == 303
    assert published(db_session).count("CommentHearted") == 1
    assert "Liked by whose page this is" in at.get(under(medium)).text
    owner.submit(f"/comments/{comment.public_id}/unheart")
    db_session.expire_all()
    assert comment.hearted_at is None


def choose(session: Session, medium: Medium, policy: CommentPolicy) -> None:
    medium.comments_policy = policy
    session.commit()


def test_followers_only_means_followers_and_the_owner(
    at: Browser, owner: Browser, artist: User, fan: User, medium: Medium, db_session: Session
) -> None:
    choose(db_session, medium, CommentPolicy.FOLLOWERS)
    assert "Those who follow can comment here." in at.get(under(medium)).text
    refused = at.submit(under(medium), {"body": "x"})
    assert refused.status_code == 422
    assert "Follow first" in refused.text
    db_session.add(Follow(follower_id=fan.id, followed_id=artist.id))
    db_session.commit()
    assert at.submit(under(medium), {"body": "x"}).status_code == 303
    assert owner.submit(under(medium), {"body": "x"}).status_code == 303


def test_closed_means_closed_to_all_but_the_owner(
    at: Browser, owner: Browser, medium: Medium, db_session: Session
) -> None:
    choose(db_session, medium, CommentPolicy.CLOSED)
    page = at.get(under(medium)).text
    assert "comment-form" not in page
    assert "closed" in at.submit(under(medium), {"body": "x"}).text
    assert owner.submit(under(medium), {"body": "x"}).status_code == 303


def test_what_is_held_waits_for_the_owner_and_is_seen_by_its_author(
    app: Flask, at: Browser, owner: Browser, client: Browser, medium: Medium, db_session: Session
) -> None:
    choose(db_session, medium, CommentPolicy.HELD)
    at.submit(under(medium), {"body": "may I"})
    comment = db_session.scalars(select(Comment)).one()
    assert published(db_session)[-1] == "CommentHeld"
    assert counted(app, medium.id) == 0
    assert "may I" not in client.get(under(medium)).text
    assert "Only you see this" in at.get(under(medium)).text
    assert "It waits for you" in owner.get(under(medium)).text
    assert client.get(f"/comments/{comment.public_id}/versions").status_code == 404
    assert at.submit(f"/comments/{comment.public_id}/approve").status_code == 403
    assert owner.submit(f"/comments/{comment.public_id}/heart").status_code == 403
    for _ in range(2):
        assert owner.submit(f"/comments/{comment.public_id}/approve").status_code == 303
    assert "may I" in client.get(under(medium)).text
    assert counted(app, medium.id) == 1
    assert published(db_session).count("CommentWritten") == 1
    at.submit(f"/comments/{comment.public_id}/edit", {"body": "something else entirely"})
    assert "entirely" not in client.get(under(medium)).text  # or approval could be had for words that nobody saw
    assert counted(app, medium.id) == 0
    assert owner.submit(under(medium), {"body": "mine"}).status_code == 303
    assert "mine" in client.get(under(medium)).text


def test_people_apart_meet_nowhere_in_comments(  # noqa: PLR0917 - fixtures
    app: Flask, at: Browser, owner: Browser, make_person: MakePerson, fan: User, artist: User,
    medium: Medium, make_medium: MakeMedium, db_session: Session,
) -> None:  # fmt: skip
    third = make_person(username="third", role="artist")
    shared = make_medium(third, slug="shared", duration_ms=60_000)
    by_artist = add_comment(db_session, shared, artist, "from the artist", at_ms=1000)
    add_comment(db_session, shared, fan, "from the fan", at_ms=2000)
    db_session.add_all([Apart(person_id=fan.id, other_id=artist.id, blocked_at=now()),
                        Apart(person_id=artist.id, other_id=fan.id)])  # fmt: skip
    db_session.commit()
    assert at.submit(under(medium), {"body": "x"}).status_code == 404
    assert "from the artist" not in at.get(under(shared)).text
    assert "from the fan" not in owner.get(under(shared)).text
    assert at.submit(under(shared), {"body": "x", "answers": by_artist.public_id}).status_code == 422
    assert at.get(f"/comments/{by_artist.public_id}/versions").status_code == 404
    for browser, other in ((at, "artist"), (owner, "fan")):
        moments = browser.get(f"/media/{shared.public_id}/moments")
        assert other not in {one["username"] for one in moments.get_json()["comments"]}
        assert len(moments.get_json()["comments"]) == 1
    both = browser_of(app).get(under(shared)).text
    assert "from the artist" in both
    assert "from the fan" in both


def test_somebody_blocked_can_still_take_their_own_words_away(
    at: Browser, artist: User, fan: User, medium: Medium, db_session: Session
) -> None:
    comment = add_comment(db_session, medium, fan)
    name = comment.public_id
    db_session.add_all([Apart(person_id=fan.id, other_id=artist.id),
                        Apart(person_id=artist.id, other_id=fan.id, blocked_at=now())])  # fmt: skip
    db_session.commit()
    assert at.submit(f"/comments/{name}/delete").location == "/"
    assert at.submit(f"/comments/{name}/delete").status_code == 404
    db_session.expire_all()
    assert db_session.scalar(select(func.count()).select_from(Comment)) == 0


def test_what_muted_people_say_is_folded(
    at: Browser, artist: User, fan: User, medium: Medium, db_session: Session
) -> None:
    add_comment(db_session, medium, artist, "unheard")
    db_session.add(Mute(muter_id=fan.id, muted_id=artist.id))
    db_session.commit()
    page = at.get(under(medium)).text
    assert re.search(r"<details class=\"comment__muted\">.*unheard.*</details>", page, re.DOTALL)


def test_an_account_that_goes_leaves_threads_whole_and_no_words(
    app: Flask, fan: User, artist: User, client: Browser, medium: Medium, db_session: Session
) -> None:
    root = add_comment(db_session, medium, fan, "words of the fan")
    add_comment(db_session, medium, artist, "kept", thread_id=root.id, answers_id=root.id)
    add_comment(db_session, medium, fan, "alone")
    of_artist = add_comment(db_session, medium, artist, "", state=CommentState.DELETED)
    add_comment(db_session, medium, fan, "the last answer", thread_id=of_artist.id, answers_id=of_artist.id)
    with app.app_context():
        tallies.change(medium.id, tallies.Count.COMMENTS, 4)
        db.session.commit()
    fan.deletion_due_at = now()
    db_session.commit()
    page = client.get(under(medium)).text
    assert "words of the fan" not in page  # on its way out already
    with app.app_context():
        from app.rights.jobs import delete_people_due  # noqa: PLC0415

        delete_people_due()
    db_session.expire_all()
    assert {one.body for one in db_session.scalars(select(Comment))} == {"", "kept"}
    assert db_session.scalar(select(func.count()).select_from(Comment)) == 2
    assert counted(app, medium.id) == 1
    assert "This comment was deleted." in client.get(under(medium)).text


def test_sets_and_posts_have_comments_too_without_moments(at: Browser, artist: User, db_session: Session) -> None:
    one = Set(id=uuid7(), owner_id=artist.id, slug="mix", title="Mix", kind=SetKind.PLAYLIST, published_at=now(),
              visibility=Visibility.PUBLIC, listed=True)  # fmt: skip
    post = Post(id=uuid7(), author_id=artist.id, body_markdown="Hello")
    db_session.add_all([one, post])
    db_session.commit()
    for kind, thing in (("sets", one), ("posts", post)):
        url = f"/{kind}/{thing.public_id}/comments"
        answer = at.submit(url, {"body": f"about {kind}"})
        assert answer.status_code == 303, answer.text
        assert f"about {kind}" in at.get(answer.location).text
        assert "Only sound and film have moments." in at.submit(url, {"body": "x", "at": "0:01"}).text
        assert 'name="at"' not in at.get(url).text


def test_what_one_may_not_see_has_no_comments(
    at: Browser, client: Browser, medium: Medium, fan: User, db_session: Session
) -> None:
    comment = add_comment(db_session, medium, fan)
    medium.visibility, medium.link_secret = Visibility.UNLISTED, "the-secret-that-opens"
    db_session.commit()
    for path in (under(medium), f"/media/{medium.public_id}/moments", f"/comments/{comment.public_id}/versions"):
        assert client.get(path).status_code == 404
        assert client.get(f"{path}?s=the-secret-that-opens").status_code == 200
    assert at.submit(under(medium), {"body": "x"}).status_code == 404
    answer = at.submit(f"{under(medium)}?s=the-secret-that-opens", {"body": "x"})
    assert "s=the-secret-that-opens" in answer.location
    page = at.get(answer.location)
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "s=the-secret-that-opens" in Page(page.text).forms[-1].action


def test_a_hundred_who_answer_and_delete_at_once_leave_right_counts(
    app: Flask, make_person: MakePerson, fan: User, medium: Medium, db_session: Session, login: Login
) -> None:
    root = add_comment(db_session, medium, fan, "root")
    browsers = [login(browser_of(app), make_person()) for _ in range(4)]
    tokens = [one.csrf_token() for one in browsers]

    def act(number: int) -> None:
        for turn in range(5):
            data = {"body": f"{number} {turn}", "answers": root.public_id, "key": f"the-key-{number}-{turn}",
                    "csrf_token": tokens[number]}  # fmt: skip
            for _ in range(2):
                browsers[number].post(under(medium), data=data)

    threads = [Thread(target=act, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert counted(app, root.id) == 20
    assert db_session.scalar(select(func.count()).select_from(Comment)) == 21


def test_a_look_at_a_thread_of_another_thing_shows_nothing(
    client: Browser, artist: User, medium: Medium, make_medium: MakeMedium, db_session: Session
) -> None:
    hidden = make_medium(artist, visibility="private")
    root = add_comment(db_session, hidden, artist, "root")
    add_comment(db_session, hidden, artist, "secret answer", thread_id=root.id, answers_id=root.id)
    answer = client.get(f"{under(medium)}?thread={root.id.hex}")
    assert answer.status_code == 200
    assert "secret answer" not in answer.text
    for query in ("thread=x", "newer=x", "after=x", "after=WyJ4IiwgInkiXQ"):
        assert client.get(f"{under(medium)}?{query}").status_code in {400, 404}
    assert client.get(f"/media/{medium.public_id}/moments?since=x").status_code == 404
