"""Settings: read once from the environment and ``.env`` into a frozen dataclass.

Every setting has a working local default. A wrong value stops the start with one line that says which and why.
"""

import base64
import logging
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values
from limits import parse_many

ROOT = Path(__file__).resolve().parent
MIB = 1024 * 1024
CAPTCHAS = ("altcha", "hcaptcha", "recaptcha", "off")
COLD_CLASSES = ("STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")


class WrongSetting(SystemExit):
    """A setting is missing or makes no sense; the message is the one line an operator sees."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"Soundstage cannot start: {name} {why}")


@dataclass(frozen=True, kw_only=True)
class UploadLimit:
    """What one role may upload.

    ``minutes`` is the sum of all published and unpublished media of a person, ``file_bytes`` one file's size,
    ``height_px`` the highest rung of the video ladder. ``minutes`` of 0 means no limit.
    """

    minutes: int
    file_bytes: int
    height_px: int


@dataclass(frozen=True, kw_only=True)
class OpenIdProvider:
    """Somewhere else where people have an account with which they may log in here."""

    key: str
    """Its name in addresses: letters and digits."""
    name: str
    """Its name on buttons."""
    issuer: str
    client_id: str
    client_secret: str


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One installation's configuration. Durations are in seconds unless the name says otherwise."""

    secret_key: str
    public_url: str
    port: int
    data_dir: Path
    database_url: str
    redis_url: str
    s3_bucket: str | None = None
    s3_endpoint_url: str | None = None
    s3_sse: str | None = None
    s3_cold_class: str | None = None
    cold_dir: Path | None = None
    cold_after_s: int = 90 * 24 * 3600
    remake_grace_s: int = 24 * 3600
    remakes_at_once: int = 2
    disk_headroom_bytes: int = 256 * MIB
    cdn_url: str | None = None
    cdn_signing_key: str | None = None
    cdn_purge_url: str | None = None
    cdn_purge_token: str | None = None
    smtp_url: str | None = None
    mail_from: str = "Soundstage <soundstage@localhost>"
    digest_hour: int = 8
    vapid_private_key: str | None = None
    vapid_subject: str | None = None
    push_allows_local: bool = False
    audit_signing_key: bytes | None = None
    audit_anchor_dir: Path | None = None
    audit_anchor_mail: str | None = None
    openid_providers: tuple[OpenIdProvider, ...] = ()
    openid_allows_local: bool = False
    trusted_proxies: int = 0
    trusted_hosts: tuple[str, ...] = ()
    accel_redirect: bool = False
    development: bool = False
    testing: bool = False
    bcrypt_cost: int = 12
    session_idle_s: int = 7 * 24 * 3600
    session_max_s: int = 30 * 24 * 3600
    minimum_age: int = 0
    captcha: str = "altcha"
    captcha_site_key: str | None = None
    captcha_secret: str | None = None
    captcha_verify_url: str | None = None
    geoip_file: Path | None = None
    login_limit: str = "10 per 15 minutes"
    form_limit: str = "100 per 15 minutes"
    reaction_limit: str = "600 per 15 minutes"
    message_limit: str = "60 per minute"
    sockets_per_person: int = 40
    sockets_per_address: int = 400
    part_size_bytes: int = 8 * MIB
    upload_expiry_s: int = 48 * 3600
    lease_s: int = 90
    ffmpeg_threads: int = 0
    log_level: str = "INFO"
    upload_limits: Mapping[str, UploadLimit] = field(default_factory=dict)

    @property
    def is_https(self) -> bool:
        """Whether people reach this installation over TLS, which decides cookie names and HSTS."""
        return self.public_url.startswith("https://")

    @property
    def is_local(self) -> bool:
        """Whether people reach it on this machine alone; only then do demo accounts exist."""
        return urlsplit(self.public_url).hostname in {"127.0.0.1", "localhost", "::1"}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from ``environ`` (default: ``.env``, overridden by the process environment).

    Raises:
        WrongSetting: a value is missing where there is no default, or cannot be used.
    """
    if environ is None:
        environ = {**{k: v for k, v in dotenv_values(ROOT / ".env").items() if v is not None}, **os.environ}
    env = {name: value for name, value in environ.items() if value != ""}
    port = _integer(env, "PORT", 8000, low=1, high=65535)
    data_dir = Path(env.get("DATA_DIR", "var")).expanduser()
    data_dir = data_dir if data_dir.is_absolute() else ROOT / data_dir
    return Settings(
        port=port,
        data_dir=data_dir,
        secret_key=env.get("SECRET_KEY") or _kept_secret(data_dir),
        public_url=_url(env, "PUBLIC_URL", f"http://127.0.0.1:{port}", {"http", "https"}).rstrip("/"),
        database_url=_database_url(env),
        redis_url=_url(env, "REDIS_URL", None, {"redis", "rediss", "unix"}),
        s3_bucket=env.get("S3_BUCKET"),
        s3_endpoint_url=_url(env, "S3_ENDPOINT_URL", "", {"http", "https"}) or None,
        s3_sse=_sse(env),
        s3_cold_class=_cold_class(env),
        cold_dir=_cold_dir(env, data_dir),
        cold_after_s=_integer(env, "COLD_AFTER_DAYS", 90, low=1, high=36_500) * 86400,
        remake_grace_s=_integer(env, "REMAKE_GRACE_HOURS", 24, low=1, high=24 * 30) * 3600,
        remakes_at_once=_integer(env, "REMAKES_AT_ONCE", 2, low=1, high=1000),
        disk_headroom_bytes=_integer(env, "DISK_HEADROOM_MB", 256, low=0, high=1_000_000) * MIB,
        cdn_url=_url(env, "CDN_URL", "", {"http", "https"}).rstrip("/") or None,
        cdn_signing_key=env.get("CDN_SIGNING_KEY"),
        cdn_purge_url=_url(env, "CDN_PURGE_URL", "", {"http", "https"}) or None,
        cdn_purge_token=env.get("CDN_PURGE_TOKEN"),
        smtp_url=_url(env, "SMTP_URL", "", {"smtp", "smtps"}) or None,
        mail_from=env.get("MAIL_FROM", "Soundstage <soundstage@localhost>"),
        digest_hour=_integer(env, "DIGEST_HOUR", 8, low=0, high=23),
        vapid_private_key=_vapid_key(env),
        vapid_subject=_url(env, "VAPID_SUBJECT", "", {"mailto", "https"}) or None,
        push_allows_local=_boolean(env, "PUSH_ALLOWS_LOCAL", default=False),
        audit_signing_key=_audit_key(env),
        audit_anchor_dir=Path(env["AUDIT_ANCHOR_DIR"]).expanduser() if "AUDIT_ANCHOR_DIR" in env else None,
        audit_anchor_mail=env.get("AUDIT_ANCHOR_MAIL"),
        openid_providers=_openid_providers(env),
        openid_allows_local=_boolean(env, "OIDC_ALLOWS_LOCAL", default=False),
        trusted_proxies=_integer(env, "TRUSTED_PROXIES", 0, low=0, high=10),
        trusted_hosts=_host_names(env),
        accel_redirect=_boolean(env, "ACCEL_REDIRECT", default=False),
        development=_boolean(env, "DEVELOPMENT", default=False),
        bcrypt_cost=_integer(env, "BCRYPT_COST", 12, low=4, high=16),
        session_idle_s=_integer(env, "SESSION_IDLE_DAYS", 7, low=1, high=365) * 86400,
        session_max_s=_integer(env, "SESSION_MAX_DAYS", 30, low=1, high=365) * 86400,
        minimum_age=_integer(env, "MINIMUM_AGE", 0, low=0, high=21),
        captcha=_captcha(env),
        captcha_site_key=env.get("CAPTCHA_SITE_KEY"),
        captcha_secret=env.get("CAPTCHA_SECRET"),
        captcha_verify_url=_url(env, "CAPTCHA_VERIFY_URL", "", {"http", "https"}) or None,
        geoip_file=_geoip_file(env),
        login_limit=_budget(env, "LOGIN_LIMIT", "10 per 15 minutes"),
        form_limit=_budget(env, "FORM_LIMIT", "100 per 15 minutes"),
        reaction_limit=_budget(env, "REACTION_LIMIT", "600 per 15 minutes"),
        message_limit=_budget(env, "MESSAGE_LIMIT", "60 per minute"),
        sockets_per_person=_integer(env, "SOCKETS_PER_PERSON", 40, low=1, high=10_000),
        sockets_per_address=_integer(env, "SOCKETS_PER_ADDRESS", 400, low=1, high=100_000),
        part_size_bytes=_integer(env, "PART_SIZE_MB", 8, low=5, high=512) * MIB,
        upload_expiry_s=_integer(env, "UPLOAD_EXPIRY_HOURS", 48, low=1, high=24 * 30) * 3600,
        lease_s=_integer(env, "LEASE_SECONDS", 90, low=5, high=3600),
        ffmpeg_threads=_integer(env, "FFMPEG_THREADS", 0, low=0, high=64),
        log_level=_log_level(env),
        upload_limits=_upload_limits(env),
    )


def _openid_providers(env: Mapping[str, str]) -> tuple[OpenIdProvider, ...]:
    """Who may say who someone is: ``OIDC_ISSUER`` and its companions, then ``OIDC_ISSUER_2`` and so on, up to 5.

    ``OIDC_ISSUER=google`` is Google.
    """
    found = [_openid_provider(env, number) for number in ("", "_2", "_3", "_4", "_5") if f"OIDC_ISSUER{number}" in env]
    keys = [provider.key for provider in found]
    if len(set(keys)) != len(keys):
        raise WrongSetting("OIDC_NAME", "must differ between providers.")
    return tuple(found)


def _openid_provider(env: Mapping[str, str], number: str) -> OpenIdProvider:
    local = _boolean(env, "OIDC_ALLOWS_LOCAL", default=False)
    preset = {"google": ("https://accounts.google.com", "Google")}.get(env[f"OIDC_ISSUER{number}"].lower())
    issuer, name = preset or (_url(env, f"OIDC_ISSUER{number}", None, {"https", "http"} if local else {"https"}), "")
    name = env.get(f"OIDC_NAME{number}", name) or urlsplit(issuer).hostname or ""
    missing = next((what for what in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET") if what + number not in env), None)
    if missing:
        raise WrongSetting(missing + number, f"is not set, though OIDC_ISSUER{number} is.")
    return OpenIdProvider(
        key=re.sub(r"[^a-z0-9]+", "", name.lower()) or f"provider{number.removeprefix('_') or 1}",
        name=name,
        issuer=issuer.rstrip("/") if preset else issuer,
        client_id=env[f"OIDC_CLIENT_ID{number}"],
        client_secret=env[f"OIDC_CLIENT_SECRET{number}"],
    )


def _upload_limits(env: Mapping[str, str]) -> dict[str, UploadLimit]:
    """Limits by role: ``UPLOAD_<ROLE>_MINUTES``, ``_MB`` and ``_HEIGHT`` override these defaults."""
    defaults = {"artist": (180, 4096, 1080), "moderator": (180, 4096, 1080), "admin": (0, 16384, 2160)}
    limits = {}
    for role, (minutes, megabytes, height_px) in defaults.items():
        prefix = f"UPLOAD_{role.upper()}"
        limits[role] = UploadLimit(
            minutes=_integer(env, f"{prefix}_MINUTES", minutes, low=0, high=10_000_000),
            file_bytes=_integer(env, f"{prefix}_MB", megabytes, low=1, high=1_000_000) * MIB,
            height_px=_integer(env, f"{prefix}_HEIGHT", height_px, low=240, high=2160),
        )
    return limits


def _kept_secret(data_dir: Path) -> str:
    """The installation's own secret, made once and kept in ``data_dir`` for its owner's eyes only."""
    path = data_dir / "secret_key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    except OSError as error:
        raise WrongSetting(
            "DATA_DIR", f"is not a folder that we can write to ({error.strerror}): {data_dir}"
        ) from error
    kept = path.read_text().strip()
    if not kept:
        raise WrongSetting("SECRET_KEY", f"is empty in {path}; delete that file and start again")
    return kept


def _database_url(env: Mapping[str, str]) -> str:
    """SQLAlchemy's spelling of ``DATABASE_URL``: the psycopg 3 driver is named in the scheme."""
    url = _url(env, "DATABASE_URL", None, {"postgresql", "postgres", "postgresql+psycopg"})
    return "postgresql+psycopg" + url[url.index("://") :]


