"""What is the same for everyone, made once in a few seconds and shared by all who come."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g

T = TypeVar("T")
SHARED_SECONDS = 3.0
"""How old a shared thing may be; shorter than the five seconds in which a closed gate must be felt."""


def shared(key: str, make: Callable[[], T]) -> T:
    """What ``make`` returns, remembered by this process for ``SHARED_SECONDS``. Only for what everyone may see.

    In tests it is remembered for one request, so that each sees what the last one did.
    """
    keeper: dict[str, Any] = g.__dict__ if current_app.testing else current_app.extensions
    kept: dict[str, tuple[float, Any]] = keeper.setdefault("shared", {})
    found = kept.get(key)
    if found is not None and found[0] > time.monotonic():
        value: T = found[1]
        return value
    value = make()
    kept[key] = (time.monotonic() + SHARED_SECONDS, value)
    return value
