"""Usernames as a hurried reader sees them."""

import pytest

from app.accounts.names import RESERVED_KEYS, RULE, username_key


@pytest.mark.parametrize(
    ("one", "other"),
    [("nawal", "NAWAL"), ("nawal", "na_wal"), ("moon", "m00n"), ("alice", "a1ice"), ("alice", "aIice"),
     ("burn", "bum"), ("vvave", "wave"), ("solo5", "so1os"), ("zoe2", "zoez")],
)  # fmt: skip
def test_names_that_look_alike_share_a_key(one: str, other: str) -> None:
    assert username_key(one) == username_key(other)


@pytest.mark.parametrize(("one", "other"), [("nawal", "nawar"), ("anna", "ana"), ("kessel", "kesel")])
def test_names_that_differ_do_not(one: str, other: str) -> None:
    assert username_key(one) != username_key(other)


@pytest.mark.parametrize("name", ["admin", "support", "root", "staff", "login", "settings", "soundstage", "music"])
def test_the_houses_own_words_are_reserved(name: str) -> None:
    assert username_key(name) in RESERVED_KEYS


@pytest.mark.parametrize("name", ["ab", "a" * 31, "zoë", "a b c", "a-b-c", "a.b.c", "nаwal", ""])
def test_a_name_has_3_to_30_ascii_letters_digits_or_underscores(name: str) -> None:
    assert RULE.fullmatch(name) is None
