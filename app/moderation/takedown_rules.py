"""The numbers of takedowns: what operators may set, and how time is counted."""

from datetime import datetime, timedelta
from typing import Any, Final

from app.core import options
from app.core.options import Kind, Option

GROUP: Final = "Takedowns"
CONFIRM_WITHIN: Final = timedelta(days=3)
COMPLETE_WITHIN: Final = timedelta(days=14)
WARN_BEFORE: Final = timedelta(days=3)
"""So long before a clock runs out, whoever has to act is reminded."""
SLOWER: Final = 5
"""How many times longer a notice of someone who abused notices may wait on the desk."""
MOST_ADDRESSES: Final = 100


def _days(name: str, default: int, label: str, explanation: str, *, low: int = 1, high: int = 365) -> Option:
    return options.register(
        Option(f"takedowns.{name}", Kind.INT, default, label, explanation, group=GROUP, low=low, high=high, unit="days")
    )


DECIDE = _days(
    "decide_days", 3, "Time for a decision about a notice",
    "Business days. The desk is sorted by this clock; nothing happens by itself when it runs out.",
)  # fmt: skip
COUNTER = _days(
    "counter_days", 30, "Time for a counter-notice",
    "Days in which someone whose work was taken down can answer. After that it stays down.",
)  # fmt: skip
COURT = _days(
    "court_days", 14, "Time to go to court",
    "Business days after a counter-notice. If the complainant does not say in that time that they went to court, the "
    "work comes back. United States law (17 U.S.C. 512(g)) wants 10 to 14.",
)  # fmt: skip
STRIKE = _days("strike_days", 90, "How long a strike counts", "Days after an accepted notice.", high=3650)
LIMIT = options.register(
    Option(
        "takedowns.strike_limit", Kind.INT, 3, "Strikes until somebody is a repeat infringer",
        "One accepted notice is one strike, however many works it names.", group=GROUP, low=1, high=100, unit="strikes",
    )
)  # fmt: skip
AUTOMATIC = options.register(
    Option(
        "takedowns.suspend_automatically", Kind.BOOL, default=False, label="Suspend repeat infringers at once",
        explanation="Otherwise a moderator confirms each suspension.", group=GROUP,
    )
)  # fmt: skip
SUSPENSION = _days("suspension_days", 90, "How long a repeat infringer is suspended", "Days.", high=3650)
PUBLICATION = _days(
    "publication_days", 10, "Time before a notice is published",
    "Days after the decision in which moderators can black out more of it.", low=0,
)  # fmt: skip


def days(option: Option) -> int:
    """The present value of one of the numbers above."""
    value: Any = options.get(option.name)
    return int(value)


def after_days(start: datetime, count: int) -> datetime:
    """``count`` days later."""
    return start + timedelta(days=count)


def after_business_days(start: datetime, count: int) -> datetime:
    """``count`` business days later at the same time of day: Saturdays and Sundays (UTC) do not count.

    Holidays differ by place and are counted; whoever needs longer can be given longer.
    """
    moment, left = start, count
    while left > 0:
        moment += timedelta(days=1)
        left -= moment.weekday() < 5
    return moment
