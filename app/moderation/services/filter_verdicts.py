"""What a filter decides by itself, and what somebody upholds of what it held, are decisions like all others.

Whom it concerns reads under "My standing" that a rule decided and not a person, on which rule of the house it
rests, its reference, and how to appeal (Articles 17 and 20 of the Digital Services Act). It does not say what was
watched for: whoever knows that writes around it. What only waits for a look was not decided, and has no statement yet.
"""

from typing import Final

from sqlalchemy import exists, or_, select

from app.accounts.models import User
from app.extensions import db
from app.moderation.filter_models import Category, FilterHit
from app.moderation.models import Appeal, Cause, Decision, DecisionAction, HoldRecord
from app.moderation.refs import Ref
from app.moderation.services import decisions, holds

RULES: Final = {
    Category.CHILDREN: "children", Category.VIOLENCE: "threats", Category.HATE: "hate", Category.SPAM: "spam",
    Category.OTHER: None,
}  # fmt: skip
"""The rule of the house that each category is a breach of."""
HIDDEN: Final = (
    "It matches something that this place does not show, so a filter hid it. Reference {reference}. What a filter "
    "watches for is not told. Filters err: if this one did, appeal and say what is meant. A moderator reads that, and "
    "can let it through."
)
REFUSED: Final = (
    "What you wanted to save matches something that this place does not show, so a filter stopped it. Reference "
    "{reference}. What a filter watches for is not told. Filters err: if this one did, appeal and say what is meant. A "
    "moderator reads that, and can let it through."
)
UPHELD: Final = "A filter found it and held it (reference {reference}). A moderator has looked, and leaves it as it is."
LET_THROUGH: Final = "A moderator has looked at it and let it through ({reference})."


def decide_by_rule(hit: FilterHit, ref: Ref, *, hides: bool) -> None:
    """State what a sure rule has decided of a thing: it is hidden; or, where it cannot be, was not saved.

    What is found in later versions of a hidden thing belongs to the same statement, until somebody appeals against it.
    The caller commits.

    Raises:
        ThingNotFound: it went in the same moment.
    """
    found = _unappealed(ref) if hides else None
    if found is None:
        action, reasons = (DecisionAction.HIDE, HIDDEN) if hides else (DecisionAction.REFUSE, REFUSED)
        said = reasons.format(reference=hit.reference)
        found = decisions.decide(ref, action, by=None, rule=RULES[hit.category], reasons=said)
    hit.decision_id = found.id


def decide_upheld(hit: FilterHit, ref: Ref, by: User) -> None:
    """State that somebody leaves held what a filter held or hid. Where they have decided so already, that is it.

    From then on their decision alone hides it, so that whoever reverses that opens it. The caller commits.

    Raises:
        OwnCase, MayNotDecide: ``by`` may not decide about them.
        ThingNotFound: it is gone.
    """
    held, theirs = standing_holds(hit), _find_hiding(ref)
    if theirs is not None:
        before = db.session.get(Decision, hit.decision_id) if hit.decision_id is not None else None
        if before is not None and before.automated and before.stands:
            decisions.give_way(before, by)
        hit.decision_id = theirs.id
    elif hit.decision_id is None and hit.category is not Category.CHILDREN:
        action = DecisionAction.HIDE if held else DecisionAction.REFUSE
        said = UPHELD.format(reference=hit.reference)
        hit.decision_id = decisions.decide(ref, action, by=by, rule=RULES[hit.category], reasons=said).id
    for record in held if hit.category is not Category.CHILDREN else ():
        holds.lift_hold(record, by)


def take_back(hit: FilterHit, by: User | None) -> None:
    """Reverse the statement of what is let through, unless later versions of the thing are hidden by it as well."""
    if hit.decision_id is None or not is_latest(hit):
        return
    decision = db.session.get(Decision, hit.decision_id)
    if decision is not None and decision.reversed_at is None:
        decisions.take_back(decision, by, LET_THROUGH.format(reference=hit.reference))


def standing_holds(hit: FilterHit) -> list[HoldRecord]:
    """What a hit itself holds now."""
    ours = (HoldRecord.cause == cause_of(hit), HoldRecord.cause_id == hit.id, HoldRecord.lifted_at.is_(None))
    return list(db.session.scalars(select(HoldRecord).where(*ours)))


def has_held(hit: FilterHit) -> bool:
    """Whether a hit has ever hidden its thing, by itself or by its statement."""
    by_itself = exists().where(HoldRecord.cause == cause_of(hit), HoldRecord.cause_id == hit.id)
    by_decision = exists().where(Decision.id == hit.decision_id, Decision.action == DecisionAction.HIDE)
    return bool(db.session.scalar(select(or_(by_itself, by_decision))))


def cause_of(hit: FilterHit) -> Cause:
    """Why a hit holds: a rule, or that somebody's first works are looked at."""
    return Cause.FILTER if hit.rule_id is not None else Cause.REVIEW


def is_latest(hit: FilterHit) -> bool:
    """Whether nothing was found after it that the same decision is about: it is the version that people look at."""
    later = exists().where(FilterHit.decision_id == hit.decision_id, FilterHit.id > hit.id)
    return not db.session.scalar(select(later))


def _find_hiding(ref: Ref) -> Decision | None:
    """The latest decision of a person's that hides a thing now."""
    query = select(Decision).where(
        Decision.kind == ref.kind, Decision.thing_id == ref.id, Decision.reversed_at.is_(None),
        Decision.action.in_(decisions.HOLDS), ~Decision.automated,
    )  # fmt: skip
    return db.session.scalars(query.order_by(Decision.id.desc()).limit(1)).first()


def _unappealed(ref: Ref) -> Decision | None:
    """The statement of a filter that hides a thing now, and that nobody has appealed against."""
    query = select(Decision).where(
        Decision.kind == ref.kind, Decision.thing_id == ref.id, Decision.action == DecisionAction.HIDE,
        Decision.automated, Decision.reversed_at.is_(None), Decision.ended_at.is_(None),
        ~exists().where(Appeal.decision_id == Decision.id),
    )  # fmt: skip
    return db.session.scalars(query.order_by(Decision.id.desc()).limit(1)).first()
