"""How long things are kept: one option a kind of thing, and one job that obeys them all.

A span knows the rows whose time is over by a condition, and what becomes of them. The job takes a few thousand at a
time, so that nothing is locked for long; done again, it goes on where it stopped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from flask import current_app
from sqlalchemy import text

from app.core import options
from app.core.clock import now
from app.extensions import db

AT_ONCE: Final = 5000
FOR_EVER: Final = 0


@dataclass(frozen=True, slots=True)
class Span:
    """A kind of thing, and for how many days it is kept. ``where`` is SQL over ``table`` with ``:before``.

    ``change`` is what becomes of its rows, empty for their deletion. What lies in files is counted and swept by
    ``sweep(before, dry)`` instead.
    """

    name: str
    label: str
    days: int
    low: int
    high: int
    table: str = ""
    where: str = ""
    change: str = ""
    may_be_for_ever: bool = False
    sweep: Callable[[datetime, bool], int] | None = None

    @property
    def option(self) -> str:
        """The name of its option."""
        return f"keep.{self.name}"

    @property
    def kept_days(self) -> int:
        """For how many days, as operators have it today; 0 for ever."""
        return int(options.get(self.option))

    @property
    def words(self) -> str:
        """The same for people."""
        days = self.kept_days
        return "until you delete it" if days == FOR_EVER else "1 day" if days == 1 else f"{days:,} days"


def _forget_mail(before: datetime, dry: bool) -> int:  # noqa: FBT001 - as the sweep of a span
    """Delete letters that were written to disk because there is no mail server."""
    folder: Path = current_app.config["SETTINGS"].data_dir / "mail"
    old = [path for path in folder.glob("*.eml") if path.stat().st_mtime < before.timestamp()]
    for path in [] if dry else old:
        path.unlink(missing_ok=True)
    return len(old)


SPANS: Final = (
    Span(
        "session_origins", "Browser and network address of a session that has ended", 30, 1, 365, "sessions",
        "(address <> '' OR user_agent <> '') AND least(coalesce(revoked_at, expires_at), expires_at) < :before",
        "UPDATE sessions SET address = '', user_agent = ''",
    ),
    Span(
        "ended_sessions", "That a session was there", 90, 1, 730, "sessions",
        "least(coalesce(revoked_at, expires_at), expires_at) < :before",
    ),
    Span(
        "mailed_links", "Links that we mailed, once they are used or over", 7, 1, 90, "mailed_tokens",
        "least(coalesce(used_at, expires_at), expires_at) < :before",
    ),
    Span(
        "play_history", "Where you left off, and what you played", 0, 30, 3650, "positions", "played_at < :before",
        may_be_for_ever=True,
    ),
    Span(
        "notifications", "Notifications that you have seen; the others a year", 90, 7, 730, "notifications",
        "(seen_at IS NOT NULL AND happened_at < :before) OR happened_at < now() - interval '1 year'",
    ),
    Span(
        "events", "What told one part of the program of another's work", 7, 1, 30, "outbox", "finished_at < :before"
    ),
    Span(
        "exports", "That you took your data along; the archive itself goes earlier", 30, 1, 365, "exports",
        "state IN ('gone', 'failed') AND created_at < :before",
    ),
    Span(
        "reported_words", "The words of messages that somebody reported", 365, 30, 1825, "message_reports",
        "snapshot <> '[]'::jsonb AND created_at < :before",
        "UPDATE message_reports SET snapshot = '[]'::jsonb, note = ''",
    ),
    Span(
        "shared_plays", "Which browser played by a link for one person", 90, 31, 365, "share_plays",
        "seen_at < :before",
    ),
    Span(
        "filter_hits", "What a filter found in something of yours, once it is decided", 365, 30, 3650, "filter_hits",
        "coalesce(decided_at, created_at) < :before AND kept_until IS NULL AND state <> 'waiting'",
    ),
    Span("written_mail", "Letters on the disk of a place that sends none", 30, 1, 365, sweep=_forget_mail),
)  # fmt: skip
EXPORT_DAYS: Final = options.register(
    options.Option(
        "keep.export_files", options.Kind.INT, 7, "An archive of somebody's data", "Its link works that long.",
        group="Retention", low=1, high=30, unit="days",
    )
)  # fmt: skip


def _check(span: Span) -> Callable[[Any], str | None]:
    def in_range(days: int) -> str | None:
        if span.low <= days or (span.may_be_for_ever and days == FOR_EVER):
            return None
        return f"At least {span.low} days" + (", or 0 for ever." if span.may_be_for_ever else ".")

    return in_range


for _span in SPANS:
    options.register(
        options.Option(
            _span.option, options.Kind.INT, _span.days, _span.label,
            f"Between {_span.low} and {_span.high:,} days"
            + (", or 0 for until its owner deletes it." if _span.may_be_for_ever else "."),
            check=_check(_span), group="Retention", high=_span.high, unit="days",
        )
    )  # fmt: skip


def spans() -> list[tuple[str, str]]:
    """What is kept and how long, as operators have it today: pairs of words for people."""
    archive = int(options.get(EXPORT_DAYS.name))
    return [*((span.label, span.words) for span in SPANS), (EXPORT_DAYS.label, f"{archive} days")]


def count_over() -> dict[str, int]:
    """How many of each kind are over their time, changing nothing."""
    return {span.name: _sweep(span, dry=True) for span in SPANS}


def obey() -> dict[str, int]:
    """Let go what is over its time; returns how many of each. Commits after every few thousand rows."""
    return {span.name: _sweep(span, dry=False) for span in SPANS}


def obey_one(name: str) -> int:
    """As ``obey``, for one kind."""
    return _sweep(next(span for span in SPANS if span.name == name), dry=False)


def _sweep(span: Span, *, dry: bool) -> int:
    if span.kept_days == FOR_EVER:
        return 0
    before = now() - timedelta(days=span.kept_days)
    if span.sweep is not None:
        return span.sweep(before, dry)
    if dry:
        counted = text(f"SELECT count(*) FROM {span.table} WHERE {span.where}")  # noqa: S608 - constants of ours  # nosec B608
        return int(db.session.execute(counted, {"before": before}).scalar_one())
    some = f"ctid IN (SELECT ctid FROM {span.table} WHERE {span.where} LIMIT {AT_ONCE} FOR UPDATE SKIP LOCKED)"  # noqa: S608  # nosec B608
    change = text(f"{span.change or f'DELETE FROM {span.table}'} WHERE {some}")  # noqa: S608  # nosec B608
    total = 0
    while gone := db.session.execute(change, {"before": before}).rowcount:  # type: ignore[attr-defined]  # a change has one
        db.session.commit()
        total += gone
    return total
