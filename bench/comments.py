"""Fifty thousand comments on one work: a page of them in every order, deep in the list, and what players are told."""

import os
import secrets
import statistics
import time
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import create_app
from app.accounts.models import User
from app.core.embedded import EmbeddedPostgres, EmbeddedRedis
from app.core.storage import storage
from app.extensions import db
from app.media.models import Kind, Medium, MediumState, Visibility
from app.operations.migrations_cli import bind_migrations
from app.social import subjects, threads
from app.social.queries.comments import Sort
from app.social.threads import Asker
from bench.report import Report
from config import load_settings
from tests.factories.media import MediumOrder, add_medium
from tests.factories.people import add_person

COMMENTS = 50_000
BUDGET_MS = 50
ROUNDS = 60
DEEP = 20
LENGTH_MS = 1_800_000
WORK = MediumOrder(
    kind=Kind.AUDIO,
    state=MediumState.READY,
    visibility=Visibility.PUBLIC,
    with_version=True,
    files=False,
    artwork=False,
)
FILL = text("""
    INSERT INTO comments (id, public_id, author_id, medium_id, owner_id, at_ms, body, state, likes, created_at)
    SELECT gen_random_uuid(), 'bench' || n, :author, :medium, :author,
        CASE WHEN n % 4 = 0 THEN NULL ELSE (n::bigint * 7919) % :length END,
        'This drop at 1:42, @someone!', 'visible', n % 50, now()
    FROM generate_series(1, :count) AS n
""")


def measure(report: Report, folder: Path, *, comments: int = COMMENTS) -> None:
    """Fill an installation of its own and measure in this process: server time, without a network."""
    postgres = EmbeddedPostgres(folder / "comments-postgres", durable=False)
    store = EmbeddedRedis(folder / "comments-redis", durable=False)
    try:
        environment = {
            **os.environ, "DATABASE_URL": postgres.start(), "REDIS_URL": store.start(),
            "DATA_DIR": str(folder / "comments"), "SECRET_KEY": secrets.token_hex(16),
            "PUBLIC_URL": "http://127.0.0.1", "LOG_LEVEL": "ERROR",
        }  # fmt: skip
        app = create_app(load_settings(environment))
        bind_migrations(app)
        with app.app_context():
            upgrade()
            engine, disk = db.engine, storage()
        with Session(engine, expire_on_commit=False) as session:
            author = add_person(session, password_digest=b"none", role="artist", username="busy")
            medium = add_medium(session, disk, author, WORK, duration_ms=LENGTH_MS)
            given = {"author": author.id, "medium": medium.id, "length": LENGTH_MS, "count": comments}
            session.execute(FILL, given)
            session.commit()
            session.execute(text("ANALYZE comments"))
            session.commit()
        report.note(f"Comments: {comments:,} on one work, three of four at a second of it.")
        _measure_pages(report, app, medium, author)
        _measure_moments(report, app, medium)
        engine.dispose()
    finally:
        store.stop()
        postgres.stop()


def _measure_pages(report: Report, app: Flask, medium: Medium, author: User) -> None:
    for sort in Sort:
        cursor: str | None = None
        for what in ("first", "deep"):
            times = []
            for _ in range(ROUNDS if what == "first" else DEEP):
                with app.test_request_context():
                    began = time.perf_counter()
                    row = db.session.get_one(Medium, medium.id, options=subjects._MEDIUM_OPTIONS)  # noqa: SLF001
                    asker = Asker(author.id, is_staff=False, may_write=True)
                    page = threads.comment_page(
                        subjects.of_medium(row), asker, sort, after=cursor if what == "deep" else None
                    )
                    times.append((time.perf_counter() - began) * 1000)
                    cursor = page.next_url.rpartition("after=")[2].replace("%3D", "=")
            _say(report, f"comments by {sort}, {what} page", times)


def _measure_moments(report: Report, app: Flask, medium: Medium) -> None:
    times = []
    for _ in range(ROUNDS):
        app.extensions.pop("shared", None)
        began = time.perf_counter()
        answer = app.test_client().get(f"/media/{medium.public_id}/moments", base_url="http://127.0.0.1")
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200
    _say(report, "comments along the time, nothing remembered", times)


def _say(report: Report, what: str, times: list[float]) -> None:
    p95 = statistics.quantiles(times, n=20)[-1]
    report.add(what, f"{statistics.median(times):.1f} ms, p95 {p95:.1f} ms", budget=f"p95 ≤ {BUDGET_MS} ms",
               met=p95 <= BUDGET_MS)  # fmt: skip
