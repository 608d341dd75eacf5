"""What was found in a text, and where."""

from typing import Any, NamedTuple


class Match(NamedTuple):
    """Where a rule found what it watches for: characters ``begin`` to ``end`` of the text as it was written."""

    rule: Any
    term: str
    begin: int
    end: int
    read_as: str
    """What stands there, as it was read."""
