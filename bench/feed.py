"""The feed of someone who follows thousands, among a million activities; and an artist of a million publishes."""

import os
import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app import create_app
from app.accounts.models import User
from app.accounts.services.passwords import hash_password
from app.core.embedded import EmbeddedPostgres, EmbeddedRedis
from app.core.queue import redis
from app.core.storage import storage
from app.extensions import db
from app.media.models import Kind, MediumState, Visibility
from app.operations.migrations_cli import bind_migrations
from app.operations.relay import deliver_batch
from app.social.queries import feed
from app.social.services import feed_watchers
from bench.report import Report
from bench.throng import Sizes, fan_ids, gather
from config import load_settings
from tests.factories.media import MediumOrder, add_medium
from tests.factories.people import PASSWORD, add_person
from tests.harness.browser import Browser

BUDGET_MS = 50
ROUNDS = 200
PUBLISHED = 30
OPEN_FEEDS = 1_000
SAME = 1.5
"""A request is unchanged while its middle time is at most so many times the other's: both are a few milliseconds."""
DRAFT = MediumOrder(
    kind=Kind.AUDIO,
    state=MediumState.READY,
    visibility=Visibility.PUBLIC,
    with_version=True,
    files=False,
    artwork=False,
)


def sizes_of(activities: int) -> Sizes:
    """A crowd that does so much, with everything else in proportion; as the budgets are meant with a million."""
    return Sizes(activities, max(20, activities // 50), max(5, activities // 200), activities)


def measure(report: Report, folder: Path, sizes: Sizes | None = None) -> None:
    """Fill an installation of its own and measure in this process: server time, without a network."""
    postgres = EmbeddedPostgres(folder / "crowd-postgres", durable=False)
    store = EmbeddedRedis(folder / "crowd-redis", durable=False)
    try:
        environment = {
            **os.environ, "DATABASE_URL": postgres.start(), "REDIS_URL": store.start(),
            "DATA_DIR": str(folder / "crowd"), "SECRET_KEY": secrets.token_hex(16),
            "PUBLIC_URL": "http://127.0.0.1", "LOG_LEVEL": "ERROR", "FORM_LIMIT": "100000 per minute",
        }  # fmt: skip
        app = create_app(load_settings(environment))
        app.test_client_class = Browser
        bind_migrations(app)
        with app.app_context():
            upgrade()
            engine = db.engine
        with Session(engine, expire_on_commit=False) as session:
            measure_in(report, app, session, sizes or Sizes())
        engine.dispose()
    finally:
        store.stop()
        postgres.stop()


def measure_in(report: Report, app: Flask, session: Session, sizes: Sizes) -> None:
    """Likewise in an installation that is there."""
    with app.app_context():
        digest = hash_password(PASSWORD)
    reader, star, nobody = (
        add_person(session, password_digest=digest, role="artist", username=name)
        for name in ("reader", "star", "beginner")
    )
    began = time.perf_counter()
    gather(session, sizes, reader=reader.id, star=star.id)
    report.note(
        f"The feed: {sizes.activities:,} activities of {sizes.actors:,} people, of whom the reader follows"
        f" {sizes.followed:,}; a star whom {sizes.fans:,} follow; filled in {time.perf_counter() - began:.0f} s."
    )
    _measure_reading(report, app, reader, sizes)
    _measure_publishing(report, app, session, sizes, (nobody, star))


def _measure_reading(report: Report, app: Flask, reader: User, sizes: Sizes) -> None:
    with app.app_context():
        middle = db.session.scalar(
            text("SELECT id FROM activities ORDER BY id DESC OFFSET :half LIMIT 1"), {"half": sizes.activities // 2}
        )
        db.session.remove()
        plan = explain(reader, None)
    report.add(
        "the feed's plan", "index" if "using ix_activities_by_actor" in plan else "other",
        budget="the index of activities, for each followed account", met="using ix_activities_by_actor" in plan
        and "Seq Scan on activities" not in plan,
    )  # fmt: skip
    client = _log_in(app, reader)
    for what, path in (("first page", "/feed"), ("a page half-way down", f"/feed?after={middle.hex}")):
        times = _times(lambda path=path: _ok(client.get(path).status_code), ROUNDS)  # type: ignore[misc]  # bound at once
        p95 = times[int(len(times) * 0.95)] * 1000
        report.add(
            f"feed, {what}: server time of the whole page",
            f"p95 {p95:.1f} ms, median {statistics.median(times) * 1000:.1f} ms",
            budget=f"p95 ≤ {BUDGET_MS} ms",
            met=p95 <= BUDGET_MS,
        )


def explain(reader: User, before: object) -> str:
    """The plan of a reader's feed as it was carried out. Within an application context."""
    statement = feed.feed_statement(reader.id, before=before)  # type: ignore[arg-type]  # a row's id
    written = str(statement.compile(db.engine, compile_kwargs={"literal_binds": True}))
    return "\n".join(db.session.scalars(text("EXPLAIN (ANALYZE) " + written.replace(":", r"\:"))))


def _measure_publishing(report: Report, app: Flask, session: Session, sizes: Sizes, people: tuple[User, User]) -> None:
    from app.wiring import REACTIONS  # noqa: PLC0415 - it takes the whole application

    with app.app_context():
        redis().zadd(
            feed_watchers.KEY,
            {one.hex: time.time() + 3600 for one in fan_ids(session, sizes, min(OPEN_FEEDS, sizes.fans))},
        )
        while deliver_batch(REACTIONS):
            pass
    medians, work = [], []
    for person in people:
        with app.app_context():
            first, *drafts = [
                add_medium(session, storage(), person, DRAFT, published_at=None).public_id for _ in range(PUBLISHED + 1)
            ]
        client = _log_in(app, person)
        token = client.csrf_token()
        _publish(client, first, token)  # what a process looks up once in a few seconds is not what publishing costs
        with app.app_context():
            while deliver_batch(REACTIONS):
                pass
        with _counted() as asked:
            left = iter(drafts)
            times = _times(lambda: _publish(client, next(left), token), PUBLISHED)  # noqa: B023 - called at once
        with _counted() as done, app.app_context():
            began = time.perf_counter()
            while deliver_batch(REACTIONS):
                pass
            relayed = (time.perf_counter() - began) / PUBLISHED
        medians.append(statistics.median(times))
        work.append((len(asked) / PUBLISHED, len(done) / PUBLISHED, relayed))
    (few, few_relayed, _), (many, many_relayed, relayed) = work
    report.add(
        f"publishing, followed by {sizes.fans:,}: the request",
        f"{medians[1] * 1000:.1f} ms, {many:.0f} statements",
        yardstick=f"followed by nobody: {medians[0] * 1000:.1f} ms, {few:.0f} statements",
        budget="unchanged",
        met=many == few and medians[1] <= SAME * medians[0],
    )
    report.add(
        f"publishing, followed by {sizes.fans:,}: the spine's work, {min(OPEN_FEEDS, sizes.fans):,} feeds open",
        f"{relayed * 1000:.1f} ms, {many_relayed:.1f} statements",
        yardstick=f"followed by nobody: {few_relayed:.1f} statements",
        budget="the same statements",
        met=abs(many_relayed - few_relayed) <= 1,
    )


def _publish(client: Browser, public_id: str, token: str) -> None:
    _ok(client.post(f"/studio/media/{public_id}/publish", data={"csrf_token": token}).status_code)


def _log_in(app: Flask, person: User) -> Browser:
    client: FlaskClient = app.test_client()
    assert isinstance(client, Browser)
    _ok(client.submit("/login", {"login": person.username, "password": PASSWORD}).status_code)
    return client


def _ok(status: int) -> None:
    assert status in {200, 303}, status


def _times(act: Callable[[], None], rounds: int) -> list[float]:
    """How long each of ``rounds`` takes, in seconds, sorted; the first tenth is for warming up, and not counted."""
    times = []
    for number in range(rounds):
        began = time.perf_counter()
        act()
        if number >= rounds // 10:
            times.append(time.perf_counter() - began)
    return sorted(times)


@contextmanager
def _counted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
