"""Sending posts with pictures, and what is left of them in storage."""

import io
from typing import Any

from flask import Flask
from PIL import Image

from app.core.storage.naming import PUBLIC
from tests.conftest import store_of
from tests.harness.browser import Browser


def picture_file(fmt: str = "JPEG", size: tuple[int, int] = (60, 40), **how: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "#c0402a").save(buffer, fmt, **how)
    return buffer.getvalue()


def send(browser: Browser, *pictures: bytes, body: str = "Look", **fields: str) -> Any:
    files = {f"picture_{number}": (io.BytesIO(data), f"{number}.jpg") for number, data in enumerate(pictures, 1)}
    return browser.submit("/posts", {"body": body, **files, **fields})


def files_of(app: Flask) -> list[str]:
    """What lies in the open, in storage."""
    with app.app_context():
        return sorted(one.key for one in store_of(app).walk_objects(PUBLIC))
