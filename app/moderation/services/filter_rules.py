"""Rules of filters: written, changed, turned on and off, deleted. Each change is audited, and felt within 3 seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import User
from app.core import audit
from app.core.clock import now
from app.core.events import publish
from app.core.screening import Screened
from app.extensions import db
from app.moderation import matching
from app.moderation.filter_errors import FilterChanged, FilterInvalid, FilterNotFound, NeedsConfirmation
from app.moderation.filter_events import RescanAsked
from app.moderation.filter_models import (
    Category,
    FilterAction,
    FilterKind,
    FilterRescan,
    FilterRule,
    FilterState,
    FilterTrial,
    FilterVersion,
    TrialState,
    TrustedPerson,
    Whom,
)
from app.social.tidy import tidied

MOST_TERMS: Final = {FilterKind.WORDS: 5000, FilterKind.LINKS: 5000, FilterKind.PATTERNS: 200}
LONGEST_TERM: Final = {FilterKind.WORDS: 100, FilterKind.LINKS: 300, FilterKind.PATTERNS: 500}
LONGEST_NAME: Final = 80
LISTS: Final = frozenset({FilterKind.FILES, FilterKind.PICTURES})
"""Kinds whose entries are imported, and have tables of their own."""
ALARMING: Final = 0.01
"""Who turns on a rule that would have found more of the last 30 days than this has to say that they mean it."""


@dataclass(frozen=True, kw_only=True)
class RuleDraft:
    """A rule as it was sent. ``terms`` are lines; a line that begins with # is a remark."""

    name: str
    kind: FilterKind
    category: Category = Category.OTHER
    action: FilterAction = FilterAction.HOLD
    whom: Whom = Whom.EVERYONE
    applies_to: Sequence[Screened] = field(default_factory=tuple)
    terms: str = ""
    note: str = ""


def get_rule(rule_id: UUID, *, lock: bool = False) -> FilterRule:
    """A rule.

    Raises:
        FilterNotFound: there is none of this id.
    """
    query = select(FilterRule).where(FilterRule.id == rule_id)
    rule = db.session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if rule is None:
        raise FilterNotFound
    return rule


def add_rule(draft: RuleDraft, *, by: User) -> FilterRule:
    """Write a rule. It is a draft, and finds nothing before it is turned on. The caller commits.

    Raises:
        FilterInvalid: its name or one of its lines cannot be.
    """
    rule = FilterRule(kind=draft.kind, state=FilterState.DRAFT, created_by_id=by.id, **_values(draft))
    db.session.add(rule)
    db.session.flush()
    _record("filter.added", rule, by=by, facts={"kind": rule.kind.value, **_facts(rule)})
    return rule


def edit_rule(rule_id: UUID, draft: RuleDraft, *, version: int, by: User) -> FilterRule:
    """Change a rule; what it is of stays. ``version`` is the one that the form was drawn from. The caller commits.

    Raises:
        FilterNotFound: it is gone.
        FilterChanged: somebody changed it meanwhile.
        FilterInvalid: as for ``add_rule``.
    """
    rule = get_rule(rule_id, lock=True)
    if rule.version != version:
        raise FilterChanged
    before, terms = _facts(rule), set(rule.terms)
    for name, value in _values(draft).items():
        if rule.kind in LISTS and name in {"terms", "entries"}:
            continue
        setattr(rule, name, value)
    _changed(rule)
    after = _facts(rule)
    facts: dict[str, Any] = {"before": before, "after": after}
    if terms != set(rule.terms):
        facts["terms_added"], facts["terms_removed"] = len(set(rule.terms) - terms), len(terms - set(rule.terms))
    _record("filter.changed", rule, by=by, facts=facts)
    return rule


def set_state(rule_id: UUID, state: FilterState, *, by: User, is_meant: bool = False) -> FilterRule:
    """Turn a rule on, off, or to trial. The caller commits.

    Raises:
        FilterNotFound: it is gone.
        FilterInvalid: there is nothing in it.
        NeedsConfirmation: it would have found more than 1 % of the last 30 days, and nobody said that they mean it.
    """
    rule = get_rule(rule_id, lock=True)
    if state in {FilterState.LIVE, FilterState.TRIAL} and not rule.entries:
        raise FilterInvalid("terms", "There is nothing in this rule to look for yet.")
    share = share_found(rule)
    if state is FilterState.LIVE and rule.state is not FilterState.LIVE and not is_meant and share > ALARMING:
        raise NeedsConfirmation(
            f"This rule would have found {share:.1%} of what was written in the last 30 days. If you mean it, say so."
        )
    before, rule.state = rule.state, state
    _changed(rule)
    if state is FilterState.LIVE and before is not state:
        begin_rescan(rule, by=by)
    _record("filter.switched", rule, by=by, facts={"before": before.value, "after": state.value, "confirmed": is_meant})
    return rule


