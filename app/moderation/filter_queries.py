"""What the desk asks of filters: pages by key, in a statement each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.extensions import db
from app.moderation.filter_models import Category, FilterHit, FilterRule, HitState, TrustedPerson

MOST_COUNTED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HitsWanted:
    """Which hits are listed."""

    state: HitState | None = None
    rule_id: UUID | None = None


def rule_rows(*, after: UUID | None, size: int) -> Sequence[Any]:
    """One more than ``size`` rules, the newest first, with the name of who wrote each."""
    query = select(FilterRule, User.username).outerjoin(User, User.id == FilterRule.created_by_id)
    if after is not None:
        query = query.where(FilterRule.id < after)
    return db.session.execute(query.order_by(FilterRule.id.desc()).limit(size + 1)).all()


def hit_rows(wanted: HitsWanted, *, after: UUID | None, size: int) -> Sequence[Any]:
    """One more than ``size`` hits, the newest first, with the names of author and of who decided."""
    decider = aliased(User)
    query = (
        select(FilterHit, User.username, decider.username.label("decided_by"))
        .outerjoin(User, User.id == FilterHit.author_id)
        .outerjoin(decider, decider.id == FilterHit.decided_by_id)
    )
    if wanted.state is not None:
        query = query.where(FilterHit.state == wanted.state)
    if wanted.rule_id is not None:
        query = query.where(FilterHit.rule_id == wanted.rule_id)
    if after is not None:
        query = query.where(FilterHit.id < after)
    return db.session.execute(query.order_by(FilterHit.id.desc()).limit(size + 1)).all()


def references_of(decision_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The references of what filters found that these decisions are about, by decision; those without are left out."""
    query = select(FilterHit.decision_id, FilterHit.reference).where(FilterHit.decision_id.in_(decision_ids))
    found: dict[UUID, list[str]] = {}
    for decision_id, reference in db.session.execute(query.order_by(FilterHit.id)) if decision_ids else ():
        if decision_id is not None:
            found.setdefault(decision_id, []).append(reference)
    return found


class Waiting(int):
    """How many things wait for a look; ``is_urgent`` where one of them is a matter of child safety."""

    is_urgent = False


def count_waiting() -> Waiting:
    """How many things wait for a look, a hundred at most, the oldest first."""
    some = select(FilterHit.category).where(FilterHit.state == HitState.WAITING).order_by(FilterHit.id)
    found = some.limit(MOST_COUNTED).subquery()
    urgent = func.bool_or(found.c.category == Category.CHILDREN)
    count, is_urgent = db.session.execute(select(func.count(), urgent).select_from(found)).one()
    waiting = Waiting(count)
    waiting.is_urgent = bool(is_urgent)
    return waiting


def trusted_rows(*, after: datetime | None, size: int) -> Sequence[Any]:
    """One more than ``size`` people who are trusted, the latest first."""
    giver = aliased(User)
    query = (
        select(TrustedPerson.created_at, User.id, User.username, User.display_name, giver.username.label("by"))
        .join(User, User.id == TrustedPerson.user_id)
        .outerjoin(giver, giver.id == TrustedPerson.by_id)
    )
    if after is not None:
        query = query.where(TrustedPerson.created_at < after)
    return db.session.execute(query.order_by(TrustedPerson.created_at.desc()).limit(size + 1)).all()
