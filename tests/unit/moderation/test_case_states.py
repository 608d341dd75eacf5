"""The machine of cases and appeals: what its tables name can happen, and nothing else."""

from itertools import product

import pytest

from app.moderation.case_states import (
    APPEALS,
    CASES,
    IN_HAND,
    UNSETTLED,
    AppealEvent,
    AppealState,
    CaseEvent,
    CaseState,
    after,
    appeal_after,
)
from app.moderation.errors import NotNow

FORBIDDEN = [pair for pair in product(CaseState, CaseEvent) if pair not in CASES]
FORBIDDEN_APPEALS = [pair for pair in product(AppealState, AppealEvent) if pair not in APPEALS]


@pytest.mark.parametrize(("state", "event"), FORBIDDEN, ids=lambda one: one.value)
def test_what_the_table_does_not_name_cannot_happen(state: CaseState, event: CaseEvent) -> None:
    with pytest.raises(NotNow):
        after(state, event)


@pytest.mark.parametrize(("pair", "becomes"), CASES.items(), ids=str)
def test_what_the_table_names_happens(pair: tuple[CaseState, CaseEvent], becomes: CaseState) -> None:
    assert after(*pair) is becomes


@pytest.mark.parametrize(("state", "event"), FORBIDDEN_APPEALS, ids=lambda one: one.value)
def test_an_appeal_is_answered_once(state: AppealState, event: AppealEvent) -> None:
    with pytest.raises(NotNow):
        appeal_after(state, event)


def test_only_who_has_a_case_in_hand_settles_it() -> None:
    settles = {CaseEvent.DECIDE, CaseEvent.DISMISS, CaseEvent.RELEASE, CaseEvent.ESCALATE}
    assert {state for state, event in CASES if event in settles} == IN_HAND


def test_what_is_settled_is_only_reversed() -> None:
    assert {event for state, event in CASES if state not in UNSETTLED} == {CaseEvent.REVERSE}
