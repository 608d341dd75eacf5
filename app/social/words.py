"""People's words as pages show them: links and mentions are found, times lead into the medium, nothing acts.

Comments and messages are plain text (``shown``), posts are Markdown (``shown_markdown``). Both look up everyone who is
mentioned on a whole page of texts in one statement.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from app.accounts import queries as account_queries
from app.accounts.queries import Named
from app.media import links
from app.social.tidy import tidied
from app.web.filters import safe_html

MOST_MENTIONS = 20
"""So many mentions of one text count; the rest is text like any other."""
LINK_LENGTH = 40
"""Characters of an address that are shown; where it leads is its host, which comes first."""

_REL: Final = "nofollow ugc noopener"
_MENTION = r"(?<![\w@/.+-])@(?P<name>[A-Za-z0-9_]{3,30})(?![\w@])"
_TIME = (
    r"(?<![\w:.,/-])(?:(?P<hours>[0-9]{1,2}):(?=[0-5][0-9]:))?(?P<minutes>[0-9]{1,3}):(?P<seconds>[0-5][0-9])(?![\w:])"
)
_FOUND = re.compile(f"{_MENTION}|{_TIME}")
_MENTIONS = re.compile(_MENTION)


def _linker() -> LinkifyIt:
    """What finds addresses that say ``http://`` or ``https://``, and nothing else."""
    linker = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    for schema in ("ftp:", "//", "mailto:"):
        linker.add(schema, None)
    return linker


_addresses = _linker()


