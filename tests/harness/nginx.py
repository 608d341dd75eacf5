"""A real nginx with ``deploy/nginx.conf``, before a web process of this machine."""

import os
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Self
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from app.core.embedded.ports import free_port
from config import ROOT

START_S = 10


def program() -> str | None:
    """Where nginx is, also for those whose path lacks the folders of administrators."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def configuration(folder: Path, *, media: Path, web_url: str, port: int, second_port: int) -> str:
    """``deploy/nginx.conf`` with this machine's paths and ports in the place of the container's.

    Raises:
        AssertionError: something that is to be replaced is not in it any more.
    """
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    replaced = {
        "/tmp/": f"{folder}/",  # noqa: S108 - the container's; first, because the others may bring one
        "server web:8000;": f"server {urlsplit(web_url).netloc};",
        "listen 8080;": f"listen 127.0.0.1:{port};",
        "8081": str(second_port),
        "/srv/data/media/": f"{media}/",
        "/srv/data/media;": f"{media};",
        "/srv/static/": f"{ROOT}/static/",
        "include mime.types;": "include /etc/nginx/mime.types;",
        "/dev/stderr": f"{folder}/error.log",
    }
    for old, new in replaced.items():
        assert old in text, f"deploy/nginx.conf has no {old!r} to replace"
        text = text.replace(old, new)
    as_root = "user root;\n" if os.geteuid() == 0 else ""  # tests' folders are their user's alone
    return f"daemon off;\n{as_root}{text}"


class Nginx:
    """nginx while the block lasts; ``url`` is where it listens."""

    def __init__(self, folder: Path, text: str, port: int) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self._text = text
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def before(cls, web_url: str, *, media: Path, folder: Path) -> "Nginx":
        """As ``deploy/nginx.conf`` has it, before the web process at ``web_url`` whose media lie in ``media``."""
        port, second = free_port(), free_port()
        text = configuration(folder, media=media, web_url=web_url, port=port, second_port=second)
        return cls(folder, text, port)

    def __enter__(self) -> Self:
        """Start it, and wait until it answers."""
        path = self.folder / "nginx.conf"
        path.write_text(self._text)
        command = [program() or "nginx", "-p", str(self.folder), "-c", str(path)]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_S
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "error.log").read_text()
            assert time.monotonic() < deadline, "nginx does not answer"
            time.sleep(0.02)
        return self

    def __exit__(self, *_error: object) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def log(self) -> str:
        """What it complained about."""
        path = self.folder / "error.log"
        return path.read_text() if path.exists() else ""

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/static/no-such-file", timeout=2):  # noqa: S310 - our own address
                return True
        except HTTPError:
            return True
        except (URLError, OSError):
            return False
