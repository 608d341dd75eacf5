"""Every error is a page in the house's voice, or one sentence in JSON; also when the database or Redis is away."""

import pytest
from flask import Flask, abort
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.embedded.ports import free_port
from app.extensions import db
from app.web.errors import PAGES, SENTENCES
from tests.harness.browser import PARTIAL, Browser, browser_of
from tests.harness.kinds import Login, MakeApp, MakePerson

JSON = {"Accept": "application/json"}


@pytest.fixture
def faulty(make_app: MakeApp) -> Flask:
    app = make_app()

    def fail(status: int) -> str:
        if status == 500:
            raise RuntimeError("the database password is swordfish")
        abort(status)

    app.add_url_rule("/_fail/<int:status>", "fail", fail)
    return app


@pytest.mark.parametrize("status", sorted(PAGES))
def test_an_error_is_a_page(faulty: Flask, status: int) -> None:
    answer = browser_of(faulty).get(f"/_fail/{status}")
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert str(status) in answer.text
    assert '<main id="main"' in answer.text, "without #main htmx would leave the old page under a new address"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Traceback" not in answer.text
    assert "swordfish" not in answer.text


@pytest.mark.parametrize("status", sorted(PAGES))
def test_a_script_gets_one_sentence(faulty: Flask, status: int) -> None:
    answer = browser_of(faulty).get(f"/_fail/{status}", headers=JSON)
    assert (answer.status_code, answer.json) == (status, {"error": SENTENCES[status]})


@pytest.mark.parametrize("status", sorted(PAGES))
def test_a_swap_gets_the_page_too(faulty: Flask, status: int) -> None:
    assert '<main id="main"' in browser_of(faulty).get(f"/_fail/{status}", headers=PARTIAL).text


@pytest.mark.parametrize(("status", "page"), [(405, "400"), (418, "400"), (502, "500"), (501, "500")])
def test_an_error_without_a_page_has_that_of_its_class(faulty: Flask, status: int, page: str) -> None:
    answer = browser_of(faulty).get(f"/_fail/{status}")
    assert answer.status_code == status
    assert SENTENCES.get(status, SENTENCES[int(page)]) in answer.text


def test_the_wrong_method_is_told(client: Browser) -> None:
    assert client.submit("/search").status_code == 405


def test_a_body_larger_than_forms_may_be_is_413(client: Browser) -> None:
    answer = client.submit("/login", {"login": "x" * (3 * 1024 * 1024)})
    assert answer.status_code == 413
    assert "larger than you may send" in answer.text
    assert client.post("/uploads", json=["x" * (3 * 1024 * 1024)]).status_code == 413


def test_a_script_that_is_nobody_is_told_401_not_sent_to_the_door(client: Browser) -> None:
    answer = client.get("/library/history", headers=JSON)
    assert (answer.status_code, answer.json) == (401, {"error": SENTENCES[401]})


NO_DATABASE = "postgresql+psycopg://nobody@127.0.0.1:1/none"


@pytest.mark.parametrize("path", ["/", "/music", "/search?q=x", "/@someone", "/library/history"])
@pytest.mark.parametrize("member", [False, True], ids=["stranger", "member"])
def test_without_the_database_every_page_says_so(
    client: Browser, make_app: MakeApp, make_person: MakePerson, login: Login, path: str, *, member: bool
) -> None:
    cut_off = browser_of(make_app(database_url=NO_DATABASE))
    if member:
        cookie = login(client, make_person()).get_cookie("session", domain="127.0.0.1")
        assert cookie is not None
        cut_off.set_cookie("session", cookie.value, domain="127.0.0.1")
    answer = cut_off.get(path)
    assert answer.status_code == (303 if path == "/library/history" and not member else 503)
    if answer.status_code == 503:
        assert '<main id="main"' in answer.text
        assert cut_off.get(path, headers=JSON).json == {"error": SENTENCES[503]}


def test_without_the_database_an_unexpected_error_still_has_its_page(make_app: MakeApp) -> None:
    app = make_app(database_url=NO_DATABASE)
    app.add_url_rule("/_fail", "fail", lambda: str(1 / 0))
    answer = browser_of(app).get("/_fail")
    assert answer.status_code == 500
    assert "A string snapped" in answer.text


def test_without_the_database_what_needs_none_still_answers(make_app: MakeApp) -> None:
    client = browser_of(make_app(database_url=NO_DATABASE))
    assert client.get("/healthz").status_code == 200
    assert client.get("/static/css/tokens.css").status_code == 200


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("deadlock_detected", 409), ("unique_violation", 409), ("foreign_key_violation", 409),
        ("not_null_violation", 500), ("check_violation", 500),
    ],
)  # fmt: skip
def test_who_is_sent_away_because_somebody_was_quicker_may_try_again(
    make_app: MakeApp, fault: str, status: int
) -> None:
    """Of two who stand in each other's way, or make the same, or do something to what is just being deleted."""
    app = make_app()
    stopped = text(f"DO $$ BEGIN RAISE {fault}; END $$")
    app.add_url_rule("/_fail", "fail", lambda: str(db.session.execute(stopped)))
    answer = browser_of(app).get("/_fail")
    assert answer.status_code == status
    assert SENTENCES[409] in answer.text or status == 500


@pytest.mark.parametrize("words", ["a\0", "\ud800"])
def test_what_no_row_can_have_cannot_be_read(make_app: MakeApp, words: str) -> None:
    app = make_app()
    app.add_url_rule("/_fail", "fail", lambda: str(db.session.execute(text("SELECT :words"), {"words": words})))
    assert browser_of(app).get("/_fail").status_code == 400


def test_without_redis_pages_and_forms_work(make_app: MakeApp, make_person: MakePerson, login: Login) -> None:
    client = browser_of(make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    login(client, make_person())
    assert client.get("/").status_code == 200
    assert client.submit("/settings/playback", {}).status_code == 303


def test_after_a_lost_connection_to_the_database_the_next_request_is_served(
    client: Browser, db_session: Session
) -> None:
    assert client.get("/").status_code == 200
    others = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND datname = current_database() AND application_name = ''"
    )
    db_session.execute(text(others))
    db_session.rollback()
    answers = [client.get("/search?q=x").status_code for _ in range(3)]
    assert answers[1:] == [200, 200], "at most the first request after it may have to be repeated"
