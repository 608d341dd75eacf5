"""Usernames as a hurried reader sees them."""

import pytest

from app.accounts.names import RULE, find_fault_of_display_name, is_reserved, username_key


@pytest.mark.parametrize(
    ("one", "other"),
    [("nawal", "NAWAL"), ("nawal", "na_wal"), ("moon", "m00n"), ("alice", "a1ice"), ("alice", "aIice"),
     ("burn", "bum"), ("vvave", "wave"), ("solo5", "so1os"), ("zoe2", "zoez"), ("Bob", "8o8"), ("goo9le", "google"),
     ("clara", "dara"), ("c1ara", "dara"), ("moclern", "modem"), ("AIl", "a11")],
)  # fmt: skip
def test_names_that_look_alike_share_a_key(one: str, other: str) -> None:
    assert username_key(one) == username_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("nawal", "nawar"), ("anna", "ana"), ("kessel", "kesel"), ("dj1986", "dj1968"), ("mari", "nari")]
)
def test_names_that_differ_do_not(one: str, other: str) -> None:
    assert username_key(one) != username_key(other)


@pytest.mark.parametrize("name", ["admin", "support", "root", "staff", "login", "settings", "soundstage", "music"])
def test_the_houses_own_words_are_reserved(name: str) -> None:
    assert is_reserved(name)


@pytest.mark.parametrize(
    "name",
    ["Admin", "ADMlN", "4dm1n", "admin2", "support_team", "the_admins", "official_soundstage", "soundstage99",
     "moderat0r_2", "SoundStageSupport", "adrnin", "administrator1"],
)  # fmt: skip
def test_nobody_gets_a_name_like_those_who_run_the_place(name: str) -> None:
    assert is_reserved(name)


@pytest.mark.parametrize("name", ["supporter", "badminton", "admira", "stageleft", "helpmoon", "team_rocket", "modena"])
def test_names_that_only_begin_alike_are_free(name: str) -> None:
    assert not is_reserved(name)


@pytest.mark.parametrize(
    "name",
    ["Nawal", "نوال الزغبي", "علی\u200cرضا", "👩\u200d👩\u200d👧 trio", "Việt Đức", "क्\u200dष", "日本",
     "Badminton Club",
     "The Supporters", "Æ", "R2-D2", "Team Rocket", "🪩"],
)  # fmt: skip
def test_any_script_is_welcome_in_a_display_name(name: str) -> None:
    assert find_fault_of_display_name(name) is None


@pytest.mark.parametrize(
    ("name", "why"),
    [("\u200b", "nobody can see"), ("Na\u200bwal", "nobody can see"), ("a\u200db", "nobody can see"),
     ("x\u202ey", "nobody can see"), ("\u3164", "nobody can see"), ("\U000e0041", "nobody can see"),
     ("a\u00adb", "nobody can see"), ("  ", "something that one can see"), ("\u0301", "something that one can see"),
     ("z\u0301\u0302\u0303\u0304", "too many marks"), ("Soundstage Support", "taken for the people"),
     ("Ѕоundstage", "taken for the people"), ("Аdmіn", "taken for the people"),
     ("ｓｏｕｎｄｓｔａｇｅ", "taken for the people"),
     ("Ana (Moderator)", "taken for the people"), ("A.d.m.i.n", "taken for the people"), ("Moon ✔", "taken for"),
     ("S o u n d s t a g e", "taken for the people"), ("4DM1N", "taken for the people")],
)  # fmt: skip
def test_what_nobody_sees_or_what_sounds_like_staff_is_no_display_name(name: str, why: str) -> None:
    assert why in (find_fault_of_display_name(name) or "")
    assert ("taken for" in why) is (find_fault_of_display_name(name, is_staff=True) is None)


@pytest.mark.parametrize("name", ["ab", "a" * 31, "zoë", "a b c", "a-b-c", "a.b.c", "nаwal", ""])
def test_a_name_has_3_to_30_ascii_letters_digits_or_underscores(name: str) -> None:
    assert RULE.fullmatch(name) is None
