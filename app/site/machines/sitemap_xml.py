"""Sitemaps as sitemaps.org and Google's video extension have them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.etree import ElementTree as ET  # it writes XML; nothing is parsed  # nosec B405

from app.site.machines.xml import add, document

_SCHEMA: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_LONGEST_VIDEO_S: Final = 28_800
_LONGEST_TITLE, _LONGEST_DESCRIPTION = 100, 2048


@dataclass(frozen=True, kw_only=True)
class Video:
    """What a search engine wants to know of a video."""

    thumbnail_url: str
    title: str
    description: str
    player_url: str
    duration_s: int
    published_at: datetime
    is_explicit: bool


@dataclass(frozen=True, kw_only=True)
class Place:
    """One address."""

    url: str
    changed_at: datetime | None = None
    video: Video | None = None


def index_xml(urls: Iterable[str]) -> bytes:
    """The index of all pages of the sitemap."""
    root = ET.Element("sitemapindex", {"xmlns": _SCHEMA})
    for url in urls:
        add(add(root, "sitemap"), "loc", url)
    return document(root)


def page_xml(places: Iterable[Place]) -> bytes:
    """A page of the sitemap."""
    root = ET.Element("urlset", {"xmlns": _SCHEMA})
    for place in places:
        url = add(root, "url")
        add(url, "loc", place.url)
        if place.changed_at:
            add(url, "lastmod", place.changed_at.isoformat(timespec="seconds"))
        if place.video:
            _add_video(url, place.video)
    return document(root)


def _add_video(url: ET.Element, video: Video) -> None:
    entry = add(url, "video:video")
    add(entry, "video:thumbnail_loc", video.thumbnail_url)
    add(entry, "video:title", video.title[:_LONGEST_TITLE])
    add(entry, "video:description", video.description[:_LONGEST_DESCRIPTION] or video.title)
    add(entry, "video:player_loc", video.player_url)
    if 0 < video.duration_s <= _LONGEST_VIDEO_S:
        add(entry, "video:duration", str(video.duration_s))
    add(entry, "video:publication_date", video.published_at.isoformat(timespec="seconds"))
    add(entry, "video:family_friendly", "no" if video.is_explicit else "yes")
