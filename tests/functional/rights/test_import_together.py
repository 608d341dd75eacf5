"""Two people of one place come to another, one after the other: they find each other again, and nobody hears of it."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Apart, User
from app.core.clock import now
from app.core.events import OutboxEntry
from app.core.ids import uuid7_at
from app.extensions import Model, db
from app.media.models import Medium, Version
from app.media.services import publishing
from app.messaging.models import Notification
from app.playlists.models import Set, SetItem
from app.plays.models import Position
from app.rights import archive
from app.rights.importing import Importer
from app.social.models import Comment, Follow, Like, PollOption, PollVote, Post, Repost
from app.social.queries import feed
from app.social.services import counting
from tests.conftest import store_of
from tests.factories import media_files
from tests.factories.comments import add_comment
from tests.factories.posts import add_post
from tests.factories.sets import add_items, add_set
from tests.harness import work
from tests.harness.kinds import MakeApp, MakeMedium, MakePerson
from tests.harness.mail import MailOutbox

LONG_AGO = now() - timedelta(days=40)
LATELY = now() - timedelta(days=5)
"""So lately that what is released then is still told to followers."""
NEWS = {"MediumListed", "SetPublished", "PostPublished", "PersonFollowed", "ThingLiked", "ThingReposted", "FeedGrew",
        "CommentWritten", "CommentHeld"}  # fmt: skip


@dataclass
class Place:
    """The place that two people leave, and what they did there."""

    app: Flask
    session: Session
    make_person: MakePerson
    make_medium: MakeMedium

    def __post_init__(self) -> None:
        self.ana = self.make_person(username="ana", role="artist", shares_likes=True)
        self.ben = self.make_person(username="ben", role="artist", shares_likes=True)
        self.cleo = self.make_person(username="cleo")
        self.song = self.make_medium(self.ana, slug="rain", title="Rain", files=True, published_at=LATELY)
        data = media_files.sound("mp3").read_bytes()
        version = self.session.get_one(Version, self.song.version_id)
        version.size_bytes, version.original_name = len(data), "rain.mp3"
        store_of(self.app).put_bytes(version.original_key, data, content_type="audio/mpeg")
        self.album = add_set(
            self.session, self.ana, [self.song], kind="album", slug="drops", published_at=LATELY,
        )  # fmt: skip
        self.asked = self.post(
            self.ana, "Which one?", medium_id=self.song.id, carries_work=True, answers=("This", "That"),
            closes_at=now() + timedelta(days=1),
        )  # fmt: skip
        self.said = add_comment(self.session, self.ana, self.song, "Listen here", at_ms=500)
        self.vote(self.ana, "This")

    def post(self, author: User, body: str, **values: Any) -> Post:
        post = add_post(self.session, author, body, **values)
        post.created_at = LONG_AGO + timedelta(days=35)
        return post

    def vote(self, by: User, answer: str) -> None:
        option = self.session.scalars(select(PollOption).where(PollOption.label == answer)).one()
        at = self.asked.created_at + timedelta(hours=1)
        self.session.add(PollVote(post_id=self.asked.id, user_id=by.id, option_id=option.id, created_at=at))

    def ties_of_ben(self) -> None:
        """Ben has a tie of each kind to what is Ana's."""
        mine = {"user_id": self.ben.id, "created_at": LONG_AGO + timedelta(days=1)}
        self.session.add_all([
            Like(medium_id=self.song.id, **mine), Like(set_id=self.album.id, **mine),
            Like(post_id=self.asked.id, **mine), Like(comment_id=self.said.id, **mine),
            Repost(medium_id=self.song.id, caption="Hear this", **mine),
            Follow(follower_id=self.ben.id, followed_id=self.ana.id, rings=False, created_at=LONG_AGO),
            Position(user_id=self.ben.id, medium_id=self.song.id, position_ms=7000, played_at=LONG_AGO),
        ])  # fmt: skip
        self.vote(self.ben, "That")
        add_comment(self.session, self.ben, self.song, "So I do", thread_id=self.said.id, answers_id=self.said.id)
        own = [self.make_medium(self.ben, slug=f"own-{number}", published_at=LATELY) for number in range(2)]
        mix = add_set(self.session, self.ben, slug="mix", title="Mix", published_at=LONG_AGO)
        add_items(self.session, mix, [own[0], self.song, own[1]], note="this one")
        for medium in own:
            version = self.session.get_one(Version, medium.version_id)
            data = media_files.sound("mp3").read_bytes()
            version.size_bytes, version.original_name = len(data), "own.mp3"
            store_of(self.app).put_bytes(version.original_key, data, content_type="audio/mpeg")
        later = add_set(self.session, self.ben, kind="watch_later", slug="watch-later", visibility="private")
        add_items(self.session, later, [self.song])
        self.post(self.ben, "Hear Ana", medium_id=self.song.id, carries_work=True)

    def ties_of_ana(self) -> None:
        self.session.add_all([
            Follow(follower_id=self.ana.id, followed_id=self.ben.id, created_at=LONG_AGO),
            Apart(person_id=self.ana.id, other_id=self.cleo.id, blocked_at=LONG_AGO),
            Apart(person_id=self.cleo.id, other_id=self.ana.id),
        ])  # fmt: skip

    def export(self, person: User, path: Path) -> Path:
        """The archive of somebody."""
        self.session.commit()
        with self.app.app_context(), path.open("wb") as file:
            archive.write_archive(db.session.get_one(User, person.id), file, store_of(self.app), "http://a")
        return path


