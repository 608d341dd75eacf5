"""Numbers by the day, counted by a job that may run twice; how the installation does now."""

import csv
import io
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Session as AccountSession
from app.accounts.models import User
from app.core.clock import now
from app.core.events import OutboxEntry
from app.core.numbers import DailyNumber, keep_numbers
from app.core.queue import DEFAULT, queue
from app.extensions import db
from app.media.models import Version, VersionState
from app.operations import numbers
from tests.harness.browser import Browser
from tests.harness.engines import Engines
from tests.harness.kinds import CountStatements, MakeMedium, MakePerson


def today() -> date:
    """Asked when a test runs: all of them take long enough that another day may have begun since they were read."""
    return now().date()


def count(app: Flask) -> None:
    with app.app_context():
        numbers.count_days()


def counted(db_session: Session, name: str) -> dict[int, int]:
    """Days back to number, where it is not nothing."""
    db_session.commit()
    rows = db_session.scalars(select(DailyNumber).where(DailyNumber.name == name, DailyNumber.value != 0))
    return {(today() - row.day).days: row.value for row in rows}


def test_days_are_counted_from_rows_and_a_second_count_says_the_same(
    app: Flask, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    old = make_person(role="artist")
    db_session.execute(update(User).where(User.id == old.id).values(created_at=now() - timedelta(days=3)))
    make_person()
    song, film = make_medium(old), make_medium(old, "video")
    begun = datetime.combine(today() - timedelta(days=1), time(12), UTC)
    for medium, seconds, state in ((song, 10, VersionState.READY), (film, 30, VersionState.FAILED)):
        db_session.execute(
            update(Version)
            .where(Version.medium_id == medium.id)
            .values(state=state, created_at=begun, finished_at=begun + timedelta(seconds=seconds), size_bytes=1000)
        )
    db_session.commit()
    for _ in range(2):
        count(app)
        assert counted(db_session, "sign_ups") == {3: 1, 0: 1}
        assert counted(db_session, "uploads") == {0: 2}
        assert counted(db_session, "people") == {0: 2}
        assert counted(db_session, "making_median_s") == {1: 10}
        assert counted(db_session, "failures") == {1: 1}
        assert counted(db_session, "storage_audio") == counted(db_session, "storage_video") == {0: 1000}


def test_who_was_here_today_counts_even_if_they_come_again_tomorrow(
    app: Flask, admin: Browser, db_session: Session
) -> None:
    assert admin.get("/").status_code == 200
    count(app)
    assert counted(db_session, "active") == {0: 1}
    db_session.execute(update(AccountSession).values(last_seen_at=now() - timedelta(days=3)))
    db_session.commit()
    count(app)
    assert counted(db_session, "active") == {0: 1}
    assert counted(db_session, "active_week") == {0: 1}


def test_after_a_pause_the_days_between_are_made_up_for(app: Flask, db_session: Session) -> None:
    with app.app_context():
        keep_numbers({("sign_ups", today() - timedelta(days=5)): 7})
        db.session.commit()
    count(app)
    db_session.commit()
    days = db_session.scalars(select(DailyNumber.day).where(DailyNumber.name == "sign_ups")).all()
    assert len(days) == 6


@pytest.mark.usefixtures("counted_desk")
def test_the_dashboard_shows_numbers_charts_and_tables(
    app: Flask, admin: Browser, count_statements: CountStatements
) -> None:
    with app.app_context():
        keep_numbers({("sign_ups", today() - timedelta(days=back)): back for back in range(40)})
        keep_numbers(
            {("active_month", today()): 8, ("active", today()): 2, ("likes", today()): 3, ("comments", today()): 2}
        )
        db.session.commit()
    admin.get("/admin/people")
    with count_statements() as seen:
        page = admin.get("/admin/dashboard").text
    assert len(seen) <= 8, seen
    assert "25 %" in page  # two of eight
    assert "2.5" in page  # five acts by two people
    assert page.count('<svg viewBox="0 0 300 60"') == 15
    assert "Sign-ups" in page
    assert "435" in page  # 0 + … + 29
    assert "style=" not in page.split("<main", 1)[1].split("</main>", 1)[0]
    assert page.count('<svg viewBox="0 0 900 60"') == 0
    assert '<svg viewBox="0 0 900 60"' in admin.get("/admin/dashboard?days=90").text
    assert admin.get("/admin/dashboard?days=31").status_code == 404


def test_an_empty_place_has_a_dashboard_too(admin: Browser) -> None:
    page = admin.get("/admin/dashboard").text
    assert "nothing was counted yet" in page
    assert "not verified yet" in page


def test_numbers_are_taken_away_as_csv(app: Flask, admin: Browser, moderator: Browser) -> None:
    with app.app_context():
        keep_numbers({("sign_ups", today()): 4})
        db.session.commit()
    answer = admin.get("/admin/dashboard/numbers.csv?days=30")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert (len(rows), rows[-1]["day"], rows[-1]["sign_ups"], rows[0]["sign_ups"]) == (30, today().isoformat(), "4", "")
    assert moderator.get("/admin/dashboard/numbers.csv").status_code == 404
    assert moderator.get("/admin/dashboard").status_code == 404


def test_what_waits_and_what_went_wrong_stands_out(
    app: Flask, admin: Browser, make_medium: MakeMedium, root: User, db_session: Session
) -> None:
    make_medium(root, state="failed")
    db_session.add(OutboxEntry(name="UserSignedUp", payload={}, created_at=now() - timedelta(hours=1)))
    db_session.commit()
    with app.app_context():
        queue(DEFAULT).enqueue("time.sleep", 0)
    page = admin.get("/admin/dashboard").text
    assert 'href="/admin/media?state=failed">1</a>' in page
    assert "the oldest 1 hour ago" in page
    assert "silent" in page
    assert page.count("figure--bad") >= 4


def test_without_redis_the_dashboard_says_so(
    make_app: object, engines: Engines, root: User, login: object, db_session: Session
) -> None:
    del engines, db_session
    app = make_app(redis_url="redis://127.0.0.1:1/0")  # type: ignore[operator]
    browser = app.test_client()
    login(browser, root)  # type: ignore[operator]
    page = browser.get("/admin/dashboard").text
    assert "Redis" in page
    assert "away" in page


@pytest.mark.parametrize("moment", [datetime(2026, 1, 1, tzinfo=UTC)])
def test_a_number_that_only_grows_does_not_fall(app: Flask, db_session: Session, moment: datetime) -> None:
    day = moment.date()
    with app.app_context():
        for value in (3, 5, 4):
            keep_numbers({("active", day): value}, only_more=True)
        keep_numbers({})
        db.session.commit()
    assert db_session.scalars(select(DailyNumber.value)).all() == [5]
