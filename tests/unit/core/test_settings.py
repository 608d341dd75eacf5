"""Settings: working defaults, and one line for whatever is wrong."""

import stat
from pathlib import Path

import pytest

from config import ROOT, WrongSetting, load_settings

ENGINES = {"DATABASE_URL": "postgresql://a:b@127.0.0.1/c", "REDIS_URL": "redis://127.0.0.1:6379/0"}


def test_everything_but_the_engines_has_a_default(tmp_path: Path) -> None:
    settings = load_settings({**ENGINES, "DATA_DIR": str(tmp_path)})
    assert (settings.port, settings.public_url) == (8000, "http://127.0.0.1:8000")
    assert settings.upload_limits["artist"].minutes == 180
    assert settings.is_local
    assert not settings.is_https
    assert not settings.testing


def test_an_empty_value_is_as_good_as_none(tmp_path: Path) -> None:
    settings = load_settings({**ENGINES, "DATA_DIR": str(tmp_path), "PORT": "", "S3_BUCKET": "", "SMTP_URL": ""})
    assert (settings.port, settings.s3_bucket, settings.smtp_url) == (8000, None, None)


def test_a_relative_data_folder_lies_beside_the_program() -> None:
    assert load_settings({**ENGINES, "DATA_DIR": "var", "SECRET_KEY": "x"}).data_dir == ROOT / "var"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_database_is_always_reached_by_psycopg_3(scheme: str, tmp_path: Path) -> None:
    settings = load_settings({**ENGINES, "DATA_DIR": str(tmp_path), "DATABASE_URL": f"{scheme}://a@b/c"})
    assert settings.database_url == "postgresql+psycopg://a@b/c"


def test_units_are_converted(tmp_path: Path) -> None:
    settings = load_settings(
        {
            **ENGINES, "DATA_DIR": str(tmp_path), "PART_SIZE_MB": "16", "SESSION_IDLE_DAYS": "2",
            "UPLOAD_EXPIRY_HOURS": "3", "UPLOAD_ARTIST_MB": "10", "PUBLIC_URL": "https://sound.example/",
        }
    )  # fmt: skip
    assert settings.part_size_bytes == 16 * 1024 * 1024
    assert settings.session_idle_s == 2 * 86400
    assert settings.upload_expiry_s == 3 * 3600
    assert settings.upload_limits["artist"].file_bytes == 10 * 1024 * 1024
    assert settings.public_url == "https://sound.example"
    assert settings.is_https
    assert not settings.is_local


WRONG = [
    ("DATABASE_URL", None), ("REDIS_URL", None), ("DATABASE_URL", "mysql://a/b"), ("DATABASE_URL", "sqlite:///x"),
    ("REDIS_URL", "http://a"), ("PUBLIC_URL", "sound.example"), ("S3_ENDPOINT_URL", "s3://x"),
    ("SMTP_URL", "https://mail"), ("PORT", "http"), ("PORT", "0"), ("PORT", "70000"), ("PORT", "80.5"),
    ("TRUSTED_PROXIES", "-1"), ("TRUSTED_PROXIES", "many"), ("ACCEL_REDIRECT", "maybe"), ("DEVELOPMENT", "2"),
    ("BCRYPT_COST", "3"), ("BCRYPT_COST", "40"), ("SESSION_IDLE_DAYS", "0"), ("SESSION_MAX_DAYS", "x"),
    ("MINIMUM_AGE", "99"), ("PART_SIZE_MB", "4"), ("PART_SIZE_MB", "1000"), ("UPLOAD_EXPIRY_HOURS", "0"),
    ("LEASE_SECONDS", "1"), ("FFMPEG_THREADS", "-1"), ("UPLOAD_ARTIST_MINUTES", "-3"), ("UPLOAD_ADMIN_MB", "0"),
    ("UPLOAD_MODERATOR_HEIGHT", "100"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_stops_the_start_with_one_line_that_names_it(
    name: str, value: str | None, tmp_path: Path
) -> None:
    environ = {**ENGINES, "DATA_DIR": str(tmp_path), name: value}
    with pytest.raises(WrongSetting) as stopped:
        load_settings({key: given for key, given in environ.items() if given is not None})
    said = str(stopped.value)
    assert said.startswith(f"Soundstage cannot start: {name} ")
    assert "\n" not in said


NONSENSE = [
    ("LOG_LEVEL", "LOUD"), ("LOGIN_LIMIT", "often"), ("FORM_LIMIT", "ten"), ("S3_SSE", "yes"), ("S3_SSE", "aws:kms:"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), NONSENSE)
def test_words_that_mean_nothing_are_refused_too(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=name):
        load_settings({**ENGINES, "DATA_DIR": str(tmp_path), name: value})


def test_the_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    first, second = (load_settings({**ENGINES, "DATA_DIR": str(tmp_path)}).secret_key for _ in range(2))
    assert first == second
    assert len(first) == 64
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_an_emptied_secret_is_told_not_used(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("\n")
    with pytest.raises(WrongSetting, match="SECRET_KEY"):
        load_settings({**ENGINES, "DATA_DIR": str(tmp_path)})


def test_a_data_folder_that_cannot_be_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WrongSetting, match="DATA_DIR"):
        load_settings({**ENGINES, "DATA_DIR": str(tmp_path / "file" / "data")})
