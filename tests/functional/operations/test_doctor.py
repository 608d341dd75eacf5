"""The doctor says what works, what does not and what to do, one line a check."""

import re
import shutil
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.embedded.ports import free_port
from app.core.findings import Finding, Level, ok
from app.core.queue import redis
from app.operations.doctor import CHECKS, Report, examine, is_healthy
from app.operations.spine import tell_alive
from config import Settings
from tests.harness.kinds import MakeApp
from tests.harness.mail import SmtpServer

SECRET = "s" * 32


def lines_of(app: Flask) -> tuple[int, dict[str, str]]:
    """The exit code of the command, and its lines by the name of their check."""
    result = app.test_cli_runner().invoke(args=["doctor"])
    found = [re.fullmatch(r"(ok  |warn|fail) ([a-z ]+): (.+)", line) for line in result.output.splitlines()]
    assert all(found), result.output
    return result.exit_code, {line[2]: f"{line[1].strip()} {line[3]}" for line in found if line}


def test_a_healthy_place_has_a_line_for_everything_and_an_exit_code_of_0(make_app: MakeApp) -> None:
    code, lines = lines_of(make_app(secret_key=SECRET))
    assert code == 0, lines
    assert list(lines) == [
        name
        for name, _ in CHECKS
        if name not in {"bucket, browsers", "bucket, encryption", "cdn", "cdn, purging", "work folder"}
    ]
    for name, what in {
        "database": "ok PostgreSQL ", "redis": "warn Valkey ", "storage": "", "ffmpeg": "ok ffmpeg version ",
        "sandbox": "ok ", "secret key": "ok ", "address": "ok http://127.0.0.1", "mail": "ok written to ",
        "workers": "warn 0 media, 0 default, no spine. Start `flask worker media`",
    }.items():  # fmt: skip
        assert lines[name].startswith(what), lines[name]
    assert re.search(r"\d GB free", lines["storage"])


def test_a_redis_that_forgets_or_drops_is_told(app: Flask) -> None:
    with app.app_context():
        server = redis()
        assert "keeps no append-only file. Set `appendonly yes`" in lines_of(app)[1]["redis"]
        try:
            server.config_set("appendonly", "yes")
            assert lines_of(app)[1]["redis"].startswith("ok ")
            server.config_set("maxmemory-policy", "allkeys-lru")
            assert "drops keys when it is full (allkeys-lru)" in lines_of(app)[1]["redis"]
        finally:
            server.config_set("maxmemory-policy", "noeviction")
            server.config_set("appendonly", "no")


def test_what_does_not_answer_is_named_and_the_rest_looked_at(make_app: MakeApp) -> None:
    code, lines = lines_of(make_app(secret_key=SECRET, redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    assert code == 1
    assert lines["redis"].startswith("fail ConnectionError: ")
    assert lines["workers"].startswith("fail ")
    assert lines["database"].startswith("ok ")


def test_a_database_that_is_not_migrated_fails(make_app: MakeApp, own_database: str) -> None:
    app = make_app(secret_key=SECRET, database_url=own_database)
    from app.extensions import db  # noqa: PLC0415 - bound to the application above

    with app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        db.session.commit()
    code, lines = lines_of(app)
    assert code == 1
    assert re.fullmatch(r"fail PostgreSQL .+ tables of 0001, not 0.+ Run `flask db upgrade`\.", lines["database"])


def test_storage_that_cannot_be_written_to_fails(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(secret_key=SECRET, data_dir=tmp_path)
    shutil.rmtree(tmp_path / "media")
    (tmp_path / "media").write_text("a file where the folder should be")
    code, lines = lines_of(app)
    assert code == 1
    assert lines["storage"].startswith("fail NotADirectoryError: ")


def test_a_disk_that_is_nearly_full_fails(make_app: MakeApp) -> None:
    code, lines = lines_of(make_app(secret_key=SECRET, disk_headroom_bytes=1 << 60))
    assert code == 1
    assert re.search(r"^fail .* GB free\. Uploads are refused", lines["storage"])


def test_a_short_secret_fails(app: Flask) -> None:
    code, lines = lines_of(app)
    assert code == 1
    assert lines["secret key"].startswith("fail SECRET_KEY has 17 characters")


def test_a_secret_that_others_can_read_fails(make_app: MakeApp, settings: Settings) -> None:
    kept = settings.data_dir / "secret_key"
    kept.write_text(SECRET)
    kept.chmod(0o600)
    assert lines_of(make_app(secret_key=SECRET))[1]["secret key"] == f"ok kept in {kept}."
    kept.chmod(0o644)
    assert lines_of(make_app(secret_key=SECRET))[1]["secret key"].startswith("fail others on this machine may read")


def test_mail_is_tried_with_its_server(make_app: MakeApp, smtp_server: SmtpServer) -> None:
    assert lines_of(make_app(secret_key=SECRET, smtp_url=smtp_server.url))[1]["mail"].startswith("ok the mail server")
    away = f"smtp://127.0.0.1:{free_port()}"
    code, lines = lines_of(make_app(secret_key=SECRET, smtp_url=away))
    assert (code, lines["mail"].startswith("fail the mail server refuses")) == (1, True)
    assert smtp_server.messages == []


def test_a_place_on_the_network_is_told_of_missing_mail_and_tls(make_app: MakeApp) -> None:
    code, lines = lines_of(make_app(secret_key=SECRET, public_url="http://music.example"))
    assert code == 0
    assert lines["mail"].startswith("warn nobody gets mail")
    assert lines["address"].startswith("warn http://music.example is not https")


def test_a_spine_that_lives_is_seen(app: Flask) -> None:
    with app.app_context():
        tell_alive()
    assert "a spine" in lines_of(app)[1]["workers"]


def test_a_check_that_raises_has_found_a_failure(app: Flask, settings: Settings, db_session: Session) -> None:
    del db_session

    def check_luck(_settings: Settings) -> Finding:
        raise RuntimeError("out of luck\nand more")

    with app.app_context():
        reports = list(
            examine(settings, (("luck", check_luck), ("nothing", lambda _: None), ("rest", lambda _: ok("it is"))))
        )
    assert [str(report) for report in reports] == ["fail luck: RuntimeError: out of luck.", "ok   rest: it is."]
    assert not is_healthy(reports)


@pytest.mark.parametrize(("level", "healthy"), [(Level.OK, True), (Level.WARN, True), (Level.FAIL, False)])
def test_only_failures_make_a_place_unhealthy(level: Level, healthy: bool) -> None:  # noqa: FBT001 - a case
    assert is_healthy([Report("a", Finding(level, "b", "c"))]) is healthy
