"""Seeding the demo: real rendering, real uploads, real encoding; of two items, which is enough to see every way."""

import json
import stat

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from app.accounts.models import Role, User
from app.demo.catalogue import get_item
from app.demo.seed import ACCOUNTS_FILE, seed, sign_ins
from app.media.models import Medium, MediumState, Visibility
from app.messaging.models import Message
from app.playlists.models import Set, SetItem
from app.social.models import Comment, Like, Post
from config import Settings
from tests.harness.browser import browser_of
from tests.harness.kinds import MakeApp

ITEMS = (get_item("insert-coin"), get_item("test-transmission"))


def test_seeding_brings_people_and_works_that_play_and_a_second_time_nothing(
    app: Flask, settings: Settings, db_session: Session
) -> None:
    said: list[str] = []
    with app.app_context():
        seed(settings, said.append, ITEMS)
        before = len(said)
        seed(settings, said.append, ITEMS)
    assert len(said) == before, "the second time has nothing to say"
    media = db_session.scalars(select(Medium).options(selectinload(Medium.captions))).all()
    assert {(one.slug, one.state, one.visibility) for one in media} == {
        ("insert-coin", MediumState.READY, Visibility.PUBLIC),
        ("test-transmission", MediumState.READY, Visibility.UNLISTED),
    }
    song = next(one for one in media if one.slug == "insert-coin")
    assert song.listed
    assert song.bars
    assert song.artwork_id
    assert any(caption.kind.value == "lyrics" for caption in song.captions)
    assert db_session.scalars(select(User).where(User.avatar_id.is_not(None))).all()

    for kind, count in ((Comment, 1), (Like, 2), (Set, 3), (Post, 3), (Message, 3)):
        assert db_session.scalar(select(func.count()).select_from(kind)) == count, kind
    assert db_session.scalars(select(SetItem)).all() == [], "what nobody finds is in no set"

    path = settings.data_dir / ACCOUNTS_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    people = json.loads(path.read_text())
    assert {one["role"] for one in people} == set(Role)
    browser = browser_of(app)
    answer = browser.submit("/login", {"login": people[0]["email"], "password": people[0]["password"]})
    assert answer.status_code == 303


def test_there_are_no_demo_people_where_others_can_come(make_app: MakeApp, settings: Settings) -> None:
    said: list[str] = []
    app = make_app(public_url="https://stage.example.org")
    with app.app_context():
        seed(app.config["SETTINGS"], said.append)
    assert len(said) == 1
    assert not sign_ins(settings)
