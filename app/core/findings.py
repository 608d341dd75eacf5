"""What a check of the installation finds, for `flask doctor`: a function of the settings, in the domain it looks at."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from config import Settings


class Level(StrEnum):
    """How bad it is: nothing to do; worth knowing, the place works; something must be mended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        level: how bad it is.
        what: what was seen, in one line.
        advice: what to do about it, in one line; "" where there is nothing to do.
    """

    level: Level
    what: str
    advice: str = ""


Check = Callable[[Settings], Finding | None]
"""Looks at one thing, inside an application context. None: it does not apply here. What it raises is a failure."""


def ok(what: str) -> Finding:
    """As it should be."""
    return Finding(Level.OK, what)


def warn(what: str, advice: str) -> Finding:
    """It works, but the operator should know."""
    return Finding(Level.WARN, what, advice)


def fail(what: str, advice: str) -> Finding:
    """It does not work until somebody does something."""
    return Finding(Level.FAIL, what, advice)
