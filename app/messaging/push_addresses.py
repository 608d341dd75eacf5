"""Where pushes may be sent: the address comes from a browser, so it could be anything, our own network included.

It must be https and lead to the open internet. That is asked when it is given, and again for the very address that a
connection is made to, so that a name which changes its mind in between (DNS rebinding) gains nothing.
"""

import socket
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.util.connection import create_connection

LONGEST = 1000
TIMEOUT_S = 10


class NotPublic(OSError):
    """The address is none of the open internet."""


def is_acceptable(endpoint: str, *, allows_local: bool) -> bool:
    """Whether a subscription may name ``endpoint``: https, a host, no user name, no port but 443, not an inner address.

    ``allows_local`` lets a push service on this machine or network pass, for tests and for closed networks.
    """
    if len(endpoint) > LONGEST or not endpoint.isascii() or not endpoint.isprintable():
        return False
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    if not parts.hostname or parts.username is not None or parts.password is not None:
        return False
    if allows_local:
        return parts.scheme in {"http", "https"}
    return parts.scheme == "https" and port in {None, 443} and _may_be_public(parts.hostname)


def session(*, allows_local: bool) -> requests.Session:
    """What pushes are sent by: no proxy of the environment, no redirects, no inner addresses."""
    made = requests.Session()
    made.trust_env = False
    made.max_redirects = 0
    if not allows_local:
        made.mount("https://", _PublicAdapter())
        made.mount("http://", _RefusingAdapter())
    return made


def public_addresses(host: str, port: int) -> list[str]:
    """The addresses behind ``host``.

    Raises:
        NotPublic: one of them is not of the open internet.
        OSError: the name is not known.
    """
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found or not all(_is_public(address) for address in found):
        raise NotPublic(f"{host} is not an address of the open internet")
    return found


def _may_be_public(host: str) -> bool:
    """False for what can be told from the name alone; a name of the open internet has a dot."""
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host.strip(".") and not host.rstrip(".").endswith((".localhost", ".local", ".internal"))


def _is_public(address: str) -> bool:
    found = ip_address(address.partition("%")[0])
    return found.is_global and not found.is_multicast


class _PublicConnection(HTTPSConnection):
    """Connects to the address that was looked at, not to what the name means a moment later."""

    def _new_conn(self) -> socket.socket:
        address = public_addresses(self.host, self.port or 443)[0]
        return create_connection((address, self.port or 443), TIMEOUT_S, socket_options=self.socket_options)


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _PublicPool}


class _RefusingAdapter(HTTPAdapter):
    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        raise NotPublic(f"{request.url} is not https")
