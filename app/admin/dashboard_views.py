"""The numbers of the place: how it does now, and by the day."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date
from typing import Final, NamedTuple

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app.accounts.roles import Permission, requires
from app.admin import charts, health
from app.core.clock import now
from app.core.errors import NotFound
from app.core.numbers import numbers_since
from app.web.filters import compact, filesize
from app.web.hx import render

bp = Blueprint("admin_dashboard", __name__, url_prefix="/admin/dashboard")
SPANS: Final = (30, 90)


class Shown(NamedTuple):
    """A number as the page shows it. ``is_level``: so at a time, not added up."""

    label: str
    write: Callable[[int], str] = compact
    is_level: bool = False


def _seconds(value: int) -> str:
    return f"{value} s" if value < 600 else f"{round(value / 60)} min"


NUMBERS: Final[dict[str, Shown]] = {
    "active": Shown("Active people", is_level=True),
    "sign_ups": Shown("Sign-ups"),
    "plays": Shown("Works played by members"),
    "uploads": Shown("Uploads"),
    "likes": Shown("Likes"),
    "reposts": Shown("Reposts"),
    "comments": Shown("Comments"),
    "follows": Shown("Follows"),
    "posts": Shown("Posts"),
    "storage_audio": Shown("Originals, sound", filesize, is_level=True),
    "storage_video": Shown("Originals, film", filesize, is_level=True),
    "storage_made": Shown("Made of them", filesize, is_level=True),
    "making_median_s": Shown("Making, median", _seconds, is_level=True),
    "making_p95_s": Shown("Making, 95th percentile", _seconds, is_level=True),
    "failures": Shown("Makings that failed"),
}
ENGAGEMENT: Final = ("likes", "reposts", "comments", "follows", "posts")


@bp.get("")
@requires(Permission.OPERATE)
def dashboard_show() -> ResponseReturnValue:
    """How the installation does, who is here, what happened by the day."""
    days = _days()
    found = numbers_since([*NUMBERS, "active_week", "active_month", "people"], days[0])
    drawn = [
        charts.draw(name, shown.label, found[name], days, write=shown.write, is_level=shown.is_level)
        for name, shown in NUMBERS.items()
    ]
    return render(
        "admin/dashboard.html", people=_people(found), health=health.look(), charts=drawn, span=len(days), spans=SPANS
    )


@bp.get("/numbers.csv")
@requires(Permission.OPERATE)
def dashboard_csv() -> ResponseReturnValue:
    """The same numbers, a line a day."""
    days = _days()
    names = [*NUMBERS, "active_week", "active_month", "people"]
    found = numbers_since(names, days[0])
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["day", *names])
    for day in days:
        writer.writerow([day.isoformat(), *(found[name].get(day, "") for name in names)])
    return Response(
        out.getvalue(), mimetype="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="numbers-{days[-1]}.csv"',
            "Cache-Control": "private, no-store",
        },
    )  # fmt: skip


def _days() -> list[date]:
    """The days that the address asks for.

    Raises:
        NotFound: none of ``SPANS``.
    """
    span = request.args.get("days", str(SPANS[0]))
    if span not in map(str, SPANS):
        raise NotFound
    return charts.days_until(now().astimezone(UTC).date(), int(span))


def _people(found: dict[str, dict[date, int]]) -> list[health.Figure]:
    """Who is here, and how much they do."""

    def last(name: str) -> int:
        return found[name][max(found[name])] if found[name] else 0

    done = sum(sum(found[name].values()) for name in ENGAGEMENT)
    seen = sum(found["active"].values())
    month = last("active_month")
    return [
        health.Figure(label="Accounts", value=f"{last('people'):,}"),
        health.Figure(label="Active today", value=f"{last('active'):,}", note="were here since midnight, UTC"),
        health.Figure(label="Active within 7 days", value=f"{last('active_week'):,}"),
        health.Figure(label="Active within 30 days", value=f"{month:,}"),
        health.Figure(
            label="Stickiness", value=f"{round(100 * last('active') / month)} %" if month else "–",
            note="of the month's active people are here today",
        ),
        health.Figure(
            label="Engagement", value=f"{done / seen:.1f}" if seen else "–",
            note="likes, reposts, comments, follows and posts by an active person a day",
        ),
    ]  # fmt: skip
