"""Where a push may go, asked again at the moment of connecting."""

import socket
from typing import Any

import pytest
import requests

from app.core.embedded.ports import free_port
from app.messaging import push_addresses
from app.messaging.push_addresses import NotPublic, is_acceptable, public_addresses, session


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "::1", "fd00::1", "224.0.0.1"]
)
def test_a_name_that_means_an_inner_address_is_not_connected_to(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(family, socket.SOCK_STREAM, 6, "", (address, 443))])
    assert is_acceptable("https://push.example.org/x", allows_local=False)
    with pytest.raises(NotPublic):
        public_addresses("push.example.org", 443)
    with pytest.raises(OSError, match="open internet"), session(allows_local=False) as made:
        made.post("https://push.example.org/x", data=b"x", timeout=1)


def test_one_inner_address_among_others_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in ("93.184.216.34", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found)
    with pytest.raises(NotPublic):
        public_addresses("push.example.org", 443)


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def connect(address: Any, *_args: Any, **_kwargs: Any) -> socket.socket:
        seen.append(address)
        raise OSError("far enough")

    monkeypatch.setattr(push_addresses, "public_addresses", lambda _host, _port: ["93.184.216.34"])
    monkeypatch.setattr(push_addresses, "create_connection", connect)
    with pytest.raises(requests.RequestException), session(allows_local=False) as made:
        made.post("https://push.example.org/x", data=b"x", timeout=1)
    assert seen == [("93.184.216.34", 443)]


def test_plain_http_is_not_spoken() -> None:
    with pytest.raises(NotPublic), session(allows_local=False) as made:
        made.post(f"http://127.0.0.1:{free_port()}/", data=b"x", timeout=1)
