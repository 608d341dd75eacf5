"""Taking everything along: what is in the archive, who gets it, for how long, and what happens on bad days."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.factor_models import TrustedDevice
from app.accounts.models import Session as AccountSession
from app.accounts.models import Standing, User
from app.core import audit
from app.core.clock import now
from app.extensions import Model, db
from app.media.models import Caption, CaptionKind, Chapter, Version
from app.messaging.kinds import NoticeKind
from app.messaging.models import MessageReport, Notification, ReportReason
from app.messaging.services import notices
from app.rights import archive, export_sections, exporting, jobs, telling
from app.rights.events import ExportMade
from app.rights.models import Export, ExportState
from tests.conftest import store_of
from tests.factories.media import add_picture
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.harness.browser import Browser, browser_of
from tests.harness.everything import MARK, Everything
from tests.harness.kinds import Login, MakeMedium, MakePerson, Settle
from tests.harness.mail import MailOutbox

ASKED = "/settings/data/exports"


@pytest.fixture
def ana(make_person: MakePerson) -> User:
    return make_person(username="ana", role="artist", display_name="Ana أنا", bio_markdown="I *record*.")


def asked(client: Browser, settle: Settle) -> None:
    assert client.submit(ASKED).status_code == 303
    settle()


def test_who_asked_is_told_once_by_the_bell_that_leads_to_the_archive(
    app: Flask, client: Browser, ana: User, login: Login, db_session: Session, settle: Settle
) -> None:
    asked(login(client, ana), settle)
    export = db_session.scalars(select(Export)).one()
    with app.app_context():
        events = [ExportMade(export_id=export.id, user_id=ana.id)] * 2
        assert notices.write_notices(telling.of_exports(events)) == set()  # the relay may hand it over again
    page = client.get("/notifications").text
    assert page.count("is ready to be downloaded") == 1
    told = db_session.scalars(select(Notification)).one()
    assert (told.recipient_id, told.kind, told.mail_state) == (ana.id, NoticeKind.EXPORT, "none")
    assert client.get(f"/notifications/{told.id}").location == "/settings/data"


def test_a_killed_worker_leaves_no_archive_that_is_ready_and_nobody_is_told_of(
    app: Flask, client: Browser, ana: User, login: Login, db_session: Session, settle: Settle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert login(client, ana).submit(ASKED).status_code == 303

    def killed(*_arguments: object, **_more: object) -> None:
        raise SystemExit

    with app.app_context(), monkeypatch.context() as patch:
        patch.setattr(exporting, "publish", killed)
        with pytest.raises(SystemExit):
            jobs.make_exports()
    assert db_session.scalars(select(Export.state)).one() is ExportState.MAKING
    db_session.execute(update(Export).values(lease_expires_at=now() - timedelta(seconds=1)))
    db_session.commit()
    with app.app_context():
        jobs.make_exports()
    settle()
    assert [letter["Subject"] for letter in MailOutbox(app.config["SETTINGS"].data_dir / "mail").messages] == [
        "Your data is ready"
    ]


def downloaded(client: Browser, session: Session) -> zipfile.ZipFile:
    session.expire_all()
    export = session.scalars(select(Export).where(Export.state == ExportState.READY)).one()
    answer = client.get(f"{ASKED}/{export.id}/soundstage.zip")
    assert answer.status_code == 200
    assert len(answer.data) == export.size_bytes
    return zipfile.ZipFile(io.BytesIO(answer.data))


def said_in(zipped: zipfile.ZipFile) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(zipped.read("soundstage.json"))
    jsonschema.Draft202012Validator(
        json.loads(zipped.read("export-1.json")), format_checker=jsonschema.FormatChecker()
    ).validate(said)
    return said


def test_everything_of_a_person_is_in_the_archive_with_its_files(
    app: Flask, client: Browser, ana: User, make_person: MakePerson, login: Login, make_medium: MakeMedium,
    db_session: Session, settle: Settle,
) -> None:  # fmt: skip
    fan = make_person(username="ben")
    ana.avatar_id = add_picture(db_session, store_of(app), files=True).id
    song = make_medium(ana, title="Rain", files=True, artwork=True)
    others = make_medium(fan, title="Not hers", files=True)
    version = db_session.get_one(Version, song.version_id)
    version.original_name = "../../my song?.wav"
    store_of(app).put_bytes(version.original_key, b"RIFF" * 700_000, content_type="audio/wav")
    db_session.add(Chapter(medium_id=song.id, starts_at_ms=1000, title="Drops"))
    db_session.add(Caption(medium_id=song.id, language="en", label="", kind=CaptionKind.LYRICS, webvtt="WEBVTT\n"))
    add_post(db_session, ana, "Words of mine", pictures=((add_picture(db_session, store_of(app), files=True), "A"),))
    add_set(db_session, ana, [song, others], slug="mix")
    db_session.commit()
    login(client, ana)
    with app.app_context():
        audit.record("user.warned", actor=db.session.merge(fan), about=db.session.merge(ana), reason="Be kind")
        for act in ("case.noted", "staff_note.written"):
            audit.record(act, actor=db.session.merge(fan), about=db.session.merge(ana), after={"note": "Hm, again"})
        db.session.commit()
    asked(client, settle)
    letters = MailOutbox(app.config["SETTINGS"].data_dir / "mail").messages
    assert "Your data is ready" in [letter["Subject"] for letter in letters]
    zipped = downloaded(client, db_session)
    assert zipped.testzip() is None
    said = said_in(zipped)
    assert (said["person"]["username"], said["person"]["display_name"]) == ("ana", "Ana أنا")
    (one,) = said["media"]
    assert one["file"]["path"] == f"media/{song.public_id}/my song_.wav"
    assert zipped.read(one["file"]["path"]) == b"RIFF" * 700_000
    assert zipped.getinfo(one["file"]["path"]).compress_type == zipfile.ZIP_STORED
    assert (one["chapters"][0]["title"], one["captions"][0]["webvtt"]) == ("Drops", "WEBVTT\n")
    assert [item["is_own"] for item in said["sets"][0]["items"]] == [True, False]
    for path in (said["person"]["avatar"], one["artwork"], said["posts"][0]["pictures"][0]["path"]):
        assert zipped.read(path)
    entry = next(one for one in said["log"] if one["action"] == "user.warned")
    assert (entry["said"]["reason"], entry["by_oneself"]) == ("Be kind", False)
    assert '"ben"' not in json.dumps(entry)
    assert "Hm, again" not in json.dumps(said["log"]), "what staff tell one another is theirs"
    assert all(name.startswith(("media/", "pictures/")) or "/" not in name for name in zipped.namelist())


def test_no_secret_and_nobody_elses_row_is_in_it_and_every_table_is_thought_of(
    app: Flask, ana: User, make_person: MakePerson, db_session: Session
) -> None:
    ana.display_name = MARK
    everything = Everything(
        db_session, ana, make_person(created_at=now() - timedelta(days=9)), make_person(),
        add_picture(db_session, store_of(app)).id,
    )  # fmt: skip
    everything.elder, everything.younger = sorted((everything.elder, everything.younger))
    named = {name for table in Model.metadata.sorted_tables for name in [table.name] if _names_people(table)}
    spoken = export_sections.SPOKEN_FOR | set(export_sections.LEFT_OUT)
    found = {table.name for table, _columns in export_sections.more_tables()}
    office = {"options", "announcements", "filter_rules", "filter_trials", "filter_rescans"}
    assert named - spoken - found - office == set()
    with app.app_context():
        for table, columns in export_sections.more_tables():
            assert columns, table.name
        rows = list(export_sections.more_rows(ana.id))
    assert all(row["as"] for row in rows)
    keys = {key for row in rows for key in row["said"]}
    assert not {key for key in keys if any(word in key for word in ("secret", "digest", "token", "password"))}


def test_who_was_reported_learns_nothing_of_it_from_their_archive(
    app: Flask, ana: User, make_person: MakePerson, db_session: Session
) -> None:
    fan = make_person()
    said = {"up_to_number": 1, "reason": ReportReason.SPAM, "snapshot": []}
    db_session.add_all([
        MessageReport(reporter_id=fan.id, reported_id=ana.id, note="Between us", **said),
        MessageReport(reporter_id=ana.id, reported_id=fan.id, note="My own words", **said),
        TrustedDevice(user_id=ana.id, token_digest=b"t", user_agent="A browser", expires_at=now() + timedelta(days=1)),
    ])  # fmt: skip
    db_session.commit()
    with app.app_context():
        rows = list(export_sections.more_rows(ana.id))
    assert [row["said"]["note"] for row in rows if row["table"] == "message_reports"] == ["My own words"]
    assert [row["said"]["user_agent"] for row in rows if row["table"] == "trusted_devices"] == ["A browser"]


def _names_people(table: Any) -> bool:
    return any(key.column.table.name == "users" for column in table.columns for key in column.foreign_keys)


def test_an_archive_is_for_its_owner_alone_and_comes_by_ranges(
    app: Flask, client: Browser, ana: User, make_person: MakePerson, login: Login, db_session: Session, settle: Settle
) -> None:
    asked(login(client, ana), settle)
    export = db_session.scalars(select(Export)).one()
    path = f"{ASKED}/{export.id}/soundstage.zip"
    assert login(browser_of(app), make_person()).get(path).status_code == 404
    assert browser_of(app).get(path).status_code == 303
    part = client.get(path, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"PK\x03\x04")
    assert "no-store" in part.headers["Cache-Control"]
    assert "soundstage-ana-" in part.headers["Content-Disposition"]


def test_one_a_day_is_enough_and_one_that_failed_does_not_count(
    client: Browser, ana: User, login: Login, settle: Settle, db_session: Session
) -> None:
    asked(login(client, ana), settle)
    again = client.submit(ASKED)
    assert (again.status_code, "less than a day ago" in again.text) == (409, True)
    export = db_session.scalars(select(Export)).one()
    export.state = ExportState.FAILED
    db_session.commit()
    assert client.submit(ASKED).status_code == 303


def test_its_time_runs_out_and_its_file_goes(
    app: Flask, client: Browser, ana: User, login: Login, settle: Settle, db_session: Session
) -> None:
    asked(login(client, ana), settle)
    export = db_session.scalars(select(Export)).one()
    assert store_of(app).size_bytes(export.storage_key)
    export.expires_at = now() - timedelta(seconds=1)
    db_session.commit()
    assert client.get(f"{ASKED}/{export.id}/soundstage.zip").status_code == 404
    with app.app_context():
        assert exporting.sweep() == 1
        db.session.commit()
    settle()
    assert store_of(app).size_bytes(export.storage_key) is None
    assert "Gone" in client.get("/settings/data").text


def test_a_proof_that_is_old_is_asked_for_again(client: Browser, ana: User, login: Login, db_session: Session) -> None:
    login(client, ana)
    db_session.scalars(select(AccountSession)).one().proven_at = now() - timedelta(hours=1)
    db_session.commit()
    answer = client.submit(ASKED)
    assert "/login/confirm" in answer.location
    assert db_session.scalars(select(Export)).all() == []


@pytest.mark.parametrize("standing", [Standing.SUSPENDED, Standing.BANNED])
def test_who_is_suspended_or_banned_takes_their_data_too(
    client: Browser, ana: User, login: Login, db_session: Session, settle: Settle, standing: Standing
) -> None:
    login(client, ana)
    ana.standing = standing
    db_session.commit()
    asked(client, settle)
    assert said_in(downloaded(client, db_session))["person"]["standing"] == standing.value


def test_without_room_it_is_refused_kindly(
    client: Browser, ana: User, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    login(client, ana)
    monkeypatch.setattr(exporting, "SPARE_BYTES", 1 << 60)
    answer = client.submit(ASKED)
    assert answer.status_code == 507
    assert "not enough room" in answer.text


def test_a_worker_that_dies_is_followed_by_one_that_begins_anew(
    app: Flask, client: Browser, ana: User, login: Login, db_session: Session, settle: Settle
) -> None:
    login(client, ana)
    assert client.submit(ASKED).status_code == 303
    with app.app_context():
        first = exporting._claim()
        assert first is not None
        assert exporting._claim() is None  # it is at work
        db.session.execute(update(Export).values(lease_expires_at=now() - timedelta(seconds=1)))
        db.session.commit()
        jobs.make_exports()
        assert not exporting._end(first.id, 1, ExportState.FAILED)  # whoever slept commits nothing
    settle()
    assert downloaded(client, db_session).testzip() is None


def test_what_fails_again_and_again_says_so_and_leaves_nothing_behind(
    app: Flask, client: Browser, ana: User, login: Login, db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    login(client, ana)
    assert client.submit(ASKED).status_code == 303

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.rights.exporting.write_archive", full)
    with app.app_context():
        jobs.make_exports()
        assert store_of(app).list_unfinished("") == []
    export = db_session.scalars(select(Export)).one()
    assert export.state is ExportState.FAILED
    assert "failed too often" in client.get("/settings/data").text


def test_a_file_that_is_not_there_is_named_and_stops_nothing(
    client: Browser, ana: User, login: Login, make_medium: MakeMedium, db_session: Session, settle: Settle
) -> None:
    make_medium(ana)
    asked(login(client, ana), settle)
    zipped = downloaded(client, db_session)
    assert "it was not there" in zipped.read("left-out.txt").decode()
    said_in(zipped)


@pytest.mark.parametrize(
    ("name", "safe"),
    [("../../etc/passwd", "passwd"), ("a\\b.mp3", "b.mp3"), ("", "file"), ("..", "file"), ("x" * 300, "x" * 120)],
)
def test_a_name_in_the_archive_leads_nowhere_else(name: str, safe: str) -> None:
    assert archive.safe_name(name) == safe
