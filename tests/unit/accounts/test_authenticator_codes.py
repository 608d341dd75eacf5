"""Which codes of an authenticator app are right."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounts.services.authenticators import STEP_S, digits_of, matching_step, wait_after
from app.accounts.services.recovery_codes import plain

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
MOMENT = datetime(2026, 5, 4, 12, 0, 10, tzinfo=UTC)
PRESENT = int(MOMENT.timestamp()) // STEP_S


@pytest.mark.parametrize(("offset", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_right_around_its_time(offset: int, *, taken: bool) -> None:
    code = pyotp.TOTP(SECRET).generate_otp(PRESENT + offset)
    assert matching_step(SECRET, code, MOMENT, after=0) == (PRESENT + offset if taken else None)


@pytest.mark.parametrize("last", [PRESENT, PRESENT + 1])
def test_a_code_of_a_step_that_was_taken_or_passed_is_wrong(last: int) -> None:
    assert matching_step(SECRET, pyotp.TOTP(SECRET).generate_otp(PRESENT), MOMENT, after=last) is None


def test_the_codes_of_rfc_6238() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # its appendix B: 20 bytes of ASCII digits
    moment = datetime.fromtimestamp(1111111109, tz=UTC)
    assert matching_step(secret, "081804", moment, after=0) == 1111111109 // 30


@pytest.mark.parametrize(
    ("typed", "read"),
    [("123456", "123456"), (" 123 456 ", "123456"), ("123-456", "123456"), ("١٢٣٤٥٦", "123456"),
     ("１２３４５６", "123456"), ("\u200f123\u200b456", "123456"), ("12345a", ""), ("", ""), ("½23456", "")],
)  # fmt: skip
def test_digits_are_read_as_people_type_them(typed: str, read: str) -> None:
    assert digits_of(typed) == read


@given(st.text(max_size=60))
@settings(max_examples=40, deadline=None)
def test_whatever_is_typed_raises_nothing(typed: str) -> None:
    assert matching_step(SECRET, typed, MOMENT, after=PRESENT + 1) is None
    assert plain(typed) is not None


def test_waiting_grows_to_a_quarter_of_an_hour() -> None:
    assert [wait_after(failures) for failures in (5, 6, 7)] == [timedelta(seconds=s) for s in (30, 60, 120)]
    assert wait_after(10) == wait_after(10_000) == timedelta(minutes=15)


@pytest.mark.parametrize("typed", ["abcde-fghjk", "ABCDE FGHJK", "abcdefghjk", " abcde–fghjk "])
def test_a_recovery_code_is_read_as_people_type_it(typed: str) -> None:
    assert plain(typed) == "abcdefghjk"
