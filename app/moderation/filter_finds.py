"""Finds: what a rule, a list or an option found in one thing. Pure values."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.core.screening import Answer
from app.moderation.filter_models import Category, FilterAction
from app.moderation.filter_set import RuleView

ANSWERS: Final = {
    FilterAction.FLAG: Answer.FLAG, FilterAction.HOLD: Answer.HOLD, FilterAction.HIDE: Answer.HIDE,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """One thing that was found. ``begin`` and ``end`` are characters of the field's text."""

    why: str
    answer: Answer
    category: Category = Category.OTHER
    rule_id: UUID | None = None
    is_live: bool = True
    """Whether the rule is more than on trial."""
    field: str = ""
    term: str = ""
    """What was watched for."""
    begin: int = 0
    end: int = 0
    read_as: str = ""
    """What stood there, as it was read."""

    @classmethod
    def of(cls, rule: RuleView, **what: Any) -> "Find":
        """What a rule found. Child safety holds at once, whatever the rule says."""
        answer = ANSWERS[rule.action]
        if rule.category is Category.CHILDREN:
            answer = max(answer, Answer.HOLD)
        return cls(why=rule.name, answer=answer, category=rule.category, rule_id=rule.id, is_live=rule.is_live, **what)

    def to_evidence(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "why": self.why, "rule_id": str(self.rule_id) if self.rule_id else None, "is_live": self.is_live,
            "field": self.field, "term": self.term[:300], "begin": self.begin, "end": self.end,
            "read_as": self.read_as.replace("\0", "")[:300],
        }  # fmt: skip
