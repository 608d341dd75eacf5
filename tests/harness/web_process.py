"""The web process by itself, as a real installation runs it: gunicorn with gevent, killed and started at will.

It may have a small disk of its own: a tmpfs that is mounted over its media folder in a mount namespace, which most
kernels let an ordinary user do. A test looks into it by way of ``/proc``.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError

from app.core.embedded.launch import ends_with_parent
from app.core.embedded.ports import free_port
from config import ROOT, Settings

START_S = 30
MOUNTED = ["unshare", "--user", "--map-root-user", "--mount"]


def environ_of(settings: Settings) -> dict[str, str]:
    """What a process must be told to stand on the same database, Redis, disk and bucket as an application of tests."""
    return {
        "DATA_DIR": str(settings.data_dir), "SECRET_KEY": settings.secret_key, "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url, "S3_BUCKET": settings.s3_bucket or "",
        "S3_ENDPOINT_URL": settings.s3_endpoint_url or "", "BCRYPT_COST": "4", "CAPTCHA": "off",
        "LOGIN_LIMIT": "1000 per minute",
        "PART_SIZE_MB": "5", "LOG_LEVEL": "WARNING", "WEB_CONCURRENCY": "1",
    }  # fmt: skip


class WebProcess:
    """gunicorn on a port that stays the same; ``disk_mb`` mounts a tmpfs of that size over ``DATA_DIR/media``."""

    def __init__(self, folder: Path, *, disk_mb: int | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"web-{self.port}.log"
        self._environ: dict[str, str] = {}
        self._disk_mb = disk_mb
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether it was started, and nobody ended it."""
        return self._process is not None

    @property
    def media(self) -> Path:
        """The media folder, by its own name."""
        return Path(self._environ["DATA_DIR"]) / "media"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """What was started."""
        assert self._process is not None, "the web process was not started"
        return self._process

    @property
    def disk(self) -> Path:
        """The media folder as the process sees it."""
        return Path(f"/proc/{self.worker_pid()}/root{self.media}")

    def start(self, environ: Mapping[str, str] | None = None) -> None:
        """Start it with ``environ``, by default that of the last start, and wait until it answers."""
        if environ is not None:
            self._environ = {**environ, "PORT": str(self.port), "PUBLIC_URL": self.url}
        command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "wsgi:app"]
        if self._disk_mb is not None:
            self.media.mkdir(parents=True, exist_ok=True)
            mount = f'mount -t tmpfs -o size={self._disk_mb}m none "$0" && exec "$@"'
            command = [*MOUNTED, "sh", "-ec", mount, str(self.media), *command]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*ends_with_parent("TERM"), *command],
                cwd=ROOT,
                env={**os.environ, **self._environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while not self.answers():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, f"The web process does not answer.\n{self.log.read_text()}"
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether it is there."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):  # noqa: S310 - our own address
                return True
        except (URLError, OSError):
            return False

    def worker_pid(self) -> int:
        """The process that answers requests, which gunicorn's first one has started."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(children[0])

    def memory_mb(self) -> tuple[float, float]:
        """Resident memory of the worker in MB (10^6): now, and at its highest."""
        lines = Path(f"/proc/{self.worker_pid()}/status").read_text().splitlines()
        kib = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith(("VmRSS", "VmHWM"))}
        return kib["VmRSS"] * 1024 / 1e6, kib["VmHWM"] * 1024 / 1e6

    def kill(self) -> None:
        """SIGKILL to everything, as when the power goes."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._process = None

    def stop(self) -> None:
        """End it in order."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None


def may_mount() -> bool:
    """Whether the kernel lets us have a small disk of our own."""
    probe = [*MOUNTED, "mount", "-t", "tmpfs", "none", "/mnt"]
    try:
        return subprocess.run(probe, check=False, capture_output=True, timeout=10).returncode == 0
    except OSError:
        return False
