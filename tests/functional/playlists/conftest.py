"""People with sets, and services as their requests would call them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.extensions import db
from app.media.models import Medium
from app.playlists import queries
from app.playlists.models import Set, SetItem
from tests.factories.sets import add_set
from tests.harness.kinds import MakeMedium, MakePerson

MakeSet = Callable[..., Set]


@pytest.fixture
def artist(make_person: MakePerson) -> User:
    return make_person(username="artist", role="artist")


@pytest.fixture
def fan(make_person: MakePerson) -> User:
    return make_person(username="fan")


@pytest.fixture
def make_set(db_session: Session) -> MakeSet:
    """``make_set(owner, [media], kind=…, visibility=…, **columns)``."""
    return lambda owner, media=(), **values: add_set(db_session, owner, media, **values)


@pytest.fixture
def tracks(artist: User, make_medium: MakeMedium) -> list[Medium]:
    """A, B, C and D."""
    return [make_medium(artist, title=title, slug=title.lower()) for title in "ABCD"]


class Acting:
    """One request's worth of services: a session of its own, committed at the end."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    @contextmanager
    def __call__(self, one: Set, person: User) -> Iterator[tuple[Set, User]]:
        with self.app.app_context():
            found, user = queries.find_by_public_id(one.public_id), db.session.get(User, person.id)
            assert found is not None
            assert user is not None
            yield found, user
            db.session.commit()

    def order(self, one: Set) -> str:
        """The titles of a set's items in their order, joined."""
        return "".join(title for title, _id in self.items(one))

    def items(self, one: Set) -> list[tuple[str, UUID]]:
        """Titles and ids of the items."""
        query = select(Medium.title, SetItem.id).join(SetItem, SetItem.medium_id == Medium.id)
        with self.app.app_context():
            rows = db.session.execute(query.where(SetItem.set_id == one.id).order_by(SetItem.rank, SetItem.id)).all()
            return [(title, item_id) for title, item_id in rows]


@pytest.fixture
def acting(app: Flask) -> Acting:
    """A request of its own for some services, as a block."""
    return Acting(app)
