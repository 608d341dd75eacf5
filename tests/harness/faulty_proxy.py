"""A line that fails: a TCP proxy on this machine that cuts, resets, stalls, slows down or changes what passes through.

Each connection gets the fault that ``choose(number of the connection)`` names, or none. A fault happens at one byte
offset of one direction, so a seeded choice makes a run that can be repeated.
"""

import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Literal, Self

Kind = Literal["cut", "reset", "stall", "flip", "slow"]
BLOCK_BYTES = 64 * 1024
SLOW_BYTES, SLOW_SECONDS = 16 * 1024, 0.01
SLOW_BLOCKS = 60


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to a connection when byte ``at`` passes: ``up`` to the server, else down to the client.

    ``cut`` closes both sides as a host that goes down in order does, ``reset`` closes them with RST (SO_LINGER of 0),
    ``stall`` passes nothing on any more and says nothing, ``flip`` turns one bit of that byte, ``slow`` lets the next
    megabyte trickle.
    """

    kind: Kind
    at: int
    up: bool = True
    bit: int = 0


def random_faults(
    seed: int, kinds: tuple[Kind, ...], *, reach_bytes: int, share: float = 0.5
) -> Callable[[int], Fault | None]:
    """A ``choose`` that gives a ``share`` of the connections a fault somewhere in their first ``reach_bytes``.

    One in four happens on the way back, in the first bytes of the answer: what was sent has arrived, and its sender
    does not know.
    """

    def choose(number: int) -> Fault | None:
        random = Random(f"{seed}/{number}")  # noqa: S311 - a run to be repeated, no secret
        if random.random() >= share:
            return None
        kind = random.choice(kinds)
        if kind in {"flip", "slow"} or random.random() < 0.75:
            return Fault(kind=kind, at=random.randrange(reach_bytes), bit=random.randrange(8))
        return Fault(kind=kind, at=random.randrange(200), up=False)

    return choose


class FaultyProxy:
    """Listens on ``port`` of this machine and passes on to ``target_port``; use it as a context manager.

    ``happened`` counts the faults that came about: a connection may end before its byte comes.
    """

    def __init__(self, target_port: int, choose: Callable[[int], Fault | None]) -> None:
        self.target_port = target_port
        self.choose = choose
        self.happened: Counter[str] = Counter()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._closing = threading.Event()
        self._number = 0
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        _shut(self._listener)
        with self._guard:
            left = list(self._open)
        for one in left:
            _shut(one)
        for thread in self._threads:
            thread.join(10)

    def _run(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target_port), timeout=10)
            except OSError:  # nobody listens there just now
                _reset(client)
                continue
            fault, self._number = self.choose(self._number), self._number + 1
            server.settimeout(None)
            with self._guard:
                self._open |= {client, server}
            self._run(self._serve, client, server, fault)

    def _serve(self, client: socket.socket, server: socket.socket, fault: Fault | None) -> None:
        """Pass on in both directions until both have ended."""
        down = threading.Thread(
            target=self._pass, args=(server, client, fault if fault and not fault.up else None), daemon=True
        )
        down.start()
        self._pass(client, server, fault if fault and fault.up else None)
        down.join()
        with self._guard:
            self._open -= {client, server}
        client.close()
        server.close()

    def _pass(self, source: socket.socket, target: socket.socket, fault: Fault | None) -> None:
        passed = 0
        try:
            while data := source.recv(BLOCK_BYTES):
                if fault is None or not passed <= fault.at < passed + len(data):
                    target.sendall(data)
                elif not self._happen(fault, data, fault.at - passed, source, target):
                    return
                passed += len(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            _reset(source)
            _reset(target)

    def _happen(self, fault: Fault, data: bytes, at: int, source: socket.socket, target: socket.socket) -> bool:
        """Let ``fault`` happen at byte ``at`` of ``data``; whether the connection goes on."""
        self.happened[fault.kind] += 1
        if fault.kind == "flip":
            target.sendall(data[:at] + bytes([data[at] ^ (1 << fault.bit)]) + data[at + 1 :])
            return True
        target.sendall(data[:at])
        if fault.kind == "slow":
            target.sendall(data[at:])
            for _ in range(SLOW_BLOCKS):
                if not (more := source.recv(SLOW_BYTES)):
                    break
                target.sendall(more)
                time.sleep(SLOW_SECONDS)
            return True
        if fault.kind == "stall":
            self._closing.wait(30)
        end = _reset if fault.kind == "reset" else _shut
        end(target)
        end(source)
        return False


def _shut(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


def _reset(one: socket.socket) -> None:
    """Close with RST: what was not sent yet is thrown away, and the other side is told so."""
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.shutdown(socket.SHUT_RD)  # wakes up whoever reads it
    one.close()
