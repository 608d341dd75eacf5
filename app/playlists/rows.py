"""What is in a set, as its pages show it: a card with what the set says of it, numbered; and where a page begins."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.core.pictures import Artwork
from app.media import links
from app.media.cards import MediumCard, to_card
from app.media.models import Kind
from app.playlists.cards import MOSAIC
from app.web.pagination import BadCursor, Page

_CURSOR = re.compile(r"(\d{1,5})-([0-9a-f]{32})([0-9A-Za-z]{1,200})")


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A medium at its place in a set. ``number`` counts from 1 through all pages."""

    number: int
    item_id: UUID
    card: MediumCard
    note: str
    starts_at_ms: int | None
    stops_at_ms: int | None
    season: int | None
    episode: int | None
    is_seen: bool
    """False for those who work on the set, where it is no longer open to them."""
    plays: bool
    """Whether the bar can play it: it is heard, and there is something to hear."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of items begins: after the item of this rank and id, which was number ``number``."""

    number: int = 0
    after: tuple[str, UUID] | None = None


def read_place(cursor: str | None) -> Place:
    """The place that the address of a page names; without a cursor, the beginning.

    Raises:
        BadCursor: it was changed on the way.
    """
    if not cursor:
        return Place()
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise BadCursor
    return Place(int(match[1]), (match[3], UUID(hex=match[2])))


def make_item_page(
    rows: Sequence[Any],
    place: Place,
    *,
    size: int,
    viewer_id: UUID | None,
    url: Callable[[str], str],
    lent: str | None = None,
) -> Page[ItemRow]:
    """A page of the first ``size`` of ``rows``; ``url`` makes the next page's address of a cursor.

    ``lent`` is the named link that opens what is not open by itself.
    """
    shown = [
        to_item_row(row, number, viewer_id, lent) for number, row in enumerate(rows[:size], start=place.number + 1)
    ]
    if len(rows) <= size:
        return Page(shown)
    last = rows[size - 1]
    return Page(shown, url(f"{shown[-1].number}-{last.item_id.hex}{last.rank}"))


def to_item_row(row: Any, number: int, viewer_id: UUID | None, lent: str | None = None) -> ItemRow:
    """A row of ``item_rows`` for a viewer. Addresses carry the secret by which they added an unlisted medium."""
    is_own = row.owner_id == viewer_id
    card = to_card(row, own=is_own)
    secret = row.medium_secret if row.medium_secret and row.added_by_id == viewer_id else lent
    if secret and not is_own and not row.listed:
        card = replace(
            card,
            url=links.medium_url(row.username, row.slug, secret),
            playback_url=links.playback_url(row.public_id, secret),
            artwork=replace(card.artwork, secret=secret) if card.artwork else None,
        )
    return ItemRow(
        number=number,
        item_id=row.item_id,
        card=card,
        note=row.note,
        starts_at_ms=row.starts_at_ms,
        stops_at_ms=row.stops_at_ms,
        season=row.season,
        episode=row.episode,
        is_seen=row.seen,
        plays=bool(row.seen) and card.playable and card.kind == Kind.AUDIO.value,
    )


def artworks_of(rows: Sequence[ItemRow]) -> tuple[tuple[Artwork, ...], tuple[str, str] | None]:
    """The pictures and the colours of a set without a cover of its own, out of its first works: four, or one."""
    cards = [row.card for row in rows if row.is_seen and row.card.artwork is not None][:MOSAIC]
    pictures = tuple(card.artwork for card in cards if card.artwork is not None)
    return pictures if len(pictures) == MOSAIC else pictures[:1], cards[0].tints if cards else None


def queue_item(card: MediumCard, row: ItemRow | None = None) -> dict[str, Any]:
    """A work as the players' queue takes it; with where a set begins and ends it."""
    return {
        "id": card.public_id,
        "playback": card.playback_url,
        "title": card.title,
        "artist": card.display_name,
        "url": card.url,
        "artwork": card.artwork.src(160) if card.artwork else "",
        "duration_ms": card.duration_ms,
        "from_s": (row.starts_at_ms or 0) / 1000 if row else 0,
        "until_s": (row.stops_at_ms or 0) / 1000 if row else 0,
    }
