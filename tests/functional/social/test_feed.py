"""The feed is right after everything that can happen to what is in it, and costs the same however much there is."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.accounts.models import Apart, User
from app.core.clock import now
from app.core.ids import uuid7
from app.core.queue import redis
from app.extensions import db
from app.media.models import Medium
from app.playlists.models import Set
from app.social.models import Activity, Follow, Like, Mute, Post, Repost, Verb
from app.social.queries import feed
from app.social.services import activities, feed_watchers
from app.social.sockets.feed import watch_feed
from bench import feed as bench_feed
from bench.report import Report
from bench.throng import Sizes
from tests.harness.browser import Browser
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson, Settle

Do = Callable[..., UUID]


@pytest.fixture
def ana(make_person: MakePerson) -> User:
    """The reader."""
    return make_person(username="ana", display_name="Ana")


@pytest.fixture
def ben(make_person: MakePerson) -> User:
    return make_person(username="ben", display_name="Ben", role="artist")


@pytest.fixture
def cleo(make_person: MakePerson) -> User:
    return make_person(username="cleo", display_name="Cleo", role="artist", shares_likes=True)


@pytest.fixture
def member(client: Browser, ana: User, login: Login) -> Browser:
    """Ana's browser."""
    return login(client, ana)


@pytest.fixture
def following(ana: User, ben: User, cleo: User, db_session: Session) -> None:
    """Ana follows Ben and Cleo."""
    db_session.add_all([Follow(follower_id=ana.id, followed_id=one.id) for one in (ben, cleo)])
    db_session.commit()


@pytest.fixture
def do(db_session: Session) -> Do:
    """``do(person, "published", medium_id=…)``: an activity, later than all before it, with its repost or like."""
    latest = uuid7()

    def act(actor: User, verb: str, caption: str = "", **thing: UUID) -> UUID:
        if verb == "reposted":
            db_session.add(Repost(user_id=actor.id, caption=caption, **thing))
        if verb == "liked":
            db_session.add(Like(user_id=actor.id, **thing))
        nonlocal latest
        moment = latest.int >> 80
        while latest.int >> 80 == moment:  # within a millisecond the order is anybody's
            latest = uuid7()
        activity = Activity(id=latest, actor_id=actor.id, verb=Verb(verb), **thing)
        db_session.add(activity)
        db_session.commit()
        return activity.id

    return act


def shown(browser: Browser, path: str = "/feed") -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.usefixtures("following")
def test_what_those_one_follows_did_is_there_the_latest_first(
    member: Browser, ben: User, cleo: User, make_person: MakePerson, make_medium: MakeMedium, do: Do
) -> None:
    dora = make_person(role="artist")
    works = {name: make_medium(dora, title=name) for name in ("Old", "Middle", "New", "Foreign")}
    do(ben, "reposted", medium_id=works["Old"].id, caption="what a drop")
    do(cleo, "liked", medium_id=works["Middle"].id)
    do(cleo, "reposted", medium_id=works["New"].id)
    do(dora, "published", medium_id=works["Foreign"].id)
    page = shown(member)
    assert page.index("New") < page.index("Middle") < page.index("Old")
    assert "what a drop" in page
    assert "Foreign" not in page
    for word in ("reposted", "liked"):
        assert word in page


@pytest.mark.usefixtures("following")
def test_the_feed_is_right_after_unfollow_follow_block_and_mute(
    member: Browser, ana: User, ben: User, make_medium: MakeMedium, do: Do, db_session: Session
) -> None:
    do(ben, "published", medium_id=make_medium(ben, title="By Ben").id)
    assert "By Ben" in shown(member)
    member.submit("/people/ben/follow/delete")
    assert "By Ben" not in shown(member)
    member.submit("/people/ben/follow")
    assert "By Ben" in shown(member)
    member.submit("/people/ben/mute")
    assert "By Ben" not in shown(member)
    member.submit("/people/ben/mute/delete")
    assert "By Ben" in shown(member)
    member.submit("/people/ben/block")
    assert "By Ben" not in shown(member)
    member.submit("/people/ben/block/delete")
    assert "By Ben" not in shown(member)
    assert db_session.get(Follow, (ana.id, ben.id)) is None


