"""Requests to where strangers point: to the open internet only, asked at each connection, and within bounds."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from urllib3.exceptions import ProtocolError

from app.core import outbound
from app.core.outbound import NotPublic, Reach, TooMuch, is_public, may_lead_out, pool, session

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PLAIN = Reach(schemes=frozenset({"http"}), ports=frozenset(range(1, 65536)))

NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254",  # noqa: S104 - looked at, not bound
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1",
    "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:20::1",
    "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_these_addresses_are_none_of_the_open_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::1"])
def test_these_are(address: str) -> None:
    assert is_public(address)


@settings(max_examples=30)
@given(st.ip_addresses(v=4))
def test_an_inner_address_stays_one_however_it_is_wrapped(address: Any) -> None:
    number = int(address)
    for prefix in (0, 0xFFFF << 32, 0x64FF9B << 96, 0x64FF9B0001 << 80, 0x2002 << 112, 0x20010000 << 96):
        wrapped = prefix | (number << 80 if prefix == 0x2002 << 112 else number)
        assert not is_public(socket.inet_ntop(socket.AF_INET6, wrapped.to_bytes(16, "big")))


@pytest.mark.parametrize(
    "url",
    [
        "http://push.example.org/", "ftp://push.example.org/", "https://push.example.org:8443/", "https://push/",
        "https://localhost/", "https://a.localhost/", "https://printer.local/", "https://metadata.google.internal/",
        "https://metadata.google.internal./", "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:8.8.8.8]/",
        "https://user@push.example.org/", "https://user:word@push.example.org/", "https://@push.example.org/",
        "https://push.example.org:99999/", "https://push.example.org\\@127.0.0.1/", "https://push.example.org/\r\nX: y",
        "https://push.example.org/\x00", "https://pöst.example.org/", "https://", "//push.example.org/", "",
        "https://[::1", "https://push.example.org/" + "x" * 2000, "https://./", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_meant_is_not_kept(url: str) -> None:
    assert not may_lead_out(url, Reach())


def test_an_address_of_the_open_internet_is_kept() -> None:
    for url in ("https://push.example.org/a?b=c", "https://push.example.org:443/", "https://[2606:4700::1111]/"):
        assert may_lead_out(url, Reach())


class Server:
    """Answers every connection by ``answer(socket)``, after it has read the request's head."""

    def __init__(self, answer: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.asked = 0
        self._answer, self._tls = answer, tls
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.asked += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        with suppress(OSError), connection:
            if self._tls is None:
                self._hear_and_answer(connection)
                return
            with self._tls.wrap_socket(connection, server_side=True) as sealed:
                self._hear_and_answer(sealed)

    def _hear_and_answer(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (said := connection.recv(4096)):
            head += said
        self._answer(connection)

    def close(self) -> None:
        self._listening.close()


Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[Server] = []

    def make(answer: bytes | Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> Server:
        say = answer if callable(answer) else lambda connection: connection.sendall(answer)
        running.append(Server(say, tls))
        return running[-1]

    yield make
    for server in running:
        server.close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What names mean, in this test's resolver: addresses, or an iterator that says something else each time."""
    known: dict[str, Any] = {}

    def look_up(host: str, port: int, *_args: Any, **_kwargs: Any) -> list[Any]:
        meant = known[host] if isinstance(known.get(host), list) else [next(known[host])] if host in known else [host]
        return [(socket.AF_INET6 if ":" in one else socket.AF_INET, 1, 6, "", (one, port)) for one in meant]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.fixture
def one_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """127.0.0.1 passes for the open internet; the rest of this machine does not."""
    monkeypatch.setattr(outbound, "is_public", lambda address: address == "127.0.0.1")


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fd00::1"]
)
def test_a_name_that_means_an_inner_address_is_not_connected_to(names: dict[str, Any], address: str) -> None:
    names["inner.example.org"] = [address]
    with pytest.raises(NotPublic, match="open internet"), session() as made:
        made.get("https://inner.example.org/")


def test_one_inner_address_among_others_is_enough_to_refuse(names: dict[str, Any]) -> None:
    names["both.example.org"] = ["93.184.216.34", "127.0.0.1"]
    with pytest.raises(NotPublic), session() as made:
        made.get("https://both.example.org/")


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "localhost"])
def test_another_spelling_of_this_machine_is_this_machine(serve: Serve, host: str) -> None:
    server = serve(OK)
    with pytest.raises(NotPublic), session(PLAIN) as made:
        made.get(f"http://{host}:{server.port}/")
    assert server.asked == 0


@pytest.mark.usefixtures("one_is_public")
def test_a_name_that_changes_its_mind_is_asked_once_a_connection(serve: Serve, names: dict[str, Any]) -> None:
    server = serve(OK)
    names["rebound.example.org"] = cycle(["127.0.0.1", "127.0.0.2"])
    with session(PLAIN) as made:
        url = f"http://rebound.example.org:{server.port}/"
        assert made.get(url).text == "ok"
        with pytest.raises(NotPublic):  # the second connection is looked at anew
            made.get(url)
    assert server.asked == 1


