"""A limit limits reach: lists for strangers leave somebody out; their own page, sets and followers do not."""

from datetime import timedelta
from itertools import islice, product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.accounts.models import Standing, User
from app.core.clock import now
from app.core.holds import Hold
from app.extensions import db
from app.media import gate
from app.media.models import Medium, MediumState, Version, Visibility
from app.media.services import publishing
from app.playlists.models import Set
from app.playlists.services import changes
from app.social.models import Activity, Follow, Like, Verb
from app.social.queries import feed, suggestions
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson, Settle


@pytest.fixture
def artist(make_person: MakePerson, db_session: Session) -> User:
    """Whom moderators limited."""
    made = make_person(username="artist", role="artist")
    db_session.get_one(User, made.id).standing = Standing.LIMITED
    db_session.commit()
    return made


def unlist(session: Session, *media: Medium) -> Medium:
    """Leave these out of listings, as the limit of whose they are does; returns the first."""
    for medium in media:
        medium.listed = False
    session.commit()
    return media[0]


@pytest.fixture
def song(db_session: Session, artist: User, make_medium: MakeMedium) -> Medium:
    made = make_medium(artist, slug="murmuring", title="Murmuring")
    db_session.get_one(Version, made.version_id).progressive_bytes = 4321
    return unlist(db_session, made)


def test_the_own_page_shows_what_is_public_and_nothing_else(
    client: Browser, db_session: Session, artist: User, song: Medium, make_medium: MakeMedium,
    count_statements: CountStatements,
) -> None:  # fmt: skip
    closed: list[dict[str, Any]] = [
        {"visibility": "unlisted"}, {"visibility": "private"}, {"published_at": None}, {"state": "removed"},
        {"withheld": True}, {"withheld": True, "hold": Hold.HIDDEN}, {"available_until": now()},
        {"published_at": now() + timedelta(hours=1)}, {"with_version": False},
    ]  # fmt: skip
    hidden = [make_medium(artist, slug=f"closed-work-{number}", **values) for number, values in enumerate(closed)]
    unlist(db_session, *hidden)
    add_set(db_session, artist, [song], slug="gatherings", listed=False)
    add_set(db_session, artist, [song], slug="closed-set", visibility="private", listed=False)
    add_set(db_session, artist, hidden, slug="empty-set", listed=False)
    for path in ("/@artist", "/@artist/tracks", "/@artist/sets/gatherings", "/@artist/feed.xml"):
        with count_statements() as statements:
            page = client.get(path).text
        assert len(statements) <= 8
        assert f"/@artist/{song.slug}" in page, path
        assert "closed-work" not in page, path
    sets = client.get("/@artist/playlists").text
    assert "/@artist/sets/gatherings" in sets
    assert "closed-set" not in sets
    assert "empty-set" not in sets
    assert f"/@artist/{song.slug}" not in client.get("/@artist/videos").text


def test_strangers_find_nothing_in_lists(
    client: Browser, db_session: Session, artist: User, song: Medium, make_person: MakePerson, make_medium: MakeMedium
) -> None:  # fmt: skip
    add_set(db_session, artist, [song], slug="gatherings", title="Gatherings", listed=False)
    curator = make_person(username="curator", role="artist")
    mine = make_medium(curator, slug="another-song")
    add_set(db_session, curator, [song, mine], slug="favourites")
    post = add_post(db_session, artist, "Words of today")
    pages = ["/", "/search?q=murmuring", "/search?q=gatherings", "/@curator/sets/favourites", "/sitemap.xml"]
    parts = ("media", "sets", "people", "posts")
    for path in [*pages, *(f"/sitemaps/{part}.xml" for part in parts)]:
        page = client.get(path).text
        for address in (f"/@artist/{song.slug}", "/@artist/sets/gatherings", f"/posts/{post.public_id}", "/@artist<"):
            assert address not in page, path
    assert client.get(f"/@artist/{song.slug}").status_code == 200


