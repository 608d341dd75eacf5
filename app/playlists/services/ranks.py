"""Places in an order as fractions written in letters: between any two there is room for a third.

The algorithm is David Greenspan's (https://observablehq.com/@dgreensp/implementing-fractional-indexing), by the
library ``fractional-indexing``: a rank has an integer part of a length that its first letter tells, so that adding at
either end stays short, and a fraction behind it. Ranks are compared as bytes (``COLLATE "C"``).
"""

from fractional_indexing import FIError, generate_key_between, generate_n_keys_between

LONGEST = 48
"""Beyond this a set's ranks are written anew. Halving one gap again and again takes some 250 moves to get there."""


def rank_between(before: str | None, after: str | None) -> str | None:
    """A rank after ``before`` and before ``after``, either of which may be missing at an end.

    None where there is no short one: the two are equal or the wrong way round, no ranks at all, or have grown too long.
    """
    try:
        rank: str = generate_key_between(before, after)
    except (FIError, IndexError, ValueError):
        return None
    return rank if len(rank) <= LONGEST else None


def fresh_ranks(count: int) -> list[str]:
    """``count`` short ranks in their order."""
    ranks: list[str] = generate_n_keys_between(None, None, count)
    return ranks
