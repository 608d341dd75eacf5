"""Requests to addresses that strangers can influence: they reach the open internet only, and end soon.

Whoever makes us fetch something (a push, a log-in at a provider, a check of a word) could name an address of our own
network, or answer for ever. So the name is looked up once, what it means is checked, and the connection goes to that
very address: a name which changes its mind in between (DNS rebinding) gains nothing. Every redirect is a connection of
its own, and goes the same way. Ports, bytes, redirects and seconds are bounded. Proxies and ``.netrc`` of the
environment are not asked.

What operators set themselves (storage, CDN, mail, database) does not come through here: that may well lie inside.
"""

import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Timer
from typing import Any, Final, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

LONGEST_URL = 2000
MOST_TRIED = 3
"""Addresses of one name that are tried in turn."""
PIECE_BYTES = 1 << 16

_UNICAST_V6: Final = ip_network("2000::/3")
"""All that has been given out so far (RFC 4291); mapped, NAT64, site-local and multicast addresses lie outside."""
_NOT_PUBLIC: Final = tuple(
    ip_network(network)
    for network in (
        "192.88.99.0/24",  # relays of 6to4 (RFC 7526)
        "168.63.129.16/32",  # Azure's own, from within: metadata and more
        "100.100.100.200/32",  # Alibaba's metadata
        "64:ff9b::/96",  # NAT64 (RFC 6052), said although it lies outside of unicast
        "64:ff9b:1::/48",  # NAT64 of a site (RFC 8215)
        "2001::/23",  # Teredo, ORCHID, benchmarks (RFC 2928)
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: leads to any IPv4 address
        "3fff::/20",  # documentation (RFC 9637)
    )
)


class NotPublic(requests.RequestException):
    """The address is none of the open internet, or none that we ask for."""


class TooMuch(requests.RequestException):
    """The answer is larger than we take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where requests may go, and what they may cost. Seconds, and bytes of the answer once it is unpacked."""

    schemes: frozenset[str] = frozenset({"https"})
    ports: frozenset[int] = frozenset({443})
    allows_local: bool = False
    """For tests and closed networks: any address, any port, http too. Costs stay bounded."""
    redirects: int = 0
    connect_s: float = 5
    read_s: float = 10
    """The longest silence."""
    total_s: float = 30
    """One connection's life, from its beginning: the longest that a drop at a time can take."""
    most_bytes: int = 1 << 20


def is_public(address: str) -> bool:
    """Whether an IP address is one host of the open internet."""
    try:
        found = ip_address(address)
    except ValueError:  # with a zone, for instance
        return False
    if isinstance(found, IPv6Address) and found not in _UNICAST_V6:
        return False
    return found.is_global and not found.is_multicast and not any(found in network for network in _NOT_PUBLIC)


