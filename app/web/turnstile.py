"""How many sockets one address may have open."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Turnstile:
    """WSGI middleware: so many sockets at once for one address in this process, however far their handshake is."""

    def __init__(self, app: Wsgi, most: int) -> None:
        self._app = app
        self._most = most
        self._open: Counter[str] = Counter()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request on; a socket's lasts as long as the socket."""
        if not environ.get("PATH_INFO", "").startswith("/socket.io"):
            return self._app(environ, start_response)
        address = environ.get("REMOTE_ADDR", "")
        if self._open[address] >= self._most:
            start_response("429 Too Many Requests", [("Content-Type", "text/plain"), ("Retry-After", "60")])
            return [b"Too many pages of this address are live. This one looks again by itself."]
        self._open[address] += 1
        try:
            return self._app(environ, start_response)
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]
