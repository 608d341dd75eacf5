"""A client's end of a socket, close to the bytes: it can read, not read, flood, and send messages that never end."""

import json
import socket
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, RejectConnection, Request, TextMessage
from wsproto.extensions import PerMessageDeflate

PATH = "/socket.io/?EIO=4&transport=websocket"


class Wire:
    """Engine.IO 4 and Socket.IO 5 over a WebSocket to a running server. Every wait ends after ``seconds``."""

    def __init__(self, url: str, cookie: str = "", *, origin: str = "", receive_bytes: int | None = None) -> None:
        parts = urlsplit(url)
        assert parts.hostname
        self.refused = 0
        """The status, where the handshake was answered with one."""
        self.accepted_extensions = ""
        self.is_open = True
        self._said: list[str] = []
        self._piece = ""
        self._socket = socket.socket()
        if receive_bytes is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self._socket.connect((parts.hostname, parts.port or 80))
        self._socket.settimeout(10)
        self._speech = WSConnection(ConnectionType.CLIENT)
        headers = [(b"Origin", (origin or url).encode())] + ([(b"Cookie", cookie.encode())] if cookie else [])
        request = Request(host=parts.netloc, target=PATH, extra_headers=headers, extensions=[PerMessageDeflate()])
        self._socket.sendall(self._speech.send(request))
        self.say("40")

    def say(self, text: str, *, finished: bool = True) -> bool:
        """Send a message, or a piece of one; whether there was anybody to take it."""
        try:
            if self._speech.state.name != "OPEN":
                self._read()
            self._socket.sendall(self._speech.send(TextMessage(text, message_finished=finished)))
        except (OSError, RuntimeError):
            self.is_open = False
        except Exception as error:
            if type(error).__name__ != "LocalProtocolError":
                raise
            self.is_open = False
        return self.is_open

    def _read(self) -> None:
        data = self._socket.recv(65536)
        self._speech.receive_data(data or None)
        for event in self._speech.events():
            if isinstance(event, TextMessage):
                self._piece += str(event.data)
                if event.message_finished:
                    self._said.append(self._piece)
                    self._piece = ""
            elif isinstance(event, AcceptConnection):
                self.accepted_extensions = ",".join(one.name for one in event.extensions)
            elif isinstance(event, RejectConnection):
                self.refused = event.status_code
                self.is_open = False
            elif isinstance(event, CloseConnection):
                self.is_open = False
        if not data:
            self.is_open = False

    def hear(self, seconds: float = 5.0) -> str:
        """The next message; empty when none comes in time, or nobody is there any more."""
        self._socket.settimeout(seconds)
        with suppress(TimeoutError, ConnectionError):
            while self.is_open and not self._said:
                self._read()
            return self._said.pop(0) if self._said else ""
        return ""

    def ask(self, name: str, said: Any) -> Any:
        """The server's answer to an event."""
        self.say("420" + json.dumps([name, said]))
        while (answer := self.hear()) and not answer.startswith("430"):
            self._pong(answer)
        return json.loads(answer[3:])[0] if answer else None

    def _pong(self, answer: str) -> None:
        if answer == "2":
            self.say("3")

    def closes_within(self, seconds: float) -> bool:
        """Whether the server hangs up in time. Whatever else it says is thrown away."""
        self._socket.settimeout(seconds)
        try:
            while self.is_open:
                self._read()
        except TimeoutError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
