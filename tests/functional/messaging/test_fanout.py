"""Telling all who follow somebody: in chunks, on after a death, once each, and only while there is something to see."""

import os
import signal
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Apart, User
from app.core.clock import now
from app.core.queue import redis
from app.extensions import db
from app.media.events import MediumListed
from app.media.models import Medium, Visibility
from app.messaging import notice_jobs
from app.messaging.models import FanOut, Notification
from app.messaging.services import fan_outs
from app.operations.spine import CHORES
from app.playlists.events import SetPublished
from app.playlists.models import Set, SetKind
from app.social.events import PostPublished
from app.social.models import Follow, Mute, Post
from tests.functional.messaging.telling import add_follows, add_people, happen, told
from tests.harness.kinds import MakeMedium, MakePerson, RunJobs, RunSpine, Settle


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan_outs, "CHUNK", 10)


def killed_in_chunk(app: Flask, number: int) -> None:
    """A process tells followers, and is killed when a chunk is told and not yet committed."""
    process = os.fork()
    if process == 0:
        try:
            with app.app_context():
                db.engine.dispose(close=False)  # the connections are the parent's
                usual, done = fan_outs.tell_next_chunk, 0

                def tell() -> object:
                    nonlocal done
                    told_now, done = usual(), done + 1
                    if done == number:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return told_now

                fan_outs.tell_next_chunk = tell  # type: ignore[assignment]
                notice_jobs.fan_out()
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(process, 0)[1]) == signal.SIGKILL


def count_told(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Notification)) or 0


def test_everyone_who_follows_hears_of_a_release_once(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle
) -> None:
    artist = make_person(role="artist")
    fans = add_people(db_session, 34)
    add_follows(db_session, fans, artist)
    medium = make_medium(artist)
    for _ in range(2):
        happen(app, MediumListed(medium_id=medium.id), MediumListed(medium_id=medium.id))
        settle()
    heard = db_session.scalars(select(Notification.recipient_id)).all()
    assert sorted(heard) == sorted(fans)
    done = db_session.scalars(select(FanOut)).one()
    assert (done.told, done.finished_at is not None) == (34, True)


def test_those_who_switched_their_bell_off_and_those_apart_or_deaf_hear_nothing(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle
) -> None:
    artist = make_person(role="artist")
    silent, blocked, muting, later, leaving, fan = add_people(db_session, 6)
    add_follows(db_session, [blocked, muting, leaving, fan], artist)
    add_follows(db_session, [silent], artist, rings=False)
    add_follows(db_session, [later], artist, created_at=now() + timedelta(hours=1))
    db_session.execute(insert(Apart).values(person_id=blocked, other_id=artist.id))
    db_session.execute(insert(Apart).values(person_id=artist.id, other_id=blocked))
    db_session.execute(insert(Mute).values(muter_id=muting, muted_id=artist.id, created_at=now()))
    db_session.execute(update(User).where(User.id == leaving).values(deletion_due_at=now()))
    db_session.commit()
    happen(app, MediumListed(medium_id=make_medium(artist).id))
    settle()
    assert db_session.scalars(select(Notification.recipient_id)).all() == [fan]


@pytest.mark.parametrize(("kind", "lines"), [(SetKind.ALBUM, 1), (SetKind.PLAYLIST, 0)])
def test_an_album_is_a_release_and_a_playlist_is_none(
    app: Flask, db_session: Session, make_person: MakePerson, settle: Settle, kind: SetKind, lines: int
) -> None:
    artist, fan = make_person(role="artist"), make_person()
    add_follows(db_session, [fan.id], artist)
    record = Set(owner_id=artist.id, slug="depots", title="Depots", kind=kind, listed=True)
    db_session.add(record)
    db_session.commit()
    happen(app, SetPublished(set_id=record.id), SetPublished(set_id=record.id))
    settle()
    assert [one.set_id for one in told(db_session, fan)] == [record.id] * lines


@pytest.mark.parametrize("first", ["mention", "post"])
def test_who_is_named_in_a_post_and_follows_its_author_hears_of_it_once(
    app: Flask, db_session: Session, make_person: MakePerson, first: str
) -> None:
    artist, fan = make_person(role="artist"), make_person()
    add_follows(db_session, [fan.id], artist)
    post = Post(author_id=artist.id, body_markdown=f"new record soon @{fan.username}")
    db_session.add(post)
    db_session.commit()
    with app.app_context():
        for way in sorted(("mention", "post"), key=lambda one: one != first):
            if way == "mention":
                notice_jobs.tell_of_post_mentions(str(post.id))
            else:
                notice_jobs.begin_post([PostPublished(post_id=post.id)])
                notice_jobs.fan_out()
    assert [(one.post_id, one.count, one.kind.value) for one in told(db_session, fan)] == [(post.id, 1, "mention")]


