"""How values are written for people, and Markdown made safe."""

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

import nh3
from flask import Flask
from markdown_it import MarkdownIt
from markupsafe import Markup

from app.core.clock import now

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).disable(
    ["image", "html_inline", "html_block"]
)
_TAGS: Final = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "code", "pre", "h3", "h4", "hr"}
_UNITS: Final = (
    ("year", 31_536_000),
    ("month", 2_592_000),
    ("week", 604_800),
    ("day", 86_400),
    ("hour", 3600),
    ("minute", 60),
)


@lru_cache(maxsize=2048)
def markdown(text: str) -> Markup:
    """Markdown from people as HTML that cannot act: few tags, links that pass no reputation, no attribute else."""
    return safe_html(_markdown.render(text))


def house_text(text: str) -> Markup:
    """Markdown of a text of the house: as ``markdown``, with its headings right below the page's own."""
    html = str(markdown(text))
    for level in ("3", "4"):
        html = html.replace(f"<h{level}>", "<h2>").replace(f"</h{level}>", "</h2>")
    return Markup(html)  # noqa: S704 - made safe above  # nosec B704


def safe_html(html: str) -> Markup:
    """HTML that was made of Markdown, with what ``markdown`` promises; its two largest headings become smaller ones."""
    html = html.replace("<h1>", "<h3>").replace("</h1>", "</h3>").replace("<h2>", "<h4>").replace("</h2>", "</h4>")
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}, "*": set()},  # nh3 would let title and lang through
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener",
    )
    return Markup(clean)  # noqa: S704 - nh3 made it safe  # nosec B704


@lru_cache(maxsize=2048)
def plain(text: str, limit: int = 200) -> str:
    """Markdown as one line of plain text of at most ``limit`` characters, for cards and meta tags."""
    words = " ".join(nh3.clean(_markdown.render(text), tags=set()).split())
    words = Markup(words).unescape()  # noqa: S704 - unescaped to plain text, escaped again by Jinja  # nosec B704
    return words if len(words) <= limit else words[: limit - 1].rsplit(" ", 1)[0] + "…"


def duration(milliseconds: int | None) -> str:
    """``192000`` as ``3:12``, hours where there are any."""
    seconds = round((milliseconds or 0) / 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def iso_duration(milliseconds: int) -> str:
    """``192000`` as ``PT192S``, for machines."""
    return f"PT{round(milliseconds / 1000)}S"


def ago(moment: datetime) -> str:
    """How long ago, in the largest fitting unit."""
    seconds = (now() - moment).total_seconds()
    if seconds < 60:
        return "just now" if seconds >= 0 else "soon"
    for unit, length in _UNITS:
        count = int(seconds // length)
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def long_date(moment: date | datetime) -> str:
    """``21 November 2026``."""
    day = moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment
    return f"{day.day} {day:%B %Y}"


def clock(moment: datetime) -> str:
    """``14:02 UTC``: the time of day, which scripts write anew for where the reader is."""
    return f"{moment.astimezone(UTC):%H:%M} UTC"


def filesize(size_bytes: int) -> str:
    """``4200000`` as ``4.2 MB``: decimal units, as shops and disks print them."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 999.5:  # what would be rounded to 1000 belongs to the next unit
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def longest_word(text: str) -> int:
    """How many characters the longest word has: a title of one long word needs smaller letters."""
    return max((len(word) for word in text.split()), default=0)


def compact(count: int) -> str:
    """``12400`` as ``12.4K``."""
    for limit, unit in ((1_000_000_000, "B"), (1_000_000, "M"), (1000, "K")):
        if count >= limit * 0.99995:  # 999,950 would be rounded to 1000K
            short = f"{count / limit:.1f}".rstrip("0").rstrip(".")
            return f"{short}{unit}"
    return str(count)


def register_filters(app: Flask) -> None:
    """Give templates these filters."""
    for function in (markdown, house_text, plain, duration, iso_duration, ago, clock, filesize, compact, longest_word):
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.filters["date"] = long_date
