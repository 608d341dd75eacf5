"""How many statements a page costs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from app.core.options import CACHE_SECONDS

OPTIONS = "SELECT options.name, options.value"


@contextmanager
def count_statements() -> Iterator[list[str]]:
    """Every statement that any engine of this process runs inside the block.

    A look at the options is left out, once in the seconds for which a process remembers it: it serves all requests
    together. A second look in that time counts.
    """
    seen: list[str] = []
    looks_free_from = 0.0

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal looks_free_from
        if statement.startswith(OPTIONS) and time.monotonic() >= looks_free_from:
            looks_free_from = time.monotonic() + CACHE_SECONDS
        else:
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
