"""Events on their way into the outbox and out of it."""

from dataclasses import FrozenInstanceError
from uuid import uuid4

import pytest

from app.accounts.events import AccountNotice
from app.core.events import Event
from app.wiring import REACTIONS


def test_an_event_comes_out_of_the_outbox_as_it_went_in() -> None:
    event = AccountNotice(user_id=uuid4(), email="a@b.example", notice="email_changed")
    assert Event.from_outbox("AccountNotice", event.to_payload()) == event


def test_events_do_not_change() -> None:
    event = AccountNotice(user_id=uuid4(), email="a@b.example", notice="email_changed")
    with pytest.raises(FrozenInstanceError):
        event.email = "c@d.example"  # type: ignore[misc]  # what the test is about


def test_an_event_of_a_name_that_nobody_knows_any_more_is_told() -> None:
    with pytest.raises(KeyError):
        Event.from_outbox("NeverHeardOf", {})


def test_reactions_are_to_events_that_the_outbox_can_read() -> None:
    assert {kind.__name__: kind for kind in REACTIONS}.items() <= Event.registry.items()
