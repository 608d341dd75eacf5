"""Providers in the environment, and the names that people from there are offered."""

from pathlib import Path

import pytest

from app.accounts.names import suggested_username
from config import OpenIdProvider, WrongSetting, load_settings

BASE = {"SECRET_KEY": "x" * 32, "DATABASE_URL": "postgresql://a@b/c", "REDIS_URL": "redis://b/0"}
HOUSE = {"OIDC_ISSUER": "https://id.example.org/", "OIDC_CLIENT_ID": "us", "OIDC_CLIENT_SECRET": "s"}


def providers(tmp_path: Path, **environ: str) -> tuple[OpenIdProvider, ...]:
    return load_settings({**BASE, "DATA_DIR": str(tmp_path), **environ}).openid_providers


def test_there_may_be_none_or_several(tmp_path: Path) -> None:
    assert providers(tmp_path) == ()
    google = {"OIDC_ISSUER_2": "google", "OIDC_CLIENT_ID_2": "g", "OIDC_CLIENT_SECRET_2": "h"}
    house, second = providers(tmp_path, **HOUSE, **google, OIDC_NAME="The House!")
    assert (house.key, house.name, house.issuer) == ("thehouse", "The House!", "https://id.example.org/")
    assert (second.key, second.name, second.issuer) == ("google", "Google", "https://accounts.google.com")
    assert providers(tmp_path, **HOUSE)[0].key == "idexampleorg"
    assert providers(tmp_path, **HOUSE, OIDC_NAME="家")[0].key == "provider1"


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"OIDC_CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET"), ({"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID"),
        ({"OIDC_ISSUER": "http://id.example.org"}, "OIDC_ISSUER"),
        ({f"{name}_2": value for name, value in HOUSE.items()}, "OIDC_NAME"),
    ],
)  # fmt: skip
def test_what_is_missing_or_unsafe_stops_the_start(tmp_path: Path, environ: dict[str, str], name: str) -> None:
    with pytest.raises(WrongSetting, match=name):
        providers(tmp_path, **{**HOUSE, **environ})


def test_a_near_provider_may_speak_http(tmp_path: Path) -> None:
    near = {**HOUSE, "OIDC_ISSUER": "http://keycloak:8080/realms/x", "OIDC_ALLOWS_LOCAL": "1"}
    assert providers(tmp_path, **near)[0].issuer == "http://keycloak:8080/realms/x"


@pytest.mark.parametrize(
    ("name", "offered"),
    [("Ana Lin", "ana_lin"), ("zoë.müller@example.org", "zoe_muller"), ("راوية", ""), ("A", ""), ("", ""),
     ("x" * 50, "x" * 30), ("__-", "")],
)  # fmt: skip
def test_a_name_is_offered_where_one_comes_of_it(name: str, offered: str) -> None:
    assert suggested_username(name) == offered
