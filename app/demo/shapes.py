"""The shapes of demo content: who, what, and which files came out of rendering."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

Realm = Literal["music", "screen", "voice"]
MediumKind = Literal["audio", "video"]
Visibility = Literal["public", "unlisted", "private"]
CaptionKind = Literal["captions", "subtitles", "lyrics"]


@dataclass(frozen=True, kw_only=True)
class DemoLink:
    """A link on an artist's profile."""

    label: str
    url: str


@dataclass(frozen=True, kw_only=True)
class DemoAccount:
    """Somebody who publishes nothing: ``role`` is ``admin``, ``moderator`` or ``listener``."""

    username: str
    display_name: str
    role: Literal["admin", "moderator", "listener"]
    bio_markdown: str


@dataclass(frozen=True, kw_only=True)
class DemoArtist:
    """A made-up artist. ``username`` is 3–30 letters, digits and underscores; ``realm`` is where they are at home."""

    username: str
    display_name: str
    realm: Realm
    location: str
    bio_markdown: str
    links: tuple[DemoLink, ...]


@dataclass(frozen=True, kw_only=True)
class DemoCaptions:
    """One caption track as the text of a WebVTT file. ``language`` is a BCP 47 tag."""

    language: str
    label: str
    kind: CaptionKind
    text: str


@dataclass(frozen=True, kw_only=True)
class DemoChapter:
    """A named point, in milliseconds from the start."""

    starts_at_ms: int
    title: str


@dataclass(frozen=True, kw_only=True)
class DemoItem:
    """One release: everything that its page says about it.

    ``artist`` is a username. ``container`` is the ending of the rendered file, so that each importer has something
    to import. ``credits`` are (role, name). ``lyrics_lrc`` is the text of an LRC file. ``embeds_text`` says that
    captions and chapters also live inside the file.
    """

    artist: str
    slug: str
    title: str
    kind: MediumKind
    realm: Realm
    genre: str
    tags: tuple[str, ...]
    language: str
    licence: str
    description_markdown: str
    credits: tuple[tuple[str, str], ...]
    release_date: date
    duration_ms: int
    container: Literal["flac", "mp3", "m4a", "opus", "wav", "mp4", "mov", "mkv", "webm"]
    album: str = ""
    explicit: bool = False
    visibility: Visibility = "public"
    captions: tuple[DemoCaptions, ...] = ()
    chapters: tuple[DemoChapter, ...] = ()
    lyrics_lrc: str | None = None
    embeds_text: bool = False


@dataclass(frozen=True, kw_only=True)
class RenderedItem:
    """The files of one item: the medium, and its artwork (a square sleeve, or a 16:9 poster), if it has one."""

    item: DemoItem
    media_path: Path
    artwork_path: Path | None


@dataclass(frozen=True, kw_only=True)
class RenderedArtist:
    """The pictures of one artist: avatar 512×512, cover 1920×480."""

    artist: DemoArtist
    avatar_path: Path
    cover_path: Path
