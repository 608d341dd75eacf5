"""The words of a decision before a moderator changes any: what the rule leads to, and what its statement says."""

from typing import Any

from app.moderation import wording
from app.moderation.forms import DecisionForm
from app.moderation.models import ON_PEOPLE, ON_THINGS, Case
from app.moderation.rules import RuleView, rules, statement_for


def suggest(form: DecisionForm, case: Case) -> None:
    """Choose what the rule usually leads to, in its words."""
    rule = _rule(case.rule_slug)
    usual = rule.default_action if rule else ""
    form.on_thing.data = usual if usual in ON_THINGS else ""
    form.on_person.data = usual if usual in ON_PEOPLE else ""
    form.reasons.data = words_of(case.rule_slug, case)


def words_of(slug: str | None, case: Case) -> str:
    """The statement of a rule about the thing of this case; "" for none."""
    rule = _rule(slug)
    return statement_for(rule, title=case.title, kind=wording.KINDS[case.kind]) if rule is not None else ""


def reasons_for(case: Case, form: DecisionForm, *, dismisses: bool, about: Case | None = None) -> str:
    """What the statement about ``case`` says: what was written; where nobody wrote anything, the words of the rule.

    ``about`` is the case before which the form was filled in: its rule's words, left as they were, count as nothing
    written. So the same form settles others in words of their own, and a dismissal never accuses.
    """
    written, rule = (form.reasons.data or "").strip(), form.rule.data
    if written and not (about is not None and _same(written, words_of(rule, about))):
        return written
    if not dismisses:
        return words_of(rule, case)
    broken = _rule(rule)
    return wording.dismissal(case.title, case.kind, broken.title if broken else "") if broken or about else ""


def preview(form: DecisionForm, case: Case) -> list[dict[str, Any]]:
    """What the statements would say, one for each thing that is to be done."""
    verdict = form.verdict()
    rule = _rule(verdict.rule)
    return [
        {
            "action": wording.ACTIONS[action], "means": wording.means(action),
            "ground": wording.GROUNDS[verdict.ground],
            "rule": rule.title if rule else "", "until": verdict.until, "reasons": verdict.reasons, "title": case.title,
        }
        for action in (verdict.on_thing, verdict.on_person)
        if action is not None
    ]  # fmt: skip


def _rule(slug: str | None) -> RuleView | None:
    return next((one for one in rules() if one.slug == slug), None)


def _same(written: str, words: str) -> bool:
    """Whether two texts differ by nothing but what a browser makes of their line ends."""
    return " ".join(written.split()) == " ".join(words.split())
