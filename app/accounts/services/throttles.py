"""What slows guessers down: every wrong try makes the next one wait longer, under keys that name nobody.

The rows lie in PostgreSQL, so that they hold whatever becomes of Redis. An attempt is counted, and committed, before
the password is looked at: a hundred guesses at once are a hundred, not one. Names without an account are counted like
names with one, by the same statements.
"""

import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from flask import current_app
from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.door_models import Throttle
from app.accounts.errors import TooSoon
from app.accounts.models import User
from app.core import audit
from app.core.clock import now
from app.extensions import db

FORGET_AFTER: Final = timedelta(hours=24)
"""After so long without a wrong try, everything is as if there had been none."""
OPEN: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""What is not closed was so until long ago: of two tries in the same instant neither takes the other's for a wait."""
REPORT_AFTER: Final = timedelta(minutes=15)
"""The audit log has one entry for an account and this long, however often was tried."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many tries are free, how long to wait after the next, doubled with each, and how long at most; in seconds."""

    free: int
    first_wait_s: float
    longest_wait_s: float


PACES: Final = {
    "account": Pace(5, 2, 900),
    "address": Pace(20, 2, 900),
    "device": Pace(10, 1, 60),
    "sign_up": Pace(10**6, 1, 1),
    "reset": Pace(10**6, 1, 1),
    "report": Pace(10**6, 1, 1),
    "notice": Pace(10**6, 1, 1),
}
"""A known device waits a minute at most, whoever else guesses. Sign-ups, resets, strangers' reports and their notices
are counted only.
"""


@dataclass(frozen=True, slots=True)
class Gauge:
    """Something that is counted: of which sort, of what, and whose account it is about."""

    sort: str
    subject: str
    user_id: UUID | None = None

    @property
    def key(self) -> bytes:
        """The row's key: whoever reads the table learns neither names nor addresses."""
        secret: str = current_app.config["SETTINGS"].secret_key
        return hmac.digest(secret.encode(), f"throttle:{self.sort}:{self.subject}".encode(), "sha256")


def network_of(address: str) -> str:
    """What counts as one address: of IPv6 the /64 that one household has; IPv4 also where it is written as IPv6."""
    try:
        one = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(one, ipaddress.IPv6Address):
        if one.ipv4_mapped is not None:
            return str(one.ipv4_mapped)
        return str(ipaddress.ip_network((one, 64), strict=False))
    return str(one)


def count_failures(gauges: Sequence[Gauge]) -> int:
    """The most wrong tries that any of these has behind it.

    Raises:
        TooSoon: one of them is closed at this moment.
    """
    failures, closed_until = _look(gauges)
    if closed_until is not None:
        raise TooSoon(closed_until)
    return failures


def peek_failures(gauges: Sequence[Gauge]) -> int:
    """As ``count_failures``, for who only looks at a door."""
    return _look(gauges)[0]


def _look(gauges: Sequence[Gauge]) -> tuple[int, datetime | None]:
    moment = now()
    rows = db.session.execute(
        select(Throttle.failures, Throttle.last_at, Throttle.closed_until).where(
            Throttle.key.in_([gauge.key for gauge in gauges])
        )
    ).all()
    closed = [row.closed_until for row in rows if row.closed_until > moment]
    failures = max((row.failures for row in rows if row.last_at > moment - FORGET_AFTER), default=0)
    return failures, max(closed, default=None)


def begin_attempt(gauges: Sequence[Gauge]) -> None:
    """Count a try as a wrong one until ``forgive`` says otherwise. The caller commits before it looks at the password.

    Raises:
        TooSoon: somebody who tried at the same moment used up what was left.
    """
    moment = now()
    counted = [_count(gauge, moment) for gauge in sorted(gauges, key=lambda gauge: gauge.key)]
    if not all(counted):
        db.session.rollback()
        raise TooSoon(moment + timedelta(seconds=1))


def _count(gauge: Gauge, moment: datetime) -> bool:
    pace = PACES[gauge.sort]
    failures = case((Throttle.last_at < moment - FORGET_AFTER, 1), else_=Throttle.failures + 1)
    over = failures - pace.free
    wait_s = func.least(pace.longest_wait_s, pace.first_wait_s * func.power(2, func.least(over - 1, 20)))
    is_reported = gauge.sort in {"account", "device"}
    first: dict[str, Any] = {
        "key": gauge.key, "user_id": gauge.user_id, "failures": 1, "last_at": moment, "closed_until": OPEN,
        "unreported": int(is_reported), "unreported_since": moment if is_reported else None,
    }  # fmt: skip
    statement = (
        insert(Throttle)
        .values(**first)
        .on_conflict_do_update(
            index_elements=[Throttle.key],
            set_={
                "failures": failures,
                "last_at": moment,
                "closed_until": case((over > 0, moment + func.make_interval(0, 0, 0, 0, 0, 0, wait_s)), else_=OPEN),
                "unreported": Throttle.unreported + int(is_reported),
                "unreported_since": func.coalesce(Throttle.unreported_since, first["unreported_since"]),
            },
            where=Throttle.closed_until <= moment,
        )
        .returning(Throttle.key)
    )
    return db.session.scalar(statement) is not None


def forgive(gauges: Sequence[Gauge]) -> None:
    """The try was a right one: account and device begin anew, an address gets this one try back.

    An address keeps the rest: who has an account of their own must not guess at others' for ever in between.
    """
    for gauge in sorted(gauges, key=lambda gauge: gauge.key):
        fresh = gauge.sort != "address"
        db.session.execute(
            update(Throttle)
            .where(Throttle.key == gauge.key)
            .values(
                failures=0 if fresh else func.greatest(Throttle.failures - 1, 0),
                closed_until=OPEN,
                unreported=func.greatest(Throttle.unreported - 1, 0),
                unreported_since=case((Throttle.unreported > 1, Throttle.unreported_since), else_=None),
            )
        )


def report_failures() -> int:
    """Write into the audit log how often each account was tried in vain in the last quarter of an hour.

    Returns of how many accounts. The caller commits.
    """
    due = db.session.execute(
        select(Throttle)
        .where(Throttle.unreported_since < now() - REPORT_AFTER)
        .limit(200)
        .with_for_update(skip_locked=True)
    ).scalars()
    counts: dict[UUID, int] = {}
    for row in due:
        if row.user_id is not None and row.unreported:
            counts[row.user_id] = counts.get(row.user_id, 0) + row.unreported
        row.unreported, row.unreported_since = 0, None
    people = db.session.scalars(select(User).where(User.id.in_(counts))).all() if counts else []
    for user in people:
        audit.record("login.failed", actor=None, about=user, facts={"count": counts[user.id]})
    return len(people)


def forget_quiet() -> None:
    """Delete what nobody tried for a day. The caller commits."""
    db.session.execute(
        delete(Throttle).where(Throttle.last_at < now() - FORGET_AFTER, Throttle.unreported_since.is_(None))
    )