@pytest.mark.usefixtures("following")
@pytest.mark.parametrize("how", ["apart", "muted"])
def test_what_others_repost_of_someone_hidden_is_hidden(
    member: Browser, ana: User, cleo: User, make_person: MakePerson, make_medium: MakeMedium, do: Do,
    db_session: Session, how: str,
) -> None:  # fmt: skip
    hidden = make_person(role="artist")
    do(cleo, "reposted", medium_id=make_medium(hidden, title="Hidden Work").id)
    assert "Hidden Work" in shown(member)
    if how == "muted":
        db_session.add(Mute(muter_id=ana.id, muted_id=hidden.id))
    else:
        db_session.add_all([Apart(person_id=ana.id, other_id=hidden.id, blocked_at=None),
                            Apart(person_id=hidden.id, other_id=ana.id, blocked_at=now())])  # fmt: skip
    db_session.commit()
    assert "Hidden Work" not in shown(member)


@pytest.mark.usefixtures("following")
@pytest.mark.parametrize("end", ["unlisted", "deleted", "unreposted", "forgotten", "leaving"])
def test_what_is_taken_back_is_gone(
    app: Flask, member: Browser, ben: User, cleo: User, make_medium: MakeMedium, do: Do, db_session: Session, end: str
) -> None:
    medium = make_medium(ben, title="Taken Back")
    do(cleo, "reposted", medium_id=medium.id)
    assert "Taken Back" in shown(member)
    if end == "unlisted":
        medium.listed = False
    elif end == "deleted":
        db_session.execute(delete(Medium).where(Medium.id == medium.id))
    elif end == "unreposted":
        db_session.execute(delete(Repost))
    elif end == "leaving":
        cleo.deletion_due_at = now()
    db_session.commit()
    if end == "forgotten":
        with app.app_context():
            activities.forget_activity(cleo.id, Verb.REPOSTED, medium_id=medium.id)
            db.session.commit()
    assert "Taken Back" not in shown(member)


@pytest.mark.usefixtures("following")
def test_likes_are_shown_as_long_as_they_are_there_and_shared(
    member: Browser, ben: User, cleo: User, make_medium: MakeMedium, do: Do, db_session: Session
) -> None:
    medium = make_medium(ben, title="Liked Work")
    do(cleo, "liked", medium_id=medium.id)
    assert "Liked Work" in shown(member)
    cleo.shares_likes = False
    db_session.commit()
    assert "Liked Work" not in shown(member)
    cleo.shares_likes = True
    db_session.execute(delete(Like))
    db_session.commit()
    assert "Liked Work" not in shown(member)


@pytest.mark.usefixtures("following")
def test_posts_and_sets_are_there_as_far_as_they_may_be_seen(
    member: Browser, ben: User, do: Do, db_session: Session
) -> None:
    post, withheld = (Post(author_id=ben.id, body_markdown=words) for words in ("Good *evening*", "Withheld words"))
    listed = Set(owner_id=ben.id, slug="a", title="Listed Set", listed=True)
    unlisted = Set(owner_id=ben.id, slug="b", title="Unlisted Set")
    withheld.withheld = True
    db_session.add_all([post, withheld, listed, unlisted])
    db_session.commit()
    for one in (post, withheld):
        do(ben, "published", post_id=one.id)
    for each in (listed, unlisted):
        do(ben, "reposted", set_id=each.id)
    page = shown(member)
    assert "Good <em>evening</em>" in page
    assert "Listed Set" in page
    assert "Withheld words" not in page
    assert "Unlisted Set" not in page


@pytest.mark.usefixtures("following")
def test_a_medium_is_there_once_with_all_who_reposted_it(
    member: Browser, ben: User, cleo: User, make_person: MakePerson, make_medium: MakeMedium, do: Do
) -> None:
    medium = make_medium(make_person(role="artist"), title="Passed On")
    do(ben, "reposted", medium_id=medium.id, caption="first")
    do(cleo, "reposted", medium_id=medium.id, caption="second")
    page = shown(member)
    assert page.count('feed__item"') == 1
    assert "Ben" in page
    assert "Cleo" in page
    assert "second" in page


