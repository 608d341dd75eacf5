"""Which steady frame rate a recording is put on. Pure rules."""

from fractions import Fraction
from itertools import pairwise

# What cameras, cinemas and screens run at
_KNOWN = tuple(
    Fraction(*one)
    for one in (
        (10, 1),
        (12, 1),
        (15, 1),
        (24000, 1001),
        (24, 1),
        (25, 1),
        (30000, 1001),
        (30, 1),
        (48, 1),
        (50, 1),
        (60000, 1001),
        (60, 1),
    )
)
_FASTEST_BELIEVED = 480
_STEADY_SHARE = 0.9
_KEPT_SHARE = 0.97
_JITTER_S = Fraction(2, 1000)


def choose_rate(times: list[Fraction], average: Fraction, guessed: Fraction) -> tuple[Fraction, bool]:
    """The rate of the frame grid, and whether the source's own rate varies.

    Args:
        times: of the first packets, in seconds, in any order.
        average: frames by length, as the container has it; 0 if unknown.
        guessed: ffmpeg's guess of the least rate that shows every frame; 0 if unknown.

    A steady source keeps its rate to the last decimal. One that varies (telephones, screen recorders) gets the lowest
    known whole rate that shows at least 97 of 100 of its frames, each at a tick of its own.
    """
    steps = [later - earlier for earlier, later in pairwise(sorted(times)) if later > earlier]
    for rate in (guessed, average):
        if 1 <= rate <= _FASTEST_BELIEVED and _share(steps, 1 / rate) >= _STEADY_SHARE:
            return _nearest(rate, Fraction(1, 2000)) or rate, False
    if not steps:
        return _nearest(average or guessed, Fraction(3, 100)) or Fraction(25), False
    kept = next(
        (known for known in _KNOWN if known.denominator == 1 and _kept(times, known) >= _KEPT_SHARE), _KNOWN[-1]
    )
    return kept, True


def _kept(times: list[Fraction], rate: Fraction) -> float:
    """The share of the frames that this rate shows."""
    return len({round(one * rate) for one in times}) / len(times)


def _share(steps: list[Fraction], step: Fraction) -> float:
    """How many of the steps are this long, but for what a clock of milliseconds rounds away; 1 if there are none."""
    return sum(abs(one - step) <= min(_JITTER_S, step / 4) for one in steps) / len(steps) if steps else 1.0


def _nearest(rate: Fraction, tolerance: Fraction) -> Fraction | None:
    """The known rate within a share of ``tolerance``: containers write 29.97 in many ways."""
    near = min(_KNOWN, key=lambda known: abs(known - rate))
    return near if abs(near - rate) <= rate * tolerance else None
