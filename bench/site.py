"""A full installation to measure: engines, a community, two web workers behind nginx, and a bare page beside."""

import os
import secrets
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from app.core.embedded import EmbeddedPostgres, EmbeddedRedis
from app.core.embedded.ports import free_port

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "bench-only-Wellenreiter"
NGINX = """
worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/nginx.log; daemon off;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream site {{ server 127.0.0.1:{site}; keepalive 64; }}
  upstream bare {{ server 127.0.0.1:{bare}; keepalive 64; }}
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
  gzip on; gzip_proxied any; gzip_comp_level 5; gzip_types text/css text/javascript application/json image/svg+xml;
  server {{ listen 127.0.0.1:{front}; location / {{ proxy_pass http://site; }}
            location /static/ {{ alias {root}/static/; }} location /bare {{ proxy_pass http://bare; }} }}
}}
"""


class Site:
    """Everything runs while the block does. ``url`` is nginx, ``direct_url`` the web process itself."""

    def __init__(self, folder: Path, *, media: int) -> None:
        self.folder = folder
        self.media = media
        self.people = max(100, media // 20)
        self.seconds_to_fill = 0.0
        self._postgres = EmbeddedPostgres(folder / "postgres", durable=False)
        self._redis = EmbeddedRedis(folder / "redis", durable=False)
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        """Start everything and fill the tables."""
        front, port, bare = free_port(), free_port(), free_port()
        self.url, self.direct_url = f"http://127.0.0.1:{front}", f"http://127.0.0.1:{port}"
        self.environment = {
            **os.environ,
            "DATABASE_URL": self._postgres.start(),
            "REDIS_URL": self._redis.start(),
            "DATA_DIR": str(self.folder / "data"),
            "SECRET_KEY": secrets.token_hex(16),
            "PORT": str(port),
            "PUBLIC_URL": self.url,
            "ACCEL_REDIRECT": "1",
            "CAPTCHA": "off",  # the bench's own log-ins are a program's
            "SOCKETS_PER_ADDRESS": "100000",  # everyone who watches comes from here
            "FLASK_APP": "wsgi:app",
        }
        self.flask("db", "upgrade")
        began = time.perf_counter()
        self.flask("demo", "generate", "--people", str(self.people), "--media", str(self.media))
        self.seconds_to_fill = time.perf_counter() - began
        self.flask("users", "create", "bench_guest", "guest@example.org", "--password", PASSWORD)
        self.web = self._start("gunicorn", "-c", "deploy/gunicorn.conf.py", "-w", "2", "wsgi:app")
        self._workers = [
            self._start("flask", "worker", "media"),
            self._start("flask", "worker", "media"),
            self._start("flask", "worker", "default"),
            self._start("flask", "spine"),
        ]
        self._wait(f"{self.direct_url}/readyz")
        home = self._read(self.direct_url + "/")
        (self.folder / "page.html").write_bytes(home)
        self.bare = self._start(
            "gunicorn", "-k", "gevent", "-w", "2", "--no-control-socket", "-b", f"127.0.0.1:{bare}", "bench.bare:app"
        )
        self._wait(f"http://127.0.0.1:{bare}/bare")
        configuration = self.folder / "nginx.conf"
        configuration.write_text(NGINX.format(folder=self.folder, site=port, bare=bare, front=front, root=ROOT))
        self._processes.append(subprocess.Popen(["nginx", "-p", str(self.folder), "-c", str(configuration)]))
        self._wait(f"{self.url}/healthz")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything."""
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            process.wait(20)
        self._redis.stop()
        self._postgres.stop()

    @property
    def roots(self) -> list[int]:
        """The first process of each part of an installation, for adding up memory; nginx and the yardstick are none."""
        engines = [engine.running_process() for engine in (self._postgres, self._redis)]
        return [self.web.pid, *(one.pid for one in self._workers), *(one.pid for one in engines if one is not None)]

    def cpu_seconds(self) -> float:
        """Processor time so far of the web processes and of PostgreSQL with its children."""
        postgres = self._postgres.running_process()
        roots = [psutil.Process(self.web.pid), *([postgres] if postgres else [])]
        processes = [process for root in roots for process in (root, *root.children(recursive=True))]
        return sum(sum(process.cpu_times()[:2]) for process in processes)

    def flask(self, *arguments: str) -> None:
        """Run a ``flask`` command of the installation."""
        subprocess.run([sys.executable, "-m", "flask", *arguments], cwd=ROOT, env=self.environment, check=True)

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        environment = {**self.environment, "BENCH_PAGE": str(self.folder / "page.html")}
        with (self.folder / "processes.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", *arguments], cwd=ROOT, env=environment, stderr=log)
        self._processes.append(process)
        return process

    @staticmethod
    def _read(url: str) -> bytes:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own address
            body: bytes = answer.read()
        return body

    def _wait(self, url: str) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                self._read(url)
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return
