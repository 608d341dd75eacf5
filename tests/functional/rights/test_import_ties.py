"""Ties to what was here before: found by their addresses, and only as far as whoever comes may see and do it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Apart, User
from app.core.clock import now
from app.extensions import db
from app.media.models import FormerSlug
from app.messaging.models import Notification
from app.plays.models import Position
from app.rights.import_kit import Kit
from app.rights.importing import Importer
from app.social.models import Comment, CommentState, Follow, Like, Mute, PollOption, PollVote, Repost
from app.social.services import counting
from tests.factories.archives import comment, document, post, source_id, zipped
from tests.factories.comments import add_comment
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.harness import work
from tests.harness.kinds import MakeMedium, MakePerson

AT = "2024-01-01T00:00:00+00:00"


def liked(of: str | None, **values: Any) -> dict[str, Any]:
    return {"of": of, "of_a_comment": False, "created_at": AT, **values}


def named(*names: str, **values: Any) -> list[dict[str, Any]]:
    return [{"username": name, "created_at": AT, "blocked_at": AT, "rings": True, **values} for name in names]


def test_what_was_here_before_is_found_by_its_address_and_its_owner_hears_nothing(
    app: Flask, tmp_path: Path, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    bo = make_person(username="bo", role="artist")
    song, held = make_medium(bo, slug="song"), make_medium(bo, slug="held", comments_policy="held")
    hidden = make_medium(bo, slug="hidden", visibility="unlisted")
    db_session.add(FormerSlug(owner_id=bo.id, slug="first-name", medium_id=song.id))
    mix = add_set(db_session, bo, [song], slug="mix")
    said, shut = (
        add_post(db_session, bo, "Hello"),
        add_post(db_session, bo, "Which?", answers=("This", "That"), closes_at=now() - timedelta(hours=1)),
    )
    posts = [f"/@bo/posts/{one.public_id}" for one in (said, shut)]
    document_of_cleo = document(
        likes=[liked("/@bo/first-name"), liked("/@bo/song"), liked("/@bo/sets/mix"), liked(posts[0]),
               liked(f"/@bo/{hidden.slug}"), liked("/@bo/sets/none"), liked("/@bo/posts/none"), liked("/@bo/a/b"),
               liked(None, of_a_comment=True, comment_id=source_id(999)), liked(None, of_a_comment=True)],
        reposts=[{"of": of, "caption": "x" * 999, "created_at": AT} for of in ("/@bo/song", posts[0])],
        votes=[{"of": posts[1], "of_id": source_id(5), "answer": "This", "created_at": AT},
               {"of": "/@bo/song", "of_id": None, "answer": "This", "created_at": AT}],
        comments=[comment(1, under="/@bo/held"), comment(2, under="/@bo/held", answers_id=source_id(999))],
        follows=named("bo", "cleo"),
        history=[{"of": "/@bo/song", "title": "", "position_ms": 5, "finished": True, "played_at": AT},
                 {"of": "/@bo/sets/mix", "title": "", "position_ms": 5, "finished": True, "played_at": AT}],
        posts=[post(1, medium_id=str(song.id), work="/@bo/song"), post(2, set_id=str(mix.id), work=posts[0])],
    )  # fmt: skip
    with app.app_context():
        importer = Importer(zipped(tmp_path, document_of_cleo))
        cleo = importer.run()
        assert importer.made["likes"] == 3
        assert importer.left_out["likes: what they are of is not here (yet)"] == 6
        assert importer.left_out["follows: That does not work with yourself."] == 1
        assert importer.left_out["comments: what they answer is not here (yet)"] == 1
        assert sum(count for line, count in importer.left_out.items() if line.startswith("votes: ")) == 2
        assert db.session.scalars(select(PollVote)).all() == []
        assert [len(one) for one in db.session.scalars(select(Repost.caption))] == [280]
        assert db.session.scalars(select(Follow.followed_id).where(Follow.follower_id == cleo.id)).all() == [bo.id]
        waits = db.session.scalars(select(Comment)).one()
        assert (waits.state, waits.owner_id, waits.medium_id) == (CommentState.HELD, bo.id, held.id)
        assert db.session.scalars(select(Position.medium_id)).all() == [song.id]
        assert list(counting.find_drift()) == []
    work.relay(app)
    work.work_off(app, "default")
    assert db_session.scalars(select(Notification)).all() == []


def test_who_was_kept_apart_stays_apart_before_anything_else_comes(
    app: Flask, tmp_path: Path, make_person: MakePerson, make_medium: MakeMedium
) -> None:
    bo, di = make_person(username="bo"), make_person(username="di")
    make_medium(bo, slug="song")
    said = document(
        blocks=named("bo", "cleo"), mutes=named("di", "cleo", "nobody"), follows=named("bo"),
        likes=[liked("/@bo/song")], comments=[comment(1, under="/@bo/song")],
    )  # fmt: skip
    path = zipped(tmp_path, said)
    with app.app_context():
        first, again = Importer(path), Importer(path)
        cleo = first.run()
        again.run()
        assert (first.made["blocks"], first.made["mutes"], again.made["there already"]) == (1, 1, 2)
        apart = db.session.get_one(Apart, (cleo.id, bo.id))
        assert apart.blocked_at is not None
        assert apart.blocked_at.year == 2024
        assert db.session.get(Mute, (cleo.id, di.id)) is not None
        for table in (Like, Comment, Follow):
            assert db.session.scalars(select(table)).all() == []


def test_who_is_not_remembered_there_is_not_remembered_here(
    app: Flask, tmp_path: Path, make_person: MakePerson, make_medium: MakeMedium
) -> None:
    make_medium(make_person(username="bo"), slug="song")
    said = document(
        history=[{"of": "/@bo/song", "title": "", "position_ms": 5, "finished": True, "played_at": AT}],
        messages=[{"conversation": "c", "with": "bo", "is_own": True, "number": 1, "body": "Hi", "created_at": AT}],
    )
    said["settings"]["remembers_history"] = False
    answer = app.test_cli_runner().invoke(args=["people", "import", str(zipped(tmp_path, said))])
    assert "Left out: 1 × history: they chose that nothing is remembered" in answer.output
    assert "Left out: 1 × messages: the other side's words are theirs" in answer.output
    with app.app_context():
        assert db.session.scalars(select(Position)).all() == []


def test_a_vote_that_was_cast_here_stands_whatever_an_archive_says(
    app: Flask, tmp_path: Path, make_person: MakePerson, db_session: Session
) -> None:
    bo = make_person(username="bo", role="artist")
    asked = add_post(db_session, bo, "Which?", answers=("This", "That"), closes_at=now() + timedelta(hours=1))
    votes = [{"of": f"/@bo/posts/{asked.public_id}", "of_id": source_id(5), "answer": "That", "created_at": AT}]
    with app.app_context():
        cleo = Importer(zipped(tmp_path, document())).run()
        this = db.session.scalars(select(PollOption.id).where(PollOption.label == "This")).one()
        db.session.add(PollVote(post_id=asked.id, user_id=cleo.id, option_id=this))
        db.session.commit()
        importer = Importer(zipped(tmp_path, document(votes=votes)))
        importer.run()
        assert db.session.scalars(select(PollVote.option_id)).all() == [this]
        assert importer.made["there already"] == 1


def test_what_the_database_does_not_take_is_told_of_and_the_next_goes_on(
    app: Flask, tmp_path: Path, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    song = make_medium(make_person(), slug="song")
    with app.app_context():
        importer = Importer(zipped(tmp_path, document()))
        kit = Kit(importer.file, importer.run())

        def broken(row: dict[str, Any]) -> bool:
            db.session.add(Comment(author_id=kit.user.id, medium_id=row["medium_id"], body="x", at_ms=-1))
            db.session.flush()
            return True

        kit.each("comments", [{"medium_id": song.id}], broken)
        kit.attempt("a comment", lambda: str(broken({"medium_id": song.id})))
        kit.attempt("a comment", lambda: "kept")
        assert kit.left_out == {
            "comments: they cannot be kept as they are written": 1, "a comment: it cannot be kept as it is written": 1,
        }  # fmt: skip
        assert kit.made == {"kept": 1}
    add_comment(db_session, db_session.scalars(select(User)).all()[0], song)


@pytest.mark.parametrize(
    ("person", "why"),
    [
        ({"username": "x"}, "3 to 30"),
        ({"username": "admin"}, "taken"),
        ({"email": "nobody"}, "no e-mail address"),
        ({"email": "a@example.org\nBcc: b@example.org"}, "no e-mail address"),
        ({"email": "x" * 70_000 + "@example.org"}, "no e-mail address"),
    ],
)
def test_a_person_who_could_not_sign_up_does_not_come_by_an_archive(
    app: Flask, tmp_path: Path, person: dict[str, Any], why: str
) -> None:
    answer = app.test_cli_runner().invoke(args=["people", "import", str(zipped(tmp_path, document(person=person)))])
    assert (answer.exit_code, why in answer.output) == (1, True), answer.output
    with app.app_context():
        assert db.session.scalars(select(User)).all() == []
