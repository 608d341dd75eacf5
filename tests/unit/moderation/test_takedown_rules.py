"""How time is counted, what is blacked out, what letters say, and what makes a notice complete."""

from datetime import UTC, datetime

import pytest

from app.core.ids import uuid7
from app.moderation.services.takedown_intake import REFERENCE_SIGNS
from app.moderation.takedown_addresses import lines_of
from app.moderation.takedown_checks import check_notice
from app.moderation.takedown_letters import LETTERS, STATE_WORDS, Facts, compose
from app.moderation.takedown_models import ComplainantRole, TakedownClaim, TakedownNotice, TakedownParty
from app.moderation.takedown_redaction import BLACK, black_out, names_in, thing_words
from app.moderation.takedown_rules import after_business_days
from app.moderation.takedown_states import ClaimState

FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "day"), [(0, 20), (1, 23), (5, 27), (6, 30)], ids=["none", "over the weekend", "a week", "two weekends"]
)
def test_business_days_pass_over_weekends(count: int, day: int) -> None:
    after = after_business_days(FRIDAY, count)
    assert (after.day, after.hour) == (day, 15)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to jo.doe+x@mail.example.org now", f"Write to {BLACK} now"),
        ("See https://example.org/a?b=c and www.example.org/x", f"See {BLACK} and {BLACK}"),
        ("Call +49 (0)40 123-4567 please", f"Call {BLACK} please"),
        ("by @ada_lin, of course", f"by {BLACK}, of course"),
        ("Recorded 1998, track 12", "Recorded 1998, track 12"),
    ],
)  # fmt: skip
def test_addresses_and_numbers_are_blacked_out_by_rule(text: str, expected: str) -> None:
    assert black_out(text, []) == expected


def test_names_are_blacked_out_whole_and_in_parts_in_any_case() -> None:
    words = names_in("Jo van Doe", "")
    assert (
        black_out("JO VAN DOE, or Van Doe; doer stays, jo too.", words)
        == f"{BLACK}, or {BLACK} {BLACK}; doer stays, jo too."
    )


def test_a_redaction_may_hold_any_signs_and_is_taken_as_it_is() -> None:
    assert black_out("a (b) [c] .* d", ["(b) [c]", ".*", "", " "]) == "a (b) [c] .* d".replace(
        "(b) [c]", BLACK
    ).replace(".*", BLACK)


def test_public_things_say_neither_title_nor_address() -> None:
    claims = [TakedownClaim(kind="medium", state=ClaimState.STANDING, title="Secret", address="/@x/y")]
    assert thing_words(claims) == [("A track or film", ClaimState.STANDING)]


def notice(**values: object) -> TakedownNotice:
    return TakedownNotice(
        **{
            "id": uuid7(), "reference": "TD23456789", "name": "Jo Doe", "organisation": "", "signature": "jo  doe",
            "role": ComplainantRole.OWNER, "works": "My song of four words", "explanation": "All of it", "proofs": [],
            "unfound": [], "confirmed_at": FRIDAY, "postal_address": "Elm Street 1", **values,
        }
    )  # fmt: skip


@pytest.mark.parametrize("state", ClaimState)
def test_every_state_has_words(state: ClaimState) -> None:
    assert STATE_WORDS[state]


@pytest.mark.parametrize(("to", "letter"), [(to, letter) for to, names in LETTERS.items() for letter in names])
def test_every_letter_says_what_to_do_and_never_the_private_address(to: str, letter: str) -> None:
    party = TakedownParty(
        id=uuid7(), counter_statement="It is mine.", counter_name="Ada Lin", counter_address="Oak Road 2",
        counter_signature="Ada Lin",
    )  # fmt: skip
    claim = TakedownClaim(title="", kind="medium", state=ClaimState.COUNTERED, reasons="Because.", party=party)
    facts = Facts(
        notice=notice(unfound=["x"], proofs=["https://proof.example"], organisation="Label"),
        party=party if to == "party" else None, claims=[claim], due_at=FRIDAY, asked="Which?", link="https://here/x",
    )  # fmt: skip
    written = compose(letter, facts)
    said = " ".join([written.subject, *written.paragraphs, *(words for _, words in written.quotes), written.why])
    assert "TD23456789" in written.subject
    assert written.link == "https://here/x"
    assert written.action
    assert "Elm Street" not in said
    assert "{" not in said
    if letter == "countered":
        assert "Oak Road 2" in said, "it is passed on"
        assert "20 November 2026" in said


def test_a_date_that_is_not_known_is_soon() -> None:
    assert "by soon" in " ".join(compose("asked", Facts(notice=notice(), party=None, claims=[])).paragraphs)


def test_what_is_missing_in_a_notice_is_seen() -> None:
    whole = {check.label: check.fine for check in check_notice(notice())}
    assert whole["Signed with the name it names"] is True
    poor = check_notice(
        notice(
            signature="X", works="Song", explanation="", unfound=["a"], role=ComplainantRole.AGENT, confirmed_at=None,
            proofs=["p"],
        ),
        held_already=2,
    )  # fmt: skip
    found = {check.label: check.fine for check in poor}
    assert [found[one] for one in ("Signed with the name it names", "Says which works", "The address answers")] == [
        False, False, False
    ]  # fmt: skip
    assert found["Says for whom an agent acts"] is None
    assert found["Was anything decided before?"] is None


def test_addresses_are_lines_each_once() -> None:
    assert lines_of(" a \n\nb\r\na\n") == ["a", "b"]


def test_references_have_no_look_alikes() -> None:
    assert not set("01ILOU") & set(REFERENCE_SIGNS)
