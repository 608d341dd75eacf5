"""What somebody did is kept once, in the transaction in which they did it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.events import OutboxEntry, publish
from app.extensions import db
from app.media.models import Medium
from app.media.services import publishing
from app.playlists.events import SetPublished
from app.playlists.models import Set
from app.social import jobs
from app.social.models import Activity, Verb
from app.social.services import activities
from tests.harness.kinds import MakeMedium, MakePerson, Settle


@pytest.fixture
def artist(make_person: MakePerson) -> User:
    return make_person(username="artist", role="artist")


@pytest.fixture
def noted(db_session: Session) -> Callable[[], list[tuple[Any, ...]]]:
    """Every activity: who, what they did, and to which medium."""

    def look() -> list[tuple[Any, ...]]:
        db_session.expire_all()
        query = select(Activity.actor_id, Activity.verb, Activity.medium_id).order_by(Activity.id)
        return [tuple(row) for row in db_session.execute(query)]

    return look


def grown(session: Session) -> int:
    session.expire_all()
    return len(session.scalars(select(OutboxEntry).where(OutboxEntry.name == "FeedGrew")).all())


def test_noting_twice_is_noting_once(
    app: Flask, artist: User, make_medium: MakeMedium, noted: Callable[[], list[Any]], db_session: Session
) -> None:
    medium = make_medium(artist)
    with app.app_context():
        assert activities.note_activity(artist.id, Verb.LIKED, medium_id=medium.id)
        assert not activities.note_activity(artist.id, Verb.LIKED, medium_id=medium.id)
        assert activities.note_activity(artist.id, Verb.REPOSTED, medium_id=medium.id)
        db.session.commit()
    assert noted() == [(artist.id, Verb.LIKED, medium.id), (artist.id, Verb.REPOSTED, medium.id)]
    assert grown(db_session) == 2


def test_what_is_forgotten_is_gone_and_nothing_else_is(
    app: Flask, artist: User, make_medium: MakeMedium, noted: Callable[[], list[Any]]
) -> None:
    medium = make_medium(artist)
    with app.app_context():
        activities.note_activity(artist.id, Verb.LIKED, medium_id=medium.id)
        activities.note_activity(artist.id, Verb.REPOSTED, medium_id=medium.id)
        activities.forget_activity(artist.id, Verb.REPOSTED, medium_id=medium.id)
        activities.forget_activity(artist.id, Verb.REPOSTED, medium_id=medium.id)
        db.session.commit()
    assert noted() == [(artist.id, Verb.LIKED, medium.id)]


def test_a_rollback_takes_an_activity_along(
    app: Flask, artist: User, make_medium: MakeMedium, noted: Callable[[], list[Any]], db_session: Session
) -> None:
    medium = make_medium(artist)
    with app.app_context():
        activities.note_activity(artist.id, Verb.LIKED, medium_id=medium.id)
        db.session.rollback()
    assert noted() == []
    assert grown(db_session) == 0


@pytest.mark.parametrize(("visibility", "expected"), [("public", 1), ("unlisted", 0), ("private", 0)])
def test_a_medium_is_noted_when_it_comes_into_listings(
    app: Flask, artist: User, make_medium: MakeMedium, noted: Callable[[], list[Any]], settle: Settle,
    visibility: str, expected: int,
) -> None:  # fmt: skip
    medium = make_medium(artist, published_at=None, listed=False, visibility=visibility)
    with app.app_context():
        publishing.publish_medium(db.session.get_one(Medium, medium.id))
        db.session.commit()
    settle()
    assert noted() == [(artist.id, Verb.PUBLISHED, medium.id)] * expected


def test_a_medium_that_leaves_the_listings_and_comes_back_is_noted_once(
    app: Flask, artist: User, make_medium: MakeMedium, noted: Callable[[], list[Any]], settle: Settle
) -> None:
    medium = make_medium(artist, published_at=None, listed=False)
    for act in (publishing.publish_medium, publishing.unpublish_medium, publishing.publish_medium):
        with app.app_context():
            act(db.session.get_one(Medium, medium.id))
            db.session.commit()
        settle()
    assert noted() == [(artist.id, Verb.PUBLISHED, medium.id)]


def test_a_medium_that_was_taken_back_before_the_spine_came_by_is_not_noted(
    app: Flask, artist: User, make_medium: MakeMedium, noted: Callable[[], list[Any]], settle: Settle
) -> None:
    medium = make_medium(artist, published_at=None, listed=False)
    with app.app_context():
        publishing.publish_medium(db.session.get_one(Medium, medium.id))
        publishing.unpublish_medium(db.session.get_one(Medium, medium.id))
        db.session.commit()
    settle()
    assert noted() == []


def test_a_set_is_noted_when_it_is_published(app: Flask, artist: User, db_session: Session, settle: Settle) -> None:
    listed = Set(owner_id=artist.id, slug="a", title="A", listed=True)
    hidden = Set(owner_id=artist.id, slug="b", title="B", listed=False)
    db_session.add_all([listed, hidden])
    db_session.commit()
    with app.app_context():
        for one in (listed, hidden):
            publish(SetPublished(set_id=one.id))
        db.session.commit()
    settle()
    assert db_session.scalars(select(Activity.set_id)).all() == [listed.id]


def test_the_jobs_may_run_twice_and_after_all_is_gone(
    app: Flask, artist: User, make_medium: MakeMedium, noted: Callable[[], list[Any]]
) -> None:
    medium = make_medium(artist)
    gone = str(artist.id)
    with app.app_context():
        for one in (str(medium.id), str(medium.id), gone):
            jobs.note_listed_medium(one)
            jobs.note_published_set(one)
    assert noted() == [(artist.id, Verb.PUBLISHED, medium.id)]
