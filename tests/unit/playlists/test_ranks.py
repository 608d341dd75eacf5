"""Places as fractions: always one between two, in the order of bytes, and short for what people do most."""

import random

import pytest

from app.playlists.services.ranks import LONGEST, fresh_ranks, rank_between


def test_there_is_a_place_between_any_two_and_at_both_ends() -> None:
    ranks: list[str] = []
    chance = random.Random(4)  # noqa: S311 - the same order every time
    for _ in range(600):
        place = chance.randint(0, len(ranks))
        low = ranks[place - 1] if place else None
        high = ranks[place] if place < len(ranks) else None
        rank = rank_between(low, high)
        assert rank is not None
        ranks.insert(place, rank)
    assert ranks == sorted(ranks, key=str.encode)
    assert len(set(ranks)) == 600


@pytest.mark.parametrize("at_top", [True, False], ids=["at the top", "at the end"])
def test_adding_at_an_end_stays_short(*, at_top: bool) -> None:
    rank = rank_between(None, None)
    for _ in range(5000):
        rank = rank_between(None, rank) if at_top else rank_between(rank, None)
        assert rank is not None
        assert len(rank) <= 4


def test_halving_one_gap_again_and_again_ends_in_none_which_asks_for_new_ranks() -> None:
    low, high, moves = "a0", "a1", 0
    while (rank := rank_between(low, high)) is not None:
        low, high = (rank, high) if moves % 2 else (low, rank)
        moves += 1
    assert moves > 100
    assert max(len(low), len(high)) <= LONGEST


@pytest.mark.parametrize(("low", "high"), [("a1", "a1"), ("a2", "a1"), ("", "a1"), ("!", None), ("a00", None)])
def test_what_is_no_gap_gives_no_rank(low: str, high: str | None) -> None:
    assert rank_between(low, high) is None


@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_fresh_ranks_are_ordered_and_short(count: int) -> None:
    ranks = fresh_ranks(count)
    assert len(ranks) == count
    assert ranks == sorted(set(ranks), key=str.encode)
    assert all(len(rank) <= 4 for rank in ranks)
