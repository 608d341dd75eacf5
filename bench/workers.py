"""Two workers on two hosts against one: network namespaces with S3 between them, each worker pinned to a core.

A namespace is a host of its own to everything that matters here: its own address, its own folder, no file of the other.
PostgreSQL, Redis and the bucket (moto, over HTTP) are reached through a virtual cable. They run on the same two cores,
so that with two workers they take time from both, which a single pinned worker is spared.
"""

import asyncio
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import URLError

import imageio_ffmpeg

from app.core.embedded import EmbeddedPostgres, EmbeddedRedis
from app.core.embedded.ports import free_port
from bench.report import Report
from config import ROOT, load_settings

FILMS = 6
FILM_S = 40
SIZE = "640x360"
BUCKET = "bench"
CORES = (0, 1)
BUDGET = 1.8
PATIENCE_S = 900
AWS = {
    "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}  # fmt: skip


@dataclass(frozen=True)
class Host:
    """A network namespace, and the address at which it finds everything else."""

    name: str
    gateway: str
    core: int


def why_not() -> str:
    """Why this machine cannot measure it; "" where it can."""
    if os.geteuid() != 0:
        return "it takes root to make network namespaces"
    missing = [tool for tool in ("ip", "taskset") if shutil.which(tool) is None]
    if missing:
        return f"it needs {' and '.join(missing)}: apt-get install iproute2 util-linux"
    if (os.cpu_count() or 1) < len(CORES):
        return "it needs two cores"
    done = subprocess.run(["ip", "netns", "list"], capture_output=True, check=False)
    return "" if done.returncode == 0 else "this machine has no network namespaces"


def measure(report: Report, folder: Path, *, films: int = FILMS) -> None:
    """Make the same films with one pinned worker, then with two; the ratio of the times goes into the report."""
    reason = why_not()
    if reason:
        report.note(f"Two workers on two hosts were not measured: {reason}.")
        return
    with ExitStack() as stack:
        hosts = [stack.enter_context(host(number, core)) for number, core in enumerate(CORES)]
        place = Place(folder, stack, hosts)
        film = a_film(folder)
        alone_s = place.make(film, films, hosts[:1])
        together_s = place.make(film, films, hosts)
    ratio = alone_s / together_s
    report.add(
        "two workers in two network namespaces, S3 between them, each pinned to a core",
        f"{ratio:.2f}x one ({films} films of {FILM_S} s, {SIZE}: {alone_s:.1f} s and {together_s:.1f} s)",
        budget=f"≥ {BUDGET}x",
        met=ratio >= BUDGET,
    )


@contextmanager
def host(number: int, core: int) -> Iterator[Host]:
    """A network namespace with a virtual cable to this one."""
    name, ours, theirs = f"bench-{os.getpid()}-{number}", f"bench{os.getpid() % 99999}-{number}", "eth0"
    net = f"10.213.{number}"

    def run(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    run("netns", "add", name)
    try:
        run("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
        run("addr", "add", f"{net}.1/30", "dev", ours)
        run("link", "set", ours, "up")
        run("-n", name, "addr", "add", f"{net}.2/30", "dev", theirs)
        run("-n", name, "link", "set", theirs, "up")
        run("-n", name, "link", "set", "lo", "up")
        yield Host(name, f"{net}.1", core)
    finally:
        run("netns", "del", name)  # and the cable with it


def a_film(folder: Path) -> Path:
    """A picture with movement and grain, and a tone."""
    path = folder / "film.mp4"
    picture = f"testsrc2=s={SIZE}:r=25:d={FILM_S},noise=alls=12:allf=t"
    sources = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"sine=f=440:d={FILM_S}"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "26", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *sources, *coded, path], check=True)
    return path


class Place:
    """Database, Redis, bucket and spine, and workers on the hosts."""

    def __init__(self, folder: Path, stack: ExitStack, hosts: Sequence[Host]) -> None:
        self.folder = folder
        postgres, redis = EmbeddedPostgres(folder / "postgres"), EmbeddedRedis(folder / "redis")
        self.database_url, self.redis_url = postgres.start(), redis.start()
        stack.callback(postgres.stop)
        stack.callback(redis.stop)
        self.bucket_port = free_port()
        self._secret = secrets.token_hex(16)
        os.environ.update(AWS)
        bucket = [sys.executable, "-m", "moto.server", "-H", "0.0.0.0", "-p", str(self.bucket_port)]  # noqa: S104 - reached from the namespaces
        stack.enter_context(running(bucket, {**os.environ}))
        self._wait_for_bucket()
        for one in hosts:
            for port in (postgres.port, redis.port):
                forward(one.gateway, port)
        self._flask("db", "upgrade")
        self.app: Any = self._make_app()
        stack.enter_context(running([sys.executable, "-m", "flask", "spine"], self.environment("127.0.0.1", "spine")))

    def environment(self, gateway: str, name: str) -> dict[str, str]:
        """The settings of a process that finds everything at ``gateway``."""
        return {
            **os.environ, **AWS, "FLASK_APP": "wsgi:app", "SECRET_KEY": self._secret, "FFMPEG_THREADS": "1",
            "DATABASE_URL": self.database_url.replace("127.0.0.1", gateway),
            "REDIS_URL": self.redis_url.replace("127.0.0.1", gateway),
            "DATA_DIR": str(self.folder / name), "S3_BUCKET": BUCKET,
            "S3_ENDPOINT_URL": f"http://{gateway}:{self.bucket_port}", "LOG_LEVEL": "WARNING",
        }  # fmt: skip

    def make(self, film: Path, count: int, hosts: Sequence[Host]) -> float:
        """How many seconds the workers of ``hosts`` take for ``count`` films, from the first claim to the last end."""
        with ExitStack() as stack:
            for one in hosts:
                command = ["ip", "netns", "exec", one.name, "taskset", "-c", str(one.core)]
                command += [sys.executable, "-m", "flask", "worker", "media"]
                stack.enter_context(running(command, self.environment(one.gateway, one.name)))
            time.sleep(4)  # until they listen
            began = time.perf_counter()
            mine = self._receive(film, count)
            while not self._are_ready(mine):
                if time.perf_counter() - began > PATIENCE_S:
                    raise SystemExit("The workers did not come to an end.")
                time.sleep(0.2)
            return time.perf_counter() - began

    def _receive(self, film: Path, count: int) -> list[Any]:
        """Let films come in as confirmed uploads do."""
        from app.accounts.models import Role  # noqa: PLC0415 - needs the settings' environment
        from app.accounts.services.sign_up import make_user  # noqa: PLC0415
        from app.core.storage import storage  # noqa: PLC0415
        from app.extensions import db  # noqa: PLC0415
        from app.media.services.arrivals import receive_file  # noqa: PLC0415

        made = []
        with self.app.app_context():
            name = f"bench_{secrets.token_hex(4)}"
            person = make_user(
                username=name, email=f"{name}@example.org", password=secrets.token_hex(8), role=Role.ADMIN
            )
            for number in range(count):
                key = f"originals/{name}-{number}.mp4"
                storage().put_file(key, film, content_type="video/mp4")
                upload: Any = SimpleNamespace(
                    storage_key=key, filename=film.name, size_bytes=film.stat().st_size, replaces_id=None
                )
                db.session.flush()
                made.append(receive_file(person, upload, parts_sha256="").id)
            db.session.commit()
        return made

    def _are_ready(self, ids: list[Any]) -> bool:
        from sqlalchemy import select  # noqa: PLC0415

        from app.extensions import db  # noqa: PLC0415
        from app.media.models import Medium, MediumState  # noqa: PLC0415

        with self.app.app_context():
            states = list(db.session.scalars(select(Medium.state).where(Medium.id.in_(ids))))
        if MediumState.FAILED in states:
            raise SystemExit("A film failed.")
        return states == [MediumState.READY] * len(ids)

    def _make_app(self) -> Any:
        import boto3  # noqa: PLC0415 - a third of a second

        from app import create_app  # noqa: PLC0415

        endpoint = f"http://127.0.0.1:{self.bucket_port}"
        boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket=BUCKET)
        return create_app(replace(load_settings(self.environment("127.0.0.1", "bench")), bcrypt_cost=4))

    def _flask(self, *words: str) -> None:
        command = [sys.executable, "-m", "flask", *words]
        subprocess.run(command, cwd=ROOT, env=self.environment("127.0.0.1", "bench"), check=True, capture_output=True)

    def _wait_for_bucket(self) -> None:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.bucket_port}/", timeout=2).close()
            except (URLError, ConnectionError):
                time.sleep(0.2)
            else:
                return
        raise SystemExit("The bucket's server did not start.")


@contextmanager
def running(command: Sequence[str], environment: dict[str, str]) -> Iterator[None]:
    """A program that runs while the block does."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def forward(address: str, port: int) -> None:
    """Hand connections to ``address:port`` on to the same port of the loopback, from a thread, until the bench ends."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, back), pump(there, writer), return_exceptions=True)

    async def serve() -> None:
        async with await asyncio.start_server(connected, address, port) as server:
            await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
