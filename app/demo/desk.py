"""What the demo's staff find on the desk: an announcement, and numbers of the weeks before."""

import random
from datetime import UTC, date, timedelta
from typing import Final

from app.accounts.models import User
from app.core.announcements import Audience, Tone, announce_to_all
from app.core.clock import now
from app.core.numbers import keep_numbers

DAYS: Final = 60
USUAL: Final = {
    "active": 34, "sign_ups": 3, "plays": 120, "uploads": 4, "likes": 60, "reposts": 9, "comments": 22, "follows": 12,
    "posts": 5, "making_median_s": 14, "making_p95_s": 41,
}  # fmt: skip
WORDS: Final = "The house opens its **open stage** on Friday: upload by Thursday noon, and be on it."


def seed_desk(admin: User | None) -> None:
    """Weeks that grow a little, with weekends that are livelier; the same each time. The caller commits."""
    dice = random.Random(7)  # noqa: S311 - a demo, no secret  # nosec B311
    today = now().astimezone(UTC).date()
    values: dict[tuple[str, date], int] = {}
    for back in range(DAYS, 0, -1):
        day = today - timedelta(days=back)
        swing = (1.25 if day.weekday() >= 5 else 1.0) * (1.2 - back / DAYS * 0.5)
        for name, usual in USUAL.items():
            values[name, day] = max(0, round(usual * swing * dice.uniform(0.75, 1.25)))
    keep_numbers(values)
    announce_to_all(
        WORDS, audience=Audience.ARTISTS, tone=Tone.INFO, begins_at=None, ends_at=now() + timedelta(days=30), by=admin
    )