@pytest.mark.usefixtures("following")
def test_every_activity_is_reached_page_by_page_and_none_twice(
    app: Flask, ana: User, ben: User, cleo: User, make_medium: MakeMedium, do: Do, db_session: Session
) -> None:
    made = [make_medium(ben if number % 3 else cleo) for number in range(70)]
    for number, medium in enumerate(made):
        do(ben if number % 3 else cleo, "published", medium_id=medium.id)
    made[5].listed = made[40].listed = False
    db_session.commit()
    seen: list[UUID] = []
    before = None
    with app.app_context():
        while True:
            entries, before = feed.feed_entries(ana.id, before=before)
            seen += [entry.thing_id for entry in entries]
            if before is None:
                break
    assert seen == [medium.id for medium in reversed(made) if medium.listed]


@pytest.mark.usefixtures("following")
def test_a_page_of_which_nothing_may_be_seen_any_more_leads_on(
    member: Browser, ben: User, make_medium: MakeMedium, do: Do, db_session: Session
) -> None:
    do(ben, "published", medium_id=make_medium(ben, title="Far Back").id)
    for number in range(feed.LOOKED_AT):
        one = Set(owner_id=ben.id, slug=f"s{number}", title="S")
        db_session.add(one)
        db_session.flush()
        do(ben, "published", set_id=one.id)
    page = shown(member)
    assert "Far Back" not in page
    assert "Far Back" in shown(member, "/feed?after=" + page.split("/feed?after=")[1].split('"')[0])


@pytest.mark.usefixtures("following")
def test_the_next_page_comes_as_items_and_a_changed_address_is_refused(
    member: Browser, ben: User, make_medium: MakeMedium, do: Do
) -> None:
    for number in range(feed.ENTRIES_A_PAGE + 2):
        do(ben, "published", medium_id=make_medium(ben, title=f"Work {number:02d}").id)
    page = shown(member)
    assert "Work 02" in page
    assert "Work 01" not in page
    after = page.split("/feed?after=")[1].split('"')[0]
    more = member.get_partial(f"/feed?after={after}")
    assert "Work 01" in more.text
    assert "<html" not in more.text
    assert member.get("/feed?after=nonsense").status_code == 400
    assert member.get("/feed/news?since=%00").status_code == 400


def test_an_empty_feed_suggests_four_people(member: Browser, make_person: MakePerson, make_medium: MakeMedium) -> None:
    for number in range(6):
        make_medium(make_person(username=f"artist{number}", role="artist"))
    page = shown(member)
    assert "Nothing here yet" in page
    assert page.count("New here in Music") == 4


def test_the_feed_is_for_those_who_are_logged_in(client: Browser) -> None:
    for path in ("/feed", "/feed/news", "/library/following"):
        assert client.get(path).status_code == 303


@pytest.mark.usefixtures("following")
def test_a_page_costs_the_same_whatever_is_in_it(
    member: Browser, ben: User, make_medium: MakeMedium, do: Do, db_session: Session, count_statements: CountStatements
) -> None:
    def cost(path: str) -> int:
        with count_statements() as seen:
            assert member.get(path).status_code == 200
        return len(seen)

    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            one = Set(owner_id=ben.id, slug=f"s{number}", title="S", listed=True)
            post = Post(author_id=ben.id, body_markdown=f"Hello @ana {number}")
            db_session.add_all([one, post])
            db_session.flush()
            do(ben, "published", medium_id=make_medium(ben).id)
            do(ben, "published", set_id=one.id)
            do(ben, "published", post_id=post.id)

    fill(0, 1)
    few = [cost("/feed"), cost("/feed/news")]
    fill(1, 12)
    many = [cost("/feed"), cost("/feed/news")]
    assert few == many
    assert max(many) <= 8, many


