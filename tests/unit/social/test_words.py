"""People's words become paragraphs in which addresses, mentions and times lead somewhere, and nothing else acts."""

from collections.abc import Collection
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.accounts import queries
from app.accounts.queries import Named
from app.social import words
from app.social.words import LINK_LENGTH, MOST_MENTIONS, Timeline
from tests.harness.html import Page

ANA = Named(uuid4(), "Ana")
BEN = Named(uuid4(), "ben_99")
TRACK = Timeline("/@ana/song", 200_000)
asked: list[set[str]] = []


@pytest.fixture(autouse=True)
def people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ana and ben_99 are the only people there are."""

    def named(names: Collection[str], _viewer_id: UUID | None = None) -> dict[str, Named]:
        asked.append(set(names))
        return {one.username.lower(): one for one in (ANA, BEN) if one.username.lower() in names}

    asked.clear()
    monkeypatch.setattr(queries, "people_named", named)


def show(text: str) -> str:
    [html] = words.shown([text], timeline=TRACK)
    return str(html)


def links_in(html: str) -> list[dict[str, str]]:
    return [values for name, values in Page(html).tags if name == "a"]


def test_addresses_become_links_that_pass_no_reputation() -> None:
    [link] = links_in(show("see https://www.example.org/a?b=1&c=2, ok"))
    assert link == {
        "href": "https://www.example.org/a?b=1&c=2", "rel": "nofollow ugc noopener",
        "title": "https://www.example.org/a?b=1&c=2",
    }  # fmt: skip
    assert ">example.org/a?b=1&amp;c=2</bdi></a>, ok</p>" in show("see https://www.example.org/a?b=1&c=2, ok")


def test_long_addresses_are_shown_shortened_and_lead_all_the_way() -> None:
    url = "https://example.org/" + "a" * 300
    html = show(url)
    assert links_in(html)[0]["href"] == url
    assert len(Page(html).text.strip()) == LINK_LENGTH


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)", "JaVaScRiPt://example.org/%0aalert(1)", "data:text/html,<script>", "ftp://example.org/",
        "mailto:a@example.org", "//example.org/", "example.org", "https://bank.example@evil.example/", "http://",
        "https://[::1", "https://example.org:99999999/", "vbscript:x", "blob:https",
    ],
)  # fmt: skip
def test_what_is_no_honest_web_address_stays_text(text: str) -> None:
    html = show(text)
    assert not links_in(html)
    assert Page(html).text.strip() == text


def test_a_host_that_imitates_another_is_shown_as_it_is_looked_up() -> None:
    assert "xn--" in Page(show("https://аррӏе.com/login")).text  # Cyrillic


def test_a_made_up_attribute_is_text() -> None:
    html = show('<a hx-get="/settings/account/delete" hx-trigger="load" onclick=alert(1)>x</a>')
    assert [name for name, _ in Page(html).tags] == ["p"]


def test_times_seek_within_the_medium_and_lead_there_without_a_script() -> None:
    [moment] = links_in(show("this drop at 1:42!"))
    assert moment == {"class": "moment", "href": "/@ana/song?t=102", "data-seek-ms": "102000"}
    assert links_in(show("0:03:05"))[0]["data-seek-ms"] == "185000"
    unlisted = words.shown(["1:42"], timeline=Timeline("/@ana/song?s=secret", 200_000))
    assert links_in(str(unlisted[0]))[0]["href"] == "/@ana/song?s=secret&t=102"


@pytest.mark.parametrize(
    "text", ["3:20", "16:9", "1:75", "a1:42", "1:42:99", "1:42pm", "10:00:00:00", "-1:42", "2026-1:42"]
)
def test_times_that_are_none_stay_text(text: str) -> None:
    assert not links_in(show(text))


def test_without_a_medium_times_stay_text() -> None:
    [html] = words.shown(["1:42"])
    assert not links_in(str(html))


def test_mentions_lead_to_people_by_their_present_name() -> None:
    html = show("hey @ana, (@BEN_99) and @nobody")
    assert [link["href"] for link in links_in(html)] == ["/@Ana", "/@ben_99"]
    assert Page(html).text.strip() == "hey @ana, (@BEN_99) and @nobody"


@pytest.mark.parametrize(
    "text", ["@аna", "@anа", "@ana@example.org", "me@ana", "@@ana", "https://example.org/@ana", "@anaa", "@an"]
)
def test_look_alikes_and_addresses_mention_nobody(text: str) -> None:
    assert "mention" not in show(text)
    assert words.mentioned_people(text) == []


def test_only_the_first_twenty_mentions_of_a_text_count() -> None:
    html = show("@ana " * 10_000)
    assert len(links_in(html)) == MOST_MENTIONS
    crowd = " ".join(f"@person_{number}" for number in range(10_000)) + " @ana"
    assert words.mentioned_people(crowd) == []
    assert len(asked[-1]) == MOST_MENTIONS


def test_those_mentioned_are_named_once_each_in_their_order() -> None:
    assert words.mentioned_people("@ben_99 @ana @Ben_99") == [BEN.id, ANA.id]


def test_a_page_of_texts_asks_once() -> None:
    html = words.shown(["@ana", "@ben_99", "no one", "@ana again"])
    assert asked == [{"ana", "ben_99"}]
    assert [len(links_in(str(one))) for one in html] == [1, 1, 0, 1]
    words.shown(["no one", ""])
    assert len(asked) == 1


def test_lines_and_paragraphs_find_their_own_direction() -> None:
    assert show("one\ntwo\n\n\n\nثلاثة") == '<p dir="auto">one<br>two</p><p dir="auto">ثلاثة</p>'


def test_a_hundred_kilobytes_take_no_longer_than_their_length() -> None:
    for text in (
        "@" * 100_000,
        "http://" * 15_000,
        "1:4" * 33_000,
        "http://a.example/" + "(" * 100_000,
        "\u0301" * 100_000,
        "\u0351\u0327" * 50_000,
    ):
        show(text)


ALPHABET = "<>\"'=/()[]&;:@.?# \nahtpsjvcrionxml0123456789-_\u202e\u200b\0"
PIECES = st.sampled_from(
    ["@ana", "http://", "https://a.example/", "1:42", '"', "'", "<b ", "hx-get=", "javascript:", "&quot;", "\n\n"]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(alphabet=ALPHABET, max_size=6), st.text(max_size=3)), max_size=12).map(
    "".join
)
ALLOWED = {
    "p": {"dir"}, "br": set(), "bdi": {"dir"}, "a": {"href", "rel", "title", "class", "data-seek-ms"},
}  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
def test_no_text_becomes_markup(text: str) -> None:
    page = Page(show(text))
    for name, values in page.tags:
        assert name in ALLOWED
        assert set(values) <= ALLOWED[name]
        assert values.get("href", "/@").startswith(("http://", "https://", "/@"))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
def test_no_markdown_becomes_an_attribute_of_its_own(text: str) -> None:
    [html] = words.shown_markdown([text])
    for _, values in Page(str(html)).tags:
        assert set(values) <= {"href", "rel"}
        assert values.get("href", "/@").startswith(("http://", "https://", "/@", "mailto:", "#"))


def test_markdown_links_addresses_and_mentions_but_not_in_code() -> None:
    [html] = words.shown_markdown(
        ["# Hi\n\n**@ana** and @nobody at https://www.example.org/x, `@ben_99` [@ben_99](https://a.example)"]
    )
    assert [link["href"] for link in links_in(str(html))] == ["/@Ana", "https://www.example.org/x", "https://a.example"]
    assert '<strong><a href="/@Ana"' in html
    [several] = words.shown_markdown(["@ana and @ben_99, *@ana* and @nobody"])
    assert [link["href"] for link in links_in(str(several))] == ["/@Ana", "/@ben_99", "/@Ana"]
    assert Page(several).text.strip() == "@ana and @ben_99, @ana and @nobody"
    assert ">example.org/x</a>" in html


def test_markdown_asks_once_for_a_page_and_counts_twenty() -> None:
    html = words.shown_markdown(["@ana " * 30, "@ben_99"])
    assert [len(links_in(str(one))) for one in html] == [MOST_MENTIONS, 1]
    assert len(asked) == 1
