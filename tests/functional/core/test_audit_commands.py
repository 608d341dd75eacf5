"""`flask audit`, the nightly jobs, an export that an outsider can verify, and a secret that changes."""

import base64
import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask
from sqlalchemy import text

from app.accounts.models import User
from app.core import audit
from app.core.audit import anchors, sealing
from app.core.audit.checks import check_audit
from app.core.audit.models import AuditEntry
from app.extensions import db
from app.operations import audit_jobs
from config import Settings, WrongSetting, load_settings
from tests.conftest import NOWHERE
from tests.harness.kinds import MakeApp, MakePerson
from tests.harness.mail import MailOutbox

Run = Callable[..., Result]


@pytest.fixture
def ada(make_person: MakePerson) -> User:
    return make_person(username="ada_lovelace")


@pytest.fixture
def log(app: Flask, ada: User) -> None:
    """Three entries about ada."""
    with app.app_context():
        write(ada, 3)


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """An application context for the whole test."""
    with app.app_context():
        yield


def change(app: Flask, *statements: str) -> None:
    """What somebody writes by SQL."""
    with app.app_context():
        for statement in statements:
            db.session.execute(text(statement))
        db.session.commit()


def write(person: User, count: int) -> None:
    for number in range(count):
        audit.record("session.began", actor=person, facts={"way": "password", "count": number}, reason="Ä secret")
    db.session.commit()


def run(app: Flask, *words: str, **how: Any) -> Result:
    return app.test_cli_runner().invoke(args=["audit", *words], **how)


@pytest.mark.usefixtures("log", "context")
def test_verify_says_what_it_found_and_by_its_exit(app: Flask) -> None:
    said = run(app, "verify")
    assert said.exit_code == 0
    assert said.output == "The log is whole: 3 entries, held against 0 anchors.\n"
    db.session.execute(text("UPDATE audit_entries SET action = 'x' WHERE number = 2"))
    db.session.commit()
    said = run(app, "verify")
    assert said.exit_code == 1
    assert said.output.startswith("2: Entry 2 was changed")


@pytest.mark.usefixtures("log", "context")
def test_an_anchor_can_be_checked_with_the_public_key_alone(app: Flask, settings: Settings) -> None:
    printed = json.loads(run(app, "anchor").output)
    assert run(app, "anchor").output == "Nothing was added since the last anchor.\n"
    (path,) = (settings.data_dir / "anchors").iterdir()
    assert path.name == "000000000003.json"
    assert json.loads(path.read_text()) == printed
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(run(app, "key").output))
    said = f"soundstage audit anchor 1\n3 {printed['digest']}\n{printed['at']}\n".encode()
    key.verify(base64.b64decode(printed["signature"]), said)  # as docs/operations.md tells outsiders


