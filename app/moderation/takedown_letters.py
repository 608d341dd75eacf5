"""What people are told by mail: each letter says what happened, and what its reader can do now. Pure functions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.moderation.takedown_models import ComplainantRole, TakedownClaim, TakedownNotice, TakedownParty
from app.moderation.takedown_states import HOLDS, ClaimState
from app.web.filters import long_date

STATE_WORDS: Final = {
    ClaimState.WAITING: "waits for a decision",
    ClaimState.STANDING: "taken down",
    ClaimState.COUNTERED: "taken down; answered by a counter-notice",
    ClaimState.IN_COURT: "taken down; before a court",
    ClaimState.REFUSED: "refused; it stays up",
    ClaimState.RESTORED: "restored",
    ClaimState.WITHDRAWN: "withdrawn by the complainant",
    ClaimState.SETTLED: "settled; restored",
    ClaimState.CONCEDED: "deleted by its owner",
    ClaimState.UPHELD: "taken down; upheld by a court",
    ClaimState.LAPSED: "lapsed",
    ClaimState.MERGED: "part of another notice",
    ClaimState.GONE: "was not there any more",
}
ROLE_WORDS: Final = {
    ComplainantRole.OWNER: "the owner of the rights",
    ComplainantRole.AGENT: "somebody who acts for the owner of the rights",
}


SENT: Final = "You get this because you sent a notice about rights to this place."
YOURS: Final = "You get this because the notice is about something that you published."


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a letter is about. ``due_at`` is when the clock runs out that matters to its reader."""

    notice: TakedownNotice
    party: TakedownParty | None
    claims: Sequence[TakedownClaim]
    due_at: datetime | None = None
    asked: str = ""
    strikes: int = 0
    limit: int = 0
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail. ``quotes`` are words of others under a heading each, ``things`` lines of a title and its state."""

    subject: str
    paragraphs: Sequence[str]
    action: str = "Open the notice"
    link: str = ""
    things: Sequence[tuple[str, str]] = ()
    quotes: Sequence[tuple[str, str]] = ()
    why: str = SENT


def compose(name: str, facts: Facts) -> Letter:
    """The letter of this name: to the complainant, or to the person behind ``facts.party``."""
    makers = _TO_COMPLAINANT if facts.party is None else _TO_PARTY
    return makers[name](facts)


def _due(facts: Facts) -> str:
    return long_date(facts.due_at) if facts.due_at is not None else "soon"


def _things(facts: Facts) -> list[tuple[str, str]]:
    return [
        (claim.title or "something deleted", STATE_WORDS[claim.state] + (f". {claim.reasons}" if claim.reasons else ""))
        for claim in facts.claims
    ]


def _confirm(facts: Facts) -> Letter:
    return Letter(
        subject=f"Confirm your notice {facts.notice.reference}",
        paragraphs=[
            "Somebody sent a notice about rights with this address. It does nothing until you confirm it.",
            f"Open the page and press the button, by {_due(facts)}.",
            "If it was not you, do nothing: the notice lapses by itself, and we forget it.",
        ],
        action="Confirm the notice", link=facts.link,
        why="You get this because somebody wrote this address into the form for notices.",
    )  # fmt: skip


def _received(facts: Facts) -> Letter:
    unfound = [("Not found here", "\n".join(facts.notice.unfound))] if facts.notice.unfound else []
    return Letter(
        subject=f"We have your notice {facts.notice.reference}",
        paragraphs=[
            f"A moderator decides about each of these things, as a rule by {_due(facts)}.",
            "Keep this mail: its link is how you follow the notice, answer questions, and withdraw it.",
        ],
        link=facts.link, things=_things(facts), quotes=unfound,
    )  # fmt: skip


def _merged(facts: Facts) -> Letter:
    return _plain(
        f"Notice {facts.notice.reference} is part of an earlier one",
        "You already told us about all of these things. What you wrote was added to your earlier notice, so that one "
        "moderator sees all of it. There is nothing that you need to do.",
    )(facts)  # fmt: skip


def _asked(facts: Facts) -> Letter:
    return Letter(
        subject=f"Your notice {facts.notice.reference} needs more",
        paragraphs=[f"Please answer on the notice's page by {_due(facts)}. Without an answer it lapses."],
        quotes=[("What we ask", facts.asked)], action="Answer", link=facts.link,
    )  # fmt: skip


def _decided(facts: Facts) -> Letter:
    held = any(claim.state in HOLDS for claim in facts.claims)
    after = (
        "Whoever published what was taken down is told, and may answer with a counter-notice. You then hear of it."
        if held
        else "If you can show more than you did, you may send a new notice."
    )
    return Letter(
        subject=f"A decision about your notice {facts.notice.reference}",
        paragraphs=["A moderator decided about each thing:", after], things=_things(facts), link=facts.link,
    )  # fmt: skip


def _countered(facts: Facts) -> Letter:
    answers = [claim.party for claim in facts.claims if claim.state is ClaimState.COUNTERED]
    party = answers[0] if answers else None
    quotes = [] if party is None else [
        ("Their statement", party.counter_statement), ("Name", party.counter_name), ("Address", party.counter_address),
    ]  # fmt: skip
    return Letter(
        subject=f"A counter-notice to {facts.notice.reference}",
        paragraphs=[
            "Whoever published it says that it was taken down in error.",
            (f"If you go to court about it, tell us on the notice's page by {_due(facts)}: it then stays down until "
            "that is decided. If we hear nothing, it comes back on that day."),
            "If you agree with them, you can withdraw your notice on the same page.",
        ],
        things=_things(facts), quotes=quotes, action="Say what you will do", link=facts.link,
    )  # fmt: skip


def _told(facts: Facts) -> Letter:
    notice = facts.notice
    who = f"{notice.name}{f', {notice.organisation}' if notice.organisation else ''}, {ROLE_WORDS[notice.role]}"
    quotes = [("Who complains", who), ("Which works they say are theirs", notice.works)]
    if notice.explanation:
        quotes.append(("What they say about it", notice.explanation))
    if notice.proofs:
        quotes.append(("What they point to", "\n".join(notice.proofs)))
    return Letter(
        subject=f"Something of yours was taken down ({notice.reference})",
        paragraphs=[
            ("Somebody says that it uses works of theirs without leave, and signed that. A moderator found the notice "
            "complete and took it down. Only you can see it now."),
            (f"You can agree, and delete it; or, if that was an error, send a counter-notice by {_due(facts)}. "
            "It comes back unless they then go to court."),
            (f"This is strike {facts.strikes} of {facts.limit}. A strike ends by itself after a time, and at once when "
            "the thing is restored. Whoever has all of them can be suspended."),
        ],
        things=_things(facts), quotes=quotes, action="Answer the notice", link=facts.link, why=YOURS,
    )  # fmt: skip


def _plain(
    subject: str, *paragraphs: str, action: str = "Open the notice", why: str | None = None
) -> Callable[[Facts], Letter]:
    """A letter that needs no more than its words; ``{reference}`` and ``{due}`` in them are filled in."""

    def make(facts: Facts) -> Letter:
        names = {"reference": facts.notice.reference, "due": _due(facts)}
        return Letter(
            subject=subject.format_map(names), paragraphs=[one.format_map(names) for one in paragraphs],
            things=_things(facts), action=action, link=facts.link,
            why=why or (YOURS if facts.party is not None else SENT),
        )  # fmt: skip

    return make


_TO_COMPLAINANT: Final[dict[str, Callable[[Facts], Letter]]] = {
    "confirm": _confirm,
    "received": _received,
    "merged": _merged,
    "asked": _asked,
    "complete_soon": _plain(
        "Your notice {reference} lapses soon", "We still wait for an answer from you. Without one it lapses on {due}.",
        action="Answer",
    ),
    "lapsed": _plain(
        "Your notice {reference} has lapsed",
        "We asked you for more, and heard nothing. Nothing further happens; you may send a new notice at any time.",
    ),
    "decided": _decided,
    "conceded": _plain(
        "Deleted: what your notice {reference} was about",
        "Whoever published it agreed with you and deleted it. There is nothing that you need to do.",
    ),
    "countered": _countered,
    "court_soon": _plain(
        "Your time to go to court ends soon ({reference})",
        "If we hear nothing from you, what was countered comes back on {due}.", action="Say what you will do",
    ),
    "court_noted": _plain(
        "We noted that you went to court ({reference})",
        "It stays down until the court has decided, or you tell us that you agreed. Please tell us then.",
    ),
    "restored": _plain(
        "Restored after a counter-notice ({reference})",
        "We heard nothing of a court in the time that you had, so it is back. A court can still order otherwise; send "
        "us what it says by a new notice.",
    ),
    "ended": _plain(
        "A change to your notice {reference}", "A moderator changed what stands of it, for the reasons below."
    ),
    "extended": _plain("More time in {reference}", "A moderator gave more time. The notice's page has the new date."),
    "withdrawn": _plain(
        "You withdrew the notice {reference}",
        "Whatever it had taken down is back. If it was not you who did this, send a new notice.",
    ),
}  # fmt: skip
_TO_PARTY: Final[dict[str, Callable[[Facts], Letter]]] = {
    "told": _told,
    "counter_soon": _plain(
        "Your time to answer a notice ends soon ({reference})",
        "You can send a counter-notice until {due}. After that, what was taken down stays down.", action="Answer it",
    ),
    "counter_over": _plain(
        "Your time to answer a notice is over ({reference})",
        "What was taken down stays down. If there is something that we should know, write to the moderators.",
    ),
    "counter_sent": _plain(
        "We passed on your counter-notice ({reference})",
        "The complainant has it, with your name and address, and can go to court until {due}. If we hear of no court, "
        "your work comes back then, by itself. There is nothing that you need to do.",
    ),
    "sued": _plain(
        "The complainant went to court ({reference})",
        "What you answered stays down until the court has decided, or the two of you agree. The notice's page says "
        "which court it is. You may want advice from a lawyer now.",
    ),
    "restored": _plain(
        "Restored: the notice {reference} is over",
        "The complainant did not go to court in time. Your work is where it was, and the strike is taken back.",
    ),
    "withdrawn": _plain(
        "The notice {reference} was withdrawn",
        "Whatever it had taken down of yours is where it was, and the strike is taken back.",
    ),
    "ended": _plain(
        "A change to the notice {reference}", "A moderator changed what stands of it, for the reasons below."
    ),
    "extended": _plain("More time in {reference}", "A moderator gave more time. The notice's page has the new date."),
}  # fmt: skip
LETTERS: Final = {"complainant": tuple(_TO_COMPLAINANT), "party": tuple(_TO_PARTY)}
