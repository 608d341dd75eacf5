"""The table of takedowns: what may follow what, and every other pair refused."""

from itertools import product

import pytest

from app.moderation.errors import NotNow
from app.moderation.takedown_states import (
    CLAIM_MOVES,
    HOLDS,
    NOTICE_MOVES,
    OPEN,
    STRIKES,
    ClaimAct,
    ClaimState,
    NoticeAct,
    NoticeState,
    after_claim_act,
    after_notice_act,
    can,
)

CLAIMS = {
    "waiting": {
        "accept": "standing", "refuse": "refused", "withdraw": "withdrawn", "lapse": "lapsed", "merge": "merged",
        "vanish": "gone",
    },
    "standing": {
        "counter": "countered", "refuse": "refused", "withdraw": "withdrawn", "settle": "settled",
        "concede": "conceded",
    },
    "countered": {
        "sue": "in_court", "restore": "restored", "refuse": "refused", "withdraw": "withdrawn", "settle": "settled",
        "concede": "conceded",
    },
    "in_court": {
        "restore": "restored", "uphold": "upheld", "withdraw": "withdrawn", "settle": "settled", "concede": "conceded",
    },
}  # fmt: skip
NOTICES = {
    "unconfirmed": {"confirm": "waiting", "withdraw": "withdrawn", "lapse": "lapsed"},
    "waiting": {"ask": "asked", "decide": "decided", "withdraw": "withdrawn", "merge": "merged"},
    "asked": {
        "answer": "waiting", "decide": "decided", "withdraw": "withdrawn", "lapse": "lapsed", "merge": "merged"
    },
    "decided": {"withdraw": "withdrawn"},
}  # fmt: skip


@pytest.mark.parametrize(("state", "act"), list(product(ClaimState, ClaimAct)))
def test_a_claim_takes_this_step_or_refuses_it(state: ClaimState, act: ClaimAct) -> None:
    expected = CLAIMS.get(state.value, {}).get(act.value)
    assert can(state, act) is (expected is not None)
    if expected is None:
        with pytest.raises(NotNow):
            after_claim_act(state, act)
    else:
        assert after_claim_act(state, act) == expected


@pytest.mark.parametrize(("state", "act"), list(product(NoticeState, NoticeAct)))
def test_a_notice_takes_this_step_or_refuses_it(state: NoticeState, act: NoticeAct) -> None:
    expected = NOTICES.get(state.value, {}).get(act.value)
    if expected is None:
        with pytest.raises(NotNow):
            after_notice_act(state, act)
    else:
        assert after_notice_act(state, act) == expected


def test_the_tables_know_every_state() -> None:
    assert set(CLAIM_MOVES) == set(ClaimState)
    assert set(NOTICE_MOVES) == set(NoticeState)


def test_what_is_over_is_held_only_where_a_court_said_so() -> None:
    ended = set(ClaimState) - OPEN
    assert ended & HOLDS == {ClaimState.UPHELD}
    assert all(not CLAIM_MOVES[state] for state in ended)
    assert {ClaimState.CONCEDED} == STRIKES - HOLDS, "deleting it does not take the strike back"


def test_nothing_is_restored_that_nobody_countered() -> None:
    assert {state for state in ClaimState if can(state, ClaimAct.RESTORE)} == {
        ClaimState.COUNTERED, ClaimState.IN_COURT
    }  # fmt: skip
