"""Dropping real files on a page, and a line that is slow."""

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import CDPSession, Page

TYPES = {".mp3": "audio/mpeg", ".wav": "audio/wav", ".mkv": "video/x-matroska", ".mp4": "video/mp4"}
_TRANSFER = """(files) => {
  const transfer = new DataTransfer()
  for (const { name, type, data } of files) {
    transfer.items.add(new File([Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0))], name, { type }))
  }
  return transfer
}"""


def drop_files(page: Page, paths: Sequence[Path]) -> None:
    """Drag files over the drop zone and let go, as a hand does."""
    files = [
        {"name": path.name, "type": TYPES[path.suffix], "data": b64encode(path.read_bytes()).decode()} for path in paths
    ]
    transfer = page.evaluate_handle(_TRANSFER, files)
    zone = page.locator("[data-uploader=drop]")
    for event in ("dragenter", "dragover", "drop"):
        zone.dispatch_event(event, {"dataTransfer": transfer})


def slow_down(page: Page, upload_bytes_per_s: int) -> CDPSession:
    """Let the page's line carry no more than that upwards, until ``speed_up``."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    _emulate(session, upload_bytes_per_s)
    return session


def speed_up(session: CDPSession) -> None:
    """Take the limit of ``slow_down`` away, or come back after ``cut``."""
    _emulate(session, -1)


def cut(session: CDPSession) -> None:
    """Take the network away."""
    _emulate(session, -1, offline=True)


def _emulate(session: CDPSession, upload_bytes_per_s: int, *, offline: bool = False) -> None:
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload_bytes_per_s},
    )
