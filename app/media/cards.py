"""Media as listings show them: a frozen card a row, read by one statement of plain columns."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, select

from app.accounts.models import User
from app.core.pictures import Artwork, Picture
from app.media import gate, links
from app.media.models import Kind, Medium, MediumState, Visibility
from app.web.filters import plain

FALLBACK_TINTS = (
    ("#3b2a6b", "#b79cff"), ("#5a2418", "#ffab8f"), ("#1f4a3a", "#9fe0b8"), ("#123f5c", "#8fd0ff"),
    ("#54203f", "#ff9fd0"), ("#4a3a12", "#f0d27a"), ("#243a18", "#bfe08a"), ("#2e2e52", "#b4b8ff"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MediumCard:
    """What a card says of a medium. ``peaks`` is SVG path data in a box of 400 by 100."""

    id: UUID
    public_id: str
    kind: str
    title: str
    slug: str
    url: str
    username: str
    display_name: str
    artist_url: str
    realm: str
    duration_ms: int
    artwork: Artwork | None
    tints: tuple[str, str]
    peaks: str
    published_at: datetime | None
    created_at: datetime
    state: str
    visibility: str
    explicit: bool
    genre: str
    playable: bool
    playback_url: str
    description: str
    position_ms: int = 0
    age_restricted: bool = False
    for_adults: bool = False
    """Whether it plays only for those who say that they are old enough."""

    @property
    def sets_url(self) -> str:
        """Where a viewer puts it into their sets; with the secret by which they see it."""
        return self.playback_url.replace("/playback", "/sets", 1)


_CARDS: Any = (
    select(
        Medium.id, Medium.public_id, Medium.kind, Medium.title, Medium.slug, Medium.realm_slug, Medium.duration_ms,
        Medium.bars, Medium.published_at, Medium.created_at, Medium.state, Medium.visibility, Medium.explicit,
        Medium.age_restricted,
        Medium.genre, Medium.version_id, Medium.description_markdown, Medium.link_secret,
        User.username, User.display_name,
        Picture.key, Picture.widths, Picture.width, Picture.height, Picture.tint_1, Picture.tint_2,
    )
    .join(User, User.id == Medium.owner_id)
    .outerjoin(Picture, Picture.id == Medium.artwork_id)
)  # fmt: skip


def card_columns(*more: Any) -> Select[Any]:
    """The statement that cards are read by, with ``more`` columns; callers add their conditions and their order."""
    return cast("Select[Any]", _CARDS.add_columns(*more) if more else _CARDS)


def to_card(row: Any, *, own: bool = False, position_ms: int = 0) -> MediumCard:
    """The card of a row of ``card_columns``. ``own`` is for the owner's listings, where secrets may show."""
    secret = row.link_secret if own and row.visibility is Visibility.UNLISTED else None
    is_pictured = row.key and (own or not gate.is_veiled(row))  # lists are shared by everyone: nobody's age counts
    artwork = Artwork(row.key, tuple(row.widths), row.width, row.height, secret) if is_pictured else None
    return MediumCard(
        id=row.id,
        public_id=row.public_id,
        kind=row.kind.value,
        title=row.title,
        slug=row.slug,
        url=links.medium_url(row.username, row.slug),
        username=row.username,
        display_name=row.display_name,
        artist_url=links.person_url(row.username),
        realm=row.realm_slug,
        duration_ms=row.duration_ms,
        artwork=artwork,
        tints=(row.tint_1, row.tint_2) if row.key else fallback_tints(row.public_id),
        peaks=bars_path(row.bars) if row.kind is Kind.AUDIO else "",
        published_at=row.published_at,
        created_at=row.created_at,
        state=shown_state(row, own=own),
        visibility=row.visibility.value,
        explicit=row.explicit,
        genre=row.genre,
        playable=row.version_id is not None and row.state is not MediumState.REMOVED,
        playback_url=links.playback_url(row.public_id),
        description=plain(row.description_markdown) if row.description_markdown else "",
        position_ms=position_ms,
        age_restricted=row.age_restricted,
        for_adults=gate.is_for_adults(row),
    )


def shown_state(medium: Any, *, own: bool) -> str:
    """The state as a card shows it: how the making goes of what plays already is its owner's business alone."""
    if medium.state in {MediumState.FAILED, MediumState.PROCESSING} and medium.version_id is not None and not own:
        return MediumState.READY.value
    return str(medium.state.value)


def to_cards(rows: Sequence[Any], *, own: bool = False) -> list[MediumCard]:
    """The cards of rows."""
    return [to_card(row, own=own) for row in rows]


@lru_cache(maxsize=4096)
def fallback_tints(public_id: str) -> tuple[str, str]:
    """Two colours for a medium without artwork, always the same for the same medium."""
    return FALLBACK_TINTS[hashlib.sha256(public_id.encode()).digest()[0] % len(FALLBACK_TINTS)]


@lru_cache(maxsize=4096)
def bars_path(bars: bytes) -> str:
    """A small waveform as SVG path data: a stroke a bar, mirrored about the middle of a box of 400 by 100."""
    if not bars:
        return ""
    step = 400 / len(bars)
    strokes = []
    for index, bar in enumerate(bars):
        half = max(1.0, bar * 48 / 255)
        strokes.append(f"M{index * step + step / 2:g} {50 - half:.3g}v{2 * half:.3g}")
    return "".join(strokes)
