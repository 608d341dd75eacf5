"""An address that came with a request leads to a page here, or nowhere."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.web.redirects import is_ours, page_of_ours

HOSTILE = [
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "/\\/evil.example", "\\\\evil.example",
    "\\/evil.example", "/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example",
    " //evil.example", "evil.example", "@evil.example",
    "http://evil.example", "https:evil.example", "HTTP:/evil.example", "http:///evil.example", "//evil.example/..",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "mailto:a@b.example",
    "//user:word@evil.example", "/\x00/evil.example", "/\x7f", "/\u2028", "/\u202e/moc", "/\ufeff", "http://[", "//[",
    "/x\r\nSet-Cookie: a=b", "", " ", "?x", "#x", ".", "..", "/" + "x" * 5000, "/\u0085/evil.example", "/\u00a0x",
]  # fmt: skip
FINE = [
    "/",
    "/@ada",
    "/search?q=a%20b",
    "/settings/profile#links",
    "/x?next=//evil.example",
    "/%2F/evil.example",
    "/%0d%0aSet-Cookie:%20a=b",
    "/a//b",
    "/x?u=http://user@evil.example/",
    "/@بن/ä",
    "/.//x",
]


@pytest.mark.parametrize("wanted", HOSTILE)
def test_it_leads_nowhere_else(wanted: str) -> None:
    assert page_of_ours(wanted, "/home") == "/home"


@pytest.mark.parametrize("wanted", FINE)
def test_it_leads_to_pages_here(wanted: str) -> None:
    assert page_of_ours(wanted, "/home") == wanted


def as_a_browser_reads(url: str) -> str:
    """What the URL standard of WHATWG does before it reads: trims, drops tabs and line breaks, turns backslashes."""
    trimmed = url.strip("".join(map(chr, range(33))))
    return "".join(letter for letter in trimmed if letter not in "\t\r\n").replace("\\", "/")


PIECES = st.sampled_from(
    ["/", "\\", "//", "\t", "\n", "\r", " ", ".", "..", "@", ":", "%2f", "%5c", "%0d%0a", "?", "#", "evil.example",
     "http:", "https:", "javascript:", "[", "]", "\x00", "\u3002", "\uff0f", "a"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=8).map("".join)))
@example("/\t/evil.example")
@example("/\\evil.example")
def test_whatever_is_let_through_stays_with_us(wanted: str) -> None:
    if not is_ours(wanted):
        return
    parts = urlsplit(urljoin("https://sound.example/login", as_a_browser_reads(wanted)))
    assert (parts.scheme, parts.netloc) == ("https", "sound.example")
    assert not any(ord(letter) < 32 for letter in wanted)
