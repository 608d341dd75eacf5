"""How the installation does at this moment: queues, failures, room, what waits for people. Reads only what is small."""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from flask import current_app
from redis import RedisError
from rq import Worker
from rq.job import Job
from sqlalchemy import text

from app.core.clock import now
from app.core.queue import HEARTBEAT_KEY, QUEUES, queue, redis
from app.core.storage import storage
from app.core.storage.local import LocalStorage
from app.extensions import db
from app.web.filters import ago, filesize

MOST_COUNTED: Final = 1_000
"""What is more than this is said to be more; nobody needs it to the piece, and no request counts further."""
LATE: Final = timedelta(minutes=10)
LITTLE_ROOM: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number with what it means. ``is_bad`` where somebody should look; ``url`` is where."""

    label: str
    value: str
    note: str = ""
    url: str = ""
    is_bad: bool = False


_WAITING: Final = text("""
    SELECT
      (SELECT count(*) FROM (SELECT 1 FROM outbox WHERE delivered_at IS NULL LIMIT :most) AS o) AS outbox,
      (SELECT created_at FROM outbox WHERE delivered_at IS NULL ORDER BY id LIMIT 1) AS outbox_since,
      (SELECT count(*) FROM (SELECT 1 FROM outbox WHERE finished_at IS NULL
         AND delivered_at < now() - interval '10 minutes' LIMIT :most) AS e) AS errands,
      (SELECT count(*) FROM (SELECT 1 FROM tasks WHERE state IN ('queued', 'running') LIMIT :most) AS t) AS tasks,
      (SELECT id FROM tasks WHERE state IN ('queued', 'running') ORDER BY later, turn, urgency, id LIMIT 1) AS task,
      (SELECT count(*) FROM (SELECT 1 FROM media WHERE state = 'failed' LIMIT :most) AS m) AS failed,
      c.cases, c.cases_since, checked.faults, checked.entries, checked.ended_at
    FROM (SELECT count(*) AS cases, min(opened_at) AS cases_since FROM (SELECT opened_at FROM cases
        WHERE state IN ('open', 'claimed', 'escalated', 'taken_up') LIMIT :most) AS o) AS c
    LEFT JOIN (SELECT jsonb_array_length(faults) AS faults, entries, ended_at FROM audit_checks
        ORDER BY began_at DESC LIMIT 1) AS checked ON true
""")


def look() -> list[tuple[str, list[Figure]]]:
    """Headings, and under each its figures. One statement, and a few words with Redis, which may be away."""
    row = db.session.execute(_WAITING, {"most": MOST_COUNTED}).one()
    return [("Waiting", [*_waiting(row), *_queues()]), ("Trouble", _trouble(row)), ("Room and records", _room(row))]


def _waiting(row: Any) -> list[Figure]:
    return [
        Figure(
            label="Open cases", value=_count(row.cases), url="/admin/queue",
            note=f"the oldest {ago(row.cases_since)}" if row.cases_since else "nothing is reported",
        ),
        Figure(
            label="Events on their way", value=_count(row.outbox),
            note=_since(row.outbox_since, "the spine is up to date"), is_bad=_is_late(row.outbox_since),
        ),
        Figure(
            label="Steps of making", value=_count(row.tasks),
            note=_since(_moment_of(row.task), "nothing is being made"),
        ),
    ]  # fmt: skip


def _queues() -> Iterable[Figure]:
    try:
        alive = bool(redis().exists(HEARTBEAT_KEY))
        yield Figure(
            label="Spine", value="alive" if alive else "silent", is_bad=not alive,
            note="told so within a minute" if alive else "start `flask spine`",
        )  # fmt: skip
        for name in QUEUES:
            line = queue(name)
            workers, waiting, failed = Worker.count(queue=line), line.count, line.failed_job_registry.count
            oldest = _oldest(line)
            yield Figure(
                label=f"Queue {name}", value=str(waiting), is_bad=not workers or _is_late(oldest),
                note=", ".join(
                    part
                    for part in (
                        f"{workers} worker{'' if workers == 1 else 's'}",
                        f"oldest {ago(oldest)}" if oldest else "",
                        f"{failed} failed within a day" if failed else "",
                    )
                    if part
                ),
            )  # fmt: skip
    except RedisError:
        yield Figure(label="Redis", value="away", note="work waits in the tables until it is back", is_bad=True)


def _oldest(line: Any) -> datetime | None:
    for job_id in line.get_job_ids(0, 1):
        with suppress(Exception):
            moment = Job.fetch(job_id, connection=line.connection, serializer=line.serializer).enqueued_at
            return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
    return None


def _trouble(row: Any) -> list[Figure]:
    return [
        Figure(
            label="Media that failed", value=_count(row.failed), url="/admin/media?state=failed",
            is_bad=bool(row.failed),
            note="each says why, and can be tried again" if row.failed else "everything could be made",
        ),
        Figure(
            label="Errands that hang", value=_count(row.errands), is_bad=bool(row.errands),
            note="rung for again every two minutes" if row.errands else "all that was rung for is done",
        ),
    ]  # fmt: skip


def _room(row: Any) -> list[Figure]:
    settings = current_app.config["SETTINGS"]
    disk = shutil.disk_usage(settings.data_dir)
    figures = [
        Figure(
            label="Room on the disk", value=filesize(disk.free), note=f"of {filesize(disk.total)}",
            is_bad=disk.free < disk.total * LITTLE_ROOM,
        ),
        Figure(label="Media lie", value="here" if isinstance(storage(), LocalStorage) else "in a bucket"),
    ]  # fmt: skip
    if row.ended_at is None:
        return [*figures, Figure(label="Audit log", value="not verified yet", note="that happens once a day")]
    return [
        *figures,
        Figure(
            label="Audit log", value=f"{row.faults} faults" if row.faults else "whole",
            note=f"{row.entries:,} entries, verified {ago(row.ended_at)}", is_bad=bool(row.faults),
        ),
    ]  # fmt: skip


def _count(number: int) -> str:
    return f"{MOST_COUNTED:,} or more" if number >= MOST_COUNTED else f"{number:,}"


def _since(moment: datetime | None, nothing: str) -> str:
    return f"the oldest {ago(moment)}" if moment is not None else nothing


def _is_late(moment: datetime | None) -> bool:
    return moment is not None and now() - moment > LATE


def _moment_of(row_id: UUID | None) -> datetime | None:
    """When a row was made, by its time-ordered id."""
    return datetime.fromtimestamp((row_id.int >> 80) / 1000, UTC) if row_id is not None else None
