"""What pages say of themselves in their heads: open graph, player cards, schema.org, and where machines find more.

Only what everyone may see says anything: a page that needs a secret or a session asks not to be listed, and is silent.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from flask import Flask

from app.core.clock import now
from app.core.pictures import Artwork
from app.media import links
from app.media.models import Visibility
from app.media.playback import MediumPage
from app.playlists import links as set_links
from app.playlists.cards import SetCard
from app.playlists.models import SetKind
from app.site.people import Person
from app.social.queries.posts import PostCard
from app.web.filters import iso_duration, plain

SITE: Final = "Soundstage"
_SET_TYPES: Final[dict[str, str]] = {
    SetKind.ALBUM: "MusicAlbum", SetKind.EP: "MusicAlbum", SetKind.SINGLE: "MusicAlbum", SetKind.SERIES: "TVSeries",
    SetKind.PODCAST: "PodcastSeries",
}  # fmt: skip


@dataclass(frozen=True)
class Player:
    """A page for frames that plays the thing."""

    url: str
    width: int
    height: int


@dataclass(frozen=True)
class PageMeta:
    """What the head of a page says. ``type`` is open graph's; ``data`` is schema.org's, as JSON-LD."""

    title: str
    description: str
    url: str
    type: str
    image_url: str = ""
    image_width: int = 0
    image_height: int = 0
    image_alt: str = ""
    player: Player | None = None
    feed_url: str = ""
    oembed_url: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    is_listed: bool = True

    @property
    def card(self) -> str:
        """The kind of card that X and others show."""
        return "player" if self.player else "summary_large_image" if self.image_url else "summary"


HIDDEN: Final = PageMeta("", "", "", "website", is_listed=False)
"""For what is not for everyone: by a secret, or by age."""


def medium_meta(page: MediumPage, *, base: str) -> PageMeta:
    """A medium's page."""
    card = page.card
    if card.visibility != Visibility.PUBLIC.value or card.published_at is None or not card.playable or card.for_adults:
        return HIDDEN
    is_video = card.kind == "video"
    url = base + card.url
    description = card.description or f"By {card.display_name}"
    data = {
        "@context": "https://schema.org",
        "@type": "VideoObject" if is_video else "MusicRecording" if card.realm == "music" else "AudioObject",
        "name": card.title,
        "description": description,
        "url": url,
        "duration": iso_duration(card.duration_ms),
        "genre": card.genre,
        "isFamilyFriendly": not card.explicit,
        "embedUrl": base + links.embed_url(card.public_id),
        **_dated("uploadDate" if is_video else "datePublished", card.published_at),
        **_pictured("thumbnailUrl" if is_video else "image", card.artwork, base),
        ("author" if is_video else "byArtist" if card.realm == "music" else "author"): _person(
            card.display_name, base + card.artist_url
        ),
    }
    return PageMeta(
        title=card.title,
        description=description,
        url=url,
        type="video.other" if is_video else "music.song",
        player=Player(base + links.embed_url(card.public_id), 640, 360 if is_video else 180),
        oembed_url=_oembed(base, url),
        data={name: value for name, value in data.items() if value not in ("", None)},
        **_image(card.artwork, f"Artwork of {card.title}", base),
    )


def set_meta(card: SetCard, *, base: str) -> PageMeta:
    """A set's page."""
    is_out = card.published_at is not None and card.published_at <= now()
    if card.visibility != Visibility.PUBLIC.value or not is_out or not card.count:
        return HIDDEN
    url = base + set_links.set_url(card.username, card.slug)
    description = card.description or f"{card.kind_name} by {card.display_name}"
    artwork = card.artwork or next((one for one in card.mosaic if one.secret is None), None)
    kind = _SET_TYPES.get(card.kind, "MusicPlaylist")
    data = {
        "@context": "https://schema.org",
        "@type": kind,
        "name": card.title,
        "description": description,
        "url": url,
        "genre": card.genre,
        ("byArtist" if kind == "MusicAlbum" else "author"): _person(card.display_name, base + card.artist_url),
        **({"webFeed": f"{url}/feed.xml"} if kind == "PodcastSeries" else {}),
        **({"numTracks": card.count} if kind.startswith("Music") else {}),
        **_dated("datePublished", card.release_date),
        **_pictured("image", artwork, base),
    }
    return PageMeta(
        title=card.title,
        description=description,
        url=url,
        type="music.album" if kind == "MusicAlbum" else "music.playlist",
        player=Player(base + set_links.embed_url(card.public_id), 640, 480),
        feed_url=f"{url}/feed.xml",
        oembed_url=_oembed(base, url),
        data={name: value for name, value in data.items() if value},
        **_image(artwork, f"Cover of {card.title}", base),
    )


def person_meta(person: Person, *, base: str) -> PageMeta:
    """A person's pages."""
    url = base + person.url
    description = plain(str(person.bio_html.striptags())) if person.bio_html else f"{person.display_name} on {SITE}."
    about = {
        **_person(person.display_name, url),
        "alternateName": f"@{person.username}",
        "sameAs": [address for _label, address in person.links],
        **_pictured("image", person.avatar, base),
    }
    return PageMeta(
        title=person.display_name,
        description=description,
        url=url,
        type="profile",
        feed_url=f"{url}/feed.xml" if person.is_artist else "",
        oembed_url=_oembed(base, url),
        data={"@context": "https://schema.org", "@type": "ProfilePage", "url": url, "mainEntity": about},
        **_image(person.avatar, person.display_name, base),
    )


def post_meta(post: PostCard, *, base: str) -> PageMeta:
    """A post's page."""
    url = base + post.url
    art, alt = post.pictures[0] if post.pictures else (post.avatar, post.display_name)
    title = f"{post.display_name} on {SITE}"
    data = {
        "@context": "https://schema.org",
        "@type": "SocialMediaPosting",
        "headline": post.summary[:110] or title,
        "url": url,
        "author": _person(post.display_name, base + post.author_url),
        **_dated("datePublished", post.created_at),
        **_pictured("image", post.pictures[0][0] if post.pictures else None, base),
    }
    return PageMeta(
        title=title, description=post.summary or title, url=url, type="article", oembed_url=_oembed(base, url),
        data=data, **_image(art, alt, base),
    )  # fmt: skip


def _oembed(base: str, url: str) -> str:
    return f"{base}/oembed?url={quote(url, safe='')}"


def _person(name: str, url: str) -> dict[str, str]:
    return {"@type": "Person", "name": name, "url": url}


def _dated(name: str, moment: Any) -> dict[str, str]:
    return {name: moment.isoformat()} if moment else {}


def _pictured(name: str, art: Artwork | None, base: str) -> dict[str, str]:
    return {name: base + art.src(1280)} if art else {}


def _image(art: Artwork | None, alt: str, base: str) -> dict[str, Any]:
    if art is None:
        return {}
    return {"image_url": base + art.src(1280), "image_width": art.width, "image_height": art.height, "image_alt": alt}


def register_meta(app: Flask, base: str) -> None:
    """Give templates what makes the head of each kind of page; ``macros/meta.html`` writes it."""
    for make in (medium_meta, set_meta, person_meta, post_meta):
        app.jinja_env.globals[make.__name__] = partial(make, base=base)