def begin_rescan(rule: FilterRule, *, by: User | None) -> FilterRescan | None:
    """Have all that is there looked through by a live list, from the beginning. One that is under way begins anew.

    ``rule`` is locked. The caller commits.
    """
    if rule.kind not in LISTS or rule.state is not FilterState.LIVE or not rule.entries:
        return None
    waiting = select(FilterRescan).where(FilterRescan.rule_id == rule.id, FilterRescan.state == TrialState.WAITING)
    rescan = db.session.scalar(waiting.with_for_update().execution_options(populate_existing=True))
    if rescan is None:
        rescan = FilterRescan(rule_id=rule.id, created_by_id=by.id if by is not None else None)
        db.session.add(rescan)
    else:
        rescan.after, rescan.looked, rescan.found, rescan.skipped = None, 0, 0, 0
    db.session.flush()
    publish(RescanAsked(rule_id=rule.id))
    return rescan


def share_found(rule: FilterRule) -> float:
    """How much of the last 30 days the rule as it is would have found, by its last trial; 0 where there was none."""
    query = select(FilterTrial.looked, FilterTrial.found).where(
        FilterTrial.rule_id == rule.id, FilterTrial.rule_version == rule.version, FilterTrial.state == TrialState.DONE
    )
    row = db.session.execute(query.order_by(FilterTrial.id.desc()).limit(1)).first()
    return row.found / row.looked if row is not None and row.looked else 0.0


def delete_rule(rule_id: UUID, *, by: User) -> None:
    """Delete a rule with its lists; what it found stays on record. The caller commits.

    Raises:
        FilterNotFound: it is gone already.
    """
    rule = get_rule(rule_id, lock=True)
    _record("filter.deleted", rule, by=by, facts=_facts(rule))
    db.session.execute(delete(FilterRule).where(FilterRule.id == rule.id))
    raise_version()


def trust(person: User, *, trusted: bool, by: User) -> None:
    """Count somebody among those whom limits for new accounts and looks at first works do not concern, or no longer."""
    if trusted:
        db.session.execute(
            insert(TrustedPerson).values(user_id=person.id, by_id=by.id, created_at=now()).on_conflict_do_nothing()
        )
    else:
        db.session.execute(delete(TrustedPerson).where(TrustedPerson.user_id == person.id))
    audit.record("trust.given" if trusted else "trust.taken", actor=by, about=person, subject=("person", person.id))


def raise_version() -> None:
    """Let every process read the rules anew within 3 seconds of the commit."""
    row = insert(FilterVersion).values(id=1, number=1)
    raised = {"number": FilterVersion.number + 1}
    db.session.execute(row.on_conflict_do_update(index_elements=[FilterVersion.id], set_=raised))


def lines_of(terms: str) -> list[str]:
    """The lines of a list, each once, without remarks."""
    lines = (tidied(line) for line in terms.replace("\0", "").splitlines())
    return list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))


def _values(draft: RuleDraft) -> dict[str, Any]:
    name = " ".join(tidied(draft.name).split())
    if not name or len(name) > LONGEST_NAME:
        raise FilterInvalid("name", f"A rule has a name of at most {LONGEST_NAME} characters.")
    terms = lines_of(draft.terms) if draft.kind not in LISTS else []
    if draft.kind not in LISTS:
        _check(draft.kind, terms)
    return {
        "name": name, "category": draft.category, "whom": draft.whom, "note": tidied(draft.note)[:2000],
        "action": FilterAction.HOLD if draft.category is Category.CHILDREN and draft.action is FilterAction.FLAG
        else draft.action,
        "applies_to": [one.value for one in draft.applies_to], "terms": terms, "entries": len(terms),
    }  # fmt: skip


def _check(kind: FilterKind, terms: Sequence[str]) -> None:
    if not terms:
        raise FilterInvalid("terms", "Write one a line.")
    if len(terms) > MOST_TERMS[kind]:
        raise FilterInvalid("terms", f"A rule has {MOST_TERMS[kind]:,} lines at most. Make two of it.")
    for number, term in enumerate(terms, 1):
        if len(term) > LONGEST_TERM[kind]:
            raise FilterInvalid("terms", f"Line {number} is longer than {LONGEST_TERM[kind]} characters.")
        if kind is FilterKind.WORDS and matching.parse_term(term) is None:
            raise FilterInvalid("terms", f"Line {number}, “{term[:60]}”: a word has two letters or more.")
        if kind is FilterKind.LINKS and matching.parse_link(term) is None:
            raise FilterInvalid("terms", f"Line {number}, “{term[:60]}”, names no host. Write example.com.")
        if kind is FilterKind.PATTERNS:
            try:
                matching.parse_pattern(term)
            except matching.PatternInvalid as error:
                raise FilterInvalid("terms", f"Line {number}: {error}") from error


def _facts(rule: FilterRule) -> dict[str, Any]:
    return {
        "name": rule.name, "category": rule.category.value, "action": rule.action.value, "whom": rule.whom.value,
        "applies_to": list(rule.applies_to), "entries": rule.entries, "state": rule.state.value,
    }  # fmt: skip


def _changed(rule: FilterRule) -> None:
    rule.version += 1
    rule.changed_at = now()
    raise_version()


def _record(action: str, rule: FilterRule, *, by: User, facts: Mapping[str, Any]) -> None:
    audit.record(action, actor=by, subject=("filter", rule.id), facts=dict(facts))
