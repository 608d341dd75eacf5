"""Media bytes through ``deploy/nginx.conf`` against nginx serving the plain file, one after the other in one run."""

import os
import re
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import urllib3
from sqlalchemy import select

from app import create_app
from app.accounts.models import User
from app.core.embedded.ports import free_port
from app.core.storage import storage
from app.extensions import db
from app.media.models import Kind, MediumState, Version, Visibility
from app.media.services import places
from bench.report import Report
from bench.site import Site
from config import load_settings
from tests.factories.media import MediumOrder, add_medium
from tests.harness import nginx

SECRET = "bench-only-secret"
FILE_BYTES = 64 << 20
CONNECTIONS = 16
ROUNDS = 5
"""Each address is measured so often, in turns, and the middle ratio counts: a shared machine has its moods."""
BUDGETS = {"public": 0.9, "restricted": 0.6}
FIRST_BYTE_BUDGET_MS = 100
FIRST_BYTES = 40
SIZES = {"small segments (24 KB)": "bytes=1000000-1024575", "large ranges (4 MB)": "bytes=1000000-5194303"}
PLAIN = """
    server {{
        listen 127.0.0.1:{port};
        root {folder};
    }}
}}
"""
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)")


@dataclass(frozen=True)
class Addresses:
    """Where the same bytes are: as a plain file, as public and as restricted media."""

    plain: str
    public: str
    restricted: str


def measure(report: Report, site: Site, *, seconds: int) -> None:
    """Ask for small and for large ranges of the same bytes by each way, as fast as two cores answer."""
    public, restricted, data_dir = _fill(site)
    folder = site.folder / "edge"
    plain_folder = folder / "plain"
    plain_folder.mkdir(parents=True)
    os.link(data_dir / "media" / public["object"], plain_folder / "film.mp4")
    port, second, plain_port = free_port(), free_port(), free_port()
    text = nginx.configuration(folder, media=data_dir / "media", web_url=site.direct_url, port=port, second_port=second)
    text = text.rstrip().removesuffix("}") + PLAIN.format(port=plain_port, folder=plain_folder)
    with nginx.Nginx(folder, text, port) as front:
        addresses = Addresses(
            plain=f"http://127.0.0.1:{plain_port}/film.mp4",
            public=front.url + public["path"],
            restricted=front.url + restricted["path"],
        )
        for what, asked in SIZES.items():
            _compare(report, what, addresses, asked, seconds)
        _first_byte(report, addresses)


def _compare(report: Report, what: str, addresses: Addresses, asked: str, seconds: int) -> None:
    rates: dict[str, list[float]] = {"plain": [], "public": [], "restricted": []}
    for turn in range(ROUNDS):
        for name in list(rates) if turn % 2 else reversed(rates):
            rates[name].append(_ask(getattr(addresses, name), asked, max(1, seconds // 3)))
    for name, budget in BUDGETS.items():
        ratio = statistics.median(ours / plain for ours, plain in zip(rates[name], rates["plain"], strict=True))
        report.add(
            f"{name} media through nginx, {what}",
            f"{statistics.median(rates[name]):,.0f} a second",
            yardstick=f"{ratio:.2f}× nginx serving the plain file ({statistics.median(rates['plain']):,.0f})",
            budget=f"≥ {budget}×",
            met=ratio >= budget,
        )


def _ask(url: str, asked: str, seconds: int) -> float:
    """Requests a second. Anything but success fails the bench."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-H", f"Range: {asked}", url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate = _RATE.search(said)
    assert rate is not None, said
    assert _BAD.search(said) is None, said
    return float(rate[1])


def _first_byte(report: Report, addresses: Addresses) -> None:
    """How long the first byte takes to come; of restricted media for viewers whom nginx has not seen yet."""
    for name in BUDGETS:
        times = sorted(_first_byte_times(getattr(addresses, name)))
        p95_ms = times[int(len(times) * 0.95)] * 1000
        report.add(
            f"first byte of {name} media, a viewer whom nothing is remembered of, p95",
            f"{p95_ms:.1f} ms",
            budget=f"< {FIRST_BYTE_BUDGET_MS} ms",
            met=p95_ms < FIRST_BYTE_BUDGET_MS,
        )


def _first_byte_times(url: str) -> Sequence[float]:
    times = []
    for _ in range(FIRST_BYTES):
        with urllib3.PoolManager(retries=False) as pool:
            began = time.perf_counter()
            headers = {"Range": "bytes=0-1999999", "Cookie": f"viewer={uuid4()}"}
            answer = pool.request("GET", url, headers=headers, preload_content=False)
            assert answer.status == 206, answer.status
            answer.read(1)
            times.append(time.perf_counter() - began)
            answer.close()
    return times


def _fill(site: Site) -> tuple[dict[str, str], dict[str, str], Path]:
    """A public and an unlisted film, each with a long file; where that lies in storage, and its address."""
    settings = load_settings(site.environment)
    app = create_app(settings)
    made = {}
    with app.app_context():
        owner = db.session.scalars(select(User).where(User.username == "bench_guest")).one()
        for visibility in (Visibility.PUBLIC, Visibility.UNLISTED):
            order = MediumOrder(
                kind=Kind.VIDEO, state=MediumState.READY, visibility=visibility, with_version=True, files=False,
                artwork=False,
            )  # fmt: skip
            medium = add_medium(db.session(), storage(), owner, order, link_secret=SECRET)
            moves = places.plan_moves(medium.id)
            places.settle_moves(medium.id, moves)
            db.session.commit()
            version = db.session.scalars(select(Version).where(Version.medium_id == medium.id)).one()
            storage().put_bytes(version.storage_prefix + "film.mp4", os.urandom(FILE_BYTES), content_type="video/mp4")
            shelf = "public" if visibility is Visibility.PUBLIC else "restricted"
            secret = "" if visibility is Visibility.PUBLIC else f"{SECRET}/"
            made[visibility] = {
                "object": version.storage_prefix + "film.mp4",
                "path": f"/media/{shelf}/{version.delivery_key}/{secret}film.mp4",
            }
        db.engine.dispose()
    return made[Visibility.PUBLIC], made[Visibility.UNLISTED], settings.data_dir
