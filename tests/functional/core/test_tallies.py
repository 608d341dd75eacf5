"""Tallies: what was changed is counted once, by whoever is first, and no count goes below zero."""

from threading import Thread
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core import bell, tallies
from app.core.events import Event, OutboxEntry, publish_of_many
from app.core.ids import uuid7
from app.core.tallies import Count, Counts, Tally, TallyChange
from app.extensions import db
from tests.harness.engines import Engines

THING = uuid7()


def changed(session: Session, subject_id: UUID, *by: int, count: Count = Count.LIKES) -> None:
    session.add_all([TallyChange(subject_id=subject_id, count=count, by=one) for one in by])
    session.commit()


def rolled(app: Flask, limit: int = tallies.BATCH) -> dict[UUID, Counts]:
    with app.app_context():
        db.session.execute(text("SET LOCAL lock_timeout = '5s'"))  # whoever waits for another fails, and hangs nowhere
        said = tallies.roll_up(limit)
        db.session.commit()
    return said


def kept(session: Session, subject_id: UUID = THING) -> int:
    session.rollback()
    return session.scalar(select(Tally.likes).where(Tally.subject_id == subject_id)) or 0


def waiting(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(TallyChange)) or 0


def test_changes_are_added_up_once(app: Flask, db_session: Session) -> None:
    changed(db_session, THING, 1, 1, 1, -1)
    changed(db_session, THING, 1, count=Count.REPOSTS)
    with app.app_context():
        assert tallies.exact([THING])[THING] == Counts(likes=2, reposts=1)
    assert rolled(app) == {THING: Counts(likes=2, reposts=1)}
    assert rolled(app) == {}
    assert (kept(db_session), waiting(db_session)) == (2, 0)
    changed(db_session, THING, 1)
    with app.app_context():
        assert tallies.exact([THING])[THING] == Counts(likes=3, reposts=1)


def test_no_count_goes_below_zero_even_where_rows_were_lost(app: Flask, db_session: Session) -> None:
    changed(db_session, THING, 1)
    rolled(app)
    changed(db_session, THING, -1, -1, -1)
    with app.app_context():
        assert tallies.exact([THING])[THING].likes == 0
    assert rolled(app) == {THING: Counts()}
    changed(db_session, THING, 1)
    assert rolled(app)[THING].likes == 1


def test_a_thing_that_another_spine_counts_is_left_to_it(app: Flask, db_session: Session) -> None:
    other = uuid7()
    changed(db_session, THING, 1)
    rolled(app)
    changed(db_session, THING, 1)
    changed(db_session, other, 1, 1)
    db_session.scalar(select(Tally).where(Tally.subject_id == THING).with_for_update())
    assert rolled(app) == {other: Counts(likes=2)}
    db_session.rollback()
    assert rolled(app) == {THING: Counts(likes=2)}


def test_many_spines_count_every_change_once(app: Flask, db_session: Session) -> None:
    things = [uuid7() for _ in range(7)]
    for _ in range(20):
        changed(db_session, THING, 1, -1, 1)
        db_session.add_all([TallyChange(subject_id=one, count=Count.LIKES, by=1) for one in things])
        db_session.commit()

    def count() -> None:
        while rolled(app, 3):
            pass

    spines = [Thread(target=count) for _ in range(4)]
    for spine in spines:
        spine.start()
    for _ in range(30):
        changed(db_session, THING, 1, -1)
    for spine in spines:
        spine.join()
    while rolled(app):
        pass
    assert waiting(db_session) == 0
    assert [kept(db_session, one) for one in [THING, *things]] == [20] * 8


def test_what_is_taken_away_is_never_counted_before_what_was_added(app: Flask, db_session: Session) -> None:
    """Two spines at one thing: cut at zero in between, one like would be left over."""
    changed(db_session, THING, 1, -1)
    rolled(app)
    changed(db_session, THING, 1)
    with app.app_context():
        assert tallies.roll_up()  # has the first change, and has not committed
        changed(db_session, THING, -1)
        assert rolled_elsewhere(app) == {}
        db.session.commit()
    assert rolled(app) == {THING: Counts()}


def rolled_elsewhere(app: Flask) -> dict[UUID, Counts]:
    said: list[dict[UUID, Counts]] = []
    other = Thread(target=lambda: said.append(rolled(app)))
    other.start()
    other.join(10)
    return said[0]


def test_a_copy_is_kept_in_the_same_transaction(app: Flask, db_session: Session) -> None:
    told: list[dict[UUID, Counts]] = []
    tallies.keep_with(told.append)  # type: ignore[arg-type]  # a list takes any mapping
    try:
        changed(db_session, THING, 1)
        rolled(app)
        assert told == [{THING: Counts(likes=1)}]
    finally:
        tallies._keepers.remove(told.append)  # type: ignore[arg-type]


# The bell -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def rings(app: Flask, engines: Engines, monkeypatch: pytest.MonkeyPatch) -> object:
    """``rings(2)``: whether the bell rang twice since then. Its window is so long that no slow machine outlives it."""
    assert app
    monkeypatch.setattr(bell, "WINDOW_MS", 60_000)
    ears = engines.redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    ears.subscribe(bell.CHANNEL)
    ears.get_message(timeout=1)

    def heard(expected: int) -> bool:
        each = [ears.get_message(timeout=5) for _ in range(expected)]
        return None not in each and ears.get_message(timeout=0.05) is None

    yield heard
    ears.close()


def test_the_bell_rings_once_after_the_commit(app: Flask, engines: Engines, rings: object) -> None:
    assert callable(rings)
    with app.app_context():
        for _ in range(3):
            tallies.change(THING, Count.LIKES, 1)
        with db.session.begin_nested():
            pass
        assert rings(0)
        db.session.commit()
        assert rings(1)
        db.session.execute(select(1))
        db.session.commit()
        tallies.change(THING, Count.LIKES, 1)
        db.session.rollback()
        engines.redis.delete(bell.RUNG_KEY)
        db.session.execute(select(1))
        db.session.commit()
        assert rings(0), "nothing was changed"


def test_whoever_rings_within_the_window_has_been_rung_for(app: Flask, engines: Engines, rings: object) -> None:
    assert callable(rings)
    with app.app_context():
        for _ in range(5):
            tallies.change(THING, Count.LIKES, 1)
            db.session.commit()
    assert rings(1)
    engines.redis.delete(bell.RUNG_KEY)
    with app.app_context():
        tallies.change(THING, Count.LIKES, 1)
        db.session.commit()
    assert rings(1)


def test_an_event_of_many_rings_the_bell_and_notifies_nobody(app: Flask, db_session: Session, rings: object) -> None:
    class ManyCame(Event):
        pass

    assert callable(rings)
    with app.app_context():
        publish_of_many(ManyCame())
        db.session.commit()
    assert rings(1)
    assert db_session.scalars(select(OutboxEntry.name)).all() == ["ManyCame"]
    Event.registry.pop("ManyCame")
