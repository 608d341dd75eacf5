"""How values are written, and that Markdown from people cannot act."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.clock import now
from app.web.filters import ago, compact, duration, filesize, iso_duration, long_date, longest_word, markdown, plain
from tests.harness.html import Page


def test_markdown_becomes_quiet_html() -> None:
    html = markdown("# Title\n\n*soft* **loud** `code`\nnext line\n\n- one\n- two\n\n> said")
    assert "<h3>Title</h3>" in html
    assert "<em>soft</em> <strong>loud</strong> <code>code</code>" in html
    assert "<br>" in html
    assert "<li>one</li>" in html
    assert "<blockquote>" in html


def test_links_pass_no_reputation_and_no_opener() -> None:
    assert markdown("[me](https://nawal.example/a?b=1&c=2)") == (
        '<p><a href="https://nawal.example/a?b=1&amp;c=2" rel="nofollow ugc noopener">me</a></p>\n'
    )


ATTACKS = [
    "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)", "<javascript:alert(1)>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    '<a hx-get="/settings/account/delete" hx-trigger="load">x</a>', '<div data-hx-post="/logout">x</div>',
    '<b hx-on:click="alert(1)">x</b>', "![x](https://tracker.example/pixel.gif)", "<style>*{display:none}</style>",
    '<form action="/logout" method="post"><button>x</button></form>', "<iframe src=//evil.example></iframe>",
    "<p data-behaviour='player'>x</p>", '[x](https://a.example "onmouseover=alert(1)")', "<svg/onload=alert(1)>",
    "`<script>`", "    <script>alert(1)</script>", "[x]: javascript:alert(1)\n\n[x]", "&#60;script&#62;",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_acts_survives(attack: str) -> None:
    page = Page(markdown(attack))
    assert {name for name, _ in page.tags} <= {"p", "a", "code", "pre", "br"}
    for name, values in page.tags:
        assert set(values) <= ({"href", "rel"} if name == "a" else set()), attack
        assert values.get("href", "https:").split(":")[0] in {"https", "http", "mailto"}, attack


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="<>\"'=/()[]!`*_#&;: \nabchxjsonrt-", max_size=80))
def test_no_mixture_of_signs_makes_a_tag_of_its_own(text: str) -> None:
    allowed = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code", "pre", "h3", "h4", "hr"}
    for name, values in Page(markdown(text)).tags:
        assert name in allowed
        assert set(values) <= {"href", "rel"}


def test_plain_is_one_line_without_marks() -> None:
    assert plain("# A & B\n\n*soft* <b>x</b>\n[link](https://a.example)") == "A & B soft <b>x</b> link"


def test_plain_ends_between_words() -> None:
    short = plain("word " * 100, 22)
    assert short == "word word word word…"
    assert len(short) <= 22


@pytest.mark.parametrize(
    ("milliseconds", "written"),
    [(0, "0:00"), (None, "0:00"), (999, "0:01"), (59_499, "0:59"), (59_500, "1:00"), (192_000, "3:12"),
     (3_599_600, "1:00:00"), (3_723_000, "1:02:03"), (86_400_000, "24:00:00")],
)  # fmt: skip
def test_durations_are_read_as_on_a_sleeve(milliseconds: int | None, written: str) -> None:
    assert duration(milliseconds) == written


def test_machines_get_seconds() -> None:
    assert iso_duration(192_400) == "PT192S"


@pytest.mark.parametrize(
    ("count", "written"),
    [(0, "0"), (999, "999"), (1000, "1K"), (12_400, "12.4K"), (12_000, "12K"), (999_949, "999.9K"), (1_000_000, "1M"),
     (2_500_000_000, "2.5B"), (999_950, "1M"), (999_999_999, "1B")],
)  # fmt: skip
def test_counts_are_short(count: int, written: str) -> None:
    assert compact(count) == written


@pytest.mark.parametrize(
    ("size", "written"),
    [(0, "0 bytes"), (999, "999 bytes"), (4_200_000, "4.2 MB"), (150_000, "150 kB"), (3_000_000_000_000, "3.0 TB"),
     (999_999, "1.0 MB")],
)  # fmt: skip
def test_sizes_are_decimal(size: int, written: str) -> None:
    assert filesize(size) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(5, "just now"), (-5, "soon"), (60, "1 minute ago"), (7300, "2 hours ago"), (86_400 * 8, "1 week ago"),
     (86_400 * 800, "2 years ago")],
)  # fmt: skip
def test_ago_is_in_the_largest_unit_that_fits(seconds: int, written: str) -> None:
    assert ago(now() - timedelta(seconds=seconds, milliseconds=100 if seconds > 0 else 0)) == written


def test_dates_are_utc_and_without_leading_zeros() -> None:
    assert long_date(date(2026, 11, 2)) == "2 November 2026"
    assert long_date(datetime(2026, 11, 2, 1, tzinfo=timezone(timedelta(hours=5)))) == "1 November 2026"
    assert long_date(datetime(2026, 1, 9, tzinfo=UTC)) == "9 January 2026"


def test_the_longest_word_decides_how_large_a_title_can_be() -> None:
    assert longest_word("Über die allmähliche Verfertigung") == 12
    assert longest_word("") == 0
