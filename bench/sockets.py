"""A thousand pages watch one work while it gets fifty likes a second: how late numbers come, and what they cost."""

import asyncio
import base64
import http.client
import json
import os
import struct
import threading
import time
from urllib.parse import urlsplit

import psutil

from bench.crowd import Crowd, Member
from bench.report import Report
from bench.site import Site

BUDGET_MS = 250
GRACE_S = 3.0
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Watcher:
    """One page's socket: just enough of WebSocket, Engine.IO and Socket.IO to be told of new numbers."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, int]] = []
        """When which number came, by the clock of ``time.monotonic``."""

    async def connect(self, host: str, port: int, topic: str) -> None:
        """Shake hands and enter the room; returns when the server has let it in."""
        self._in, self._out = await asyncio.open_connection(host, port)
        key = base64.b64encode(os.urandom(16)).decode()
        self._out.write(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = await self._in.readuntil(b"\r\n\r\n")
        assert b" 101 " in head, head
        self._send("40")
        self._send("420" + json.dumps(["watch", {"topic": topic}]))
        while not (said := await self._read()).startswith("430"):
            pass
        assert json.loads(said[3:])[0]["ok"], said

    async def listen(self) -> None:
        """Note every number until the connection ends."""
        while said := await self._read():
            if said.startswith('42["tally"'):
                self.heard.append((time.monotonic(), json.loads(said[2:])[1].get("likes", 0)))

    def close(self) -> None:
        """Hang up."""
        self._out.close()

    def _send(self, text: str, opcode: int = _TEXT) -> None:
        body, mask = text.encode(), os.urandom(4)
        length = bytes([0x80 | len(body)]) if len(body) < 126 else bytes([0x80 | 126]) + struct.pack(">H", len(body))
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(body))
        self._out.write(bytes([0x80 | opcode]) + length + mask + masked)

    async def _read(self) -> str:
        """The next message; "" at the end. Answers to pings by itself."""
        while True:
            try:
                first, length = await self._in.readexactly(2)
                if length == 126:
                    (length,) = struct.unpack(">H", await self._in.readexactly(2))
                body = await self._in.readexactly(length)
            except (asyncio.IncompleteReadError, ConnectionError):
                return ""
            if first & 15 == _CLOSE:
                return ""
            if first & 15 == _PING:
                self._send(body.decode(), _PONG)
            elif body == b"2":
                self._send("3")
            else:
                return body.decode()


def measure(report: Report, site: Site, *, sockets: int, likes_a_second: int, seconds: int) -> None:
    """Open the sockets, let the likes come, and see how long after its click each page shows a number that high."""
    crowd = Crowd(site, likes_a_second * seconds)
    before = _web_memory(site)
    clicks: list[tuple[float, int]] = []
    watchers, memory = asyncio.run(_watch(site, crowd, clicks, sockets=sockets, seconds=seconds, rate=likes_a_second))
    delays = sorted(delay for watcher in watchers for delay in delays_of(watcher.heard, clicks))
    wanted = sockets * len(clicks)
    p50, p99 = (delays[min(len(delays) - 1, int(len(delays) * part))] * 1000 for part in (0.5, 0.99))
    took = clicks[-1][0] - clicks[0][0]
    report.add(
        f"{sockets:,} sockets watch one work that gets {len(clicks) / took:.0f} likes a second: click to number",
        f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, {len(delays):,} of {wanted:,} arrived",
        budget=f"p99 ≤ {BUDGET_MS} ms",
        met=p99 <= BUDGET_MS and len(delays) == wanted,
    )
    report.add(
        "memory of the web processes a socket", f"{(memory - before) / sockets / 1000:.0f} kB",
        yardstick=f"{before / 1e6:.0f} MB before",
    )  # fmt: skip


def delays_of(heard: list[tuple[float, int]], clicks: list[tuple[float, int]]) -> list[float]:
    """How long after each click a page showed its number or a higher one, in seconds; clicks that it missed are out."""
    delays, place = [], 0
    for at, number in clicks:
        while place < len(heard) and (heard[place][1] < number or heard[place][0] < at):
            place += 1
        if place == len(heard):
            break
        delays.append(heard[place][0] - at)
    return delays


async def _watch(
    site: Site, crowd: Crowd, clicks: list[tuple[float, int]], *, sockets: int, seconds: int, rate: int
) -> tuple[list[Watcher], int]:
    address = urlsplit(site.direct_url)
    watchers = [Watcher() for _ in range(sockets)]
    for start in range(0, sockets, 50):
        some = watchers[start : start + 50]
        topic = f"tally:media:{crowd.medium.public_id}"
        await asyncio.gather(*(one.connect(str(address.hostname), address.port or 80, topic) for one in some))
    listening = [asyncio.create_task(watcher.listen()) for watcher in watchers]
    clicking = threading.Thread(target=_click, args=(site.direct_url, crowd, clicks, rate, seconds))
    clicking.start()
    await asyncio.to_thread(clicking.join)
    await asyncio.sleep(GRACE_S)
    memory = _web_memory(site)
    for watcher in watchers:
        watcher.close()
    await asyncio.gather(*listening)
    return watchers, memory


def _click(url: str, crowd: Crowd, clicks: list[tuple[float, int]], rate: int, seconds: int) -> None:
    """Different people like the work, ``rate`` a second; the moment before the request is when they clicked."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    began = time.monotonic()
    for number, member in enumerate(crowd.members[: rate * seconds], start=1):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        at = time.monotonic()
        assert _post(connection, f"/media/{crowd.medium.public_id}/likes", member) == 303
        clicks.append((at, number))


def _post(connection: http.client.HTTPConnection, path: str, member: Member) -> int:
    connection.request("POST", path, headers={"Cookie": member.cookie, "X-CSRFToken": member.csrf})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _web_memory(site: Site) -> int:
    """Resident bytes of the web processes."""
    root = psutil.Process(site.web.pid)
    return sum(process.memory_info().rss for process in root.children(recursive=True))