# News -----------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("following")
def test_what_came_since_is_counted_and_not_pushed(member: Browser, ben: User, make_medium: MakeMedium, do: Do) -> None:
    first = do(ben, "published", medium_id=make_medium(ben).id)
    assert "/feed/news?since=" + first.hex in shown(member)
    assert member.get(f"/feed/news?since={first.hex}").text.split("#}")[-1].strip() == ""
    do(ben, "published", medium_id=make_medium(ben).id)
    do(ben, "published", medium_id=make_medium(ben).id)
    assert "2 new" in member.get(f"/feed/news?since={first.hex}").text


@pytest.mark.usefixtures("following")
def test_whoever_has_their_feed_open_and_follows_is_told(  # noqa: PLR0917 - fixtures
    app: Flask, member: Browser, ana: User, ben: User, make_person: MakePerson, make_medium: MakeMedium, settle: Settle,
    monkeypatch: pytest.MonkeyPatch, count_statements: CountStatements,
) -> None:  # fmt: skip
    told: list[str] = []
    monkeypatch.setattr(feed_watchers, "send", lambda rooms, *_said: told.extend(rooms))
    stranger = make_person(role="artist")
    with app.app_context():
        feed_watchers.tell_watchers(ben.id)
    assert told == []
    shown(member)
    with app.app_context():
        feed_watchers.tell_watchers(stranger.id)
        assert told == []
        with count_statements() as seen:
            activities.note_activity(ben.id, Verb.PUBLISHED, medium_id=make_medium(ben).id)
            db.session.commit()
        assert not any("follows" in statement for statement in seen)
    settle()
    assert told == [f"feed:{ana.id.hex}"]


def test_an_open_feed_is_forgotten_after_its_time(
    app: Flask, ana: User, ben: User, db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(feed_watchers, "send", lambda rooms, *_said: told.extend(rooms))
    db_session.add(Follow(follower_id=ana.id, followed_id=ben.id))
    db_session.commit()
    with app.app_context():
        monkeypatch.setattr(feed_watchers, "WATCHED_S", -1.0)
        feed_watchers.keep_watching(ana.id)
        feed_watchers.tell_watchers(ben.id)
        left: Any = redis().zcard(feed_watchers.KEY)
    assert told == []
    assert left == 0


def test_nobody_watches_anothers_feed(app: Flask, ana: User, ben: User, client: Browser) -> None:
    with app.app_context():
        viewer = db.session.get_one(User, ana.id)
        assert watch_feed(viewer, "mine", None) == f"feed:{ana.id.hex}"
        assert watch_feed(viewer, ben.id.hex, None) is None
        assert watch_feed(viewer, ana.id.hex, None) is None
        assert watch_feed(viewer, "", None) is None
    assert client.get("/").status_code == 200


@pytest.mark.usefixtures("following")
def test_a_feed_without_redis_is_a_feed(
    app: Flask, member: Browser, ben: User, make_medium: MakeMedium, do: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redis import Redis  # noqa: PLC0415 - for this test alone

    do(ben, "published", medium_id=make_medium(ben, title="Still There").id)
    monkeypatch.setattr(feed_watchers, "redis", lambda: Redis(port=1))
    assert "Still There" in shown(member)
    with app.app_context():
        feed_watchers.tell_watchers(ben.id)


# Cost -----------------------------------------------------------------------------------------------------------------


def test_the_bench_finds_the_plan_and_the_work_that_are_promised(
    app: Flask, db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as ``python -m bench --only feed``, with a small crowd; times are not looked at."""
    report = Report("a test")
    monkeypatch.setattr(bench_feed, "ROUNDS", 3)
    monkeypatch.setattr(bench_feed, "PUBLISHED", 2)
    bench_feed.measure_in(report, app, db_session, Sizes(activities=10_000, actors=1_000, followed=300, fans=2_000))
    rows = {row.what: row for row in report.rows}
    assert rows["the feed's plan"].met
    assert len(rows) == 5
    (relayed,) = (row for what, row in rows.items() if "the spine's work" in what)
    assert relayed.met, relayed
    (request,) = (row for what, row in rows.items() if what.endswith("the request"))
    assert request.measured.split(", ")[1] == request.yardstick.split(", ")[1], request
