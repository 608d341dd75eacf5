"""Numbers by the day: what happened, counted by a job and read by pages, so that no request counts large tables."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import BigInteger, Date, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model, db


class DailyNumber(Model):
    """How much of something there was on a day (UTC), or at its end."""

    __tablename__ = "daily_numbers"

    name: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


def keep_numbers(values: Mapping[tuple[str, date], int], *, only_more: bool = False) -> None:
    """Write numbers by name and day, over what was there; with ``only_more`` no number falls. The caller commits.

    Two who count at once write the same, or the later of two counts: either is right.
    """
    if not values:
        return
    query = insert(DailyNumber)
    new = query.excluded.value
    query = query.on_conflict_do_update(
        index_elements=[DailyNumber.name, DailyNumber.day],
        set_={"value": func.greatest(DailyNumber.value, new) if only_more else new},
    )
    rows = [{"name": name, "day": day, "value": value} for (name, day), value in sorted(values.items())]
    db.session.execute(query, rows)


def numbers_since(names: Collection[str], since: date) -> dict[str, dict[date, int]]:
    """The numbers of each name by day, from ``since``; days that nobody counted are not in it. One statement."""
    found: dict[str, dict[date, int]] = {name: {} for name in names}
    query = select(DailyNumber.name, DailyNumber.day, DailyNumber.value).where(
        DailyNumber.name.in_(names), DailyNumber.day >= since
    )
    for name, day, value in db.session.execute(query):
        found[name][day] = value
    return found


def last_counted() -> date | None:
    """The last day that has numbers."""
    return db.session.scalar(select(func.max(DailyNumber.day)))