def resolve(host: str, port: int) -> list[str]:
    """The addresses behind ``host``, each once.

    Raises:
        NotPublic: one of them is not of the open internet: then none is to be trusted.
        OSError: the name is not known.
    """
    found = list(dict.fromkeys(str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    if not found or not all(is_public(address) for address in found):
        raise NotPublic(f"{host} is not an address of the open internet")
    return found


def may_lead_out(url: str, reach: Reach) -> bool:
    """Whether ``url`` is worth keeping, as far as can be told without asking: the connection decides.

    It is ASCII, of a scheme and port that ``reach`` knows, with a host of the open internet and without a user name.
    """
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or set(url) & set(' \\"<>^`{|}'):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if not parts.hostname or "@" in parts.netloc:
        return False
    if reach.allows_local:
        return parts.scheme in {"http", "https"}
    if parts.scheme not in reach.schemes or (port is not None and port not in reach.ports):
        return False
    return _may_be_public(parts.hostname)


def session(reach: Reach | None = None, *, headers: Mapping[str, str] | None = None) -> requests.Session:
    """A session that stays within ``reach``; its errors are ``requests``' errors. Close it."""
    return _BoundedSession(reach or Reach(), headers or {})


def pool(reach: Reach | None = None, **options: Any) -> PoolManager:
    """Likewise for urllib3, whose errors it raises: connections stay within ``reach``, the caller counts bytes."""
    bounds = reach or Reach()
    made = PoolManager(**{"retries": False, "timeout": None, **options})
    made.pool_classes_by_scheme = {
        "http": cast("Any", partial(_pool_of, HTTPConnectionPool, _GuardedConnection, bounds)),
        "https": cast("Any", partial(_pool_of, HTTPSConnectionPool, _GuardedTlsConnection, bounds)),
    }
    return made


def _may_be_public(host: str) -> bool:
    """False for what can be told from the name alone; a name of the open internet has a dot."""
    try:
        ip_address(host)
    except ValueError:
        name = host.rstrip(".")
        return "." in name.strip(".") and not name.endswith((".localhost", ".local", ".internal", ".home.arpa"))
    return is_public(host)


def _pool_of(kind: Any, connection: Any, reach: Reach, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
    made: HTTPConnectionPool = kind(*args, **kwargs)
    made.ConnectionCls = partial(connection, reach=reach)  # type: ignore[assignment]  # it is only ever called
    return made


class _Guard:
    """Connects to the address that was looked at, and ends what takes longer than its reach."""

    host: str
    port: int
    socket_options: Any

    def __init__(self, *args: Any, reach: Reach, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reach = reach
        self._end: Timer | None = None
        self._second_hold: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        reach, scheme = self._reach, "https" if isinstance(self, HTTPSConnection) else "http"
        if not reach.allows_local and (scheme not in reach.schemes or self.port not in reach.ports):
            raise NotPublic(f"{scheme} to port {self.port} of {self.host} is not spoken from here")
        connected = self._connect(time.monotonic() + reach.total_s)
        self._limit_life(connected)
        return connected

    def _connect(self, deadline: float) -> socket.socket:
        this = cast("HTTPConnection", self)
        try:
            addresses = self._addresses()
        except OSError as error:
            if isinstance(error, NotPublic):
                raise
            raise NewConnectionError(this, f"{self.host} is not known: {error}") from error
        failure: OSError | None = None
        for address in addresses[:MOST_TRIED]:
            patience = min(self._reach.connect_s, deadline - time.monotonic())
            try:
                connected = socket.create_connection((address, self.port), max(patience, 0.001))
            except OSError as error:
                failure = error
                continue
            for option in self.socket_options or ():
                connected.setsockopt(*option)
            connected.settimeout(self._reach.read_s)
            return connected
        kind = ConnectTimeoutError if isinstance(failure, TimeoutError) else NewConnectionError
        raise kind(this, f"{self.host} could not be reached: {failure}") from failure

    def _addresses(self) -> list[str]:
        return [self.host] if self._reach.allows_local else resolve(self.host, self.port)

    def _limit_life(self, connected: socket.socket) -> None:
        """End the connection in time, whatever it does then. TLS takes the socket over, so a second hold is kept."""
        self._release()
        held = self._second_hold = connected.dup()
        self._end = Timer(self._reach.total_s, _shut, [held])
        self._end.daemon = True
        self._end.start()

    def close(self) -> None:
        """Close, and forget the end that was set."""
        self._release()
        cast("Any", super()).close()

    def _release(self) -> None:
        if self._end is not None:
            self._end.cancel()
        if self._second_hold is not None:
            self._second_hold.close()
        self._end = self._second_hold = None


class _GuardedConnection(_Guard, HTTPConnection):
    pass


class _GuardedTlsConnection(_Guard, HTTPSConnection):
    pass


class _BoundedSession(requests.Session):
    def __init__(self, reach: Reach, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = reach.redirects
        self.headers.update({"User-Agent": "Soundstage", "Accept-Encoding": "gzip", **headers})
        self.adapters.clear()
        for prefix in ("https://", "http://"):
            self.mount(prefix, _BoundedAdapter(reach))


class _BoundedAdapter(HTTPAdapter):
    """Reads the whole answer, up to the bound, before it is handed on."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        super().__init__(max_retries=0)

    def init_poolmanager(self, *_args: Any, **_kwargs: Any) -> None:
        self.poolmanager = pool(self._reach)

    def send(self, request: requests.PreparedRequest, *_args: Any, **how: Any) -> requests.Response:
        """Send one request; a ``timeout`` can only make the reach's silence shorter."""
        timeout = how.pop("timeout", None)
        silence = min(timeout, self._reach.read_s) if isinstance(timeout, int | float) else self._reach.read_s
        began = time.monotonic()
        how |= {"stream": True, "timeout": (self._reach.connect_s, silence)}
        try:
            answer = super().send(request, **how)
        except requests.ConnectionError as error:
            raise _refusal_in(error) or error from error
        try:
            answer._content = self._read(answer)  # noqa: SLF001 - where requests itself keeps what it has read
            answer._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001 - likewise
        finally:
            answer.close()
            self.poolmanager.clear()
        if time.monotonic() - began >= self._reach.total_s:  # cut off within its head, an answer looks whole
            raise requests.Timeout(f"{answer.url} takes more than {self._reach.total_s} s", response=answer)
        return answer

    def _read(self, answer: requests.Response) -> bytes:
        pieces, size = [], 0
        try:
            for piece in answer.iter_content(PIECE_BYTES):
                size += len(piece)
                if size > self._reach.most_bytes:
                    raise TooMuch(f"{answer.url} sends more than {self._reach.most_bytes} bytes", response=answer)
                pieces.append(piece)
        except HTTPError as error:
            raise requests.ConnectionError(error, response=answer) from error
        return b"".join(pieces)


def _refusal_in(error: BaseException | None) -> NotPublic | None:
    """Our own refusal, which the libraries have wrapped into what they know."""
    while error is not None and not isinstance(error, NotPublic):
        error = error.__context__
    return error


def _shut(held: socket.socket) -> None:
    with suppress(OSError):
        held.shutdown(socket.SHUT_RDWR)
