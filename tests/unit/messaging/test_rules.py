"""Where a message lands, as a table."""

import pytest

from app.accounts.models import WhoMayWrite
from app.messaging.errors import CannotWrite, RequestWaits, TakesNoMessages
from app.messaging.models import Standing
from app.messaging.rules import standing_after

EVERYONE, FOLLOWED, NOBODY = WhoMayWrite
ACCEPTED, REQUEST, DECLINED = Standing


@pytest.mark.parametrize(
    ("before", "follows", "who", "lands"),
    [
        (None, False, EVERYONE, REQUEST), (None, True, EVERYONE, ACCEPTED),
        (None, False, FOLLOWED, TakesNoMessages), (None, True, FOLLOWED, ACCEPTED),
        (None, False, NOBODY, TakesNoMessages), (None, True, NOBODY, TakesNoMessages),
        (ACCEPTED, False, NOBODY, ACCEPTED), (ACCEPTED, False, FOLLOWED, ACCEPTED),
        (REQUEST, False, EVERYONE, RequestWaits), (REQUEST, True, EVERYONE, ACCEPTED),
        (DECLINED, False, EVERYONE, RequestWaits), (DECLINED, True, NOBODY, ACCEPTED),
    ],
)  # fmt: skip
def test_where_a_message_lands(
    before: Standing | None, *, follows: bool, who: WhoMayWrite, lands: Standing | type[CannotWrite]
) -> None:
    if isinstance(lands, Standing):
        assert standing_after(before=before, follows=follows, who_may_write=who) is lands
    else:
        with pytest.raises(lands):
            standing_after(before=before, follows=follows, who_may_write=who)
