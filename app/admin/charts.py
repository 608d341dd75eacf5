"""Small charts: a row of bars, one a day, computed here so that the template only writes them down."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

HEIGHT: Final = 60
STEP: Final = 10
BAR: Final = 7


@dataclass(frozen=True, slots=True)
class Bar:
    """One day. ``height`` and ``y`` are in the chart's own units; a day without a number is a faint line."""

    day: date
    value: int | None
    written: str
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A number by the day. ``headline`` is its sum or its last value, in words."""

    name: str
    label: str
    headline: str
    width: int
    height: int
    bars: Sequence[Bar]
    summary: str
    """All of it in one sentence, for those who do not see it."""


def days_until(today: date, count: int) -> list[date]:
    """``count`` days in order, of which ``today`` is the last."""
    return [today - timedelta(days=back) for back in range(count - 1, -1, -1)]


def draw(
    name: str, label: str, values: Mapping[date, int], days: Sequence[date], *,
    write: Callable[[int], str], is_level: bool = False,
) -> Chart:  # fmt: skip
    """The chart of ``values`` over ``days``. ``is_level`` for what is so at a time, and is not added up."""
    known = [values[day] for day in days if day in values]
    most = max(known, default=0)
    bars = [_bar(day, values.get(day), index, most, write) for index, day in enumerate(days)]
    headline = write((known[-1] if is_level else sum(known)) if known else 0)
    in_all = "" if is_level else " in all"
    summary = (
        f"{label}, {days[0]:%d %B} to {days[-1]:%d %B}: {headline}{in_all}, at most {write(most)}."
        if known
        else f"{label}: nothing was counted yet."
    )
    return Chart(name, label, headline, len(days) * STEP, HEIGHT, bars, summary)


def _bar(day: date, value: int | None, index: int, most: int, write: Callable[[int], str]) -> Bar:
    height = max(2 if value else 1, round(value * HEIGHT / most)) if value is not None and most else 1
    return Bar(day, value, write(value) if value is not None else "not counted", index * STEP, HEIGHT - height, height)
