"""The same decision about many things at once: one reason, a decision each, and what could not be done is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import User
from app.core.errors import DomainError
from app.extensions import db
from app.moderation.models import Decision, DecisionAction
from app.moderation.refs import Ref, RefKind
from app.moderation.services.decisions import decide, reverse_decision


@dataclass(slots=True)
class Outcome:
    """How many it was done to, and why it was not done to others: each reason once, with how often."""

    done: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    def refuse(self, sentence: str) -> None:
        """Note one more that it was not done to."""
        self.refused[sentence] = self.refused.get(sentence, 0) + 1


def decide_many(
    what: RefKind, ids: Sequence[UUID], action: DecisionAction, *, by: User, rule: str | None, reasons: str
) -> Outcome:
    """``decide`` about each thing; one that may not be, or is gone, holds up no other. The caller commits."""

    def act(thing_id: UUID) -> None:
        decide(Ref(what, thing_id), action, by=by, rule=rule, reasons=reasons)

    return _each(ids, act)


def restore_many(what: RefKind, ids: Sequence[UUID], *, by: User, reasons: str) -> Outcome:
    """Take back every decision that hides or removes these things; other causes are somebody else's to lift."""
    standing = db.session.scalars(
        select(Decision).where(
            Decision.kind == what,
            Decision.thing_id.in_(ids),
            Decision.action.in_([DecisionAction.HIDE, DecisionAction.REMOVE]),
            Decision.reversed_at.is_(None),
        )
    ).all()
    found = {decision.id: decision for decision in standing}
    outcome = _each(list(found), lambda decision_id: reverse_decision(found[decision_id], by, reasons))
    for _ in set(ids) - {decision.thing_id for decision in standing}:
        outcome.refuse("No decision stands against it.")
    return outcome


def _each(ids: Sequence[UUID], act: Callable[[UUID], None]) -> Outcome:
    """Do each in a savepoint, in the order of the ids, so that two who do it at once wait for one another in turn."""
    outcome = Outcome()
    for thing_id in sorted(set(ids)):
        try:
            with db.session.begin_nested():
                act(thing_id)
        except DomainError as error:
            outcome.refuse(error.sentence)
        else:
            outcome.done += 1
    return outcome