def _url(env: Mapping[str, str], name: str, default: str | None, schemes: set[str]) -> str:
    value = env.get(name, default)
    if value is None:
        raise WrongSetting(name, "is not set. `make run` starts a database and Redis and sets it; or name your own.")
    if value and urlsplit(value).scheme not in schemes:
        raise WrongSetting(name, f"must begin with {' or '.join(sorted(f'{s}://' for s in schemes))}.")
    return value


def _sse(env: Mapping[str, str]) -> str | None:
    """How a bucket encrypts: ``AES256``, ``aws:kms``, or ``aws:kms:`` and the key's id or ARN."""
    value = env.get("S3_SSE")
    if value is None or value in {"AES256", "aws:kms"} or value.removeprefix("aws:kms:") not in {value, ""}:
        return value
    raise WrongSetting("S3_SSE", f"must be AES256, aws:kms or aws:kms:<key>, not {value!r}.")


def _cold_class(env: Mapping[str, str]) -> str | None:
    """The storage class of a bucket's colder place."""
    value = env.get("S3_COLD_CLASS")
    if value is None or value in COLD_CLASSES:
        return value
    raise WrongSetting("S3_COLD_CLASS", f"must be one of {', '.join(COLD_CLASSES)}, not {value!r}.")


def _cold_dir(env: Mapping[str, str], data_dir: Path) -> Path | None:
    """The second folder; it must not lie inside the first, which is looked through as a whole."""
    if "COLD_DIR" not in env:
        return None
    folder = Path(env["COLD_DIR"]).expanduser()
    folder = folder if folder.is_absolute() else ROOT / folder
    if folder.resolve().is_relative_to((data_dir / "media").resolve()):
        raise WrongSetting("COLD_DIR", "must not lie inside of DATA_DIR/media.")
    return folder


