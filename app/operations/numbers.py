"""Counting the numbers by the day. May run twice, and at once: what it writes follows from the rows."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy import text

from app.core.clock import now
from app.core.numbers import keep_numbers, last_counted
from app.extensions import db

COUNT: Final = "app.operations.numbers.count_days"
FIRST_DAYS: Final = 90
"""How far back the first count goes."""

_BY_DAY: Final[Mapping[str, str]] = {
    "sign_ups": "users:created_at",
    "uploads": "media:created_at",
    "comments": "comments:created_at",
    "posts": "posts:created_at",
    "likes": "likes:created_at",
    "reposts": "reposts:created_at",
    "follows": "follows:created_at",
}
"""What leaves a row with its moment: the number, and table and column where it is found."""

_MAKING: Final = """
    SELECT (finished_at AT TIME ZONE 'UTC')::date AS day,
           count(*) FILTER (WHERE state = 'failed') AS failures,
           count(*) FILTER (WHERE state = 'ready') AS made,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - created_at))
               FILTER (WHERE state = 'ready') AS making_median_s,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - created_at))
               FILTER (WHERE state = 'ready') AS making_p95_s
    FROM versions WHERE finished_at >= :since AND NOT is_remake GROUP BY 1
"""
_TODAY: Final[Mapping[str, str]] = {
    "active": "SELECT count(DISTINCT user_id) FROM sessions WHERE last_seen_at >= :today",
    "active_week": "SELECT count(DISTINCT user_id) FROM sessions WHERE last_seen_at >= :today - interval '6 days'",
    "active_month": "SELECT count(DISTINCT user_id) FROM sessions WHERE last_seen_at >= :today - interval '29 days'",
    "plays": "SELECT count(*) FROM positions WHERE played_at >= :today",
}
"""What only the present day knows: a later visit takes the place of an earlier one. So these only grow in a day."""
_STATE: Final[Mapping[str, str]] = {
    "people": "SELECT count(*) FROM users",
    "storage_audio": "SELECT coalesce(sum(size_bytes), 0) FROM versions JOIN media ON media.id = medium_id"
    " WHERE kind = 'audio' AND NOT is_remake",
    "storage_video": "SELECT coalesce(sum(size_bytes), 0) FROM versions JOIN media ON media.id = medium_id"
    " WHERE kind = 'video' AND NOT is_remake",
    "storage_made": "SELECT coalesce((SELECT sum(size_bytes) FROM encoded_chunks), 0)"
    " + coalesce((SELECT sum(progressive_bytes) FROM versions), 0)",
}
"""What is so at the moment."""


def count_days() -> None:
    """Count today and yesterday anew; the first time, as far back as rows can tell."""
    moment = now()
    today = datetime.combine(moment.astimezone(UTC).date(), time(), UTC)
    counted = last_counted()
    since = today - timedelta(days=FIRST_DAYS if counted is None else max(1, (today.date() - counted).days))
    values: dict[tuple[str, date], int] = {}
    for name, place in _BY_DAY.items():
        values |= _happened(name, place, since)
    values |= _made(since)
    values |= {(name, today.date()): _scalar(query) for name, query in _STATE.items()}
    keep_numbers(values)
    grown = {(name, today.date()): _scalar(query, today=today) for name, query in _TODAY.items()}
    keep_numbers(grown, only_more=True)
    db.session.commit()


def _happened(name: str, place: str, since: datetime) -> dict[tuple[str, date], int]:
    table, column = place.split(":")
    query = f"SELECT ({column} AT TIME ZONE 'UTC')::date, count(*) FROM {table} WHERE {column} >= :since GROUP BY 1"  # noqa: S608 - our own names  # nosec B608
    found = {day: count for day, count in db.session.execute(text(query), {"since": since})}  # noqa: C416 - rows are no pairs to mypy
    days = (now().astimezone(UTC).date() - since.date()).days + 1
    return {(name, day): found.get(day, 0) for day in (since.date() + timedelta(days=step) for step in range(days))}


def _made(since: datetime) -> dict[tuple[str, date], int]:
    values: dict[tuple[str, date], int] = {}
    for row in db.session.execute(text(_MAKING), {"since": since}).mappings():
        for name in ("failures", "made", "making_median_s", "making_p95_s"):
            if row[name] is not None:
                values[name, row["day"]] = round(row[name])
    return values


def _scalar(query: str, **values: datetime) -> int:
    return int(db.session.scalar(text(query), values) or 0)
