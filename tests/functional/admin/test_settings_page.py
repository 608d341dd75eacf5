"""The desk's frame, and the page on which operators change options."""

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.audit.models import AuditEntry
from app.media.services.limits import find_limit
from config import MIB
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakePerson

MINUTES = "/admin/settings/uploads.artist_minutes"


@pytest.fixture
def admin(client: Browser, make_person: MakePerson, login: Login) -> Browser:
    return login(client, make_person(role="admin", username="root"))


def test_strangers_are_asked_to_log_in_and_others_find_nothing(
    app: Flask, client: Browser, make_person: MakePerson, login: Login
) -> None:
    assert client.get("/admin").headers["Location"].startswith("/login?next=")
    for role in ("listener", "artist"):
        browser = login(browser_of(app), make_person(role=role))
        assert browser.get("/admin").status_code == 404
        assert browser.get("/admin/settings").status_code == 404
        assert ">Desk<" not in browser.get("/").text


def test_settings_are_for_operators_and_not_for_moderators(
    client: Browser, make_person: MakePerson, login: Login
) -> None:
    login(client, make_person(role="moderator"))
    assert client.get("/admin/settings").status_code == 404
    assert client.submit(MINUTES, {"value": "5"}).status_code == 404
    assert 'href="/admin/settings"' not in client.get("/").text


def test_staff_find_the_desk_in_the_rail(admin: Browser) -> None:
    assert 'href="/admin"' in admin.get("/").text
    assert admin.get("/admin").status_code == 303


def test_an_option_is_changed_felt_and_set_back(
    admin: Browser, make_person: MakePerson, app: Flask, db_session: Session
) -> None:
    artist = make_person(role="artist")
    answer = admin.submit(MINUTES, {"value": "60", "was": "180"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/settings#uploads-artist_minutes")
    with app.app_context():
        limit = find_limit(artist)
        assert limit is not None
        assert limit.minutes == 60
    page = admin.get("/admin/settings").text
    assert "Changed just now by root" in page
    assert "Back to default" in page
    assert admin.submit(MINUTES, {"act": "reset", "value": "junk"}).status_code == 303
    with app.app_context():
        limit = find_limit(artist)
        assert limit is not None
        assert (limit.minutes, limit.file_bytes, limit.height_px) == (180, 4096 * MIB, 1080)
    rows = db_session.scalars(
        select(AuditEntry).where(AuditEntry.action.startswith("option.")).order_by(AuditEntry.number)
    )
    assert [(row.action, row.facts) for row in rows] == [
        ("option.changed", {"before": 180, "after": 60}),
        ("option.reset", {"before": 60, "after": 180}),
    ]


@pytest.mark.parametrize("value", ["", "many", "-1", "1e9", "99999999999", "5\0"])
def test_a_value_that_is_none_is_refused_beside_its_field_and_kept_there(admin: Browser, value: str) -> None:
    answer = admin.submit(MINUTES, {"value": value})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_two_who_change_the_same_at_once_do_not_overwrite_each_other(admin: Browser) -> None:
    assert admin.submit(MINUTES, {"value": "60", "was": "180"}).status_code == 303
    late = admin.submit(MINUTES, {"value": "90", "was": "180"})
    assert late.status_code == 422
    assert "Somebody changed this" in late.text


def test_an_option_that_nobody_registered_is_not_there(admin: Browser) -> None:
    assert admin.submit("/admin/settings/no.such", {"value": "1"}).status_code == 404


def test_the_environment_is_shown_without_what_could_be_secret(admin: Browser, app: Flask) -> None:
    page = admin.get("/admin/settings/environment").text
    settings = app.config["SETTINGS"]
    for secret in (settings.secret_key, settings.database_url, settings.redis_url):
        assert secret not in page
    assert "secret_key" in page
    assert "set, and not shown" in page
    assert str(settings.data_dir) in page


def test_the_page_costs_a_handful_of_statements(
    admin: Browser, db_session: Session, count_statements: CountStatements
) -> None:
    for role in ("artist", "moderator", "admin"):
        row = {"name": f"uploads.{role}_minutes"}
        db_session.execute(text("INSERT INTO options VALUES (:name, '5', now())"), row)
    db_session.commit()
    with count_statements() as seen:
        assert admin.get("/admin/settings").status_code == 200
    assert len(seen) <= 8, seen
