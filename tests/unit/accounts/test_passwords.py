"""Passwords: what is refused, and that every byte counts."""

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask

from app.accounts.errors import PasswordLength, PasswordPersonal, PasswordTooCommon
from app.accounts.services import passwords
from app.accounts.services.passwords import check_password_rules, hash_password, needs_rehash, verify_password
from config import Settings


@pytest.mark.usefixtures("plain_app")
def test_a_password_opens_what_it_closed_and_no_other_does() -> None:
    digest = hash_password("violets under the stairs")
    assert verify_password("violets under the stairs", digest)
    assert not verify_password("violets under the stair", digest)
    assert b"violets" not in digest


def test_a_guess_costs_a_fifth_of_a_second_where_nobody_says_otherwise() -> None:
    costs = {field.name: field.default for field in dataclasses.fields(Settings)}
    assert costs["bcrypt_cost"] == 12


@pytest.mark.usefixtures("plain_app")
def test_bytes_past_the_72nd_count() -> None:
    long = "ä" * 60
    digest = hash_password(long + "one")
    assert verify_password(long + "one", digest)
    assert not verify_password(long + "two", digest)


@pytest.mark.usefixtures("plain_app")
def test_what_follows_a_nul_byte_counts() -> None:
    assert not verify_password("before\0other", hash_password("before\0after"))


@pytest.mark.usefixtures("plain_app")
def test_nobodys_password_is_never_right() -> None:
    assert not verify_password("correct horse battery staple", None)


@pytest.fixture
def dearer(plain_app: Flask) -> Iterator[None]:
    """Today's cost is one higher than when the digest was made."""
    before = plain_app.config["SETTINGS"]
    plain_app.config["SETTINGS"] = dataclasses.replace(before, bcrypt_cost=5)
    yield
    plain_app.config["SETTINGS"] = before


def test_a_digest_of_another_cost_is_to_be_made_anew(plain_app: Flask, request: pytest.FixtureRequest) -> None:
    del plain_app
    digest = hash_password("violets under the stairs")
    assert not needs_rehash(digest)
    request.getfixturevalue("dearer")
    assert needs_rehash(digest)


@pytest.mark.parametrize("password", ["password", "12345678", "PASSWORD", "qwertyuiop", "iloveyou"])
def test_passwords_that_guessers_try_first_are_refused(password: str) -> None:
    with pytest.raises(PasswordTooCommon):
        check_password_rules(password)


@pytest.mark.parametrize("password", ["", "seven77", "x" * 1025, "ä" * 513])
def test_too_short_and_absurdly_long_ones_are_refused(password: str) -> None:
    with pytest.raises(PasswordLength):
        check_password_rules(password)


@pytest.mark.parametrize("password", ["k7#mm2q!", "x" * 1024, "خمسة حروف عربية", "        spaces  "])
def test_there_are_no_rules_about_kinds_of_characters(password: str) -> None:
    check_password_rules(password)


@pytest.mark.parametrize(
    "password",
    ["nawalkhoury", "NawalKhoury", "nawalkhoury99!", "123nawalkhoury", "nawalkhoury@example.org", "Nawal Khoury"],
)
def test_ones_own_name_or_address_is_no_password(password: str) -> None:
    with pytest.raises(PasswordPersonal):
        check_password_rules(password, own=("nawalkhoury", "nawalkhoury@example.org", "Nawal Khoury"))


def test_the_houses_name_is_no_password_and_an_empty_name_forbids_nothing() -> None:
    with pytest.raises(PasswordPersonal):
        check_password_rules("Soundstage2026")
    check_password_rules("1234!5678?", own=("", "@"))


def test_a_password_that_nobody_can_have_is_never_hashed(plain_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    del plain_app
    digest = hash_password("violets under the stairs")
    seen, prepared = list[str](), passwords._prepared

    def note(text: str) -> bytes:
        seen.append(text)
        return prepared(text)

    monkeypatch.setattr(passwords, "_prepared", note)
    assert not verify_password("x" * 1025, digest)
    assert not verify_password("ä" * 513, digest)
    assert set(seen) <= {"", passwords.NOBODYS_DIGEST_PASSWORD}
