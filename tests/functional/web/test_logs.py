"""What the program's log says of requests: enough to find out, and no secret."""

import io
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from flask import Flask, request
from sqlalchemy import text

from app.core import refusals
from app.core.refusals import Refusal
from app.extensions import db
from app.web import logs
from tests.factories.people import PASSWORD
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeApp, MakeMedium, MakePerson

MARK = "m4rk-that-nobody-may-read"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written to standard error by applications that are made after this."""
    before, said = structlog.get_config(), io.StringIO()
    monkeypatch.setattr(logs, "sys", SimpleNamespace(stderr=said))  # pytest itself changes sys.stderr
    yield said
    structlog.configure(**before)


def entries(written: io.StringIO, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    return [line for line in lines if line["event"] == event]


@pytest.fixture
def broken(written: io.StringIO, make_app: MakeApp) -> Flask:
    """An application with an address where the database refuses a whole row, and the error quotes it."""
    del written
    app = make_app(testing=False, log_level="INFO")

    def fail(token: str) -> str:
        assert token
        statement = text("UPDATE users SET display_name = :name, username = NULL, email = :email")
        db.session.execute(statement, {"name": f"{MARK}-1\nin two lines {MARK}", "email": request.form["email"]})
        return ""

    app.add_url_rule("/_broken/<token>", "broken", fail, methods=["POST"])
    return app


def test_a_request_that_fails_leaves_no_secret_in_the_log(
    written: io.StringIO, broken: Flask, make_person: MakePerson, login: Login
) -> None:
    """Not from address, form, cookies and headers, and not from the row that the database quotes in its error."""
    person = make_person(email=f"{MARK}@example.org")
    browser = browser_of(broken)
    login(browser, person)
    form = {"email": f"{MARK}-2", "password": MARK, "csrf_token": browser.csrf_token()}
    sent = {"Authorization": f"Bearer {MARK}", "X-CSRFToken": browser.csrf_token(), "Referer": f"http://x/{MARK}"}
    browser.set_cookie("another", MARK, domain="127.0.0.1")
    answer = browser.post(f"/_broken/{MARK}?token={MARK}", data=form, headers=sent)
    assert answer.status_code == 500
    (entry,) = entries(written, "unexpected_error")
    assert "NotNullViolation" in entry["exception"], "what happened is told"
    assert "fail" in entry["exception"], "and where"
    assert (entry["route"], entry["user"]) == ("/_broken/<token>", str(person.id))
    assert entry["timestamp"].endswith("Z")
    assert entry["request_id"] == answer.headers["X-Request-ID"]
    said = written.getvalue()
    assert MARK not in said
    assert PASSWORD not in said
    assert "$2b$" not in said, "the digest of a password"
    session = browser.get_cookie("session", domain="127.0.0.1")
    assert session is not None
    assert session.value not in said


def test_what_was_refused_is_told(
    written: io.StringIO, make_app: MakeApp, make_person: MakePerson, login: Login
) -> None:
    person = make_person()
    browser = browser_of(make_app(testing=False, log_level="INFO", form_limit="1 per minute"))
    login(browser, person)
    assert browser.get("/admin/settings").status_code == 404
    (refused,) = entries(written, "permission_refused")
    assert refused["user"] == str(person.id)
    assert browser.post("/settings/playback", data={"volume": "1"}).status_code == 400
    assert [entry["route"] for entry in entries(written, "form_refused")] == ["/settings/playback"]
    assert [browser.submit("/settings/playback").status_code for _ in range(2)][-1] == 429
    assert [entry["route"] for entry in entries(written, "budget_spent")] == ["/settings/playback"]


def test_what_the_gate_and_the_rules_refuse_is_told_and_counted_without_a_name(
    written: io.StringIO, make_app: MakeApp, make_person: MakePerson, make_medium: MakeMedium, login: Login
) -> None:
    owner = make_person()
    medium = make_medium(owner, visibility="private", title=MARK)
    page = f"/@{owner.username}/{medium.slug}"
    person = make_person(email=f"{MARK}@example.org")
    browser = browser_of(make_app(testing=False, log_level="INFO"))
    before = refusals.counts.copy()
    assert browser.get(page).status_code == 404
    login(browser, person)
    assert browser.get(f"{page}?s={MARK}").status_code == 404
    assert browser.get(f"{page}-too").status_code == 404, "what is not there was refused to nobody"
    ours, theirs = entries(written, "gate_refused")
    assert "user" not in ours
    assert (theirs["user"], theirs["reason"], theirs["action"], theirs["level"]) == (
        str(person.id), "private", "see", "info",
    )  # fmt: skip
    assert theirs["thing"] == str(medium.id)
    assert browser.send_json("/uploads").status_code == 403
    (act,) = entries(written, "act_refused")
    assert (act["reason"], act["user"]) == ("MayNotUpload", str(person.id))
    assert MARK not in written.getvalue()
    assert refusals.counts - before == {Refusal.GATE: 2, Refusal.ACT: 1}
    told = f'soundstage_refusals_total{{by="gate"}} {float(refusals.counts[Refusal.GATE])}'
    assert told in browser.get("/metrics").text


def test_nobody_writes_a_line_of_the_log(written: io.StringIO, make_app: MakeApp) -> None:
    app = make_app(testing=False, log_level="INFO")

    def fail() -> str:
        raise RuntimeError(request.args["said"])

    app.add_url_rule("/_broken", "broken", fail)
    browser: Browser = browser_of(app)
    forged = '{"event": "permission_refused", "user": "somebody"}'
    assert browser.get("/_broken", query_string={"said": f"x\n{forged}\n\x1b[2J"}).status_code == 500
    assert entries(written, "permission_refused") == []
    assert len(entries(written, "unexpected_error")) == 1
    assert "\x1b" not in written.getvalue()
