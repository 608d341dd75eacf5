"""How names, lines, languages, dates, chapters, tags, credits and addresses are tidied."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.media.making.sound import bars_of
from app.media.services.arrivals import title_from_filename
from app.media.services.editing import DetailsInvalid, format_time, parse_credits, parse_tags
from app.media.services.slugs import LONGEST, slugify
from app.media.services.text_rules import find_date, language_name, language_tag, one_line
from app.media.services.uploads import tidy_filename
from app.web.filters import duration

UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@given(st.text(st.characters(), max_size=300))
def test_no_text_gets_through_that_cannot_be_stored_or_turns_its_surroundings_round(text: str) -> None:
    for tidy in (one_line(text, 100), tidy_filename(text), title_from_filename(tidy_filename(text))):
        assert not UNSEEN.search(tidy)
        tidy.encode()
    assert len(one_line(text, 100)) <= 100
    name = tidy_filename(text)
    assert name
    assert len(name) <= 200
    assert not set(name) & {"/", "\\"}
    assert Path(name).name == name or name in {".", ".."}


@given(st.text(max_size=200))
def test_an_address_is_letters_and_digits_with_hyphens_between_and_stays_as_it_is(text: str) -> None:
    slug = slugify(text)
    assert len(slug) <= LONGEST
    assert not re.search(r"[\s/\\?#%&_.]|--|^-|-$", slug)
    assert slugify(slug) == slug


@pytest.mark.parametrize(
    ("filename", "title"),
    [
        ("01_my-song.final.mp3", "my song.final"), ("07 - Sea of Stars.flac", "Sea of Stars"), ("1979.mp3", "1979"),
        ("99 Luftballons.mp3", "Luftballons"), ("ночь.mp3", "ночь"), (".mp3", "Untitled"), ("a.b.c", "a.b"),
        ("noextension", "noextension"), ("", "Untitled"),
    ],
)  # fmt: skip
def test_a_file_name_makes_a_title(filename: str, title: str) -> None:
    assert title_from_filename(filename) == title


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("eng", "en"), ("ger", "de"), ("deu", "de"), ("en-GB", "en-GB"), ("pt_BR", "pt-BR"), ("DE", "de"),
        ("zh-Hant", "zh-Hant"),
        ("und", ""), ("mul", ""), ("", ""), ("english", ""), ("e", ""), ("<b>", ""), ("en-", "en"),
        ("zxx", ""), ("gsw", "gsw"),
    ],
)  # fmt: skip
def test_a_language_is_a_bcp_47_tag_or_none(written: str, tag: str) -> None:
    assert language_tag(written) == tag


def test_a_language_is_named_in_its_own_words() -> None:
    assert (language_name("de"), language_name("pt-BR"), language_name("gsw")) == ("Deutsch", "Português", "gsw")
    assert language_name("und") == "Text"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024", date(2024, 1, 1)), ("2024-03", date(2024, 3, 1)), ("2024-02-29", date(2024, 2, 29)),
        ("20240301", date(2024, 3, 1)), ("2024-02-29T10:00:00Z", date(2024, 2, 29)), ("2023-02-29", None),
        ("0000", None), ("", None), ("last year", None), ("99", None),
    ],
)  # fmt: skip
def test_a_date_is_taken_as_far_as_it_goes(written: str, day: date | None) -> None:
    assert find_date(written) == day


def test_tags_are_small_and_each_there_once() -> None:
    assert parse_tags(" #Sea, sea,STARS ,, Drum  &  Bass,\u202e") == ["sea", "stars", "drum & bass"]
    with pytest.raises(DetailsInvalid, match="20 tags are enough"):
        parse_tags(",".join(map(str, range(21))))


def test_credits_are_roles_and_names() -> None:
    assert parse_credits("Guitar: Ana\n\n: Bo \nCy\nRole:\n") == [["Guitar", "Ana"], ["", "Bo"], ["", "Cy"]]


def test_a_time_is_written_as_chapters_read_it() -> None:
    assert [format_time(ms) for ms in (0, 59_999, 83_000, 3_600_000)] == ["0:00", "0:59", "1:23", "1:00:00"]
    assert duration(59_999) == "1:00", "elsewhere a length is rounded"


def test_bars_fill_their_room_however_quiet_or_short_the_sound_is() -> None:
    assert bars_of([]) == b""
    assert bars_of([0, 0] * 50, 10) == bytes(10)
    quiet = bars_of([-1, 1] * 50 + [-2, 2] * 50, 10)
    assert quiet == bytes([127] * 5 + [255] * 5)
    assert len(bars_of([-128, 127] * 3, 10)) == 10
