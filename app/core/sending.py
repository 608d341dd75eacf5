"""Sending stretches of files from the web process, where neither nginx nor a bucket does it.

WSGI's way to say "send this file" is ``wsgi.file_wrapper``; gunicorn then calls its socket's ``sendfile``. Under gevent
that method reads blocks of 8 KB and sends them (gevent 26.9, ``_socket3.py``). ``send_by_kernel`` takes its place: the
kernel copies, and a greenlet whose reader is slow sleeps until there is room, so that any number of them cost the
others nothing.
"""

import errno
import os
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

BLOCK_BYTES = 1 << 20
STORED_BLOCK_BYTES = 256 << 10
"""Some ten seconds of sound."""
CHECK_S = 2.0
"""How often a long answer asks whether it may go on."""
IDLE_S = 60.0
"""A reader who takes nothing for so long is let go."""
WATCHED_BYTES = 4 << 20
"""An answer up to this size is sent without asking again: it is over before long."""


class SendingEnded(ConnectionResetError):
    """The rest of a file is not sent: access has ended, or nobody reads. To a server, a connection that broke."""

    def __init__(self, why: str) -> None:
        super().__init__(errno.ECONNRESET, why)


class StoredStretch:
    """``length`` bytes of a stored object, from ``start``, as a file to read: block by block, where there is no file.

    ``read_block(start, length)`` reads some of it, ``may_go_on`` is asked before each block.

    Raises:
        SendingEnded: from ``read``, when the answer was no.
    """

    def __init__(
        self, read_block: Callable[[int, int], bytes], *, start: int, length: int, may_go_on: Callable[[], bool] | None
    ) -> None:
        self._read_block = read_block
        self._next, self._end = start, start + length
        self._may_go_on = may_go_on

    def read(self, _size: int = -1) -> bytes:
        """The next block, or b"" at the end."""
        length = min(STORED_BLOCK_BYTES, self._end - self._next)
        if length <= 0:
            return b""
        if self._may_go_on is not None and not self._may_go_on():
            _give_up("access has ended")
        block = self._read_block(self._next, length)
        self._next += length
        return block

    def close(self) -> None:
        """Nothing is held between blocks."""


class Stretch:
    """``length`` bytes of the file at ``path``, from ``start``, as a file to read.

    ``may_go_on`` is asked every two seconds while it is read.

    Raises:
        SendingEnded: from ``read`` and ``ask``, when the answer was no.
    """

    def __init__(self, path: Path, *, start: int, length: int, may_go_on: Callable[[], bool] | None = None) -> None:
        self._file = path.open("rb", buffering=0)
        self._file.seek(start)
        self._left = length
        self._may_go_on = may_go_on if length > WATCHED_BYTES else None
        self._asked_at = time.monotonic()

    def fileno(self) -> int:
        """The file's descriptor; its position is the stretch's beginning."""
        return self._file.fileno()

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most to the stretch's end."""
        self.ask()
        data = self._file.read(self._left if size < 0 else min(size, self._left)) or b""
        self._left -= len(data)
        return data

    def ask(self) -> None:
        """Go on, if that is still allowed."""
        if self._may_go_on is not None and time.monotonic() - self._asked_at >= CHECK_S:
            self._asked_at = time.monotonic()
            if not self._may_go_on():
                raise SendingEnded("access has ended")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def send_by_kernel(connection: Any, file: Any, offset: int = 0, count: int | None = None) -> int:
    """``socket.sendfile`` for gevent's sockets: ``os.sendfile``, giving way to other greenlets.

    Raises:
        SendingEnded: the file may not be read any more, or its reader takes nothing.
    """
    import gevent  # noqa: PLC0415 - only under gevent

    left = os.fstat(file.fileno()).st_size - offset if count is None else count
    in_all, taken_at = left, time.monotonic()
    try:
        while left > 0:
            sent = _send_some(connection, file, offset, min(left, BLOCK_BYTES))
            if sent:
                offset, left, taken_at = offset + sent, left - sent, time.monotonic()
            elif time.monotonic() - taken_at > IDLE_S:
                _give_up("nobody reads")
            gevent.sleep(0)
    except SendingEnded:
        # What the kernel still holds for the reader is thrown away with the connection.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise
    return in_all


def _send_some(connection: Any, file: Any, offset: int, most: int) -> int:
    """Up to ``most`` bytes, as soon as the connection takes any; 0 when it took none for two seconds."""
    if isinstance(file, Stretch):
        file.ask()
    try:
        sent = os.sendfile(connection.fileno(), file.fileno(), offset, most)
    except BlockingIOError:
        _wait_for_room(connection)
        return 0
    if sent == 0:
        _give_up("the file is shorter than was said")
    return sent


def _give_up(why: str) -> NoReturn:
    raise SendingEnded(why)


def _wait_for_room(connection: Any) -> None:
    """Sleep until the connection takes more, or for two seconds."""
    from gevent.socket import wait_write  # noqa: PLC0415 - only under gevent

    try:
        wait_write(connection.fileno(), timeout=CHECK_S)
    except TimeoutError:
        return


def send_files_by_kernel() -> None:
    """Have every socket of this gevent process send files so. The web server's configuration calls it."""
    from gevent.socket import socket as gevent_socket  # noqa: PLC0415 - only under gevent

    gevent_socket.sendfile = send_by_kernel
