"""The gate's rules, one by one, on plain values."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from app.core.clock import now
from app.core.holds import Hold
from app.core.ids import uuid7
from app.media import gate
from app.media.errors import MediumNotFound
from app.media.gate import Action, Reason
from app.media.models import MediumState, Visibility

OWNER, OTHER, THING = uuid7(), uuid7(), uuid7()


@dataclass(frozen=True)
class Thing:
    """A published public medium, unless told otherwise."""

    id: UUID = THING
    owner_id: UUID = OWNER
    visibility: Visibility = Visibility.PUBLIC
    link_secret: str | None = "geheim"
    published_at: datetime | None = now() - timedelta(days=1)
    available_until: datetime | None = None
    withheld: bool = False
    hold: Hold | None = None
    state: MediumState = MediumState.READY
    downloads_allowed: bool = True
    explicit: bool = False
    age_restricted: bool = False


@dataclass(frozen=True)
class Person:
    id: UUID | None
    apart: bool = False
    is_adult: bool = False

    def is_apart_from(self, person_id: UUID) -> bool:
        return self.apart and person_id == OWNER


STRANGER, OTHER_PERSON, THE_OWNER = Person(None), Person(OTHER), Person(OWNER)
PUBLIC = Thing()
UNLISTED = replace(PUBLIC, visibility=Visibility.UNLISTED)
CLOSED = {
    Reason.REMOVED: replace(PUBLIC, state=MediumState.REMOVED),
    Reason.WITHHELD: replace(PUBLIC, withheld=True),
    Reason.NOT_PUBLISHED: replace(PUBLIC, published_at=None),
    Reason.RUN_OUT: replace(PUBLIC, available_until=now() - timedelta(seconds=1)),
    Reason.PRIVATE: replace(PUBLIC, visibility=Visibility.PRIVATE),
}


@pytest.mark.parametrize("viewer", [STRANGER, OTHER_PERSON])
@pytest.mark.parametrize("action", [Action.SEE, Action.PLAY, Action.DOWNLOAD])
def test_what_is_public_is_open_to_everyone(viewer: Person, action: Action) -> None:
    assert gate.decide(viewer, PUBLIC, action).reason is Reason.PUBLIC


@pytest.mark.parametrize("reason", CLOSED)
@pytest.mark.parametrize("secret", [None, "geheim"])
def test_what_is_closed_names_its_reason_and_no_secret_opens_it(reason: Reason, secret: str | None) -> None:
    for viewer, action in product((STRANGER, OTHER_PERSON), Action):
        decision = gate.decide(viewer, CLOSED[reason], action, secret=secret)
        assert not decision.allowed
        assert decision.reason is (Reason.NOT_OWNER if action is Action.EDIT else reason)
    assert not gate.is_open_to_all(CLOSED[reason])


def test_it_is_published_from_its_moment_on_and_closed_from_its_end_on() -> None:
    soon = now() + timedelta(seconds=60)
    assert gate.decide(STRANGER, replace(PUBLIC, published_at=soon), Action.SEE).reason is Reason.NOT_PUBLISHED
    assert gate.decide(STRANGER, replace(PUBLIC, available_until=soon), Action.SEE).allowed


@pytest.mark.parametrize("secret", [None, "", "Geheim", "geheim ", "geheimgeheim", "ge\u0068eiм", "\ud83d"])
def test_only_the_secret_itself_opens_what_is_unlisted(secret: str | None) -> None:
    secret = secret.encode(errors="replace").decode() if secret else secret  # as Werkzeug hands it over
    decision = gate.decide(STRANGER, UNLISTED, Action.PLAY, secret=secret)
    assert (decision.allowed, decision.reason, decision.unlock) == (False, Reason.NEEDS_SECRET, "secret_link")
    assert gate.decide(STRANGER, UNLISTED, Action.PLAY, secret="geheim").reason is Reason.SECRET_LINK


def test_an_unlisted_thing_whose_secret_is_missing_is_open_to_nobody_else() -> None:
    for secret in (None, "", "None"):
        assert not gate.decide(STRANGER, replace(UNLISTED, link_secret=None), Action.PLAY, secret=secret).allowed


@pytest.mark.parametrize("thing", [PUBLIC, UNLISTED, *CLOSED.values()])
@pytest.mark.parametrize("action", list(Action))
def test_the_owner_does_everything_with_it_unless_it_was_removed(thing: Thing, action: Action) -> None:
    decision = gate.decide(THE_OWNER, thing, action)
    assert decision.allowed is (thing.state is not MediumState.REMOVED or action is Action.SEE)


def test_nobody_but_the_owner_edits() -> None:
    for viewer, thing in product((STRANGER, OTHER_PERSON), (PUBLIC, UNLISTED)):
        assert gate.decide(viewer, thing, Action.EDIT, secret="geheim").reason is Reason.NOT_OWNER


def test_a_download_needs_its_artists_word() -> None:
    kept = replace(PUBLIC, downloads_allowed=False)
    assert gate.decide(STRANGER, kept, Action.PLAY).allowed
    assert gate.decide(STRANGER, kept, Action.DOWNLOAD).reason is Reason.NO_DOWNLOADS
    assert gate.decide(THE_OWNER, kept, Action.DOWNLOAD).allowed
    hidden = replace(UNLISTED, downloads_allowed=False)
    assert gate.decide(STRANGER, hidden, Action.DOWNLOAD).reason is Reason.NEEDS_SECRET, (
        "it does not even say that much"
    )


def test_a_stranger_is_not_the_owner_of_what_nobody_owns() -> None:
    assert gate.decide(STRANGER, replace(CLOSED[Reason.PRIVATE], owner_id=None), Action.SEE).reason is Reason.PRIVATE  # type: ignore[arg-type]  # what the database forbids


def test_there_being_nothing_and_there_being_something_closed_sound_the_same() -> None:
    said = []
    for thing in (None, *CLOSED.values(), UNLISTED):
        with pytest.raises(MediumNotFound) as refused:
            gate.require(STRANGER, thing, Action.SEE)
        said.append((refused.value.status, refused.value.sentence))
    assert len(set(said)) == 1
    assert gate.require(STRANGER, PUBLIC, Action.SEE).allowed


@pytest.mark.parametrize("action", [Action.SEE, Action.PLAY, Action.DOWNLOAD])
@pytest.mark.parametrize("secret", [None, "geheim"])
def test_whom_a_block_keeps_apart_finds_nothing_of_the_owner(action: Action, secret: str | None) -> None:
    apart = Person(OTHER, apart=True)
    for thing in (PUBLIC, UNLISTED):
        decision = gate.decide(apart, thing, action, secret=secret)
        assert not decision.allowed
        assert decision.unlock == "" or thing is UNLISTED
