"""Is a notice complete? What a moderator looks at first, looked at for them. Pure functions."""

from dataclasses import dataclass
from typing import Final

from app.moderation.takedown_models import ComplainantRole, TakedownNotice

ENOUGH_WORDS: Final = 4


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a complete notice has. ``fine`` is None where only a person can say."""

    label: str
    fine: bool | None
    hint: str = ""


def check_notice(notice: TakedownNotice, *, held_already: int = 0) -> list[Check]:
    """What speaks for a notice being complete, and what against."""
    return [
        Check("The address answers", notice.confirmed_at is not None, "Nothing counts before it is confirmed."),
        Check("Signed with the name it names", _same(notice.signature, notice.name), f"Signed “{notice.signature}”."),
        Check("Says which works", len(notice.works.split()) >= ENOUGH_WORDS, "A title and its author at least."),
        Check("Says how they are used", bool(notice.explanation), "Ask, where it is not plain to see."),
        Check(
            "Says for whom an agent acts",
            notice.role is ComplainantRole.OWNER or bool(notice.organisation) or None, "An agent names who sent them.",
        ),
        Check(
            "Every address was found", not notice.unfound,
            f"{len(notice.unfound)} were not: not here, not for everyone, or whole accounts.",
        ),
        Check("Points to proof", bool(notice.proofs) or None, "Not required. Never opened by us."),
        Check(
            "Was anything decided before?", None if held_already else True,
            f"{held_already} of these are held by another notice already." if held_already else "",
        ),
        Check(
            "Can it be lawful?", None,
            "Quotation, parody, teaching, a licence, one's own work: say in the reasons that you thought of it.",
        ),
    ]  # fmt: skip


def _same(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())
