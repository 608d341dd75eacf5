"""Feeds as podcast clients read them: RSS 2.0 with the names of iTunes and of Podcasting 2.0, in pages (RFC 5005).

Sources: the RSS 2.0.11 specification; Apple's "Podcast RSS feed requirements"; podcastindex.org's namespace 1.0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Final
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET  # it writes XML; nothing is parsed  # nosec B405

from app.site.machines.xml import add, document

GENERATOR: Final = "Soundstage"
FEEDS_NAMESPACE: Final = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""What ``podcast:guid`` is made in, as the namespace's specification says."""


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """Words of an item, as WebVTT."""

    url: str
    language: str
    is_captions: bool


@dataclass(frozen=True, kw_only=True)
class FeedItem:
    """One work. ``guid`` never changes; addresses are absolute; ``size_bytes`` is that of the enclosure's file."""

    guid: str
    title: str
    url: str
    published_at: datetime
    description: str
    description_html: str
    author: str
    enclosure_url: str
    enclosure_type: str
    size_bytes: int
    duration_ms: int
    is_explicit: bool
    image_url: str | None = None
    season: int | None = None
    episode: int | None = None
    chapters_url: str | None = None
    transcripts: Sequence[Transcript] = ()


@dataclass(frozen=True, kw_only=True)
class Feed:
    """A person's or a set's works. ``serial`` is for what is to be heard from the first on."""

    title: str
    url: str
    feed_url: str
    description: str
    author: str
    author_url: str
    language: str
    category: str
    medium: str
    """What it mostly is, in Podcasting 2.0's words: ``podcast``, ``music`` or ``video``."""
    image_url: str | None = None
    serial: bool = False
    next_url: str | None = None
    first_url: str | None = None
    items: Sequence[FeedItem] = field(default_factory=tuple)


def feed_xml(feed: Feed) -> bytes:
    """The document."""
    root = ET.Element("rss", {"version": "2.0"})
    channel = add(root, "channel")
    add(channel, "title", feed.title)
    add(channel, "link", feed.url)
    add(channel, "description", feed.description)
    add(channel, "language", feed.language)
    add(channel, "generator", GENERATOR)
    if feed.items:
        add(channel, "lastBuildDate", format_datetime(max(item.published_at for item in feed.items), usegmt=True))
    add(channel, "atom:link", rel="self", href=feed.feed_url, type="application/rss+xml")
    if feed.next_url:
        add(channel, "atom:link", rel="next", href=feed.next_url, type="application/rss+xml")
    if feed.first_url:
        add(channel, "atom:link", rel="first", href=feed.first_url, type="application/rss+xml")
    _describe(channel, feed)
    for item in feed.items:
        _add_item(channel, item)
    return document(root)


def _describe(channel: ET.Element, feed: Feed) -> None:
    add(channel, "itunes:author", feed.author)
    add(channel, "itunes:summary", feed.description)
    add(channel, "itunes:type", "serial" if feed.serial else "episodic")
    add(channel, "itunes:explicit", _truth(any(item.is_explicit for item in feed.items)))
    add(channel, "itunes:category", text=feed.category)
    if feed.image_url:
        image = add(channel, "image")
        for name, value in (("url", feed.image_url), ("title", feed.title), ("link", feed.url)):
            add(image, name, value)
        add(channel, "itunes:image", href=feed.image_url)
    own = feed.first_url or feed.feed_url
    add(channel, "podcast:guid", str(uuid5(FEEDS_NAMESPACE, own.partition("://")[2].rstrip("/"))))
    add(channel, "podcast:medium", feed.medium)
    add(channel, "podcast:person", feed.author, href=feed.author_url)


def _add_item(channel: ET.Element, work: FeedItem) -> None:
    item = add(channel, "item")
    add(item, "title", work.title)
    add(item, "link", work.url)
    add(item, "guid", work.guid, isPermaLink="false")
    add(item, "pubDate", format_datetime(work.published_at, usegmt=True))
    add(item, "description", work.description)
    if work.description_html:
        add(item, "content:encoded", work.description_html)
    add(item, "enclosure", url=work.enclosure_url, length=str(work.size_bytes), type=work.enclosure_type)
    add(item, "itunes:author", work.author)
    add(item, "itunes:duration", str(round(work.duration_ms / 1000)))
    add(item, "itunes:explicit", _truth(work.is_explicit))
    add(item, "itunes:episodeType", "full")
    if work.image_url:
        add(item, "itunes:image", href=work.image_url)
    if work.season is not None:
        add(item, "itunes:season", str(work.season))
        add(item, "podcast:season", str(work.season))
    if work.episode is not None:
        add(item, "itunes:episode", str(work.episode))
        add(item, "podcast:episode", str(work.episode))
    if work.chapters_url:
        add(item, "podcast:chapters", url=work.chapters_url, type="application/json+chapters")
    for words in work.transcripts:
        captions = {"rel": "captions"} if words.is_captions else {}
        spoken = {"language": words.language} if words.language else {}
        add(item, "podcast:transcript", url=words.url, type="text/vtt", **spoken, **captions)


def _truth(value: bool) -> str:  # noqa: FBT001 - it is what is written
    return "true" if value else "false"