@pytest.mark.usefixtures("one_is_public", "names")
def test_every_redirect_is_looked_at_anew(serve: Serve) -> None:
    hidden = serve(OK)
    leading = serve(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:%d/\r\nContent-Length: 0\r\n\r\n" % hidden.port)
    with session(Reach(schemes=PLAIN.schemes, ports=PLAIN.ports, redirects=3)) as made:
        with pytest.raises(NotPublic):
            made.get(f"http://127.0.0.1:{leading.port}/")
        with pytest.raises(requests.TooManyRedirects):
            made.get(f"http://127.0.0.1:{serve(_to_itself).port}/")
    assert hidden.asked == 0
    with pytest.raises(requests.TooManyRedirects), session(PLAIN) as made:
        made.get(f"http://127.0.0.1:{leading.port}/")


def _to_itself(connection: socket.socket) -> None:
    here = connection.getsockname()[1]
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n" % here)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "https://x/"])
@pytest.mark.usefixtures("one_is_public")
def test_a_redirect_does_not_change_what_is_spoken(serve: Serve, names: dict[str, Any], location: str) -> None:
    names["x"] = ["127.0.0.1"]
    leading = serve(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())
    reach = Reach(schemes=PLAIN.schemes, ports=PLAIN.ports, redirects=3)
    with pytest.raises((NotPublic, requests.exceptions.InvalidSchema)), session(reach) as made:
        made.get(f"http://127.0.0.1:{leading.port}/")


@pytest.mark.usefixtures("one_is_public")
def test_other_schemes_and_ports_are_not_spoken(serve: Serve) -> None:
    server = serve(OK)
    for url in (f"http://127.0.0.1:{server.port}/", f"https://127.0.0.1:{server.port}/"):
        with pytest.raises(NotPublic, match="not spoken"), session() as made:
            made.get(url)
    assert server.asked == 0


@pytest.mark.usefixtures("one_is_public")
def test_the_environment_names_no_proxy(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, server = serve(OK), serve(OK)
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    with session(PLAIN) as made:
        assert made.get(f"http://127.0.0.1:{server.port}/").ok
    assert (proxy.asked, server.asked) == (0, 1)


def test_an_answer_that_is_too_large_is_not_read_to_its_end(serve: Serve) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    zeros = gzip.compress(b"\0" * 5_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(zeros)
    for answer in (endless, head + zeros):
        server = serve(answer)
        with pytest.raises(TooMuch), session(Reach(allows_local=True, most_bytes=100_000)) as made:
            made.get(f"http://127.0.0.1:{server.port}/")


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"])
def test_a_drop_at_a_time_ends_in_time(serve: Serve, beginning: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(beginning)
        while True:
            connection.sendall(b"x")
            time.sleep(0.02)

    began = time.monotonic()
    reach = Reach(allows_local=True, read_s=5, total_s=0.25)
    with pytest.raises(requests.RequestException), session(reach) as made:
        made.get(f"http://127.0.0.1:{serve(drip).port}/")
    assert time.monotonic() - began < reach.read_s


def test_silence_ends_in_time_in_the_midst_of_tls_too(serve: Serve) -> None:
    silent = serve(lambda _connection: time.sleep(3))
    for scheme, reach in (
        ("http", Reach(allows_local=True, read_s=0.1)),
        ("https", Reach(allows_local=True, read_s=3, total_s=0.2)),
    ):
        began = time.monotonic()
        with pytest.raises(requests.RequestException), session(reach) as made:
            made.get(f"{scheme}://127.0.0.1:{silent.port}/", timeout=60)  # asking for longer does not help
        assert time.monotonic() - began < 2


@pytest.mark.usefixtures("one_is_public")
def test_the_certificate_is_held_against_the_name_and_not_the_address(
    serve: Serve, names: dict[str, Any], tmp_path: Path
) -> None:
    server = serve(OK, tls=_certified("right.example.org", tmp_path))
    names |= {"right.example.org": ["127.0.0.1"], "wrong.example.org": ["127.0.0.1"]}
    with session(Reach(ports=frozenset({server.port}))) as made:
        made.verify = str(tmp_path / "certificate.pem")
        assert made.get(f"https://right.example.org:{server.port}/").text == "ok"
        with pytest.raises(requests.exceptions.SSLError):
            made.get(f"https://wrong.example.org:{server.port}/")


def _certified(name: str, folder: Path) -> ssl.SSLContext:
    key, who = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    secret = folder / "key.pem"
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, secret)
    return context


@pytest.mark.usefixtures("names")
def test_a_pool_is_guarded_likewise(serve: Serve) -> None:
    server = serve(OK)
    with pool(PLAIN) as guarded, pytest.raises(ProtocolError, match="open internet"):
        guarded.request("GET", f"http://127.0.0.1:{server.port}/")
    with pool(Reach(allows_local=True)) as local:
        assert local.request("GET", f"http://127.0.0.1:{server.port}/").data == b"ok"
    assert server.asked == 1


def test_a_name_that_nobody_knows_and_a_port_where_nobody_listens_are_failures_as_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with (
        pytest.raises(requests.ConnectionError, match="could not be reached"),
        session(Reach(allows_local=True)) as one,
    ):
        one.get(f"http://127.0.0.1:{port}/")

    def unknown(*_args: Any, **_kwargs: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(requests.ConnectionError, match="is not known"), session() as made:
        made.get("https://nobody.example.org/")
