"""Notifications: an artist with a million followers publishes; likes by hundreds a second; a popular one looks at them.

The followers are rows made by the database; everything after them goes the way of the application: the service in its
transaction, the relay, the job in chunks.
"""

import os
import secrets
import time
from pathlib import Path
from uuid import UUID

from sqlalchemy import select, text

from app import create_app
from app.accounts.models import User
from app.core.embedded import EmbeddedPostgres, EmbeddedRedis
from app.core.ids import public_id, uuid7
from app.extensions import db
from app.media.models import Kind, Medium, MediumState, Visibility
from app.media.services import publishing
from app.messaging import notice_jobs, notice_queries
from app.messaging.services import fan_outs, gathering, reading
from app.operations.migrations_cli import bind_migrations
from app.social.events import ThingLiked
from bench.report import Report
from config import load_settings

BATCH = 100
LIKES = 10_000
PUBLISHES = 30
PEOPLE = text("""
INSERT INTO users (id, username, username_key, email, email_key, email_verified_at, password_digest, role, display_name,
  created_at)
SELECT gen_random_uuid(), 'fan' || n, 'fan' || n, 'fan' || n || '@example.org', 'fan' || n || '@example.org', now(), '',
  'listener', 'Fan ' || n, now() FROM generate_series(1, :count) n
""")
FOLLOWS = text("""
INSERT INTO follows (follower_id, followed_id, rings, created_at)
SELECT id, :artist, true, now() - random() * interval '900 days' FROM users WHERE id <> :artist AND id <> :other
""")


def measure(report: Report, folder: Path, *, followers: int) -> None:
    """Start engines of its own, fill them, and measure."""
    postgres, redis = EmbeddedPostgres(folder / "notices"), EmbeddedRedis(folder / "notices-redis")
    try:
        environment = {
            **os.environ, "DATABASE_URL": postgres.start(), "REDIS_URL": redis.start(),
            "DATA_DIR": str(folder / "notices-data"), "SECRET_KEY": secrets.token_hex(16), "LOG_LEVEL": "ERROR",
        }  # fmt: skip
        app = create_app(load_settings(environment))
        bind_migrations(app)
        with app.app_context():
            from flask_migrate import upgrade  # noqa: PLC0415 - as `flask db upgrade` does

            upgrade()
            loved, unknown = _artist("loved"), _artist("unknown")
            db.session.commit()
            db.session.execute(PEOPLE, {"count": followers})
            db.session.execute(FOLLOWS, {"artist": loved, "other": unknown})
            db.session.commit()
            db.session.execute(text("ANALYZE"))
            db.session.commit()
            _measure_publishing(report, loved, unknown, followers)
            _measure_fan_out(report, followers)
            _measure_likes(report, loved)
            db.session.remove()
            db.engine.dispose()
    finally:
        redis.stop()
        postgres.stop()


def _artist(name: str) -> UUID:
    person = User(
        id=uuid7(), username=name, username_key=name, email=f"{name}@example.org", email_key=f"{name}@example.org",
        password_digest=b"", role="artist", display_name=name.title(),
    )  # fmt: skip
    db.session.add(person)
    db.session.flush()
    return person.id


def _draft(owner_id: UUID) -> Medium:
    medium = Medium(
        id=uuid7(), public_id=public_id(), owner_id=owner_id, kind=Kind.AUDIO, realm_slug="music", slug=public_id(),
        title="A release", visibility=Visibility.PUBLIC, state=MediumState.READY, duration_ms=1000,
    )  # fmt: skip
    db.session.add(medium)
    db.session.commit()
    return medium


def _publish(owner_id: UUID) -> float:
    """Milliseconds of the service and its commit."""
    medium = _draft(owner_id)
    began = time.perf_counter()
    publishing.publish_medium(medium)
    db.session.commit()
    return (time.perf_counter() - began) * 1000


def _measure_publishing(report: Report, loved: UUID, unknown: UUID, followers: int) -> None:
    for _ in range(5):
        _publish(unknown)
    took = {name: sorted(_publish(owner) for _ in range(PUBLISHES)) for name, owner in (("0", unknown), ("n", loved))}
    middle, yard = took["n"][PUBLISHES // 2], took["0"][PUBLISHES // 2]
    report.add(
        f"publishing with {followers:,} followers, the transaction", f"{middle:.1f} ms",
        yardstick=f"{yard:.1f} ms with none", budget="the same", met=middle < yard * 1.3 + 1,
    )  # fmt: skip
    db.session.execute(text("UPDATE outbox SET delivered_at = now(), finished_at = now()"))
    medium = _draft(loved)
    publishing.publish_medium(medium)
    db.session.commit()
    fan_outs.begin_of_medium(medium.id)
    db.session.commit()


def _measure_fan_out(report: Report, followers: int) -> None:
    began, slowest = time.perf_counter(), 0.0
    while True:
        chunk_began = time.perf_counter()
        here = fan_outs.tell_next_chunk()
        db.session.commit()
        slowest = max(slowest, time.perf_counter() - chunk_began)
        if here is None:
            break
    took = time.perf_counter() - began
    told = db.session.scalar(text("SELECT count(*) FROM notifications")) or 0
    report.add(
        f"telling {told:,} followers of a release, one job", f"{took:.0f} s, {told / took:,.0f} a second",
        budget="each of them once", met=told == followers,
    )  # fmt: skip
    report.add(f"its slowest transaction ({fan_outs.CHUNK:,} followers)", f"{slowest * 1000:.0f} ms")
    fan = db.session.scalars(select(User).where(User.username == "fan1")).one()
    began = time.perf_counter()
    for _ in range(50):
        notice_queries.page_of(fan, cursor=None, newly=set())
    report.add("a page of notifications, statements and words", f"{(time.perf_counter() - began) * 20:.1f} ms")


def _measure_likes(report: Report, loved: UUID) -> None:
    medium = db.session.scalars(select(Medium).where(Medium.owner_id == loved)).first()
    assert medium is not None
    rows = (
        db.session.execute(
            text("""
        INSERT INTO likes (id, user_id, medium_id, created_at)
        SELECT gen_random_uuid(), id, :medium, now() FROM users WHERE username LIKE 'fan%' LIMIT :count
        RETURNING user_id
        """),
            {"medium": medium.id, "count": LIKES},
        )
        .scalars()
        .all()
    )
    db.session.commit()
    events = [ThingLiked(user_id=one, kind="media", subject_id=medium.id) for one in rows]
    react = notice_jobs.together(gathering.of_likes)
    began = time.perf_counter()
    for place in range(0, len(events), BATCH):
        react(events[place : place + BATCH])
    took = time.perf_counter() - began
    report.add(
        f"{len(events):,} likes of one work told to its artist", f"{len(events) / took:,.0f} a second",
        budget="≥ 500 a second", met=len(events) / took >= 500,
    )  # fmt: skip
    artist = db.session.get_one(User, loved)
    began = time.perf_counter()
    for _ in range(50):
        newly = reading.mark_seen(artist)
        notice_queries.page_of(artist, cursor=None, newly=newly)
        db.session.commit()
    report.add("the artist's page after that", f"{(time.perf_counter() - began) * 20:.1f} ms")
