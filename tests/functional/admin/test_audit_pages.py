"""The audit log on the desk: for those who may read it, narrowed, opened, and written out."""

import json
import re

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core import audit
from app.core.audit import checking, sealing
from app.core.audit.models import AuditEntry
from app.extensions import db
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakePerson

WHERE = "/admin/audit"


@pytest.fixture
def ada(make_person: MakePerson) -> User:
    return make_person(username="ada", role="artist")


@pytest.fixture
def log(app: Flask, ada: User, make_person: MakePerson, admin: Browser) -> None:
    """Sixty entries of a moderator about ada, one of ada's own, one of the system."""
    assert admin  # whose log-in may stand before
    mo = make_person(username="mo", role="moderator")
    with app.app_context():
        for number in range(60):
            audit.record(
                "comment.hidden", actor=mo, about=ada, subject=("comment", f"c{number}"), reason="Rude <b>words</b>.",
                before={"hold": None}, after={"hold": "hidden", "until": [1]}, facts={"rule": "rudeness"},
            )  # fmt: skip
        audit.record("session.began", actor=ada, facts={"way": "passkey"})
        audit.record("option.changed", actor=None, subject=("option", "doors.open"), facts={"after": "zebra"})
        db.session.commit()


def actions(page: str) -> list[str]:
    return re.findall(r'<td><a href="/admin/audit/\d+"><code>([^<]+)', page)


@pytest.mark.usefixtures("log")
def test_it_is_for_those_who_may_read_it(app: Flask, login: Login, make_person: MakePerson) -> None:
    for role in ("listener", "artist", "moderator"):
        browser = login(browser_of(app), make_person(role=role))
        assert browser.get(WHERE).status_code == 404
        assert browser.get(f"{WHERE}/1").status_code == 404
        assert browser.submit(f"{WHERE}/export", {"shape": "csv"}).status_code == 404
    assert browser_of(app).get(WHERE).status_code == 303


@pytest.mark.usefixtures("log")
def test_the_newest_come_first_and_pages_cost_the_same(admin: Browser, count_statements: CountStatements) -> None:
    admin.get(WHERE)
    with count_statements() as statements:
        first = admin.get(WHERE).text
    assert len(statements) <= 8, [statement[:90] for statement in statements]
    assert actions(first)[:2] == ["option.changed", "session.began"]
    assert len(actions(first)) == 50
    following = first.split('<a class="button" href="')[1].split('"')[0].replace("&amp;", "&")
    assert len(actions(admin.get_partial(following).text)) >= 12
    for wrong in ("x", "-1", "99999999999999999999999", "²"):
        assert admin.get(f"{WHERE}?after={wrong}").status_code == 400


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("words=zebra", {"option.changed"}), ("words=passkey", {"session.began"}), ("words=began", {"session.began"}),
        ("words=zeb", set()), ("action=comment.", {"comment.hidden"}), ("action=%25", set()),
        ("actor=ada&action=se", {"session.began"}), ("actor=@MO", {"comment.hidden"}), ("actor=nobody", set()),
        ("actor=system&subject=option", {"option.changed"}), ("subject=option:doors.open", {"option.changed"}),
        ("subject=c7", {"comment.hidden"}), ("subject=comment:nothing", set()), ("until=2000-01-01", set()),
        ("since=2999-01-01", set()), ("since=not-a-day", set()), ("person=ada&words=rudeness", {"comment.hidden"}),
        ("words=%22unfinished", set()), ("words=" + "x" * 300, set()),
        ("until=9999-12-31&words=zebra", {"option.changed"}),
    ],
)  # fmt: skip
def test_it_is_narrowed_by_what_is_asked(admin: Browser, asked: str, found: set[str]) -> None:
    answer = admin.get(f"{WHERE}?{asked}")
    assert answer.status_code == 200
    assert set(actions(answer.text)) == found


@pytest.mark.usefixtures("log")
def test_an_entry_is_opened_until_its_key_is_gone(app: Flask, admin: Browser, ada: User, db_session: Session) -> None:
    number = db_session.query(AuditEntry.number).filter_by(subject_id="c7").scalar()
    page = admin.get(f"{WHERE}/{number}").text
    for words in (
        "Rude &lt;b&gt;words&lt;/b&gt;.",
        "comment.hidden",
        "rudeness",
        "<bdi>hidden</bdi>",
        "<bdi>[1]</bdi>",
    ):
        assert words in page
    with app.app_context():
        sealing.destroy_key(ada.id)
        db.session.commit()
    page = admin.get(f"{WHERE}/{number}").text
    assert "cannot be read any more" in page
    assert "Rude" not in page
    assert "@mo" in page
    assert admin.get(f"{WHERE}/999999").status_code == 404
    assert admin.get(f"{WHERE}/99999999999999999999999").status_code == 404


@pytest.mark.usefixtures("log")
def test_what_is_written_out_is_streamed_and_stands_in_the_log(admin: Browser) -> None:
    answer = admin.submit(f"{WHERE}/export", {"shape": "jsonl"})
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "no-store" in answer.headers["Cache-Control"]
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[0]["soundstage_audit"] == 1
    assert lines[-1]["action"] == "audit.exported"
    assert "Rude" not in answer.text
    table = admin.submit(f"{WHERE}/export", {"shape": "csv", "until": "2000-01-01"})
    assert table.text.count("\n") == 1
    assert admin.submit(f"{WHERE}/export", {"shape": "xml"}).status_code == 422
    assert actions(admin.get(WHERE).text)[:2] == ["audit.exported", "audit.exported"]


@pytest.mark.usefixtures("log")
def test_a_touched_log_is_told_on_its_page(app: Flask, admin: Browser) -> None:
    assert "not verified yet" in admin.get(WHERE).text
    with app.app_context():
        checking.check_and_note()
        db.session.commit()
    assert "Whole" in admin.get(WHERE).text
    with app.app_context():
        db.session.execute(text("DELETE FROM audit_entries WHERE number = 5"))
        db.session.commit()
        checking.check_and_note()
        db.session.commit()
    page = admin.get(WHERE).text
    assert "Somebody touched the log" in page
    assert "Entry 5 is missing." in page
