"""The desk's search: by id, reference, address, name; what is exact opens at once."""

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.social.models import Comment
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.harness.browser import Browser
from tests.harness.kinds import CountStatements, MakeMedium, MakePerson


@pytest.fixture
def moon(make_person: MakePerson) -> User:
    return make_person(role="artist", username="moon", email="moon@example.org")


def opens(browser: Browser, words: str) -> str:
    answer = browser.get("/admin/find", query_string={"q": words})
    return answer.headers.get("Location", "") if answer.status_code == 303 else ""


def test_things_are_found_by_id_public_id_and_address(
    moderator: Browser, moon: User, make_medium: MakeMedium, db_session: Session
) -> None:
    song = make_medium(moon, title="Song", slug="song")
    one = add_set(db_session, moon, title="A set", slug="a-set")
    post = add_post(db_session, moon)
    comment = Comment(author_id=moon.id, medium_id=song.id, owner_id=moon.id, body="words")
    db_session.add(comment)
    db_session.commit()
    page = f"/admin/media/{song.public_id}"
    for words in (
        str(song.id), song.public_id, "/@moon/song", "https://elsewhere.example/@moon/song?s=x", "@moon/song",
        f"/embed/media/{song.public_id}", f"/media/{song.public_id}/comments",
    ):  # fmt: skip
        assert opens(moderator, words) == page, words
    assert opens(moderator, "/@moon/sets/a-set") == opens(moderator, one.public_id) == f"/sets/{one.public_id}"
    assert opens(moderator, post.public_id) == opens(moderator, str(post.id)) == f"/posts/{post.public_id}"
    assert opens(moderator, comment.public_id) == f"/comments/{comment.public_id}"


def test_people_are_found_by_name_and_by_address_only_where_one_may(
    admin: Browser, moderator: Browser, moon: User, make_person: MakePerson
) -> None:
    theirs = f"/admin/people/{moon.id}"
    for words in ("moon", "@Moon", str(moon.id), "/@moon", "https://x.example/@moon/tracks"):
        assert opens(moderator, words) == theirs, words
    assert opens(admin, "moon@example.org") == theirs
    assert opens(moderator, "moon@example.org") == ""
    make_person(username="moonlight")
    both = admin.get("/admin/find?q=moo").text
    assert "@moonlight" in both
    assert "(@moon)" in both


@pytest.mark.parametrize(
    "words",
    [
        "",
        "nothing-like-that",
        "\0",
        "x" * 5_000,
        "%",
        "/@nobody/nothing",
        "//",
        "https://[",
        "0199f3a0-0000-7000-8000-000000000000",
    ],
)
def test_what_means_nothing_is_told_kindly(moderator: Browser, words: str) -> None:
    answer = moderator.get("/admin/find", query_string={"q": words})
    assert answer.status_code == 200
    assert "Nothing is called that" in answer.text or "Find anything" in answer.text


@pytest.mark.usefixtures("counted_desk")
def test_finding_is_for_staff_and_costs_a_bounded_number_of_statements(
    client: Browser, moderator: Browser, count_statements: CountStatements
) -> None:
    assert client.get("/admin/find?q=x").status_code == 303
    moderator.get("/admin/people")
    with count_statements() as seen:
        moderator.get("/admin/find?q=aaaaaaaaaaa")
    assert len(seen) <= 12, seen
