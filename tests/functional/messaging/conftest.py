"""Two people, and browsers of theirs."""

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Apart, User
from app.core.clock import now
from app.messaging.models import Participant
from app.social.models import Follow
from tests.harness.browser import Browser, browser_of

Login = Callable[..., Browser]
MakePerson = Callable[..., User]


@pytest.fixture(autouse=True)
def ana(make_person: MakePerson) -> User:
    """Someone who writes."""
    return make_person(username="ana", display_name="Ana")


@pytest.fixture(autouse=True)
def ben(make_person: MakePerson) -> User:
    """Someone who is written to."""
    return make_person(username="ben", display_name="Ben", role="artist")


@pytest.fixture
def hers(app: Flask, ana: User, login: Login) -> Browser:
    """Ana's browser."""
    return login(browser_of(app), ana)


@pytest.fixture
def his(app: Flask, ben: User, login: Login) -> Browser:
    """Ben's browser."""
    return login(browser_of(app), ben)


@pytest.fixture
def follow(db_session: Session) -> Callable[[User, User], None]:
    """``follow(who, whom)``."""

    def do(who: User, whom: User) -> None:
        db_session.add(Follow(follower_id=who.id, followed_id=whom.id))
        db_session.commit()

    return do


@pytest.fixture
def block(db_session: Session) -> Callable[[User, User], None]:
    """``block(who, whom)``."""

    def do(who: User, whom: User) -> None:
        db_session.add_all(
            [Apart(person_id=who.id, other_id=whom.id, blocked_at=now()), Apart(person_id=whom.id, other_id=who.id)]
        )
        db_session.commit()

    return do


@pytest.fixture
def side_of(db_session: Session) -> Callable[[User], Participant]:
    """``side_of(person)``: how their one conversation looks from their side now."""

    def look(person: User) -> Participant:
        db_session.expire_all()
        found: UUID = person.id
        return db_session.query(Participant).where(Participant.user_id == found).one()

    return look
