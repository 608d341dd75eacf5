"""What was refused to somebody: a line of the log each, and a count for operators. It changes nothing."""

from collections import Counter
from enum import StrEnum
from typing import Final

import structlog

log = structlog.get_logger()


class Refusal(StrEnum):
    """Who refused."""

    GATE = "gate"
    """A medium or a set that is not for whoever asked."""
    PERMISSION = "permission"
    """A page of staff, for somebody whose role has it not."""
    ACT = "act"
    """A rule: not one's own, not one's turn, not above one's rank."""
    FORM = "form"
    """A form without a token of ours."""
    BUDGET = "budget"
    """Too much in too short a time."""


counts: Final[Counter[Refusal]] = Counter()
"""How many there were in this process since it began."""


def tell(refusal: Refusal, event: str, **facts: str) -> None:
    """Count ``refusal`` and write it down as ``event``.

    ``facts`` are reasons, routes and ids of things: nothing of what somebody typed, and of persons nothing but the id,
    which the log adds by itself.
    """
    counts[refusal] += 1
    log.log(_LEVELS.get(refusal, 20), event, **facts)


_LEVELS: Final = {Refusal.PERMISSION: 30, Refusal.FORM: 30, Refusal.BUDGET: 30}
"""Warnings, as ``logging`` numbers them; the rest is 20, information: links that ran out are everyday."""