def _captcha(env: Mapping[str, str]) -> str:
    """How suspicious visitors show that they are no robots; a service needs its two keys."""
    value = env.get("CAPTCHA", "altcha").lower()
    if value not in CAPTCHAS:
        raise WrongSetting("CAPTCHA", f"must be one of {', '.join(CAPTCHAS)}, not {value!r}.")
    if value in {"hcaptcha", "recaptcha"}:
        for name in ("CAPTCHA_SITE_KEY", "CAPTCHA_SECRET"):
            if name not in env:
                raise WrongSetting(name, f"is not set; {value} gives you one.")
    return value


def _geoip_file(env: Mapping[str, str]) -> Path | None:
    """A database of places by address in MaxMind's format."""
    if "GEOIP_FILE" not in env:
        return None
    path = Path(env["GEOIP_FILE"]).expanduser()
    path = path if path.is_absolute() else ROOT / path
    if not path.is_file():
        raise WrongSetting("GEOIP_FILE", f"is no file that we can read: {path}")
    return path


def _budget(env: Mapping[str, str], name: str, default: str) -> str:
    """How often something may be asked for, as Flask-Limiter writes it: ``10 per 15 minutes; 50 per day``."""
    value = env.get(name, default)
    try:
        parse_many(value)
    except ValueError:
        raise WrongSetting(name, f"must be like `10 per 15 minutes`, not {value!r}.") from None
    return value


