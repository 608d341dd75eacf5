"""The wire under the sockets: whoever does not read, floods, or sends too much loses it, and memory stays bounded.

python-engineio keeps what a client does not read without end, and simple-websocket what it sends: a part of a message
that never ends, many messages before one is answered, a compressed one that swells. Here each of these has a bound, and
whoever passes it is dropped; a page of ours connects anew and asks for what it missed.
"""

import contextlib
import socket
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import gevent.event
import gevent.selectors
import structlog
from engineio.async_drivers.gevent import Thread
from gevent import Timeout
from gevent.lock import RLock
from gevent.queue import JoinableQueue
from simple_websocket import ConnectionClosed, Server  # type: ignore[import-untyped]  # its stubs are a package of their own

MESSAGE_BYTES = 16 * 1024
"""The largest message that is taken."""
MOST_UNSENT = 2048
"""So many messages wait for a client that does not read; as many again may be on their way to the kernel. All clients
of a room share the messages themselves."""
SEND_BUFFER_BYTES = 64 * 1024
"""What the kernel keeps for a client that does not read. By itself it would grow that to megabytes."""
SEND_PATIENCE_S = 10
"""So long may a client refuse to take anything."""
MOST_UNREAD = 1024
"""So many messages may arrive while one is being answered."""
BURST = 512
"""A page that connects anew asks for all its topics at once."""
EVENTS_A_SECOND = 32

log = structlog.get_logger()


class Bucket:
    """How many events a client may still send: ``BURST`` at first, refilled by ``EVENTS_A_SECOND``."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left = float(BURST)
        self._at = clock()

    def take(self) -> bool:
        """Whether one more is within bounds."""
        moment = self._clock()
        self._left = min(BURST, self._left + (moment - self._at) * EVENTS_A_SECOND)
        self._at = moment
        self._left -= 1
        return self._left >= 0


class Outbox(JoinableQueue):
    """What waits to be sent to one client."""

    on_full: Callable[[], None] | None = None

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: FBT001, FBT002 - as JoinableQueue has it
        """Add an item; a client with too many is dropped instead. The last one, None, always fits."""
        if item is not None and self.qsize() >= MOST_UNSENT:
            if self.on_full is not None:
                self.on_full()
            return
        super().put(item, block, timeout)


def bound_wires(eio: Any) -> None:
    """Put these bounds under an Engine.IO server that runs on gevent."""
    eio._async = {**eio._async, "queue": Outbox, "websocket": Wire}  # noqa: SLF001 - what makes an "async mode" of theirs


class Wire:
    """A WebSocket as Engine.IO wants it, over the connection that gunicorn's gevent worker holds."""

    def __init__(self, handler: Callable[["Wire"], Any], _server: Any) -> None:
        self._handler = handler
        self._bucket = Bucket()
        self._line: Line | None = None
        self._ws: Any = None

    def __call__(self, environ: dict[str, Any], _start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Speak until one of the two hangs up."""
        self._line = Line(environ["gunicorn.socket"])
        self._handler.__self__.queue.on_full = lambda: self.drop("does not read")  # type: ignore[attr-defined]  # engineio's Socket
        # Without this header nothing is compressed: 300 KB of tables a client, and messages that swell.
        spoken = {name: value for name, value in environ.items() if name != "HTTP_SEC_WEBSOCKET_EXTENSIONS"}
        try:
            self._ws = Bounded(
                {**spoken, "gunicorn.socket": self._line}, max_message_size=MESSAGE_BYTES,
                thread_class=Thread, event_class=gevent.event.Event, selector_class=gevent.selectors.DefaultSelector,
            )  # fmt: skip
            self._handler(self)
        finally:
            self._line.cut()
        raise StopIteration  # tells gunicorn that the answer was given by other means

    def send(self, data: str | bytes) -> None:
        """Send a message.

        Raises:
            OSError: the client is gone, or has taken nothing for too long.
        """
        if self._line is None or not self._ws.connected:
            raise OSError
        try:
            self._line.send(frame_of(data))
        except TimeoutError:
            self.drop("takes nothing")
            raise

    def wait(self) -> str | bytes | None:
        """The next message; None once there are no more."""
        try:
            said: str | bytes | None = self._ws.receive()
        except ConnectionClosed:
            return None
        if not self._bucket.take():
            self.drop("floods")
            return None
        return said

    def close(self) -> None:
        """Say goodbye, and let go of the connection whatever the client does then."""
        try:
            if self._ws.connected:
                self._ws.close()
        except OSError:
            pass
        finally:
            self._cut()

    def drop(self, why: str) -> None:
        """Let go without a word."""
        log.info("socket_dropped", why=why)
        self._cut()

    def _cut(self) -> None:
        if self._line is not None:
            self._line.cut()


@lru_cache(maxsize=64)
def frame_of(data: str | bytes) -> bytes:
    """A message as a WebSocket sends it (RFC 6455, 5.2): whole, unmasked as servers do, not compressed.

    A message to a thousand sockets is put into its frame once.
    """
    body = data.encode() if isinstance(data, str) else data
    opcode = 0x81 if isinstance(data, str) else 0x82
    if len(body) < 126:
        return bytes((opcode, len(body))) + body
    if len(body) < 1 << 16:
        return bytes((opcode, 126)) + len(body).to_bytes(2, "big") + body
    return bytes((opcode, 127)) + len(body).to_bytes(8, "big") + body


class Line:
    """The connection, written to with patience that ends. Only what a WebSocket needs of a socket."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._turn = RLock()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    def send(self, data: bytes) -> int:
        """Send all of it.

        Raises:
            TimeoutError: the other side takes nothing for too long.
            OSError: it is gone.
        """
        with Timeout(SEND_PATIENCE_S, TimeoutError), self._turn:
            self._sock.sendall(data)
        return len(data)

    def recv(self, size: int) -> bytes:
        """What came."""
        data: bytes = self._sock.recv(size)
        return data

    def fileno(self) -> int:
        """For those who wait for it."""
        number: int = self._sock.fileno()
        return number

    def cut(self) -> None:
        """End it: whoever waits for it, to read or to write, goes on with an error."""
        with contextlib.suppress(OSError):  # it has ended already
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End it, and let it go."""
        self.cut()
        self._sock.close()


class Bounded(Server):
    """A WebSocket that takes no message above the bound, and not too many before they are read."""

    def _handle_events(self) -> bool:
        goes_on: bool = super()._handle_events()
        if goes_on and len(self.input_buffer) > MOST_UNREAD:
            self.input_buffer.clear()
            self.event.set()
            return False
        return goes_on
