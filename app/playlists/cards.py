"""Sets as listings show them: a frozen card a row, read by one statement with what is in them counted as it is seen."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.accounts.queries import not_apart
from app.core.clock import now
from app.core.pictures import Artwork, Picture
from app.media import gate
from app.media.cards import fallback_tints
from app.media.links import person_url
from app.media.models import Medium, MediumState, Visibility
from app.playlists import links
from app.playlists.models import Set, SetItem, SetKind
from app.web.filters import plain

KIND_NAMES = {
    SetKind.PLAYLIST: "Playlist", SetKind.ALBUM: "Album", SetKind.EP: "EP", SetKind.SINGLE: "Single",
    SetKind.SERIES: "Series", SetKind.PODCAST: "Podcast", SetKind.WATCH_LATER: "Kept for later",
}  # fmt: skip
MOSAIC = 4


@dataclass(frozen=True, slots=True)
class SetCard:
    """What a card says of a set. ``count`` and ``duration_ms`` are of what its viewer finds in it."""

    id: UUID
    public_id: str
    kind: str
    kind_name: str
    title: str
    slug: str
    url: str
    edit_url: str
    username: str
    display_name: str
    artist_url: str
    realm: str
    artwork: Artwork | None
    mosaic: tuple[Artwork, ...]
    """Four pictures of its works where it has no cover of its own; or one, where fewer have any."""
    tints: tuple[str, str]
    count: int
    duration_ms: int
    visibility: str
    published_at: datetime | None
    release_date: date | None
    genre: str
    description: str
    queue_url: str


def is_seen(viewer_id: UUID | None, owner_id: Any) -> ColumnElement[bool]:
    """Whether a viewer finds an item: its medium is for everyone or their own, or they added it by its secret link.

    An unlisted or private set opens no medium that is closed. ``owner_id`` is whose set it is: what strangers' listings
    leave out of somebody whom moderators limited is still in their own sets. For statements over ``SetItem`` and
    ``Medium``.
    """
    is_found = or_(Medium.listed, and_(Medium.owner_id == owner_id, gate.listed_column()))
    if viewer_id is None:
        return is_found
    by_secret = and_(
        SetItem.added_by_id == viewer_id,
        Medium.visibility == Visibility.UNLISTED,
        SetItem.medium_secret == Medium.link_secret,
        Medium.state != MediumState.REMOVED,
        ~Medium.withheld,
        Medium.published_at <= now(),
        or_(Medium.available_until.is_(None), Medium.available_until > now()),
    )
    return and_(or_(is_found, Medium.owner_id == viewer_id, by_secret), *not_apart(viewer_id, Medium.owner_id))


def is_lent(owner_id: UUID) -> ColumnElement[bool]:
    """Whether a named link to a set of this person opens an item: it is theirs, and there is something to play."""
    return and_(
        Medium.owner_id == owner_id,
        Medium.version_id.is_not(None),
        Medium.state != MediumState.REMOVED,
        ~Medium.withheld,
    )


def set_columns(viewer_id: UUID | None = None) -> Select[Any]:
    """The statement that cards are read by; callers add their conditions and their order.

    Its columns ``count``, ``duration_ms`` and ``pictures`` are of what ``viewer_id`` finds, for None what strangers do.
    """
    inside = select(SetItem).join(Medium, Medium.id == SetItem.medium_id).where(SetItem.set_id == Set.id)
    inside = inside.where(is_seen(viewer_id, Set.owner_id))
    total = (
        inside.with_only_columns(
            func.count().label("count"), func.coalesce(func.sum(Medium.duration_ms), 0).label("duration_ms")
        )
        .correlate(Set)
        .lateral("total")
    )
    art = aliased(Picture, name="art")
    is_shown = or_(Medium.listed, and_(Medium.owner_id == Set.owner_id, gate.listed_column()))
    if viewer_id is not None:
        is_shown = or_(is_shown, Medium.owner_id == viewer_id)
    first = (
        inside.join(art, art.id == Medium.artwork_id)
        .where(is_shown, ~Medium.age_restricted)
        .order_by(SetItem.rank, SetItem.id)
        .limit(MOSAIC)
        .with_only_columns(
            func.jsonb_build_array(art.key, art.widths, art.width, art.height, art.tint_1, art.tint_2).label("one"),
            SetItem.rank, SetItem.id,
        )
        .correlate(Set)
        .subquery("first")
    )  # fmt: skip
    pictures = select(func.jsonb_agg(first.c.one)).scalar_subquery()
    query: Any = select(
            Set.id, Set.public_id, Set.owner_id, Set.kind, Set.title, Set.slug, Set.realm_slug, Set.visibility,
            Set.link_secret, Set.published_at, Set.created_at, Set.release_date, Set.genre, Set.description_markdown,
            User.username, User.display_name,
            Picture.key, Picture.widths, Picture.width, Picture.height, Picture.tint_1, Picture.tint_2,
            total.c.count, total.c.duration_ms, pictures.label("pictures"),
    )  # fmt: skip
    query = query.join(User, User.id == Set.owner_id).outerjoin(Picture, Picture.id == Set.artwork_id)
    return cast("Select[Any]", query.join(total, true()))


def to_set_card(row: Any) -> SetCard:
    """The card of a row of ``set_columns``."""
    cover = Artwork(row.key, tuple(row.widths), row.width, row.height) if row.key else None
    found = row.pictures or []
    mosaic = tuple(Artwork(key, tuple(widths), width, height) for key, widths, width, height, *_tints in found)
    tints = (row.tint_1, row.tint_2) if row.key else (found[0][4], found[0][5]) if found else None
    return _card(row, (row.username, row.display_name), cover=cover, mosaic=() if cover else mosaic, tints=tints,
                 count=row.count, duration_ms=int(row.duration_ms))  # fmt: skip


def card_of_set(
    one: Set,
    *,
    count: int,
    duration_ms: int,
    mosaic: tuple[Artwork, ...] = (),
    tints: tuple[str, str] | None = None,
    secret: str | None = None,
) -> SetCard:
    """The card of a loaded set, with pictures and colours of what is in it for one without a cover.

    ``secret`` is what its addresses must carry.
    """
    cover = Artwork.of(one.artwork, secret=secret)
    if one.artwork is not None:
        mosaic, tints = (), (one.artwork.tint_1, one.artwork.tint_2)
    return _card(one, (one.owner.username, one.owner.display_name), cover=cover, mosaic=mosaic, tints=tints,
                 count=count, duration_ms=duration_ms, secret=secret)  # fmt: skip


def _card(
    of: Any, owner: tuple[str, str], *, cover: Artwork | None, mosaic: tuple[Artwork, ...],
    tints: tuple[str, str] | None, count: int, duration_ms: int, secret: str | None = None,
) -> SetCard:  # fmt: skip
    username, display_name = owner
    return SetCard(
        id=of.id,
        public_id=of.public_id,
        kind=of.kind.value,
        kind_name=KIND_NAMES[of.kind],
        title=of.title,
        slug=of.slug,
        url=links.set_url(username, of.slug, secret),
        edit_url=links.edit_url(of.public_id),
        username=username,
        display_name=display_name,
        artist_url=person_url(username),
        realm=of.realm_slug or "",
        artwork=cover,
        mosaic=mosaic if len(mosaic) == MOSAIC else mosaic[:1],
        tints=tints or fallback_tints(of.public_id),
        count=count,
        duration_ms=duration_ms,
        visibility=of.visibility.value,
        published_at=of.published_at,
        release_date=of.release_date,
        genre=of.genre,
        description=plain(of.description_markdown) if of.description_markdown else "",
        queue_url=links.queue_url(of.public_id, secret),
    )
