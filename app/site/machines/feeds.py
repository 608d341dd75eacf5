"""What a feed holds: a person's or a set's works that are open to all, read in a handful of statements."""

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import contains_eager, joinedload, load_only, selectinload

from app.accounts.models import User
from app.core.pictures import Artwork
from app.core.storage import storage
from app.extensions import db
from app.media import gate, links
from app.media.models import Caption, CaptionKind, Kind, Medium, Version
from app.media.playback import delivery_base, plain_file_url
from app.playlists import links as set_links
from app.playlists.cards import is_seen
from app.playlists.models import Set, SetItem, SetKind
from app.site.machines.feed_xml import Feed, FeedItem, Transcript
from app.web.filters import markdown, plain

T = TypeVar("T")
ITEMS_A_PAGE: Final = 100
_CATEGORIES: Final = {"music": "Music", "screen": "TV & Film", "voice": "Society & Culture"}
"""Apple's categories, by realm; a realm of the operator's own is Arts."""
_TYPES: Final = {".m4a": "audio/x-m4a", ".mp4": "video/mp4"}
_SERIAL: Final = {SetKind.SERIES, SetKind.ALBUM, SetKind.EP, SetKind.SINGLE}
"""What is meant to be heard from the first on."""


@dataclass(frozen=True)
class Batch(Generic[T]):
    """A page of media with what a set says of each, and where the next page begins: a time or a rank, and an id."""

    rows: Sequence[tuple[Medium, SetItem | None]]
    next_place: tuple[T, UUID] | None


@dataclass(frozen=True)
class Paging:
    """The addresses of a page of a feed: its own, the next one's, and the first one's where it is not the first."""

    own_url: str
    next_url: str | None = None
    first_url: str | None = None


def works_of(owner: User, *, after: tuple[datetime, UUID] | None) -> Batch[datetime]:
    """A person's works, newest first."""
    public = gate.listed_column() if owner.is_limited else Medium.listed.expression
    query = _works(public).where(Medium.owner_id == owner.id)
    if after is not None:
        query = query.where(tuple_(Medium.published_at, Medium.id) < tuple_(*after))
    order = (Medium.published_at.desc(), Medium.id.desc())
    found = db.session.scalars(query.order_by(*order).limit(ITEMS_A_PAGE + 1)).all()
    last = found[ITEMS_A_PAGE - 1] if len(found) > ITEMS_A_PAGE else None
    place = (last.published_at, last.id) if last is not None and last.published_at is not None else None
    return Batch([(one, None) for one in found[:ITEMS_A_PAGE]], place)


def works_in(one: Set, *, after: tuple[str, UUID] | None) -> Batch[str]:
    """The works in a set, in its order."""
    query = _works(is_seen(None, one.owner_id)).join(SetItem, SetItem.medium_id == Medium.id).add_columns(SetItem)
    query = query.where(SetItem.set_id == one.id)
    if after is not None:
        query = query.where(tuple_(SetItem.rank, SetItem.id) > tuple_(*after))
    found = db.session.execute(query.order_by(SetItem.rank, SetItem.id).limit(ITEMS_A_PAGE + 1)).all()
    last = found[ITEMS_A_PAGE - 1][1] if len(found) > ITEMS_A_PAGE else None
    return Batch([(row[0], row[1]) for row in found[:ITEMS_A_PAGE]], (last.rank, last.id) if last else None)


def _works(public: ColumnElement[bool]) -> Select[Medium]:
    """Those of the ``public`` media that have a plain file."""
    return (
        select(Medium)
        .join(Medium.version)
        .join(Medium.owner)
        .options(
            contains_eager(Medium.version),
            contains_eager(Medium.owner),
            joinedload(Medium.artwork),
            selectinload(Medium.chapters),
            selectinload(Medium.captions).options(load_only(Caption.language, Caption.kind, Caption.label)),
        )
        .where(public, Version.progressive_name.is_not(None))
    )


def learn_sizes(batch: Batch[Any]) -> bool:
    """Ask storage for the sizes of plain files that no row knows yet; whether any was learnt. The caller commits."""
    learnt = False
    for medium, _ in batch.rows:
        version = medium.version
        if version is not None and version.progressive_bytes is None:
            version.progressive_bytes = storage().size_bytes(f"{version.storage_prefix}{version.progressive_name}")
            learnt = learnt or version.progressive_bytes is not None
    return learnt