def _host_names(env: Mapping[str, str]) -> tuple[str, ...]:
    """Further names of this place, as browsers write them: small letters, no scheme, no port."""
    names = tuple(name.strip().lower() for name in env.get("TRUSTED_HOSTS", "").split(",") if name.strip())
    for name in names:
        if not set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-[]:") or "://" in name:
            raise WrongSetting("TRUSTED_HOSTS", f"must be names like `sound.example, www.sound.example`, not {name!r}.")
    return names


def _vapid_key(env: Mapping[str, str]) -> str | None:
    """The private key that signs pushes: 32 bytes in base64url."""
    value = env.get("VAPID_PRIVATE_KEY")
    if value is not None and _key_bytes(value) is None:
        raise WrongSetting("VAPID_PRIVATE_KEY", "must be 32 bytes in base64url, as `flask notifications vapid` prints.")
    return value


def _audit_key(env: Mapping[str, str]) -> bytes | None:
    """The seed of the key that signs anchors of the audit log."""
    value = env.get("AUDIT_SIGNING_KEY")
    key = _key_bytes(value) if value is not None else None
    if value is not None and key is None:
        raise WrongSetting("AUDIT_SIGNING_KEY", "must be 32 random bytes in base64: `openssl rand -base64 32`.")
    return key


def _key_bytes(value: str) -> bytes | None:
    """32 bytes, from base64 in either alphabet; None for anything else."""
    try:
        raw = base64.b64decode(
            value.rstrip("=").translate(str.maketrans("+/", "-_")) + "=", altchars=b"-_", validate=True
        )
    except ValueError:
        return None
    return raw if len(raw) == 32 else None


def _log_level(env: Mapping[str, str]) -> str:
    value = env.get("LOG_LEVEL", "INFO").upper()
    known = logging.getLevelNamesMapping()
    if value not in known:
        raise WrongSetting("LOG_LEVEL", f"must be one of {', '.join(sorted(known))}, not {value!r}.")
    return value


def _integer(env: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    try:
        value = int(env.get(name, default))
    except ValueError:
        raise WrongSetting(name, f"must be a whole number, not {env[name]!r}.") from None
    if not low <= value <= high:
        raise WrongSetting(name, f"must lie between {low} and {high}, not be {value}.")
    return value


def _boolean(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = env.get(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise WrongSetting(name, f"must be 1 or 0, not {value!r}.")
