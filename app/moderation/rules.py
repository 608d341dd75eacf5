"""The rules of the house as pages use them: values, read once in a few seconds; and the words of their statements."""

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from app.extensions import db
from app.moderation.models import Rule
from app.web.shared import shared

PLACEHOLDERS: Final = ("title", "kind", "rule")
"""What the template of a statement may name: the thing's title, what sort of thing it is, the title of the rule."""
_NAMED: Final = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule, free of the session that loaded it."""

    slug: str
    title: str
    text: str
    severity: int
    default_action: str
    statement: str


def rules() -> list[RuleView]:
    """The rules that hold, in the operator's order."""
    query = select(Rule).where(Rule.active).order_by(Rule.position, Rule.slug)
    return shared(
        "house_rules",
        lambda: [
            RuleView(one.slug, one.title, one.text, one.severity, one.default_action.value, one.statement)
            for one in db.session.scalars(query)
        ],
    )


def statement_for(rule: RuleView, *, title: str, kind: str) -> str:
    """The template of a rule's statement with the thing put in; unknown placeholders stay as they are."""
    return fill_in(rule.statement, title=title, kind=kind, rule=rule.title)


def fill_in(statement: str, *, title: str, kind: str, rule: str) -> str:
    """A template with its placeholders put in, all at once: a title in braces names nothing."""
    values = {"title": title, "kind": kind, "rule": rule}
    return _NAMED.sub(lambda found: values[found[1]], statement)
