"""What the sitemap lists: everything that strangers find, in pages that begin after a key.

The index steps over the keys of an index, so a page costs the same wherever it is, and an address stays on its page.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select

from app.accounts.models import Role, Standing, User
from app.core.pictures import Artwork, Picture
from app.extensions import db
from app.media import gate, links
from app.media.models import Kind, Medium
from app.media.realms import realms
from app.playlists import links as set_links
from app.playlists.models import Set
from app.site.machines.sitemap_xml import Place, Video
from app.social.models import Post
from app.web.filters import plain


@dataclass(frozen=True)
class Section:
    """A part of the sitemap: what is in it, ordered by ``key``, ``size`` addresses a page."""

    name: str
    key: Any
    rows: Callable[[], Select[Any]]
    place: Callable[[Any, str], Place]
    size: int = 20_000


_REACHES = User.standing != Standing.LIMITED
"""Whom moderators limited is in no list for strangers; with their works and sets ``listed`` says so."""


def _media() -> Any:
    return (
        select(
            Medium.id, Medium.public_id, Medium.slug, Medium.kind, Medium.title, Medium.description_markdown,
            Medium.duration_ms, Medium.published_at, Medium.explicit, User.username, User.display_name,
            Picture.key, Picture.widths, Picture.width, Picture.height,
        )
        .join(User, User.id == Medium.owner_id)
        .outerjoin(Picture, Picture.id == Medium.artwork_id)
        .where(Medium.listed, ~gate.for_adults_column())
    )  # fmt: skip


def _medium_place(row: Any, base: str) -> Place:
    url = base + links.medium_url(row.username, row.slug)
    if row.kind is not Kind.VIDEO or row.key is None:
        return Place(url=url, changed_at=row.published_at)
    video = Video(
        thumbnail_url=base + Artwork(row.key, tuple(row.widths), row.width, row.height).src(1280),
        title=row.title,
        description=plain(row.description_markdown, 2000) or f"{row.title} by {row.display_name}",
        player_url=base + links.embed_url(row.public_id),
        duration_s=round(row.duration_ms / 1000),
        published_at=row.published_at,
        is_explicit=row.explicit,
    )
    return Place(url=url, changed_at=row.published_at, video=video)


def _sets() -> Any:
    return select(Set.id, Set.slug, Set.updated_at, User.username).join(User, User.id == Set.owner_id).where(Set.listed)


def _people() -> Any:
    return select(User.id, User.username).where(User.role != Role.LISTENER, ~User.is_withheld, _REACHES)


def _posts() -> Any:
    columns = select(Post.id, Post.public_id, Post.created_at, Post.edited_at, User.username)
    return columns.join(User, User.id == Post.author_id).where(~Post.withheld, ~Post.age_restricted, _REACHES)


SECTIONS: Final = {
    section.name: section
    for section in (
        Section("media", Medium.id, _media, _medium_place, size=5000),
        Section(
            "sets", Set.id, _sets,
            lambda row, base: Place(url=base + set_links.set_url(row.username, row.slug), changed_at=row.updated_at),
        ),
        Section("people", User.id, _people, lambda row, base: Place(url=base + links.person_url(row.username))),
        Section(
            "posts", Post.id, _posts,
            lambda row, base: Place(
                url=f"{base}/@{row.username}/posts/{row.public_id}", changed_at=row.edited_at or row.created_at
            ),
        ),
    )
}  # fmt: skip


def page_addresses(base: str) -> Iterator[str]:
    """The addresses of every page of the sitemap."""
    yield f"{base}/sitemaps/pages.xml"
    for section in SECTIONS.values():
        after: UUID | None = None
        while True:
            yield f"{base}/sitemaps/{section.name}{f'-{after.hex}' if after else ''}.xml"
            last = _keys(section, after).offset(section.size - 1).limit(1)
            step = db.session.scalar(last)
            if step is None or db.session.scalar(_keys(section, step).limit(1)) is None:
                break
            after = step


def places(section: Section, after: UUID | None, base: str) -> list[Place]:
    """One page: what comes after a key."""
    query = section.rows().order_by(section.key).limit(section.size)
    if after is not None:
        query = query.where(section.key > after)
    rows: Sequence[Any] = db.session.execute(query).all()
    return [section.place(row, base) for row in rows]


def fixed_places(base: str) -> list[Place]:
    """The pages that are always there."""
    return [Place(url=f"{base}/"), *(Place(url=f"{base}/{realm.slug}") for realm in realms())]


def _keys(section: Section, after: UUID | None) -> Select[UUID]:
    query = section.rows().with_only_columns(section.key, maintain_column_froms=True).order_by(section.key)
    return query if after is None else query.where(section.key > after)
