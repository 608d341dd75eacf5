"""What `flask doctor` looks at in the core: database, Redis, secret, address and mail."""

import smtplib
import stat
from pathlib import Path
from typing import Any, cast

from sqlalchemy import text

from app.core.findings import Finding, fail, ok, warn
from app.core.mail import connect_to
from app.core.queue import redis
from app.extensions import db
from config import ROOT, Settings

OLDEST_POSTGRESQL = 15
SHORTEST_SECRET = 32


def check_database(_settings: Settings) -> Finding:
    """It answers, is new enough, and its tables are those of this code."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - 45 MB that no other process needs
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - likewise

    connection = db.session.connection()
    version = str(connection.scalar(text("SHOW server_version")))
    if int(version.partition(".")[0]) < OLDEST_POSTGRESQL:
        return fail(f"PostgreSQL {version}", f"Soundstage needs PostgreSQL {OLDEST_POSTGRESQL} or later.")
    present = set(MigrationContext.configure(connection).get_current_heads())
    wanted = set(ScriptDirectory(str(ROOT / "migrations")).get_heads())
    if present != wanted:
        found, needed = (", ".join(sorted(revisions)) or "nothing" for revisions in (present, wanted))
        return fail(f"PostgreSQL {version}, tables of {found}, not {needed}", "Run `flask db upgrade`.")
    return ok(f"PostgreSQL {version}, migrated to {', '.join(sorted(present))}")


def check_redis(_settings: Settings) -> Finding:
    """It answers, keeps what it was told when it restarts, and never drops a job to make room."""
    told = cast("dict[str, Any]", redis().info())
    what = (
        f"{'Valkey' if 'valkey_version' in told else 'Redis'} {told.get('valkey_version', told.get('redis_version'))}"
    )
    policy = told.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        return warn(f"{what} drops keys when it is full ({policy})", "Set `maxmemory-policy noeviction`.")
    if not told.get("aof_enabled"):
        return warn(f"{what} keeps no append-only file", "Set `appendonly yes`: plays are lost when it restarts.")
    return ok(f"{what}, append-only, evicts nothing")


def check_secret_key(settings: Settings) -> Finding:
    """It is long enough, for nobody else to read, and the same on every machine."""
    kept = settings.data_dir / "secret_key"
    is_kept = kept.is_file() and kept.read_text().strip() == settings.secret_key
    if is_kept and _is_open_to_others(kept):
        return fail(f"others on this machine may read {kept}", f"Run `chmod 600 {kept}`; then make a new one.")
    if len(settings.secret_key) < SHORTEST_SECRET:
        return fail(
            f"SECRET_KEY has {len(settings.secret_key)} characters",
            f"Give it {SHORTEST_SECRET} random ones or more: `openssl rand -hex 32`. Everybody signs in anew.",
        )
    if is_kept and settings.s3_bucket:
        return warn(f"SECRET_KEY was made on this machine ({kept})", "Where there are others, give all the same one.")
    return ok(f"kept in {kept}" if is_kept else "given by the environment")


def check_address(settings: Settings) -> Finding:
    """People reach a place on the network over TLS."""
    if settings.is_https or settings.is_local:
        return ok(settings.public_url)
    return warn(
        f"{settings.public_url} is not https",
        "Cookies go over the wire in the clear. Put TLS before it and say https in PUBLIC_URL.",
    )


def check_mail(settings: Settings) -> Finding:
    """The mail server lets us in; without one, mail goes to files, which is right on a laptop alone."""
    if not settings.smtp_url:
        folder = settings.data_dir / "mail"
        if settings.is_local:
            return ok(f"written to {folder}")
        return warn(f"nobody gets mail: it is written to {folder}", "Set SMTP_URL.")
    try:
        with connect_to(settings.smtp_url) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        return fail(f"the mail server refuses ({type(error).__name__}: {error})", "Look at SMTP_URL and at its server.")
    return ok(f"the mail server answers, sender {settings.mail_from}")


def _is_open_to_others(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
