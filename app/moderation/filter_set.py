"""The rules that find something, read once and kept in the process: looked after every 3 seconds by their number."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import select

from app.core.screening import Screened
from app.extensions import db
from app.moderation import matching
from app.moderation.filter_models import (
    Category,
    FilterAction,
    FilterKind,
    FilterRule,
    FilterState,
    FilterVersion,
    Whom,
)
from app.moderation.matching import LinkSet, Match, PatternSet, WordSet

CHECK_SECONDS: Final = 3.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RuleView:
    """What must be known of a rule to look by it."""

    id: UUID
    name: str
    kind: FilterKind
    category: Category
    action: FilterAction
    whom: Whom
    applies_to: frozenset[str]
    is_live: bool

    @classmethod
    def of(cls, rule: FilterRule) -> "RuleView":
        """A rule's row as this."""
        return cls(
            rule.id, rule.name, rule.kind, rule.category, rule.action, rule.whom, frozenset(rule.applies_to),
            rule.state is FilterState.LIVE,
        )  # fmt: skip

    def is_for(self, kind: Screened) -> bool:
        """Whether it is for this kind of thing."""
        return not self.applies_to or kind.value in self.applies_to


class RuleSet:
    """Rules put together to be looked for at once. A rule of which something cannot be read finds what can."""

    def __init__(self, rules: Iterable[tuple[RuleView, Sequence[str]]]) -> None:
        self._rules = list(rules)
        self.views: dict[UUID, RuleView] = {}
        words: list[matching.Watched] = []
        links: list[matching.WatchedLink] = []
        patterns: list[matching.WatchedPattern] = []
        for view, terms in self._rules:
            self.views[view.id] = view
            if view.kind is FilterKind.WORDS:
                words += filter(None, (matching.parse_term(term, view) for term in terms))
            elif view.kind is FilterKind.LINKS:
                links += filter(None, (matching.parse_link(term, view) for term in terms))
            elif view.kind is FilterKind.PATTERNS:
                patterns += list(_readable(view, terms))
        self._finders: tuple[Any, ...] = (WordSet(words), LinkSet(links), PatternSet(patterns))

    def find(self, text: str) -> Iterator[Match]:
        """Where any rule finds something in a text; ``Match.rule`` is its ``RuleView``.

        Raises:
            TookTooLong: it was not looked through within the deadline.
        """
        for finder in self._finders:
            yield from finder.find(text)

    def everywhere(self) -> "RuleSet":
        """The same rules, whatever kinds of things they are for."""
        return RuleSet((replace(view, applies_to=frozenset()), terms) for view, terms in self._rules)

    def of_kind(self, kind: FilterKind) -> Mapping[UUID, RuleView]:
        """The rules of one kind."""
        return {view.id: view for view in self.views.values() if view.kind is kind}


def _readable(view: RuleView, terms: Sequence[str]) -> Iterator[matching.WatchedPattern]:
    for term in terms:
        try:
            yield matching.parse_pattern(term, view)
        except matching.PatternInvalid as error:  # written for another version of the library
            log.warning("filter_pattern_left_out", rule=str(view.id), error=str(error))


_EMPTY: Final = RuleSet(())
_kept: RuleSet = _EMPTY
_number = -1
_look_at = 0.0


def current() -> RuleSet:
    """The rules that are live or on trial, as they were at most 3 seconds ago."""
    global _kept, _number, _look_at  # noqa: PLW0603 - the process's memory
    if _look_at <= time.monotonic():
        number = db.session.scalar(select(FilterVersion.number).where(FilterVersion.id == 1)) or 0
        if number != _number:
            _kept = _read() if number else _EMPTY
        _number, _look_at = number, time.monotonic() + CHECK_SECONDS
    return _kept


def forget() -> None:
    """Read the rules anew when somebody asks next."""
    global _number, _look_at
    _number, _look_at = -1, 0.0


def _read() -> RuleSet:
    query = select(FilterRule).where(FilterRule.state.in_((FilterState.LIVE, FilterState.TRIAL)))
    rules = db.session.scalars(query.order_by(FilterRule.id)).all()
    return RuleSet((RuleView.of(rule), rule.terms) for rule in rules)
