"""What a notification says."""

from datetime import UTC, datetime

import pytest

from app.messaging import phrases
from app.messaging.kinds import RULES, NoticeKind
from app.messaging.services.mailing import last_digest_hour


@pytest.mark.parametrize(
    ("names", "count", "said"),
    [
        (["Ana"], 1, ""),
        (["Ana", "Ben"], 2, " and Ben"),
        (["Ana"], 2, " and one other"),
        (["Ana", "Ben"], 13, " and 12 others"),
    ],
)
def test_many_are_one_name_and_a_number(names: list[str], count: int, said: str) -> None:
    assert phrases.others(names, count) == said


def test_every_kind_has_words_and_rules() -> None:
    assert set(RULES) == set(NoticeKind)
    assert all(phrases.phrase(kind, of_comment=False) for kind in NoticeKind)
    assert phrases.phrase(NoticeKind.LIKE, of_comment=True) == "liked your comment on"


def test_the_digest_reaches_back_to_the_latest_hour_of_digests() -> None:
    before, after = datetime(2026, 11, 21, 7, 59, tzinfo=UTC), datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    assert last_digest_hour(before, 8) == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert last_digest_hour(after, 8) == datetime(2026, 11, 21, 8, tzinfo=UTC)
