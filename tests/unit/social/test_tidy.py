"""What is taken out of people's words, and what scripts and emoji need and keep."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.social.tidy import MOST_MARKS, tidied


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a\0b", "ab"),
        ("evil\u202egnp.exe", "evilgnp.exe"),  # right-to-left override
        ("\u2066hidden\u2069", "hidden"),
        ("pay\u200bpal \ufeffnow\u2060", "paypal now"),  # zero-width space, byte order mark, word joiner
        ("a\u200db", "ab"),
        ("soft\u00adhyphen", "softhyphen"),
        ("\u3164\u115f", ""),
        ("a\u2800b", "a b"),
        ("\ud800 alone", "alone"),
        ("one\r\ntwo\u2028three", "one\ntwo\nthree"),
        ("one\n\n \n\n\n\ntwo", "one\n\ntwo"),
        ("  \t around \n", "around"),
    ],
)
def test_what_nobody_sees_goes(written: str, kept: str) -> None:
    assert tidied(written) == kept


@pytest.mark.parametrize(
    "words",
    [
        "می‌خواهم",  # Persian with a zero-width non-joiner
        "👩‍👩‍👧 🏳️‍🌈 ❤️ 1️⃣ 👍🏽",
        "क्‍ष",  # Devanagari with a joiner
        "Việt Nam, čeština, שָׁלוֹם, العربية",
        "snake_case & <b>",
    ],
)
def test_words_and_emoji_stay_as_they_are(words: str) -> None:
    assert tidied(words) == unicodedata.normalize("NFC", words)


def test_accents_do_not_pile_up_over_the_lines_above() -> None:
    piled = "Z" + "\u0351\u0327" * 400 + "algo\u0301"
    assert tidied(piled).count("\u0351") + tidied(piled).count("\u0327") == MOST_MARKS
    assert tidied(piled).endswith("algó")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    once = tidied(text)
    assert tidied(once) == once
    once.encode()
    assert not {unicodedata.category(sign) for sign in once if sign != "\n"} & {"Cc", "Cs"}