def test_followers_have_it_in_their_feed_and_those_who_follow_others_do_not(
    app: Flask, db_session: Session, artist: User, song: Medium, make_person: MakePerson
) -> None:
    follower, friend, stranger = make_person(), make_person(shares_likes=True), make_person()
    collection = add_set(db_session, artist, [song], listed=False)
    post = add_post(db_session, artist, "Words of today")
    things = ({"medium_id": song.id}, {"set_id": collection.id}, {"post_id": post.id})
    db_session.add_all([Activity(actor_id=artist.id, verb=Verb.PUBLISHED, **thing) for thing in things])
    db_session.add_all([Activity(actor_id=friend.id, verb=Verb.LIKED, **thing) for thing in things])
    db_session.add_all([Like(user_id=friend.id, **thing) for thing in things])
    ties = ((follower, artist), (friend, artist), (stranger, friend))
    db_session.add_all([Follow(follower_id=one.id, followed_id=other.id) for one, other in ties])
    db_session.commit()
    with app.app_context():
        seen = {entry.thing_id for entry in feed.feed_entries(follower.id)[0]}
        assert seen == {song.id, collection.id, post.id}
        assert feed.feed_entries(stranger.id)[0] == []
        assert suggestions.suggested_people(stranger.id) == []
        db.session.get_one(User, artist.id).standing = Standing.GOOD
        db.session.commit()
        assert {entry.thing_id for entry in feed.feed_entries(stranger.id)[0]} == {post.id}
        assert [one.id for one in suggestions.suggested_people(stranger.id)] == [artist.id]


def test_what_is_published_meanwhile_reaches_those_who_follow_once(
    app: Flask, db_session: Session, artist: User, make_medium: MakeMedium, make_person: MakePerson, settle: Settle,
    login: Login,
) -> None:  # fmt: skip
    fan = make_person(username="fan")
    db_session.add(Follow(follower_id=fan.id, followed_id=artist.id))
    db_session.commit()
    song = make_medium(artist, slug="murmuring", published_at=None)
    one = add_set(db_session, artist, [song], slug="gatherings", kind="album", listed=False, announced_at=None)
    for _ in range(2):
        with app.app_context():
            publishing.publish_medium(db.session.get_one(Medium, song.id))
            changes.tell_changed(db.session.get_one(Set, one.id))
            db.session.commit()
        settle()
    db_session.expire_all()
    assert (db_session.get_one(Medium, song.id).listed, db_session.get_one(Set, one.id).listed) == (False, False)
    acts = db_session.execute(select(Activity.medium_id, Activity.set_id).order_by(Activity.id)).all()
    assert sorted(acts, key=str) == sorted([(song.id, None), (None, one.id)], key=str)
    assert "/@artist/murmuring" in login(browser_of(app), fan).get("/feed").text


def test_the_statement_and_the_gate_say_the_same_of_every_medium(
    app: Flask, artist: User, make_medium: MakeMedium
) -> None:
    made = make_medium(artist, slug="murmuring", link_secret="a" * 22)
    moment = now()
    times = (None, moment - timedelta(hours=1), moment + timedelta(hours=1))
    holds = ((False, None), (True, None), (True, Hold.HIDDEN), (True, Hold.REMOVED), (False, Hold.REMOVED))
    with app.app_context():
        medium = db.session.get_one(Medium, made.id)
        version_id = medium.version_id
        states = (MediumState.READY, MediumState.REMOVED)
        every = product(Visibility, states, times, times, holds, (version_id, None))
        for visibility, state, published_at, until, (withheld, hold), version in islice(every, 0, None, 7):
            medium.visibility, medium.state, medium.published_at = visibility, state, published_at
            medium.available_until, medium.withheld, medium.hold, medium.version_id = until, withheld, hold, version
            said = (gate.is_public(medium), gate.is_listed(medium))
            columns = select(gate.public_column(Medium), gate.listed_column()).where(Medium.id == medium.id)
            assert tuple(bool(one) for one in db.session.execute(columns).one()) == said
        db.session.rollback()


def test_the_page_of_somebody_limited_is_read_by_an_index(app: Flask, artist: User) -> None:
    with app.app_context():
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
        query = select(Medium.id).where(Medium.owner_id == artist.id, gate.listed_column())
        compiled = query.compile(db.engine, compile_kwargs={"literal_binds": True})
        plan = "\n".join(db.session.scalars(text(f"EXPLAIN {compiled}")))
    assert "Index Cond: (owner_id" in plan
    assert "Seq Scan" not in plan