@dataclass(frozen=True, slots=True)
class Timeline:
    """The medium that a time in a text (1:42) leads into: its page's address, and how long it is."""

    url: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a text. At most one of the others is set."""

    text: str
    url: str = ""
    name: str = ""
    at_s: int | None = None


def shown(
    texts: Sequence[str],
    *,
    viewer_id: UUID | None = None,
    timeline: Timeline | None = None,
    timelines: Sequence[Timeline | None] = (),
) -> list[Markup]:
    """Plain texts as paragraphs of HTML, in the same order; one statement for all of them.

    People whom a block keeps apart from ``viewer_id`` are not linked to. With a ``timeline``, or one for each text,
    times within it are links that seek (``data-seek-ms``), and lead to that second of its page without a script.
    """
    all_pieces = [list(_pieces(tidied(text))) for text in texts]
    people = _people_in((piece.name for pieces in all_pieces for piece in pieces), viewer_id)
    each = timelines or [timeline] * len(texts)
    return [_paragraphs(pieces, people, one) for pieces, one in zip(all_pieces, each, strict=True)]


def mentioned_people(text: str) -> list[UUID]:
    """The ids of those whom a text (plain or Markdown) mentions, each once; nobody for names that merely look alike."""
    names = [piece.name.lower() for piece in _pieces(tidied(text)) if piece.name]
    people = _people_in(names, None)
    return list(dict.fromkeys(people[name].id for name in names if name in people))


def shown_markdown(texts: Sequence[str], *, viewer_id: UUID | None = None) -> list[Markup]:
    """Markdown texts as HTML that cannot act, with addresses and mentions as links; one statement for all of them."""
    documents = [_markdown.parse(tidied(text)) for text in texts]
    people = _people_in((one["name"] for document in documents for _, _, one in _mentions_of(document)), viewer_id)
    for document in documents:
        _link_mentions(document, people)
    return [safe_html(_markdown.renderer.render(document, _markdown.options, {})) for document in documents]


def _people_in(names: Iterable[str], viewer_id: UUID | None) -> Mapping[str, Named]:
    wanted = {name.lower() for name in names if name}
    return account_queries.people_named(wanted, viewer_id) if wanted else {}


def _pieces(text: str) -> Iterator[_Piece]:
    """``text`` cut where something in it leads somewhere; joined again, the pieces are the text."""
    mentions = 0
    for stretch, url in _around_addresses(text):
        if url:
            yield _Piece(stretch, url=url)
            continue
        done = 0
        for found in _FOUND.finditer(stretch):
            name = found["name"] or ""
            if name:
                mentions += 1
                if mentions > MOST_MENTIONS:
                    continue
            yield _Piece(stretch[done : found.start()])
            yield _Piece(found[0], name=name) if name else _Piece(found[0], at_s=_seconds(found))
            done = found.end()
        yield _Piece(stretch[done:])


def _seconds(found: re.Match[str]) -> int:
    return (int(found["hours"] or 0) * 60 + int(found["minutes"])) * 60 + int(found["seconds"])


def _around_addresses(text: str) -> Iterator[tuple[str, str]]:
    """Stretches of ``text``, each with the address that it is, or with none."""
    found = _addresses.match(text) or []
    edges = [0, *(edge for match in found for edge in (match.index, match.last_index)), len(text)]
    for place, (start, end) in enumerate(pairwise(edges)):
        stretch = text[start:end]
        yield stretch, _honest(stretch) if place % 2 else ""


def _honest(address: str) -> str:
    """The address, with its host as it is looked up; empty for one that pretends to lead somewhere else."""
    try:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            return ""
        host = parts.hostname.encode("idna").decode() if not parts.hostname.isascii() else parts.hostname
        place = f"[{host}]" if ":" in host else host
        return parts._replace(netloc=f"{place}:{parts.port}" if parts.port is not None else place).geturl()
    except (ValueError, UnicodeError):
        return ""


def _short(address: str) -> str:
    """An address as it is shown: without what all of them begin with, and not longer than a line can bear."""
    name = re.sub(r"^https?://(www\.)?", "", address).removesuffix("/")
    return name if len(name) <= LINK_LENGTH else name[: LINK_LENGTH - 1] + "…"


def _paragraphs(pieces: Sequence[_Piece], people: Mapping[str, Named], timeline: Timeline | None) -> Markup:
    inside = Markup("").join(_html_of(piece, people, timeline) for piece in pieces)
    marked = inside.replace("\n\n", Markup('</p><p dir="auto">')).replace("\n", Markup("<br>"))
    return Markup('<p dir="auto">{}</p>').format(marked)


def _html_of(piece: _Piece, people: Mapping[str, Named], timeline: Timeline | None) -> Markup:
    if piece.url:
        link = Markup('<a href="{}" rel="{}" title="{}"><bdi dir="ltr">{}</bdi></a>')
        return link.format(piece.url, _REL, piece.url, _short(piece.url))
    person = people.get(piece.name.lower())
    if person is not None:
        return Markup('<a class="mention" href="{}"><bdi dir="ltr">{}</bdi></a>').format(
            links.person_url(person.username), piece.text
        )
    if piece.at_s is not None and timeline is not None and piece.at_s * 1000 < timeline.duration_ms:
        url = f"{timeline.url}{'&' if '?' in timeline.url else '?'}t={piece.at_s}"
        return Markup('<a class="moment" href="{}" data-seek-ms="{}"><bdi dir="ltr">{}</bdi></a>').format(
            url, piece.at_s * 1000, piece.text
        )
    return escape(piece.text)


# Markdown -------------------------------------------------------------------------------------------------------------


def _reader() -> MarkdownIt:
    options = {"html": False, "linkify": True, "breaks": True}
    reader = MarkdownIt("commonmark", options).enable("linkify").disable(["image", "html_inline", "html_block"])
    reader.linkify = _linker()
    reader.normalizeLinkText = _short  # type: ignore[assignment,method-assign]  # as its manual has it
    return reader


_markdown = _reader()


def _texts_of(document: Sequence[Token]) -> Iterator[tuple[list[Token], int]]:
    """Where words stand that are neither a link's nor code: the list of tokens, and the place in it."""
    for block in document:
        inside = block.children or []
        depth = 0
        for place, token in enumerate(inside):
            depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
            if token.type == "text" and not depth:
                yield inside, place


def _mentions_of(document: Sequence[Token]) -> Iterator[tuple[list[Token], int, re.Match[str]]]:
    """The first mentions of a document, as many as count, each with where it stands."""
    found = ((inside, at, one) for inside, at in _texts_of(document) for one in _MENTIONS.finditer(inside[at].content))
    return islice(found, MOST_MENTIONS)


def _link_mentions(document: Sequence[Token], people: Mapping[str, Named]) -> None:
    # The last one first, so that the places of the others still hold.
    for inside, place, found in reversed(list(_mentions_of(document))):
        person = people.get(found["name"].lower())
        if person is not None:
            text = inside[place].content
            inside[place : place + 1] = [
                _text(text[: found.start()]),
                Token("link_open", "a", 1, attrs={"href": links.person_url(person.username)}),
                _text(found[0]),
                Token("link_close", "a", -1),
                _text(text[found.end() :]),
            ]


def _text(content: str) -> Any:
    return Token("text", "", 0, content=content)
