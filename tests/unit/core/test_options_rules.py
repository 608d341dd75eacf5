"""What may be an option's value."""

from typing import Any

import pytest

from app.core.options import Kind, Option, OptionRefused, register


def option(kind: Kind, default: Any, **more: Any) -> Option:
    return Option("test.this", kind, default, "This", "What it does.", **more)


A_CHOICE = option(Kind.CHOICE, "a", choices=(("a", "First"), ("b", "Second")))
AN_INT = option(Kind.INT, 5, low=1, high=10)


@pytest.mark.parametrize(
    ("which", "value", "is_fine"),
    [
        (option(Kind.BOOL, default=False), True, True),
        (option(Kind.BOOL, default=False), 1, False),
        (option(Kind.BOOL, default=False), "on", False),
        (AN_INT, 1, True),
        (AN_INT, 10, True),
        (AN_INT, 0, False),
        (AN_INT, 11, False),
        (AN_INT, True, False),
        (AN_INT, "5", False),
        (option(Kind.TEXT, ""), "one line", True),
        (option(Kind.TEXT, ""), "two\nlines", False),
        (option(Kind.TEXT, "", long=True), "two\nlines", True),
        (option(Kind.TEXT, ""), "nul\0", False),
        (option(Kind.TEXT, ""), "x" * 20_001, False),
        (option(Kind.TEXT, ""), None, False),
        (A_CHOICE, "b", True),
        (A_CHOICE, "c", False),
        (A_CHOICE, ["a"], False),
        (option(Kind.LIST, []), ["a", "b"], True),
        (option(Kind.LIST, []), "a", False),
        (option(Kind.LIST, []), [""], False),
        (option(Kind.LIST, []), ["nul\0"], False),
        (option(Kind.LIST, []), ["x"] * 1_001, False),
        (option(Kind.LIST, []), ["x" * 20_001], False),
    ],
)
def test_a_value_fits_its_kind_and_bounds(which: Option, value: object, *, is_fine: bool) -> None:
    assert (which.refuse(value) is None) is is_fine


def test_a_check_of_its_own_says_in_words_what_is_wrong() -> None:
    even = option(Kind.INT, 2, check=lambda value: None if value % 2 == 0 else "This is an even number.")
    assert even.refuse(4) is None
    assert even.refuse(3) == "This is an even number."


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.BOOL, "on", True),
        (Kind.BOOL, "Yes", True),
        (Kind.BOOL, "", False),
        (Kind.BOOL, "off", False),
        (Kind.INT, " 12 ", 12),
        (Kind.INT, "-3", -3),
        (Kind.TEXT, "  words \r\n more ", "words \n more"),
        (Kind.CHOICE, "a", "a"),
        (Kind.LIST, "b\r\n\n a \nb", ["b", "a"]),
    ],
)
def test_what_people_write_is_read_as_a_value(kind: Kind, text: str, value: object) -> None:
    assert Option("test.read", kind, None, "", "").read(text) == value


@pytest.mark.parametrize("value", [True, False, 7, "some words", ["one", "two"]])
def test_what_a_form_shows_is_read_back_the_same(value: object) -> None:
    kinds = {bool: Kind.BOOL, int: Kind.INT, str: Kind.TEXT, list: Kind.LIST}
    one = Option("test.back", kinds[type(value)], value, "", "")
    assert one.read(one.write(value)) == value


@pytest.mark.parametrize("text", ["", "twelve", "1.5", "0x10", "1" * 5_000])
def test_a_number_that_is_none_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(OptionRefused, match="whole number"):
        AN_INT.read(text)


def test_two_options_cannot_have_one_name_and_a_default_must_be_possible() -> None:
    with pytest.raises(ValueError, match="is none"):
        register(option(Kind.INT, 0, low=1))
    known = option(Kind.INT, 1)
    assert register(known) is register(known)
    with pytest.raises(ValueError, match="two options"):
        register(option(Kind.INT, 2))
