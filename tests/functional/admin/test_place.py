"""What operators make of the place: realms whose old addresses lead on, announcements on every page, limits."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.announcements import Announcement
from app.core.audit.models import AuditEntry
from app.core.clock import now
from app.media.models import Medium
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson

SAID = {"body": "The **house** is closed on Monday.", "audience": "everyone", "tone": "warning"}
NEW = {
    "name": "Stage", "slug": "on-stage", "tagline": "Theatre and dance", "theme": "screen", "layout": "cinema",
    "genres": "Dance\n\n Theatre \nDance",
}  # fmt: skip


@pytest.fixture
def realms_kept(db_session: Session) -> object:
    """The realms are no test's to keep: afterwards they are as they were."""
    rows = db_session.execute(text("SELECT slug, name, tagline, theme, layout, position, genres FROM realms")).all()
    db_session.commit()
    yield
    db_session.rollback()
    db_session.execute(text("DELETE FROM former_realms"))
    db_session.execute(text("DELETE FROM media"))
    db_session.execute(text("DELETE FROM realms"))
    for row in rows:
        db_session.execute(
            text(
                "INSERT INTO realms (slug, name, tagline, theme, layout, position, genres)"
                " VALUES (:slug, :name, :tagline, :theme, :layout, :position, :genres)"
            ),
            row._asdict(),
        )
    db_session.commit()


def shown(page: str) -> list[str]:
    return re.findall(r'<form class="banner[^"]*".*?<div class="prose">\s*<p>(.*?)</p>', page, re.DOTALL)


def actions(db_session: Session) -> list[str]:
    db_session.commit()
    wanted = AuditEntry.action.startswith("announcement") | AuditEntry.action.startswith("realm")
    return list(db_session.scalars(select(AuditEntry.action).where(wanted).order_by(AuditEntry.number)))