def feed_of_person(owner: User, batch: Batch[Any], *, base: str, paging: Paging) -> Feed:
    """A person's feed. ``base`` is the address of this place."""
    items = items_of(batch, base=base)
    avatar = Artwork.of(owner.avatar)
    bio = plain(owner.bio_markdown, 4000) if owner.bio_markdown else ""
    return Feed(
        title=owner.display_name,
        url=base + links.person_url(owner.username),
        feed_url=paging.own_url,
        next_url=paging.next_url,
        first_url=paging.first_url,
        description=bio or f"What {owner.display_name} publishes.",
        author=owner.display_name,
        author_url=base + links.person_url(owner.username),
        image_url=base + avatar.src(1280) if avatar else _first_image(items),
        items=items,
        language=_language_of(batch),
        category=_CATEGORIES.get(_realm_of(batch), "Arts"),
        medium=_medium_of(batch),
    )


def feed_of_set(one: Set, batch: Batch[Any], *, base: str, paging: Paging) -> Feed:
    """A set's feed, by its owner."""
    items = items_of(batch, base=base)
    cover = Artwork.of(one.artwork)
    about = plain(one.description_markdown, 4000) if one.description_markdown else ""
    return Feed(
        title=one.title,
        url=base + set_links.set_url(one.owner.username, one.slug),
        feed_url=paging.own_url,
        next_url=paging.next_url,
        first_url=paging.first_url,
        description=about or f"{one.title}, by {one.owner.display_name}.",
        author=one.owner.display_name,
        author_url=base + links.person_url(one.owner.username),
        image_url=base + cover.src(1280) if cover else _first_image(items),
        serial=one.kind in _SERIAL,
        items=items,
        language=_language_of(batch),
        category=_CATEGORIES.get(_realm_of(batch), "Arts"),
        medium=_medium_of(batch),
    )


def items_of(batch: Batch[Any], *, base: str) -> list[FeedItem]:
    """The items of what everyone may play at this moment, and whose file is known. What is for adults is not in it."""
    return [
        item
        for medium, of_set in batch.rows
        if gate.is_open_to_all(medium) and (item := _item(medium, of_set, base)) is not None
    ]


def _item(medium: Medium, of_set: SetItem | None, base: str) -> FeedItem | None:
    version = medium.version
    address = plain_file_url(medium, version, None)
    if version is None or address is None or not version.progressive_bytes or medium.published_at is None:
        return None
    artwork = Artwork.of(medium.artwork)
    suffix = "." + address.rpartition(".")[2]
    files = base + delivery_base(medium, version, None)
    return FeedItem(
        guid=medium.public_id,
        title=medium.title,
        url=base + links.medium_url(medium.owner.username, medium.slug),
        published_at=medium.published_at,
        description=plain(medium.description_markdown, 4000) or f"By {medium.owner.display_name}.",
        description_html=str(markdown(medium.description_markdown)) if medium.description_markdown else "",
        author=medium.owner.display_name,
        enclosure_url=address if "://" in address else base + address,
        enclosure_type=_TYPES.get(suffix) or mimetypes.guess_type(address)[0] or "application/octet-stream",
        size_bytes=version.progressive_bytes,
        duration_ms=medium.duration_ms,
        is_explicit=medium.explicit,
        image_url=base + artwork.src(1280) if artwork else None,
        season=of_set.season if of_set else None,
        episode=of_set.episode if of_set else None,
        chapters_url=f"{base}/media/{medium.public_id}/chapters.json" if medium.chapters else None,
        transcripts=[
            Transcript(
                url=f"{files}captions/{caption.id}.vtt",
                language=caption.language,
                is_captions=caption.kind is CaptionKind.CAPTIONS,
            )
            for caption in medium.captions
        ],
    )


def _language_of(batch: Batch[Any]) -> str:
    return _most([medium.language for medium, _ in batch.rows if medium.language]) or "en"


def _realm_of(batch: Batch[Any]) -> str:
    return _most([medium.realm_slug for medium, _ in batch.rows]) or "music"


def _medium_of(batch: Batch[Any]) -> str:
    if _most([medium.kind for medium, _ in batch.rows]) is Kind.VIDEO:
        return "video"
    return "music" if _realm_of(batch) == "music" else "podcast"


def _most(values: Sequence[T]) -> T | None:
    return max(values, key=values.count) if values else None


def _first_image(items: Sequence[FeedItem]) -> str | None:
    return next((item.image_url for item in items if item.image_url), None)
