"""The log for others to read and to check: what is not sealed, with the digests that hang it together.

The format is told in docs/operations.md ("The audit log"), so that a few lines of anybody's own can verify an export.
"""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select

from app.core.audit import anchors
from app.core.audit.chain import BEGINNING, said_by, written
from app.core.audit.models import AuditEntry
from app.extensions import db

BATCH = 500
COLUMNS = (
    "number", "id", "at", "action", "actor", "role", "about", "subject_kind", "subject_id", "facts",
    "actor_sealed_sha256", "about_sealed_sha256", "digest",
)  # fmt: skip


def export_jsonl(since: datetime | None = None, until: datetime | None = None) -> Iterator[str]:
    """A line on what this is, then a line an entry of a time (``until`` excluded). Ends transactions as it goes."""
    before: bytes | None = None
    for entry in _entries(since, until):
        if before is None:
            before = _digest_before(entry.number)
            head = {"soundstage_audit": 1, "before": before.hex(), "first": entry.number}
            yield written({**head, "key": anchors.public_key().hex()}).decode() + "\n"
        said = said_by(entry.number, entry) | {"digest": entry.digest.hex()}
        yield written(said).decode() + "\n"


def export_csv(since: datetime | None = None, until: datetime | None = None) -> Iterator[str]:
    """A table of the same for spreadsheets: nothing in it is read as a formula."""
    yield _line(list(COLUMNS))
    for entry in _entries(since, until):
        said = said_by(entry.number, entry)
        facts = json.dumps(said["facts"], ensure_ascii=False, sort_keys=True)
        yield _line(
            [
                said["number"], said["id"], said["at"], said["action"], said["actor"], said["role"], said["about"],
                *said["subject"], facts, *said["sealed"], entry.digest.hex(),
            ]
        )  # fmt: skip


def _line(values: list[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([_harmless(str(value)) for value in values])
    return line.getvalue()


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _entries(since: datetime | None, until: datetime | None) -> Iterator[AuditEntry]:
    """In order, in batches, none of which keeps a connection while its lines go out slowly."""
    first, end = _numbers(since, until)
    last = first - 1
    while True:
        wanted = select(AuditEntry).where(AuditEntry.number > last, AuditEntry.number <= end)
        rows = list(db.session.scalars(wanted.order_by(AuditEntry.number).limit(BATCH)))
        db.session.expunge_all()
        db.session.rollback()
        yield from rows
        if len(rows) < BATCH:
            return
        last = rows[-1].number


def _numbers(since: datetime | None, until: datetime | None) -> tuple[int, int]:
    """The first and the last number of a time. All between are exported, so that the export hangs together."""
    first, last = select(func.min(AuditEntry.number)), select(func.max(AuditEntry.number))
    if since is not None:
        first = first.where(AuditEntry.at >= since)
    if until is not None:
        last = last.where(AuditEntry.at < until)
    return db.session.scalar(first) or 1, db.session.scalar(last) or 0


def _digest_before(number: int) -> bytes:
    found = db.session.scalar(select(AuditEntry.digest).where(AuditEntry.number == number - 1))
    db.session.rollback()
    return found or BEGINNING
