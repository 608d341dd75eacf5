"""How a length is cut into pieces of work: chunks of picture, stretches of sound."""

from collections.abc import Callable, Iterator
from fractions import Fraction

LONGEST = Fraction(3, 2)
"""How much longer than its share a last piece may be, so that no sliver remains."""


def pieces(total: int, first: int, following: Callable[[int], int]) -> Iterator[tuple[int, int, bool]]:
    """Cut ``total`` units into pieces: where each begins, how long it is, and whether it is the last.

    The first has ``first`` units, each later one what ``following`` makes of the length before. The last takes what is
    left, up to ``LONGEST`` times its share.
    """
    at, length = 0, first
    while total - at > length * LONGEST:
        yield at, length, False
        at, length = at + length, following(length)
    yield at, total - at, True
