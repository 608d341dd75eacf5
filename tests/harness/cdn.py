"""A stand-in for a CDN's two doors, for tests that want to know who asked it for what: reading, and purging."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class CdnStandIn:
    """An HTTP server: GETs are fetches, POSTs are purges; the next ``failing`` purges are refused with a 503."""

    def __init__(self) -> None:
        self.fetched: list[tuple[str, str]] = []
        """Path and Range of every fetch."""
        self.purged: list[tuple[str, Any]] = []
        """Authorization and body of every purge that it took."""
        self.failing = 0
        self.refused = 0
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stand_in.fetched.append((self.path, self.headers.get("Range", "")))
                self._answer(206, b"bytes")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if stand_in.failing:
                    stand_in.failing -= 1
                    stand_in.refused += 1
                    self._answer(503, b"")
                    return
                stand_in.purged.append((self.headers.get("Authorization", ""), json.loads(body)))
                self._answer(200, b"{}")

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                """Tests read ``fetched`` and ``purged``."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Hang up."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