@pytest.fixture
def archives(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, tmp_path: Path
) -> dict[str, Path]:
    """The archives of Ana and of Ben."""
    place = Place(app, db_session, make_person, make_medium)
    place.ties_of_ben()
    place.ties_of_ana()
    return {name: place.export(getattr(place, name), tmp_path / f"{name}.zip") for name in ("ana", "ben")}


@pytest.fixture
def elsewhere(make_app: MakeApp, own_database: str) -> Flask:
    return make_app(database_url=own_database)


def counts() -> dict[str, int]:
    """How many rows there are of each thing that an import makes."""
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in Model.metadata.sorted_tables
        if table.name not in {"audit_entries", "tally_changes", "tallies", "outbox", "audit_anchors", "uploads"}
    }


def bring(app: Flask, path: Path) -> Importer:
    with app.app_context():
        importer = Importer(path)
        importer.run()
    return importer


def hears_nothing(app: Flask) -> None:
    """That nothing that came is news to anyone, also once its files are made."""
    with app.app_context():
        assert {entry.name for entry in db.session.scalars(select(OutboxEntry))} & NEWS == set()
        for medium in db.session.scalars(select(Medium)):
            medium.version_id = db.session.scalars(select(Version.id).where(Version.medium_id == medium.id)).one()
            publishing.refresh_listed(medium)
            assert medium.listed
        db.session.commit()
    work.relay(app)
    work.work_off(app, "default")
    with app.app_context():
        assert db.session.scalars(select(Notification)).all() == []
        lately = uuid7_at(now() - timedelta(days=3))
        people = db.session.scalars(select(User.id)).all()
        assert [feed.count_newer(person_id, lately) for person_id in people] == [0, 0]
        assert all(feed.feed_entries(person_id)[0] for person_id in people)  # where it was, and as old as it is
    letters = MailOutbox(app.config["SETTINGS"].data_dir / "mail").messages
    assert [letter["Subject"] for letter in letters] == ["Set a new password"] * 2


def test_two_people_who_come_one_after_the_other_find_each_other_whoever_comes_first(
    archives: dict[str, Path], elsewhere: Flask
) -> None:
    alone = bring(elsewhere, archives["ben"])
    assert "likes" not in alone.made
    assert alone.left_out["likes: they are of people who are not here (yet)"] == 3
    assert alone.left_out["likes: what they are of is not here (yet)"] == 1
    assert alone.left_out["follows: they are of people who are not here (yet)"] == 1
    assert alone.left_out["in sets: works that are not here (yet)"] == 2
    second = bring(elsewhere, archives["ana"])
    assert second.made["follows"] == 1
    again = bring(elsewhere, archives["ben"])
    assert {
        name: again.made[name] for name in ("likes", "reposts", "follows", "votes", "history", "comments")
    } == {"likes": 4, "reposts": 1, "follows": 1, "votes": 1, "history": 1, "comments": 1}  # fmt: skip
    assert (again.made["works in sets"], again.made["works at posts"]) == (2, 1)
    with elsewhere.app_context():
        ana, ben = (db.session.scalars(select(User).where(User.username == name)).one() for name in ("ana", "ben"))
        rain = db.session.scalars(select(Medium).where(Medium.slug == "rain")).one()
        follow = db.session.get_one(Follow, (ben.id, ana.id))
        assert (follow.rings, follow.created_at < now() - timedelta(days=39)) == (False, True)
        said, answer = db.session.scalars(select(Comment).order_by(Comment.id)).all()
        assert (answer.answers_id, answer.thread_id, answer.owner_id) == (said.id, said.id, ana.id)
        mix = db.session.scalars(select(Set).where(Set.slug == "mix")).one()
        items = db.session.execute(
            select(Medium.slug, SetItem.note).join(SetItem).where(SetItem.set_id == mix.id).order_by(SetItem.rank)
        ).all()
        assert [tuple(item) for item in items] == [
            ("own-0", "this one"), ("rain", "this one"), ("own-1", "this one"),
        ]  # fmt: skip
        assert db.session.get_one(Position, (ben.id, rain.id)).position_ms == 7000
        assert db.session.scalars(select(Post.medium_id).where(Post.author_id == ben.id)).one() == rain.id
        assert list(counting.find_drift()) == []
        before = counts()
    for name in ("ben", "ana"):
        more = bring(elsewhere, archives[name])
        assert set(more.made) == {"there already"}, more.made
    with elsewhere.app_context():
        assert counts() == before

    hears_nothing(elsewhere)