@pytest.mark.usefixtures("log", "context")
def test_anchors_kept_elsewhere_find_what_those_of_this_machine_would_have(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    run(app, "anchor")
    (path,) = (settings.data_dir / "anchors").iterdir()
    path.rename(tmp_path / path.name)
    db.session.execute(text("DELETE FROM audit_entries"))
    db.session.execute(text("DELETE FROM audit_head"))
    db.session.execute(text("DELETE FROM audit_anchors"))
    db.session.commit()
    assert run(app, "verify").exit_code == 0
    said = run(app, "verify", "--anchors", str(tmp_path))
    assert said.exit_code == 1
    assert "its end was cut off" in said.output


@pytest.mark.usefixtures("log", "context")
def test_a_tampered_head_is_not_signed(app: Flask) -> None:
    db.session.execute(text("UPDATE audit_head SET number = 9"))
    db.session.commit()
    said = run(app, "anchor")
    assert said.exit_code == 1
    assert "Nothing was signed" in said.output
    audit_jobs.anchor_audit()  # as the spine does it: logged, and the spine goes on


@pytest.mark.usefixtures("log", "context")
def test_an_outsider_verifies_an_export_with_what_the_manual_says(app: Flask) -> None:
    lines = run(app, "export").output.splitlines()
    head, entries = json.loads(lines[0]), [json.loads(line) for line in lines[1:]]
    assert head == {
        "soundstage_audit": 1, "before": "00" * 32, "first": 1, "key": anchors.public_key().hex(),
    }  # fmt: skip
    digest = bytes.fromhex(head["before"])
    for line, entry in zip(lines[1:], entries, strict=True):
        claimed = entry.pop("digest")
        said = json.dumps(entry, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(digest + said.encode()).digest()
        assert digest.hex() == claimed
        assert "secret" not in line
    assert [entry["action"] for entry in entries] == ["session.began"] * 3 + ["audit.exported"]


@pytest.mark.usefixtures("log", "context")
def test_an_export_of_a_time_hangs_together_with_what_came_before(app: Flask, ada: User) -> None:
    first = db.session.get_one(AuditEntry, 3)
    since = first.at.isoformat()
    lines = run(app, "export", "--since", since, "--until", "2999-01-01").output.splitlines()
    assert json.loads(lines[0])["before"] == db.session.get_one(AuditEntry, 2).digest.hex()
    assert [json.loads(line)["number"] for line in lines[1:]] == [3, 4]
    assert run(app, "export", "--until", "2000-01-01").output == ""
    assert run(app, "export", "--since", "yesterday").exit_code == 2
    assert ada.username not in "".join(lines)


@pytest.mark.usefixtures("log", "context")
def test_a_spreadsheet_runs_nothing_of_it(app: Flask) -> None:
    audit.record("filter.tried", actor=None, subject=("filter", '=HYPERLINK("x")'), facts={"words": "=1+1"})
    db.session.commit()
    rows = list(csv.DictReader(io.StringIO(run(app, "export", "--format", "csv").output)))
    assert rows[3]["subject_id"] == '\'=HYPERLINK("x")'
    assert rows[3]["facts"] == '{"words": "=1+1"}'
    assert [row["number"] for row in rows] == ["1", "2", "3", "4", "5"]


@pytest.mark.usefixtures("log")
def test_under_a_new_secret_the_log_goes_on_once_it_is_rewrapped(
    app: Flask, make_app: MakeApp, settings: Settings, ada: User
) -> None:
    with app.app_context():
        before = anchors.public_key()
        anchors.anchor_head()
        db.session.commit()
    changed = make_app(secret_key="another one altogether")
    with changed.app_context():
        with pytest.raises(sealing.SecretChanged, match="flask audit rewrap"):
            write(ada, 1)
        db.session.rollback()
        entry = db.session.get_one(AuditEntry, 1)
        assert sealing.unseal(entry.actor_id, entry.id, entry.about_sealed) is None
        assert "under another SECRET_KEY" in check_audit(settings).what
        audit.record("option.changed", actor=None)  # somebody started it all the same
        db.session.commit()
    assert run(changed, "verify").exit_code == 1
    said = run(changed, "rewrap", input="not the one\n")
    assert said.exit_code == 1
    assert "Nothing was changed" in said.output
    said = run(changed, "rewrap", env={"OLD_SECRET_KEY": settings.secret_key})
    assert said.output.startswith("3 entries and 1 keys are under the present SECRET_KEY"), said.output
    verdict = run(changed, "verify")  # the anchor of before counts: the log says by which key it was signed
    assert verdict.output == "The log is whole: 5 entries, held against 1 anchors.\n"
    assert run(changed, "rewrap", env={"OLD_SECRET_KEY": settings.secret_key}).exit_code == 0  # twice does no harm
    with changed.app_context():
        assert before in anchors.known_keys()
        entry = db.session.get_one(AuditEntry, 1)
        assert sealing.unseal(entry.actor_id, entry.id, entry.about_sealed) == {"reason": "Ä secret"}
        write(ada, 1)
        anchors.anchor_head()
        db.session.commit()
    assert run(changed, "verify").exit_code == 0


@pytest.mark.usefixtures("log")
def test_without_the_old_secret_the_log_goes_on_and_what_was_sealed_is_given_up(make_app: MakeApp, ada: User) -> None:
    changed = make_app(secret_key="another one altogether")
    assert run(changed, "rewrap", "--lost", input="n\n").exit_code == 1
    said = run(changed, "rewrap", "--lost", input="y\n")
    assert "1 keys of people are lost" in said.output
    with changed.app_context():
        write(ada, 1)
        last = db.session.get_one(AuditEntry, 5)
        assert sealing.unseal(last.actor_id, last.id, last.about_sealed) is not None
    change(changed, "DELETE FROM audit_head")
    assert run(changed, "rewrap", "--lost", input="y\n").exit_code == 0  # a head that is gone is put back, too
    assert run(changed, "verify").exit_code == 0


def test_an_anchor_is_mailed_once_a_day(make_app: MakeApp, ada: User, mail_outbox: MailOutbox) -> None:
    app = make_app(audit_anchor_mail="keeper@example.org")
    with app.app_context():
        for count in (1, 2):
            write(ada, count)
            audit_jobs.anchor_audit()
            audit_jobs.ring_for_mail()
            audit_jobs.mail_anchor()
        (message,) = mail_outbox.messages
        assert message["To"] == "keeper@example.org"
        assert '"number": 1,' in message.get_content()
        db.session.execute(text("UPDATE audit_anchors SET mailed_at = mailed_at - interval '25 hours'"))
        db.session.commit()
        audit_jobs.mail_anchor()
        assert len(mail_outbox.messages) == 2


@pytest.mark.usefixtures("log")
def test_the_nightly_job_raises_the_alarm_where_operators_look(app: Flask, settings: Settings) -> None:
    client = app.test_client()
    assert "soundstage_audit_faults" not in client.get("/metrics").text
    with app.app_context():
        audit_jobs.verify_audit()
    assert "soundstage_audit_faults 0.0" in client.get("/metrics").text
    change(
        app,
        "DELETE FROM audit_entries WHERE number = 2",
        "UPDATE audit_checks SET began_at = began_at - interval '25 hours'",
    )
    with app.app_context():
        audit_jobs.verify_audit()
        finding = check_audit(settings)
    assert "soundstage_audit_faults 1.0" in client.get("/metrics").text
    assert (finding.level, finding.what) == ("fail", "3 entries; Entry 2 is missing.")


def test_a_key_for_anchors_is_32_bytes_in_base64(tmp_path: Path) -> None:
    env = {**NOWHERE, "DATA_DIR": str(tmp_path), "AUDIT_SIGNING_KEY": "+/" * 21 + "8="}
    assert load_settings(env).audit_signing_key == b"\xfb\xff\xbf" * 10 + b"\xfb\xff"
    with pytest.raises(WrongSetting, match="AUDIT_SIGNING_KEY"):
        load_settings({**env, "AUDIT_SIGNING_KEY": "too short"})
