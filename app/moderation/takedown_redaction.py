"""Blacking out: what of a notice everyone may read. Pure functions."""

import re
from collections.abc import Iterable
from typing import Final

from app.moderation.takedown_models import TakedownClaim
from app.moderation.takedown_states import ClaimState

BLACK: Final = "█████"
SHORTEST: Final = 2
"""Words of fewer signs are not looked for: every text is full of them."""
_KINDS: Final = {"medium": "A track or film", "set": "A set", "post": "A post", "comment": "A comment"}
_ADDRESSES: Final = re.compile(
    r"""
    [\w.+-]+@[\w-]+(?:\.[\w-]+)+            # a mail address
    | (?:https?://|www\.)\S+                # an address on the web
    | (?<![\w/])@[A-Za-z0-9_]{3,30}\b       # somebody's name here
    | (?<![\w])\+?\d[\d\s()./-]{6,}\d(?!\w) # a telephone number
    """,
    re.VERBOSE,
)


def black_out(text: str, words: Iterable[str]) -> str:
    """``text`` without addresses, telephone numbers and ``words``, in whatever case these are written."""
    wanted = sorted({word.strip() for word in words if len(word.strip()) >= SHORTEST}, key=len, reverse=True)
    if wanted:
        text = re.sub("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in wanted), BLACK, text, flags=re.IGNORECASE)
    return _ADDRESSES.sub(BLACK, text)


def names_in(*names: str) -> list[str]:
    """Names as they are looked for: whole, and each part that is a word of its own."""
    parts = [part for name in names for part in name.split() if len(part) > SHORTEST]
    return [*(name for name in names if name.strip()), *parts]


def thing_words(claims: Iterable[TakedownClaim]) -> list[tuple[str, ClaimState]]:
    """What a notice names, as everyone may know it: the kind and what became of it, neither title nor address."""
    return [(_KINDS.get(claim.kind, "A thing"), claim.state) for claim in claims]
