"""Writing the rules of the house, and changing, ordering and retiring them. The caller commits.

A rule is never deleted: decisions, reports and cases refer to it. One that no longer holds is retired, and can be put
back. Its slug is for good, since filters and addresses (``/rules#hate``) know it by that.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import User
from app.core import audit
from app.core.clock import now
from app.core.errors import Conflict, DomainError, NotFound
from app.extensions import db
from app.moderation.models import ON_PEOPLE, ON_THINGS, DecisionAction, Rule
from app.moderation.rules import PLACEHOLDERS
from app.social.tidy import tidied

SLUG: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_SLUG: Final = 32
LONGEST_TITLE: Final = 80
LONGEST_TEXT: Final = 2_000
LONGEST_STATEMENT: Final = 2_000
MOST_RULES: Final = 40
"""All of them stand on one page, and in one list of choices."""
NO_SLUGS: Final = frozenset({"new", "other"})
"""What stands for something else in an address or a form."""
USUAL: Final = tuple(action for action in DecisionAction if action in ON_THINGS | ON_PEOPLE)
"""What a rule may usually lead to."""
_BRACED: Final = re.compile(r"\{([^{}]*)\}")


class RuleRefused(DomainError):
    """Something about it is not possible; the sentence says what, ``field`` where."""

    sentence = "This rule cannot be like that."

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class RuleTaken(Conflict):
    """Another rule, be it retired, has the short name."""

    sentence = "Another rule has this short name, perhaps a retired one."


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDetails:
    """What operators say of a rule."""

    title: str
    text: str
    severity: int
    default_action: DecisionAction
    statement: str

    def tidied(self) -> "RuleDetails":
        """The same, trimmed.

        Raises:
            RuleRefused: it does not keep to the bounds, or its statement names something that there is not.
        """
        kept = RuleDetails(
            title=" ".join(tidied(self.title).split()), text=tidied(self.text), severity=self.severity,
            default_action=self.default_action, statement=tidied(self.statement),
        )  # fmt: skip
        for name, most in (("title", LONGEST_TITLE), ("text", LONGEST_TEXT), ("statement", LONGEST_STATEMENT)):
            if not 1 <= len(getattr(kept, name)) <= most:
                raise RuleRefused(f"Between 1 and {most:,} characters.", field=name)
        if not 1 <= kept.severity <= 4:
            raise RuleRefused("A severity is between 1 and 4.", field="severity")
        if kept.default_action not in USUAL:
            raise RuleRefused("Pick one of the actions that there are.", field="default_action")
        wrong = fault_of(kept.statement)
        if wrong:
            raise RuleRefused(wrong, field="statement")
        return kept


def fault_of(statement: str) -> str:
    """What is wrong with the placeholders of a statement, for people; "" for nothing."""
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    for name in _BRACED.findall(statement):
        if name not in PLACEHOLDERS:
            return f"There is no {{{name[:40]}}}. There are {known}."
    if re.search(r"[{}]", _BRACED.sub("", statement)):
        return f"A brace has no partner. Braces are for {known}."
    return ""


def list_all() -> list[Rule]:
    """Every rule in the operator's order, the retired ones last."""
    return list(db.session.scalars(select(Rule).order_by(Rule.active.desc(), Rule.position, Rule.slug)))


def get_rule(slug: str) -> Rule:
    """The rule, locked until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    rule = db.session.get(Rule, slug, with_for_update=True, populate_existing=True) if SLUG.fullmatch(slug) else None
    if rule is None:
        raise NotFound
    return rule


def add_rule(slug: str, details: RuleDetails, *, by: User | None) -> Rule:
    """Write a rule; it holds from now on, as the last of them. The caller commits.

    Raises:
        RuleRefused, RuleTaken
    """
    details, slug = details.tidied(), slug.strip().lower()
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG or slug in NO_SLUGS:
        raise RuleRefused(
            "Small letters and digits with single hyphens between them, and a word of its own.", field="slug"
        )
    if (db.session.scalar(select(func.count()).select_from(Rule)) or 0) >= MOST_RULES:
        raise RuleRefused(f"There are {MOST_RULES} rules already. Nobody reads more: change one of them.")
    if db.session.get(Rule, slug) is not None:
        raise RuleTaken
    last = db.session.scalar(select(func.coalesce(func.max(Rule.position), 0))) or 0
    rule = Rule(slug=slug, position=last + 1, **asdict(details))
    try:
        with db.session.begin_nested():
            db.session.add(rule)
    except IntegrityError as error:  # somebody was quicker
        raise RuleTaken from error
    _record("rule.added", rule, by, {"after": _facts(rule)})
    return rule


def change_rule(rule: Rule, details: RuleDetails, *, by: User | None) -> None:
    """Word a rule differently. What was decided by it keeps the words that it was told in. The caller commits.

    Raises:
        RuleRefused
    """
    details, before = details.tidied(), _facts(rule)
    for name, value in asdict(details).items():
        setattr(rule, name, value)
    after = _facts(rule)
    if after == before:
        return
    rule.updated_at = now()
    _record("rule.changed", rule, by, {"before": before, "after": after})


def move_rule(rule: Rule, *, up: bool, by: User | None) -> bool:
    """Let a rule that holds change places with its neighbour; says whether it has one there. The caller commits."""
    query = select(Rule).where(Rule.active).order_by(Rule.position, Rule.slug).with_for_update()
    ordered = list(db.session.scalars(query))
    if rule not in ordered:
        return False
    here = ordered.index(rule)
    there = here + (-1 if up else 1)
    if not 0 <= there < len(ordered):
        return False
    before = [one.slug for one in ordered]
    ordered[here], ordered[there] = ordered[there], ordered[here]
    for position, one in enumerate(ordered, start=1):
        one.position = position
    _record("rule.moved", rule, by, {"before": before, "after": [one.slug for one in ordered]})
    return True


def set_in_force(rule: Rule, *, active: bool, by: User | None) -> None:
    """Retire a rule, or put it back, as the last of them. Done again, it does nothing. The caller commits."""
    if rule.active == active:
        return
    rule.active, rule.updated_at = active, now()
    if active:
        rule.position = (db.session.scalar(select(func.max(Rule.position))) or 0) + 1
    facts = {"before": {"active": not active}, "after": {"active": active}}
    _record("rule.restored" if active else "rule.retired", rule, by, facts)


def _record(what: str, rule: Rule, by: User | None, facts: dict[str, Any]) -> None:
    audit.record(what, actor=by, subject=("rule", rule.slug), facts=facts)


def _facts(rule: Rule) -> dict[str, Any]:
    return {
        "title": rule.title, "text": rule.text, "severity": rule.severity,
        "default_action": rule.default_action.value, "statement": rule.statement,
    }  # fmt: skip
