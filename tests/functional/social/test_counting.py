"""``flask tallies``: what drifted is found by counting and put right while people go on clicking."""

from threading import Event, Thread
from uuid import UUID

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core import tallies
from app.core.ids import uuid7
from app.core.tallies import Count, Tally, TallyChange
from app.extensions import db
from app.media.models import Medium
from app.social.models import Comment, CommentState, Follow, Like, PollOption, PollVote, Post, Repost
from app.social.services import counting
from tests.harness.kinds import MakeMedium, MakePerson


@pytest.fixture
def medium(make_person: MakePerson, make_medium: MakeMedium) -> Medium:
    return make_medium(make_person(role="artist"))


def run(app: Flask, command: str) -> Result:
    return app.test_cli_runner().invoke(args=["tallies", command])


def tally(session: Session, subject_id: UUID) -> Tally | None:
    session.rollback()
    return session.scalar(select(Tally).where(Tally.subject_id == subject_id))


def test_nothing_is_wrong_where_nothing_is_wrong(
    app: Flask, medium: Medium, make_person: MakePerson, db_session: Session
) -> None:
    db_session.add(Like(id=uuid7(), user_id=make_person().id, medium_id=medium.id))
    db_session.add(TallyChange(subject_id=medium.id, count=Count.LIKES, by=1))
    db_session.commit()
    answer = run(app, "check")
    assert (answer.exit_code, answer.output) == (0, "0 numbers wrong, 0 of things that are gone.\n")
    with app.app_context():
        tallies.roll_up()
        db.session.commit()
    assert run(app, "check").exit_code == 0


def test_every_kind_of_count_is_found_and_put_right(
    app: Flask, medium: Medium, make_person: MakePerson, db_session: Session
) -> None:
    one, other = make_person(), make_person()
    post = Post(id=uuid7(), author_id=one.id, body_markdown="?")
    option = PollOption(id=uuid7(), post_id=post.id, position=0, label="yes")
    thread = Comment(id=uuid7(), author_id=one.id, medium_id=medium.id, body="a")
    db_session.add_all([post, option, thread])
    db_session.flush()
    db_session.add_all([
        Like(id=uuid7(), user_id=one.id, medium_id=medium.id), Like(id=uuid7(), user_id=one.id, comment_id=thread.id),
        Repost(id=uuid7(), user_id=one.id, medium_id=medium.id), Follow(follower_id=one.id, followed_id=other.id),
        PollVote(post_id=post.id, user_id=one.id, option_id=option.id),
        Comment(id=uuid7(), author_id=one.id, medium_id=medium.id, body="b", thread_id=thread.id),
        Comment(id=uuid7(), author_id=one.id, medium_id=medium.id, body="c", state=CommentState.HELD),
        Tally(subject_id=medium.id, likes=7), TallyChange(subject_id=medium.id, count=Count.LIKES, by=-2),
    ])  # fmt: skip
    db_session.commit()
    answer = run(app, "check")
    assert answer.exit_code == 1
    assert f"likes of {medium.id}: it says 5, there are 1" in answer.output
    assert answer.output.endswith("8 numbers wrong, 0 of things that are gone.\n")
    assert tally(db_session, other.id) is None, "check changes nothing"
    answer = run(app, "repair")
    assert answer.exit_code == 0, answer.output
    assert "Counted 5 anew" in answer.output
    assert run(app, "check").exit_code == 0
    now = tally(db_session, medium.id)
    assert now is not None
    assert (now.likes, now.reposts, now.comments) == (1, 1, 2)
    assert db_session.scalar(select(func.count()).select_from(TallyChange)) == 0
    assert db_session.scalar(select(Comment.likes).where(Comment.id == thread.id)) == 1, "the copy, too"
    assert run(app, "repair").output == "Counted 0 anew, deleted 0 numbers of things that are gone.\n"


def test_a_copy_that_alone_is_wrong_is_put_right(
    app: Flask, medium: Medium, make_person: MakePerson, db_session: Session
) -> None:
    comment = Comment(id=uuid7(), author_id=make_person().id, medium_id=medium.id, body="a", likes=9)
    db_session.add_all([comment, Tally(subject_id=medium.id, comments=1)])
    db_session.commit()
    assert run(app, "check").exit_code == 1
    assert run(app, "repair").exit_code == 0
    assert run(app, "check").exit_code == 0


def test_what_is_gone_leaves_no_number(app: Flask, medium: Medium, db_session: Session) -> None:
    db_session.add_all([
        Tally(subject_id=medium.id), Tally(subject_id=uuid7(), likes=3), Tally(subject_id=uuid7()),
        TallyChange(subject_id=uuid7(), count=Count.LIKES, by=1),
    ])  # fmt: skip
    db_session.commit()
    assert "2 of things that are gone" in run(app, "check").output
    assert "deleted 2 numbers" in run(app, "repair").output
    assert db_session.scalars(select(Tally.subject_id)).all() == [medium.id]
    assert run(app, "check").exit_code == 0


def test_a_number_that_somebody_holds_is_left_and_said(app: Flask, medium: Medium, db_session: Session) -> None:
    db_session.add(Tally(subject_id=medium.id, likes=4))
    db_session.commit()
    db_session.scalar(select(Tally).with_for_update())
    assert run(app, "repair").exit_code == 1
    db_session.rollback()
    assert run(app, "repair").exit_code == 0


def test_repairing_loses_nothing_that_happens_meanwhile(
    app: Flask, medium: Medium, make_person: MakePerson, db_session: Session
) -> None:
    """Likes are written and rolled up all the time, while the tally is made wrong and put right, again and again."""
    people, done = [make_person().id for _ in range(60)], Event()

    def click() -> None:
        for person_id in people:
            with Session(db_session.get_bind()) as session:
                session.add(Like(id=uuid7(), user_id=person_id, medium_id=medium.id))
                session.add(TallyChange(subject_id=medium.id, count=Count.LIKES, by=1))
                session.commit()

    def count() -> None:
        while not done.is_set():
            with app.app_context():
                tallies.roll_up()
                db.session.commit()

    clicking, counted = Thread(target=click), Thread(target=count)
    clicking.start()
    counted.start()
    rounds = 0
    while clicking.is_alive() or rounds < 2:
        with app.app_context():
            db.session.execute(text("UPDATE tallies SET likes = likes + 7"))
            db.session.commit()
            for _ in counting.repair({medium.id}):
                db.session.commit()
        rounds += 1
    clicking.join()
    done.set()
    counted.join()
    with app.app_context():
        assert tallies.exact([medium.id])[medium.id].likes == len(people)
    assert rounds > 1
    assert run(app, "check").exit_code == 0


def test_the_person_whose_number_was_wrong_sees_the_right_one(
    app: Flask, medium: Medium, db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, object]] = []
    monkeypatch.setattr("app.core.live.send", lambda _room, _name, said: told.append(said))
    db_session.add(Tally(subject_id=medium.id, likes=4))
    db_session.commit()
    run(app, "repair")
    assert [(one["subject"], one["likes"]) for one in told] == [(medium.id.hex, 0)]
