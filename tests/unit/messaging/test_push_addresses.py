"""Where a push may go; how the rest of the way is guarded is told in tests/unit/core/test_outbound.py."""

import socket
from typing import Any

import pytest

from app.core.embedded.ports import free_port
from app.core.outbound import NotPublic
from app.messaging.push_addresses import is_acceptable, session


def test_a_push_goes_to_no_inner_address_whatever_its_name_looked_like(monkeypatch: pytest.MonkeyPatch) -> None:
    def inner(*_args: Any, **_kwargs: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", inner)
    assert is_acceptable("https://push.example.org/x", allows_local=False)
    with pytest.raises(NotPublic, match="open internet"), session(allows_local=False) as made:
        made.post("https://push.example.org/x", data=b"x", timeout=1)


def test_plain_http_is_not_spoken() -> None:
    assert not is_acceptable("http://push.example.org/x", allows_local=False)
    with pytest.raises(NotPublic), session(allows_local=False) as made:
        made.post(f"http://127.0.0.1:{free_port()}/", data=b"x", timeout=1)


def test_an_address_of_a_thousand_characters_is_long_enough() -> None:
    assert not is_acceptable("https://push.example.org/" + "x" * 1000, allows_local=True)
    assert is_acceptable("http://127.0.0.1:8080/x", allows_local=True)
