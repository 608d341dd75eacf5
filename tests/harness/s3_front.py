"""A bucket with moods: it stands before moto's S3 server and does what AWS does and moto does not.

It checks the checksum of a part as AWS does (moto takes anything). When told to, it completes a multipart upload and
never says so, or fails before it completes one.
"""

import base64
import hashlib
import threading
from collections import Counter
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "host"}
BAD_DIGEST = (
    b"<?xml version='1.0'?><Error><Code>BadDigest</Code>"
    b"<Message>The SHA256 you specified did not match what we received.</Message></Error>"
)
BROKEN = b"<?xml version='1.0'?><Error><Code>InternalError</Code><Message>Please try again.</Message></Error>"
Mood = Literal["cut", "silent", "broken", "failing"]


class S3Front:
    """Use it as a context manager; ``url`` is its endpoint.

    ``moods`` is taken from by each completion: ``cut`` completes and closes the connection, ``silent`` completes and
    says nothing, ``broken`` completes and answers 500, ``failing`` answers 500 and completes nothing. ``seen`` counts
    requests by their action. With ``encrypts`` set to False it drops what is said about encryption, and says nothing.
    """

    def __init__(self, endpoint_url: str) -> None:
        self.target = urlsplit(endpoint_url)
        self.moods: list[Mood] = []
        self.encrypts = True
        self.seen: Counter[str] = Counter()
        self.released = threading.Event()
        front = self

        class Handler(_Handler):
            s3 = front

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    s3: S3Front

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_any(self) -> None:
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        completes = self.command == "POST" and "uploadId" in query
        self.s3.seen["complete" if completes else self.command] += 1
        mood = self.s3.moods.pop(0) if completes and self.s3.moods else None
        promised = self.headers.get("x-amz-checksum-sha256")
        if self.command == "PUT" and promised and base64.b64encode(hashlib.sha256(body).digest()).decode() != promised:
            return self._answer(400, [("Content-Type", "application/xml")], BAD_DIGEST)
        if mood == "failing":
            return self._answer(500, [("Content-Type", "application/xml")], BROKEN)
        status, headers, said = self._forward(body)
        if mood is None:
            return self._answer(status, headers, said)
        assert status == 200, said
        if mood == "broken":
            return self._answer(500, [("Content-Type", "application/xml")], BROKEN)
        if mood == "silent":
            self.s3.released.wait(30)
        self.close_connection = True
        return None

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_OPTIONS = do_any  # noqa: N815 - http.server's names

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        headers = {
            name: value
            for name, value in self.headers.items()
            if self.s3.encrypts or not name.lower().startswith("x-amz-server-side-encryption")
        }
        connection = HTTPConnection(self.s3.target.hostname or "", self.s3.target.port, timeout=30)
        try:
            connection.request(self.command, self.path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP | {"date", "server"} and (
                name.lower() != "content-length" or self.command == "HEAD"
            ):
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
