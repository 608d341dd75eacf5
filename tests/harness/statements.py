"""How many statements a page costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

OPTIONS = "SELECT options.name, options.value"


@contextmanager
def count_statements() -> Iterator[list[str]]:
    """Every statement that any engine of this process runs inside the block, but for the look at the options.

    A process looks at these once in three seconds for all requests together.
    """
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(OPTIONS):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
