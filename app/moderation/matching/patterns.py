"""Watched patterns in the language of RE2, which never takes more than linear time; with a limit of size and time."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import re2

from app.moderation import normalising
from app.moderation.matching.match import Match

DEADLINE_S: Final = 0.25
"""Longest that patterns are looked for in one text."""
MOST_INSTRUCTIONS: Final = 5000
"""Size of one compiled pattern."""
_PATTERNS_A_SET: Final = 25
_MEMORY: Final = 32 << 20


class PatternInvalid(ValueError):
    """A pattern that cannot be looked for. The message is a sentence for people."""


class TookTooLong(Exception):
    """A text was not looked through within the deadline."""


@dataclass(frozen=True, slots=True)
class WatchedPattern:
    """A pattern in the language of RE2, without regard to case."""

    rule: Any
    term: str
    compiled: Any


def parse_pattern(term: str, rule: Any = None) -> WatchedPattern:
    """A pattern to look for.

    Raises:
        PatternInvalid: it cannot be read, is too large, or matches nothing at all.
    """
    try:
        compiled = re2.compile(term, _options())
    except (re2.error, ValueError, UnicodeError) as error:
        said = error.args[0] if error.args else ""
        why = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise PatternInvalid(f"“{term[:60]}” cannot be read as a pattern: {why or 'it is none'}.") from error
    if compiled.programsize > MOST_INSTRUCTIONS:
        raise PatternInvalid(f"“{term[:60]}” is too large. Make it shorter, or repeat less in it.")
    if compiled.search("") is not None:
        raise PatternInvalid(f"“{term[:60]}” matches a text without any words. It would hold everything.")
    return WatchedPattern(rule, term, compiled)


class PatternSet:
    """Patterns to look for. Those that cannot be read are left out; ``broken`` names their rules."""

    def __init__(self, watched: Sequence[WatchedPattern]) -> None:
        self._groups: list[tuple[Any, Sequence[WatchedPattern]]] = []
        for begin in range(0, len(watched), _PATTERNS_A_SET):
            group = watched[begin : begin + _PATTERNS_A_SET]
            together = re2.Set.SearchSet(_options())
            for one in group:
                together.Add(one.term)
            together.Compile()
            self._groups.append((together, group))

    def find(self, text: str) -> Iterator[Match]:
        """Where any of them matches.

        Raises:
            TookTooLong: not all were looked for within the deadline.
        """
        if not self._groups:
            return
        shown, ends_at = normalising.plain(text), time.monotonic() + DEADLINE_S
        for together, group in self._groups:
            for number in together.Match(shown) or ():
                found = group[number].compiled.search(shown)
                begin, end = found.span() if found is not None else (0, 0)
                yield Match(
                    group[number].rule,
                    group[number].term,
                    min(begin, len(text)),
                    min(end, len(text)),
                    shown[begin:end][:300],
                )
            if time.monotonic() > ends_at:
                raise TookTooLong


def _options() -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = _MEMORY
    options.log_errors = False
    return options
