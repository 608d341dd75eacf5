"""By which names we answer."""

from typing import Any

import pytest

from app.web.hosts import OnlyOurHosts
from config import WrongSetting, load_settings
from tests.conftest import NOWHERE

OURS = ["sound.example", "SOUND.example:443", "sound.example.", "www.sound.example:8000", "localhost", "127.0.0.1:8000",
        "[::1]:8000", "[::1]", "LOCALHOST:1"]  # fmt: skip
FOREIGN = [
    "", "evil.example", "sound.example.evil.example", "evilsound.example", "sound.example@evil.example",
    "sound.example:80:80", "sound.example/", "sound.example evil", "sound.example\x00", "sound.example:port", ":80",
    "127.0.0.2", "2130706433", "[::2]", "::1", "x" * 5000, "sound.example,evil.example", "söund.example", "10.0.0.1",
]  # fmt: skip


@pytest.fixture
def asked(tmp_path: Any) -> Any:
    """``asked(host, path)``: the status."""
    env = {**NOWHERE, "DATA_DIR": str(tmp_path), "PUBLIC_URL": "https://sound.example"}
    settings = load_settings({**env, "TRUSTED_HOSTS": "WWW.sound.example"})

    def inner(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"in"]

    guard = OnlyOurHosts(inner, settings)

    def ask(host: str, path: str = "/") -> str:
        said: list[str] = []
        answer = guard(
            {"HTTP_HOST": host, "PATH_INFO": path}, lambda status, headers: said.append(f"{status} {headers}")
        )
        assert b"".join(answer)
        return said[0]

    return ask


@pytest.mark.parametrize("host", OURS)
def test_these_are_our_names(asked: Any, host: str) -> None:
    assert asked(host).startswith("200")


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("path", ["/", "/login", "/socket.io/"])
def test_nothing_is_said_under_other_names(asked: Any, host: str, path: str) -> None:
    said = asked(host, path)
    assert said.startswith("400")
    assert "no-store" in said
    assert "max-age=31536000; includeSubDomains" in said
    assert host[:20] == "" or host not in said


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_machines_ask_by_whatever_address_they_know(asked: Any, path: str) -> None:
    assert asked("10.2.3.4:8000", path).startswith("200")


def test_a_further_name_is_a_name(tmp_path: Any) -> None:
    env = {**NOWHERE, "DATA_DIR": str(tmp_path)}
    assert load_settings({**env, "TRUSTED_HOSTS": " A.example, b.example ,"}).trusted_hosts == (
        "a.example",
        "b.example",
    )
    for wrong in ("https://a.example", "a example", "*"):
        with pytest.raises(WrongSetting, match="TRUSTED_HOSTS"):
            load_settings({**env, "TRUSTED_HOSTS": wrong})