def test_a_post_is_told_to_followers(app: Flask, db_session: Session, make_person: MakePerson, settle: Settle) -> None:
    artist, fan = make_person(role="artist"), make_person()
    add_follows(db_session, [fan.id], artist)
    post = Post(author_id=artist.id, body_markdown="new record soon")
    db_session.add(post)
    db_session.commit()
    happen(app, PostPublished(post_id=post.id))
    settle()
    assert [(one.post_id, one.kind.value) for one in told(db_session, fan)] == [(post.id, "post")]


def test_a_job_that_is_killed_half_way_is_gone_on_with_where_it_was(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, run_spine: RunSpine
) -> None:
    artist = make_person(role="artist")
    fans = add_people(db_session, 45)
    add_follows(db_session, fans, artist)
    happen(app, MediumListed(medium_id=make_medium(artist).id))
    run_spine()
    with app.app_context():
        redis().flushall()
    killed_in_chunk(app, 3)
    db_session.execute(select(FanOut.id).with_for_update())  # once its server process has noticed, the row is free
    assert count_told(db_session) == 20
    db_session.rollback()
    with app.app_context():
        next(chore for chore in CHORES if chore.name == "fan_out").do()  # what the spine does every five seconds
        db.session.commit()
        assert redis().llen("rq:queue:default") == 1
        notice_jobs.fan_out()
    heard = db_session.scalars(select(Notification.recipient_id)).all()
    assert sorted(heard) == sorted(fans)
    assert db_session.scalars(select(FanOut.told)).one() == 45


def test_two_jobs_at_once_share_the_followers(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, run_spine: RunSpine,
    run_jobs: RunJobs,
) -> None:  # fmt: skip
    artist = make_person(role="artist")
    fans = add_people(db_session, 25)
    add_follows(db_session, fans, artist)
    happen(app, MediumListed(medium_id=make_medium(artist).id))
    run_spine()
    with app.app_context():
        assert fan_outs.tell_next_chunk() == []
        with app.app_context():
            assert fan_outs.tell_next_chunk() is None  # the other one has the row, and nothing else waits
        db.session.commit()
    run_jobs("default")
    assert count_told(db_session) == 25


def test_what_is_taken_back_half_way_is_told_no_further(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, run_spine: RunSpine
) -> None:
    artist = make_person(role="artist")
    add_follows(db_session, add_people(db_session, 25), artist)
    happen(app, MediumListed(medium_id=make_medium(artist).id))
    run_spine()
    with app.app_context():
        fan_outs.tell_next_chunk()
        db.session.commit()
    db_session.execute(update(Medium).values(visibility=Visibility.PRIVATE))
    db_session.commit()
    with app.app_context():
        notice_jobs.fan_out()
        assert not fan_outs.are_waiting()
    assert count_told(db_session) == 10


@pytest.mark.parametrize("values", [{"visibility": "private"}, {"published_at": None}, {"published_at": "long ago"}])
def test_what_is_not_for_everyone_or_not_new_is_no_release(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle,
    values: dict[str, str | None],
) -> None:  # fmt: skip
    artist, fan = make_person(role="artist"), make_person()
    add_follows(db_session, [fan.id], artist)
    published = {"published_at": now() - timedelta(days=400)} if values.get("published_at") else values
    medium = make_medium(artist, **published)
    happen(app, MediumListed(medium_id=medium.id))
    settle()
    assert told(db_session, fan) == []


def test_what_is_deleted_takes_its_notifications_along(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle
) -> None:
    artist, fan = make_person(role="artist"), make_person()
    add_follows(db_session, [fan.id], artist)
    medium = make_medium(artist)
    happen(app, MediumListed(medium_id=medium.id))
    settle()
    db_session.execute(update(Medium).values(version_id=None))
    db_session.execute(delete(Medium).where(Medium.id == medium.id))
    db_session.commit()
    assert told(db_session, fan) == []
    assert db_session.scalars(select(Follow.rings)).all() == [True]
