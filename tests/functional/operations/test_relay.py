"""The relay: in order, again until it worked, and once when two run."""

from collections.abc import Callable, Sequence
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.events import MailRequested, SessionRevoked, UserSignedUp
from app.accounts.models import TokenPurpose, User
from app.accounts.services.mailed_tokens import request_mail
from app.core.embedded.ports import free_port
from app.core.events import OutboxEntry, publish
from app.extensions import db
from app.operations.relay import MOST_ATTEMPTS, Together, deliver_batch
from tests.harness.kinds import MakeApp, MakePerson, Settle
from tests.harness.mail import MailOutbox
from tests.harness.work import relay


@pytest.fixture
def say(app: Flask) -> Callable[[int], list[UUID]]:
    """``say(3)``: three people have signed up."""

    def do(count: int) -> list[UUID]:
        ids = [uuid4() for _ in range(count)]
        with app.app_context():
            for user_id in ids:
                publish(UserSignedUp(user_id=user_id))
            db.session.commit()
        return ids

    return do


def deliver(app: Flask, *reactions: Callable[[Any], None]) -> int:
    with app.app_context():
        return deliver_batch({UserSignedUp: list(reactions)})


def test_events_reach_their_reactions_in_the_order_in_which_they_happened(
    app: Flask, say: Callable[[int], list[UUID]]
) -> None:
    ids = say(250)
    heard: list[UUID] = []
    while deliver(app, lambda event: heard.append(event.user_id)):
        pass
    assert heard == ids
    assert deliver(app, lambda event: heard.append(event.user_id)) == 0


def test_an_event_without_a_reaction_is_done_with(app: Flask, db_session: Session) -> None:
    with app.app_context():
        publish(SessionRevoked(session_id=uuid4()))
        db.session.commit()
    assert deliver(app) == 1
    assert db_session.scalars(select(OutboxEntry)).one().delivered_at is not None


def test_a_reaction_that_fails_is_tried_again_and_holds_nobody_up(app: Flask, say: Callable[[int], list[UUID]]) -> None:
    first, second, third = say(3)
    heard: list[UUID] = []

    def react(event: UserSignedUp) -> None:
        if event.user_id == second and len(heard) < 2:
            raise RuntimeError("not yet")
        heard.append(event.user_id)

    assert deliver(app, react) == 2
    assert heard == [first, third]
    assert deliver(app, react) == 1
    assert heard == [first, third, second]


def test_one_that_never_works_is_put_aside_and_kept_in_sight(
    app: Flask, say: Callable[[int], list[UUID]], db_session: Session
) -> None:
    say(1)
    tries = 0

    def react(_event: UserSignedUp) -> None:
        nonlocal tries
        tries += 1
        raise RuntimeError("never")

    delivered = [deliver(app, react) for _ in range(MOST_ATTEMPTS + 2)]
    assert tries == MOST_ATTEMPTS
    assert delivered == [0] * (MOST_ATTEMPTS - 1) + [1, 0, 0]
    assert db_session.scalars(select(OutboxEntry)).one().attempts == MOST_ATTEMPTS


def test_a_failing_reaction_is_not_tried_again_at_once(app: Flask, say: Callable[[int], list[UUID]]) -> None:
    say(1)
    tries: list[UUID] = []

    def react(event: UserSignedUp) -> None:
        tries.append(event.user_id)
        raise RuntimeError("away for a while")

    while deliver(app, react):
        pass
    assert len(tries) == 1


def test_an_event_whose_name_nobody_knows_any_more_holds_nobody_up(
    app: Flask, say: Callable[[int], list[UUID]], db_session: Session
) -> None:
    db_session.add(OutboxEntry(name="NeverHeardOf", payload={}))
    db_session.commit()
    ids = say(1)
    heard: list[UUID] = []
    deliver(app, lambda event: heard.append(event.user_id))
    assert heard == ids


def test_two_relays_at_once_hand_over_every_event_once(app: Flask, say: Callable[[int], list[UUID]]) -> None:
    ids = say(180)
    heard: list[UUID] = []
    together = Barrier(2)

    def run() -> None:
        together.wait()
        for _ in range(6):
            deliver(app, lambda event: heard.append(event.user_id))

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard) == sorted(ids)


def test_while_redis_is_away_mail_waits_and_is_sent_when_it_is_back(
    make_app: MakeApp, make_person: MakePerson, settle: Settle, mail_outbox: MailOutbox,
    db_session: Session,
) -> None:  # fmt: skip
    person = make_person()
    cut_off = make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    with cut_off.app_context():
        request_mail(db.session.get_one(User, person.id), TokenPurpose.RESET_PASSWORD, email=person.email)
        db.session.commit()
    for _ in range(MOST_ATTEMPTS + 1):
        assert relay(cut_off) == 0
    entry = db_session.scalars(select(OutboxEntry).where(OutboxEntry.name == MailRequested.__name__)).one()
    assert (entry.delivered_at, entry.attempts) == (None, 0)
    settle()
    assert [message["To"] for message in mail_outbox.messages] == [person.email]


def test_a_reaction_to_many_is_given_them_together_and_one_bad_event_holds_no_other_up(
    app: Flask, say: Callable[[int], list[UUID]], db_session: Session
) -> None:
    ids = say(5)
    heard: list[list[UUID]] = []

    def react(events: Sequence[UserSignedUp]) -> None:
        heard.append([event.user_id for event in events])
        if ids[2] in heard[-1] and len(heard) < 10:
            raise RuntimeError("not this one")

    with app.app_context():
        assert deliver_batch({UserSignedUp: [Together(react)]}) == 4
    assert heard[0] == ids
    waiting = db_session.scalars(select(OutboxEntry).where(OutboxEntry.delivered_at.is_(None))).one()
    assert (waiting.payload["user_id"], waiting.attempts) == (str(ids[2]), 1)
    with app.app_context():
        assert deliver_batch({UserSignedUp: [Together(react)]}) == 0
        assert deliver_batch({UserSignedUp: [Together(react)]}) == 1
