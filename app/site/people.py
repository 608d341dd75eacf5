"""A person as pages show them."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from markupsafe import Markup
from sqlalchemy import ColumnElement, func, select

from app.accounts.models import User
from app.core.pictures import Artwork
from app.core.tallies import Count, exact_column
from app.extensions import db
from app.media import gate, links
from app.media.cards import fallback_tints
from app.media.models import Kind, Medium
from app.web.filters import markdown

MOST_COUNTED = 1000
"""Counting stops here: a page must not cost more the more somebody published."""


@dataclass(frozen=True)
class Person:
    """What a page says of a person. ``counts`` are of what everyone may find, up to a thousand."""

    username: str
    display_name: str
    url: str
    bio_html: Markup
    location: str
    links: list[tuple[str, str]]
    avatar: Artwork | None
    cover: Artwork | None
    tints: tuple[str, str]
    joined_at: datetime
    is_artist: bool
    counts: dict[str, int]


def person_of(user: User, *, counts: dict[str, int] | None = None, with_cover: bool = False) -> Person:
    """The person of a loaded user; their cover only where the caller loaded it."""
    avatar = Artwork.of(user.avatar)
    return Person(
        username=user.username,
        display_name=user.display_name,
        url=links.person_url(user.username),
        bio_html=markdown(user.bio_markdown) if user.bio_markdown else Markup(""),
        location=user.location,
        links=[(_label(url), url) for url in user.links],
        avatar=avatar,
        cover=Artwork.of(user.cover) if with_cover else None,
        tints=(user.avatar.tint_1, user.avatar.tint_2) if user.avatar else fallback_tints(user.username),
        joined_at=user.created_at,
        is_artist=user.is_artist,
        counts=counts if counts is not None else {"audio": 0, "video": 0},
    )


def count_listed(user: User) -> dict[str, int]:
    """How many tracks and videos everyone finds on a person's page, how many follow and are followed; one statement."""
    found = gate.listed_column() if user.is_limited else Medium.listed

    def capped(kind: Kind) -> ColumnElement[int]:
        some = select(Medium.id).where(Medium.owner_id == user.id, found, Medium.kind == kind).limit(MOST_COUNTED)
        return select(func.count()).select_from(some.subquery()).scalar_subquery()

    counts = {
        "audio": capped(Kind.AUDIO),
        "video": capped(Kind.VIDEO),
        "followers": exact_column(user.id, Count.FOLLOWERS),
        "following": exact_column(user.id, Count.FOLLOWING),
    }
    row = db.session.execute(select(*counts.values())).one()
    return dict(zip(counts, row, strict=True))


def _label(url: str) -> str:
    parts = urlsplit(url)
    return (parts.hostname or url).removeprefix("www.") + parts.path.rstrip("/")[:40]
