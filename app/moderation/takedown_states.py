"""What may follow what in a takedown: a pure table. Whatever is not in it is forbidden.

A notice names things; each thing has a claim, and each claim has a course of its own, because they are decided one by
one. The shape is that of 17 U.S.C. 512(c) and (g): notice, removal, counter-notice, a time in which the complainant
can go to court, restoration.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from app.moderation.errors import NotNow

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)


class NoticeState(StrEnum):
    """How far a notice has come."""

    UNCONFIRMED = "unconfirmed"
    """Nobody has shown yet that its address is theirs; it does nothing."""
    WAITING = "waiting"
    """It lies on the desk."""
    ASKED = "asked"
    """The complainant was asked for more."""
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """Never confirmed, or what was asked for never came."""
    MERGED = "merged"
    """It said what another notice says."""


class NoticeAct(StrEnum):
    """What is done to a notice."""

    CONFIRM = "confirm"
    ASK = "ask"
    ANSWER = "answer"
    DECIDE = "decide"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"
    MERGE = "merge"


class ClaimState(StrEnum):
    """What stands of a complaint about one thing."""

    WAITING = "waiting"
    STANDING = "standing"
    """Accepted; the thing is held."""
    COUNTERED = "countered"
    """Held still, while the complainant may go to court."""
    IN_COURT = "in_court"
    """Held until a court, or the two of them, have decided."""
    REFUSED = "refused"
    RESTORED = "restored"
    WITHDRAWN = "withdrawn"
    SETTLED = "settled"
    """The two agreed; the thing is back."""
    CONCEDED = "conceded"
    """Its owner deleted it while the complaint stood."""
    UPHELD = "upheld"
    """A court agreed with the complainant; it stays held."""
    LAPSED = "lapsed"
    MERGED = "merged"
    GONE = "gone"
    """It was not there any more when somebody came to look."""


class ClaimAct(StrEnum):
    """What is done to a claim."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    """Also one's own acceptance, when it turns out to have been wrong."""
    COUNTER = "counter"
    SUE = "sue"
    RESTORE = "restore"
    WITHDRAW = "withdraw"
    SETTLE = "settle"
    CONCEDE = "concede"
    UPHOLD = "uphold"
    LAPSE = "lapse"
    MERGE = "merge"
    VANISH = "vanish"


_N, _DO = NoticeState, NoticeAct
NOTICE_MOVES: Final[Mapping[NoticeState, Mapping[NoticeAct, NoticeState]]] = {
    _N.UNCONFIRMED: {_DO.CONFIRM: _N.WAITING, _DO.WITHDRAW: _N.WITHDRAWN, _DO.LAPSE: _N.LAPSED},
    _N.WAITING: {
        _DO.ASK: _N.ASKED, _DO.DECIDE: _N.DECIDED, _DO.WITHDRAW: _N.WITHDRAWN, _DO.MERGE: _N.MERGED,
    },
    _N.ASKED: {
        _DO.ANSWER: _N.WAITING, _DO.DECIDE: _N.DECIDED, _DO.WITHDRAW: _N.WITHDRAWN, _DO.LAPSE: _N.LAPSED,
        _DO.MERGE: _N.MERGED,
    },
    _N.DECIDED: {_DO.WITHDRAW: _N.WITHDRAWN},
    _N.WITHDRAWN: {}, _N.LAPSED: {}, _N.MERGED: {},
}  # fmt: skip

_C, _ACT = ClaimState, ClaimAct
CLAIM_MOVES: Final[Mapping[ClaimState, Mapping[ClaimAct, ClaimState]]] = {
    _C.WAITING: {
        _ACT.ACCEPT: _C.STANDING, _ACT.REFUSE: _C.REFUSED, _ACT.WITHDRAW: _C.WITHDRAWN, _ACT.LAPSE: _C.LAPSED,
        _ACT.MERGE: _C.MERGED, _ACT.VANISH: _C.GONE,
    },
    _C.STANDING: {
        _ACT.COUNTER: _C.COUNTERED, _ACT.REFUSE: _C.REFUSED, _ACT.WITHDRAW: _C.WITHDRAWN, _ACT.SETTLE: _C.SETTLED,
        _ACT.CONCEDE: _C.CONCEDED,
    },
    _C.COUNTERED: {
        _ACT.SUE: _C.IN_COURT, _ACT.RESTORE: _C.RESTORED, _ACT.REFUSE: _C.REFUSED, _ACT.WITHDRAW: _C.WITHDRAWN,
        _ACT.SETTLE: _C.SETTLED, _ACT.CONCEDE: _C.CONCEDED,
    },
    _C.IN_COURT: {
        _ACT.RESTORE: _C.RESTORED, _ACT.UPHOLD: _C.UPHELD, _ACT.WITHDRAW: _C.WITHDRAWN, _ACT.SETTLE: _C.SETTLED,
        _ACT.CONCEDE: _C.CONCEDED,
    },
    _C.REFUSED: {}, _C.RESTORED: {}, _C.WITHDRAWN: {}, _C.SETTLED: {}, _C.CONCEDED: {}, _C.UPHELD: {}, _C.LAPSED: {},
    _C.MERGED: {}, _C.GONE: {},
}  # fmt: skip

HOLDS: Final = frozenset({_C.STANDING, _C.COUNTERED, _C.IN_COURT, _C.UPHELD})
"""While a claim is in one of these, its thing is held."""
STRIKES: Final = HOLDS | {_C.CONCEDED}
"""While one of somebody's claims of a notice is in one of these, the notice counts against them."""
OPEN: Final = frozenset({_C.WAITING, _C.STANDING, _C.COUNTERED, _C.IN_COURT})
"""More can still happen."""


def after_notice_act(state: NoticeState, act: NoticeAct) -> NoticeState:
    """Where a notice is after ``act``.

    Raises:
        NotNow: ``act`` is not possible in ``state``.
    """
    return _after(NOTICE_MOVES, state, act)


def after_claim_act(state: ClaimState, act: ClaimAct) -> ClaimState:
    """Where a claim is after ``act``.

    Raises:
        NotNow: ``act`` is not possible in ``state``.
    """
    return _after(CLAIM_MOVES, state, act)


def can(state: ClaimState, act: ClaimAct) -> bool:
    """Whether ``act`` is possible for a claim in ``state``."""
    return act in CLAIM_MOVES[state]


def _after(moves: Mapping[S, Mapping[A, S]], state: S, act: A) -> S:
    following = moves[state].get(act)
    if following is None:
        raise NotNow
    return following
