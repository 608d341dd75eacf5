"""Pages of comments: in their order, at the same cost however many there are; along the time; and an owner's desk."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import db
from app.media.models import CommentPolicy, Medium, Visibility
from app.playlists.models import Set, SetKind
from app.social import subjects, threads
from app.social.models import Comment, CommentState, Like, Post
from app.social.queries import comments as queries
from app.social.queries import moments
from app.social.sockets.comments import watch_comments
from tests.harness.browser import PARTIAL, Browser, browser_of
from tests.harness.html import Page
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson, RunSpine

MOST_STATEMENTS = 8


@pytest.fixture
def artist(make_person: MakePerson) -> User:
    return make_person(username="artist", role="artist")


@pytest.fixture
def fan(make_person: MakePerson) -> User:
    return make_person(username="fan")


@pytest.fixture
def medium(artist: User, make_medium: MakeMedium) -> Medium:
    return make_medium(artist, slug="song", duration_ms=200_000)


def add(session: Session, medium: Medium, author: User, body: str, **values: Any) -> Comment:
    comment = Comment(
        **{"id": uuid7(), "author_id": author.id, "medium_id": medium.id, "owner_id": medium.owner_id, "body": body,
           **values}
    )  # fmt: skip
    session.add(comment)
    session.flush()
    return comment


def said_at(browser: Browser, url: str) -> dict[str, Any]:
    """What a player is told."""
    answer: dict[str, Any] = browser.get(url).get_json()
    return answer


def bodies(browser: Browser, url: str) -> list[str]:
    """What comments say, in their order, over all pages."""
    found: list[str] = []
    while url:
        page = browser.get_partial(url).text
        found += re.findall(r"<p dir=\"auto\">(\w+)</p>", page)
        following = re.findall(r'href="([^"]+)"[^>]*>More</a>', page)
        url = following[0].replace("&amp;", "&") if following else ""
    return found


def test_every_order_goes_on_over_pages_without_gap_or_double(
    client: Browser, medium: Medium, fan: User, db_session: Session
) -> None:
    for number in range(45):
        at_ms = (number * 7 % 20) * 1000 if number % 3 else None
        add(db_session, medium, fan, f"c{number:02}", at_ms=at_ms, likes=number % 5)
    pinned = add(db_session, medium, fan, "pinned", pinned_at=now())
    db_session.commit()
    rows = [one for one in db_session.scalars(select(Comment).order_by(Comment.id)) if one.id != pinned.id]
    expected = {
        "newest": sorted(rows, key=lambda one: one.id, reverse=True),
        "best": sorted(rows, key=lambda one: (one.likes, one.id), reverse=True),
        "time": sorted(rows, key=lambda one: (one.at_ms if one.at_ms is not None else 10**9, one.id)),
    }
    for sort, wanted in expected.items():
        found = bodies(client, f"/media/{medium.public_id}/comments?sort={sort}")
        assert found == ["pinned", *(one.body for one in wanted)], sort
    linked = bodies(client, f"/media/{medium.public_id}/comments?comment={rows[0].public_id}")
    assert linked[:3] == ["pinned", "c00", "c44"]


def test_an_answer_that_is_linked_to_is_there_with_its_thread(
    client: Browser, medium: Medium, fan: User, db_session: Session
) -> None:
    root = add(db_session, medium, fan, "root")
    answers = [
        add(db_session, medium, fan, f"a{number:02}", thread_id=root.id, answers_id=root.id) for number in range(30)
    ]
    for number in range(25):
        add(db_session, medium, fan, f"later{number}")
    db_session.commit()
    page = client.get(f"/media/{medium.public_id}/comments?comment={answers[20].public_id}").text
    assert page.index(">root<") < page.index(">a00<") < page.index(">a20<") < page.index(">later24<")
    assert ">a19<" not in page
    more = re.findall(r'href="([^"]+)"[^>]*>More answers</a>', page)[0].replace("&amp;", "&")
    found: list[str] = []
    while more:
        part = client.get_partial(more).text
        found += re.findall(r"<p dir=\"auto\">(a\d+)</p>", part)
        following = re.findall(r'href="([^"]+)"[^>]*>More answers</a>', part)
        more = following[0].replace("&amp;", "&") if following else ""
    assert found == [f"a{number:02}" for number in range(3, 30)]
    assert "<h1>" in client.get(re.findall(r'href="([^"]+)"[^>]*>More answers</a>', page)[0].replace("&amp;", "&")).text


def test_a_page_costs_the_same_whatever_stands_on_it(
    app: Flask, medium: Medium, artist: User, fan: User, login: Login, db_session: Session,
    count_statements: CountStatements,
) -> None:  # fmt: skip
    paths = [f"/media/{medium.public_id}/comments", f"/media/{medium.public_id}/comments?sort=best",
             f"/media/{medium.public_id}/moments", "/studio/comments", "/studio/comments?show=waiting"]  # fmt: skip
    browsers = {
        "stranger": browser_of(app),
        "fan": login(browser_of(app), fan),
        "artist": login(browser_of(app), artist),
    }

    def costs() -> dict[str, int]:
        counted = {}
        for name, browser in browsers.items():
            for path in paths if name == "artist" else paths[:3]:
                with count_statements() as seen:
                    assert browser.get_partial(path).status_code == 200
                counted[f"{name} {path}"] = len(seen)
        return counted

    def grow(count: int) -> None:
        for number in range(count):
            root = add(db_session, medium, fan, "hello @artist and @fan", at_ms=number * 1000)
            for _ in range(5):
                add(db_session, medium, artist, "yes @fan", thread_id=root.id, answers_id=root.id)
            add(db_session, medium, fan, "wait", state=CommentState.HELD)
            db_session.add(Like(user_id=fan.id, comment_id=root.id))
        db_session.commit()

    grow(1)
    few = costs()
    grow(30)
    many = costs()
    assert few == many
    assert max(many.values()) <= MOST_STATEMENTS, many


def many_comments(session: Session, medium: Medium, author: User, count: int) -> None:
    session.execute(
        text(
            "INSERT INTO comments"
            " (id, public_id, author_id, medium_id, owner_id, at_ms, body, state, likes, created_at)"
            " SELECT gen_random_uuid(), 'many' || n, :author, :medium, :owner,"
            " CASE WHEN n % 4 = 0 THEN NULL ELSE (n * 7919) % :length END, 'words ' || n, 'visible', n % 50, now()"
            " FROM generate_series(1, :count) AS n"
        ),
        {"author": author.id, "medium": medium.id, "owner": medium.owner_id, "length": medium.duration_ms,
         "count": count},
    )  # fmt: skip
    session.commit()
    session.execute(text("ANALYZE comments"))
    session.commit()


def test_the_plans_read_from_indexes_as_much_as_they_show(
    app: Flask, medium: Medium, fan: User, db_session: Session
) -> None:
    many_comments(db_session, medium, fan, 6000)
    with app.app_context():
        one = db.session.get_one(Medium, medium.id)
        subject = subjects.of_medium(db.session.scalar(select(Medium).options(*subjects._MEDIUM_OPTIONS)) or one)
        asker = threads.Asker(None, is_staff=False, may_write=False)
        plans: dict[str, str] = {}
        for sort in queries.Sort:
            page = threads.comment_page(subject, asker, sort)
            after = re.findall(r"after=([^&]+)", page.next_url)[0]
            plans[sort] = explained(lambda s=sort, a=after: threads.comment_page(subject, asker, s, after=a))
        plans["sample"] = explained(lambda: moments.sample(medium.id, 200_000, None))
    for name, plan in plans.items():
        assert "Seq Scan on comments" not in plan, (name, plan)
        read = [int(rows) for rows in re.findall(r"on comments(?: \w+)? .*?actual[^)]*rows=(\d+)", plan)]
        assert max(read) <= moments.SAMPLE, (name, plan)


def explained(act: Any) -> str:
    """The plans of the statements that touch comments while ``act`` runs, as they went."""
    from sqlalchemy import Engine, event  # noqa: PLC0415

    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "comments" in statement and statement.startswith("SELECT"):
            seen.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    connection = db.session.connection()
    lines = []
    for statement, parameters in seen:
        lines += [
            row[0] for row in connection.exec_driver_sql(f"EXPLAIN (ANALYZE, TIMING OFF) {statement}", parameters)
        ]
    return "\n".join(lines)


def test_moments_are_a_sample_over_the_whole_time_with_the_best_liked_of_each_stretch(
    client: Browser, medium: Medium, fan: User, db_session: Session
) -> None:
    many_comments(db_session, medium, fan, 3000)
    add(db_session, medium, fan, "liked", at_ms=100_000, likes=5000)
    add(db_session, medium, fan, "held", at_ms=100_001, likes=9000, state=CommentState.HELD)
    db_session.commit()
    answer = client.get(f"/media/{medium.public_id}/moments")
    said = answer.get_json()
    times = [one["at_ms"] for one in said["comments"]]
    assert len(times) == moments.SAMPLE
    assert times == sorted(times)
    assert times[0] < 2000
    assert times[-1] > 198_000
    assert "liked" in {one["text"] for one in said["comments"]}
    assert "held" not in {one["text"] for one in said["comments"]}
    assert len(said["bars"]) == moments.BARS
    assert sum(said["bars"]) == 3000 * 3 // 4 + 1
    assert answer.headers["Cache-Control"].startswith("private, max-age=")


def test_moments_bring_what_came_since_once(client: Browser, medium: Medium, fan: User, db_session: Session) -> None:
    add(db_session, medium, fan, "one", at_ms=1)
    db_session.commit()
    url = f"/media/{medium.public_id}/moments"
    newest = said_at(client, url)["newest"]
    assert said_at(client, f"{url}?since={newest}") == {"comments": [], "newest": newest}
    add(db_session, medium, fan, "x" * 500, at_ms=2)
    db_session.commit()
    said = said_at(client, f"{url}?since={newest}")
    assert [len(one["text"]) for one in said["comments"]] == [140]
    assert said["newest"] != newest
    assert said_at(client, f"/media/{medium.public_id}/moments")["comments"][0]["username"] == "fan"


def test_a_medium_without_length_has_no_moments(client: Browser, artist: User, make_medium: MakeMedium) -> None:
    medium = make_medium(artist, state="processing", with_version=False, duration_ms=None)
    said = said_at(client, f"/media/{medium.public_id}/moments")
    assert (said["comments"], said["bars"]) == ([], [])


def test_new_comments_are_announced_and_counted_for_who_reads(  # noqa: PLR0917 - fixtures
    app: Flask, client: Browser, medium: Medium, artist: User, fan: User, login: Login, db_session: Session,
    run_spine: RunSpine, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    told: list[str] = []
    monkeypatch.setattr("app.wiring.announce", told.append)
    add(db_session, medium, artist, "before")
    db_session.commit()
    url = f"/media/{medium.public_id}/comments"
    page = client.get(url).text
    newer = re.findall(r'hx-get="([^"]+newer=[^"]+)"', page)[0].replace("&amp;", "&")
    assert "new comment" not in client.get_partial(newer).text
    at = login(browser_of(app), fan)
    at.submit(url, {"body": "after"})
    run_spine()
    assert told == [f"comments:media:{medium.public_id}"]
    assert "1 new comment<" in client.get_partial(newer).text
    assert "new comment" not in at.get_partial(newer).text  # one's own
    assert "1 new comment" in client.get(newer).text  # a page, without a script
    at.submit(url, {"body": "again"})
    assert "2 new comments" in client.get_partial(newer).text


def test_the_door_opens_for_those_who_may_see_the_thing(
    app: Flask, medium: Medium, fan: User, artist: User, db_session: Session
) -> None:
    medium.visibility, medium.link_secret = Visibility.UNLISTED, "opens-the-door-of-it"
    db_session.commit()
    topic = f"media:{medium.public_id}"
    with app.app_context():
        viewer = db.session.get_one(User, fan.id)
        assert watch_comments(viewer, topic, None) is None
        assert watch_comments(viewer, topic, "opens-the-door-of-it") == f"comments:{topic}"
        assert watch_comments(db.session.get_one(User, artist.id), topic, None) == f"comments:{topic}"
        for rest in ("", "comments:x", "media:", "nothing:x", "media:\u0660"):
            assert watch_comments(viewer, rest, None) is None


def test_the_owner_finds_what_waits_and_the_newest_of_all_their_things(
    app: Flask, medium: Medium, artist: User, fan: User, login: Login, db_session: Session
) -> None:
    one = Set(id=uuid7(), owner_id=artist.id, slug="mix", title="The mix", kind=SetKind.PLAYLIST, published_at=now(),
              visibility=Visibility.PUBLIC, listed=True)  # fmt: skip
    post = Post(id=uuid7(), author_id=artist.id, body_markdown="Hello")
    db_session.add_all([one, post])
    db_session.flush()
    waiting = add(db_session, medium, fan, "waiting", state=CommentState.HELD)
    for number in range(22):
        add(db_session, medium, fan, f"n{number:02}")
    for body, of in (("onset", {"set_id": one.id}), ("onpost", {"post_id": post.id})):
        db_session.add(Comment(id=uuid7(), author_id=fan.id, owner_id=artist.id, body=body, **of))
    db_session.commit()
    owner = login(browser_of(app), artist)
    newest = bodies(owner, "/studio/comments")
    assert set(newest[:2]) == {"onpost", "onset"}  # of one millisecond
    assert set(newest[2:]) == {f"n{number:02}" for number in range(22)}
    page = owner.get("/studio/comments?show=waiting")
    assert bodies(owner, "/studio/comments?show=waiting") == ["waiting"]
    assert f"/comments/{waiting.public_id}/approve" in {form.action for form in Page(page.text).forms}
    answer = owner.submit(f"/comments/{waiting.public_id}/approve", {"back": "/studio/comments?show=waiting"})
    assert answer.location == "/studio/comments?show=waiting"
    assert bodies(owner, "/studio/comments?show=waiting") == []
    elsewhere = owner.submit(f"/comments/{waiting.public_id}/delete", {"back": "https://evil.example"})
    assert elsewhere.location.startswith(f"/media/{medium.public_id}/comments")
    assert bodies(login(browser_of(app), fan), "/studio/comments") == []
    assert browser_of(app).get("/studio/comments").status_code == 303


def test_the_owner_chooses_who_may_comment(
    app: Flask, medium: Medium, artist: User, login: Login, db_session: Session
) -> None:
    owner = login(browser_of(app), artist)
    url = f"/studio/media/{medium.public_id}"
    assert 'name="policy"' in owner.get(url).text
    assert owner.submit(f"{url}/comments", {"policy": "held"}).status_code == 303
    db_session.expire_all()
    assert medium.comments_policy is CommentPolicy.HELD
    assert owner.submit(f"{url}/comments", {"policy": "anything"}).status_code == 422


def test_the_section_is_a_link_until_it_is_asked_for(
    client: Browser, medium: Medium, fan: User, db_session: Session
) -> None:
    comment = add(db_session, medium, fan, "unheard_of")
    db_session.commit()
    page = client.get("/@artist/song").text
    assert f'href="/media/{medium.public_id}/comments"' in page
    assert "unheard_of" not in page
    assert 'hx-trigger="intersect once"' in page
    linked = client.get(f"/@artist/song?comment={comment.public_id}").text
    assert f"comments?comment={comment.public_id}" in linked
    part = client.get(f"/media/{medium.public_id}/comments", headers=PARTIAL).text
    assert part.lstrip().startswith("<section")