def test_what_is_announced_stands_on_every_page_until_one_dismisses_it(
    app: Flask, admin: Browser, client: Browser, make_person: MakePerson, login: Login, db_session: Session
) -> None:
    assert shown(client.get("/").text) == []
    assert admin.submit("/admin/announcements", SAID).status_code == 303
    words = "The <strong>house</strong> is closed on Monday."
    listener = login(browser_of(app), make_person())
    for browser in (client, listener, admin):
        for path in ("/", "/search", "/nothing/at/all"):
            assert shown(browser.get(path).text) == [words], path
    form = re.findall(r'action="(/announcements/[0-9a-f]{32}/dismiss)"', client.get("/").text)[0]
    answer = client.post(form, headers={"Referer": "http://127.0.0.1/music"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/music")
    assert shown(client.get("/").text) == []
    assert shown(browser_of(app).get("/").text) == [words]
    one = db_session.scalars(select(Announcement.id)).one()
    assert admin.submit(f"/admin/announcements/{one}/end").status_code == 303
    assert shown(listener.get("/").text) == []
    assert actions(db_session) == ["announcement.made", "announcement.ended"]


def test_an_announcement_is_for_whom_and_when_it_says(
    app: Flask, admin: Browser, make_person: MakePerson, login: Login, db_session: Session
) -> None:
    artist, listener = (login(browser_of(app), make_person(role=role)) for role in ("artist", "listener"))
    later = f"{now() + timedelta(days=1):%Y-%m-%dT%H:%M}"
    for body, more in (
        ("For artists", {"audience": "artists"}),
        ("For staff", {"audience": "staff"}),
        ("Later", {"begins_at": later}),
    ):
        assert admin.submit("/admin/announcements", {**SAID, "body": body, **more}).status_code == 303
    assert shown(listener.get("/").text) == []
    assert shown(artist.get("/").text) == ["For artists"]
    assert shown(admin.get("/").text) == ["For staff", "For artists"]
    page = admin.get("/admin/announcements").text
    assert page.count("To come") == 1
    db_session.execute(update(Announcement).values(begins_at=now() - timedelta(days=2), ends_at=now()))
    db_session.commit()
    announced = db_session.scalars(select(Announcement.id)).first()
    path = f"/admin/announcements/{announced}"
    assert admin.submit(path, {**SAID, "ends_at": later}).status_code == 303
    assert len(shown(listener.get("/").text)) == 1
    assert 'value="warning"' in admin.get(path).text or "Warning" in admin.get(path).text


@pytest.mark.parametrize(
    "said",
    [
        {"body": " \0 "},
        {"body": "x" * 1001},
        {"audience": "nobody"},
        {"tone": "shouting"},
        {"begins_at": "soon"},
        {"begins_at": "2026-01-02T00:00", "ends_at": "2026-01-01T00:00"},
    ],
)
def test_an_announcement_that_cannot_be_is_refused(admin: Browser, said: dict[str, str]) -> None:
    assert admin.submit("/admin/announcements", {**SAID, **said}).status_code == 422


def test_what_staff_write_in_an_announcement_cannot_act(admin: Browser) -> None:
    admin.submit("/admin/announcements", {**SAID, "body": "<script>x</script> [a](javascript:x) <b hx-get=/>"})
    banner = re.findall(r'<form class="banner.*?</form>', admin.get("/").text, re.DOTALL)[0]
    assert "<script" not in banner
    assert "<b hx-get" not in banner
    assert 'href="javascript' not in banner


def test_a_cookie_of_nonsense_hides_nothing_and_breaks_nothing(admin: Browser, app: Flask) -> None:
    admin.submit("/admin/announcements", SAID)
    stranger = browser_of(app)
    for value in ("", "x" * 3000, "0" * 32, "..;.."):
        stranger.set_cookie("dismissed", value, domain="127.0.0.1")
        assert len(shown(stranger.get("/").text)) == 1
    assert stranger.post("/announcements/nonsense/dismiss").status_code == 303


def test_only_operators_make_of_the_place_what_it_is(moderator: Browser) -> None:
    for path in ("/admin/announcements", "/admin/realms", "/admin/realms/music", "/admin/realms/new", "/admin/limits"):
        assert moderator.get(path).status_code == 404
    assert moderator.submit("/admin/announcements", SAID).status_code == 404
    assert moderator.submit("/admin/realms/new", NEW).status_code == 404


@pytest.mark.usefixtures("realms_kept")
def test_a_realm_is_added_moved_and_given_another_address_to_which_the_old_one_leads(
    app: Flask, admin: Browser, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    artist = make_person(role="artist", realm_slug="music")
    song = make_medium(artist, title="Song", realm_slug="music")
    assert admin.submit("/admin/realms/new", NEW).status_code == 303
    assert browser_of(app).get("/on-stage").status_code == 200
    assert db_session.scalar(text("SELECT genres FROM realms WHERE slug = 'on-stage'")) == ["Dance", "Theatre"]
    assert admin.submit("/admin/realms/on-stage/up").status_code == 303
    order = text("SELECT slug FROM realms ORDER BY position")
    assert list(db_session.scalars(order)) == ["music", "screen", "on-stage", "voice"]
    db_session.commit()
    assert admin.submit("/admin/realms/music/up").status_code == 303
    records = {**NEW, "name": "Records", "slug": "records", "theme": "music", "layout": "waveforms"}
    assert admin.submit("/admin/realms/music", records).status_code == 303
    moved = browser_of(app).get("/music")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/records")
    assert "Song" in browser_of(app).get("/records").text
    assert db_session.scalar(select(Medium.realm_slug).where(Medium.id == song.id)) == "records"
    assert db_session.scalar(select(User.realm_slug).where(User.id == artist.id)) == "records"
    db_session.commit()
    assert admin.submit("/admin/realms/on-stage", {**NEW, "slug": "music"}).status_code == 422
    assert admin.submit("/admin/realms/records", {**records, "slug": "music"}).status_code == 303
    assert browser_of(app).get("/records").headers["Location"] == "/music"
    assert actions(db_session)[:3] == ["realm.added", "realm.moved", "realm.changed"]


@pytest.mark.usefixtures("realms_kept")
@pytest.mark.parametrize(
    "change",
    [
        {"slug": "music"},
        {"slug": "search"},
        {"slug": "admin"},
        {"slug": "On Stage!"},
        {"slug": "../x"},
        {"name": ""},
        {"name": "x" * 41},
        {"theme": "../../etc"},
        {"layout": "grid"},
        {"genres": "\n".join(map(str, range(101)))},
        {"genres": "x" * 41},
    ],
)
def test_a_realm_that_cannot_be_is_refused(admin: Browser, change: dict[str, str]) -> None:
    assert admin.submit("/admin/realms/new", {**NEW, **change}).status_code == 422
    assert admin.get("/admin/realms/no-such").status_code == 404


def test_pages_of_the_place_cost_a_handful_of_statements(admin: Browser, count_statements: CountStatements) -> None:
    admin.submit("/admin/announcements", SAID)
    for path in ("/admin/announcements", "/admin/realms", "/admin/realms/music", "/admin/limits", "/"):
        admin.get(path)
        with count_statements() as seen:
            assert admin.get(path).status_code == 200
        assert len(seen) <= 8, (path, seen)
