"""Posts as pages show them: one statement for a whole page of them, with pictures, poll and attached work."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from markupsafe import Markup
from sqlalchemy import select, tuple_
from sqlalchemy.orm import joinedload

from app.core.clock import now
from app.core.pictures import Artwork
from app.core.screening import Screened, notes_of
from app.core.tallies import Counts
from app.extensions import db
from app.media import gate, links
from app.media.cards import MediumCard, fallback_tints, to_card
from app.media.gate import Gated, Viewer
from app.media.shown import Shown
from app.playlists import links as set_links
from app.playlists.models import Set
from app.social import words
from app.social.errors import PostNotFound
from app.social.models import Post, PostPicture, PostVersion
from app.social.queries.post_rows import Part, posts_statement, values_for
from app.social.queries.reactions import Reactions
from app.social.subjects import SubjectKind
from app.web.filters import plain

POSTS_A_PAGE: Final = 20
Place = tuple[datetime, UUID] | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a poll. ``votes`` and ``share_pct`` are for those who may see the results."""

    position: int
    label: str
    votes: int
    share_pct: int


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll as somebody sees it: ``chosen`` is the position of the answer that they gave."""

    choices: list[Choice]
    closes_at: datetime
    is_closed: bool
    chosen: int | None
    votes: int

    @property
    def shows_results(self) -> bool:
        """Results are for those who voted, and for everyone once it is closed."""
        return self.is_closed or self.chosen is not None


@dataclass(frozen=True, slots=True)
class AttachedSet:
    """A set that a post shows."""

    title: str
    url: str
    kind: str
    display_name: str
    artist_url: str
    artwork: Artwork | None
    tints: tuple[str, str]


@dataclass(frozen=True, slots=True)
class PostCard:
    """What a page says of a post. ``pictures`` are pairs of a picture and what it shows, in words."""

    id: UUID
    public_id: str
    url: str
    author_id: UUID
    username: str
    display_name: str
    author_url: str
    avatar: Artwork | None
    created_at: datetime
    edited_at: datetime | None
    body_html: Markup
    summary: str
    pictures: list[tuple[Artwork, str]]
    poll: Poll | None
    medium: MediumCard | None
    set: AttachedSet | None
    lost_work: bool
    """Whether a work was attached that this reader cannot be shown, for whatever reason."""
    is_veiled: bool
    """Whether it is for adults, and this reader has not said that they are one: its words and pictures are left out."""
    is_own: bool
    hold: str
    """``hidden`` or ``removed`` where moderators took it away: only its author sees it."""
    waits: str
    """What its author reads beside one that waits for a look: its reference."""
    reactions: Reactions
    comments_policy: str


def rows_by_author(author_id: UUID, viewer: Viewer, *, after: Place = None, size: int = POSTS_A_PAGE) -> Sequence[Any]:
    """One more than ``size`` rows of what someone wrote, newest first; ``cards_of`` makes cards of them."""
    query = posts_statement(viewer).where(Post.author_id == author_id)
    if after is not None:
        query = query.where(Post.id < after[1])  # ids are ordered by time
    return db.session.execute(query.order_by(Post.id.desc()).limit(size + 1), values_for(viewer)).all()


def cards_by_ids(ids: Sequence[UUID], viewer: Viewer) -> dict[UUID, PostCard]:
    """The cards of those of these posts that ``viewer`` may see, for lists of many kinds."""
    if not ids:
        return {}
    rows = db.session.execute(posts_statement(viewer).where(Post.id.in_(ids)), values_for(viewer)).all()
    return {card.id: card for card in cards_of(rows, viewer)}


def get_card(public_id: str, viewer: Viewer) -> PostCard:
    """The card of one post.

    Raises:
        PostNotFound: there is none, or the viewer may not know of it.
    """
    if public_id.isascii() and "\0" not in public_id:
        query = posts_statement(viewer).where(Post.public_id == public_id)
        rows = db.session.execute(query, values_for(viewer)).all()
        if rows:
            return cards_of(rows, viewer)[0]
    raise PostNotFound


def cards_of(rows: Sequence[Any], viewer: Viewer) -> list[PostCard]:
    """Cards of rows, in their order; one more statement where anybody is mentioned."""
    bodies = words.shown_markdown([row.body_markdown for row in rows], viewer_id=viewer.id)
    held = [row.id for row in rows if row.hold is not None and row.author_id == viewer.id]
    waiting = notes_of(Screened.POST, held)
    return [_card(row, body, viewer, waiting.get(row.id, "")) for row, body in zip(rows, bodies, strict=True)]


def get_own(author_id: UUID, public_id: str) -> Post:
    """A post of ``author_id``, with its pictures; nobody else changes it until the transaction ends.

    Raises:
        PostNotFound: it is not theirs, or is not at all.
    """
    if public_id.isascii() and "\0" not in public_id:
        query = select(Post).where(Post.public_id == public_id, Post.author_id == author_id).with_for_update()
        post = db.session.scalar(query)
        if post is not None:
            pictures = select(PostPicture).options(joinedload(PostPicture.picture)).order_by(PostPicture.position)
            db.session.scalars(pictures.where(PostPicture.post_id == post.id)).all()
            return post
    raise PostNotFound


def find_posts_showing(picture_ids: Collection[UUID]) -> dict[UUID, Gated]:
    """The posts that show these pictures, for the gate."""
    columns = (Post.id, Post.author_id, Post.created_at, Post.withheld, Post.hold, Post.age_restricted)
    query = select(PostPicture.picture_id, *columns).join(Post, Post.id == PostPicture.post_id)
    return {
        row.picture_id: Shown(
            kind="post", id=row.id, owner_id=row.author_id, published_at=row.created_at, withheld=row.withheld,
            hold=row.hold, age_restricted=row.age_restricted,
        )
        for row in db.session.execute(query.where(PostPicture.picture_id.in_(picture_ids)))
    }  # fmt: skip


def list_pictures(post_id: UUID) -> Sequence[PostPicture]:
    """A post's pictures in their order, with their rows."""
    query = select(PostPicture).options(joinedload(PostPicture.picture)).where(PostPicture.post_id == post_id)
    return db.session.scalars(query.order_by(PostPicture.position)).all()


def version_rows(post_id: UUID, *, after: Place = None, size: int = POSTS_A_PAGE) -> Sequence[PostVersion]:
    """One more than ``size`` of what a post said before, the latest first."""
    query = select(PostVersion).where(PostVersion.post_id == post_id)
    if after is not None:
        query = query.where(tuple_(PostVersion.written_at, PostVersion.id) < tuple_(*after))
    order = (PostVersion.written_at.desc(), PostVersion.id.desc())
    return db.session.scalars(query.order_by(*order).limit(size + 1)).all()


def _card(row: Any, body: Markup, viewer: Viewer, waits: str) -> PostCard:
    is_veiled = viewer.id != row.author_id and not viewer.is_adult and gate.is_veiled(row)
    medium, one_set = (None, None) if is_veiled else (_medium(row, viewer), _set(row, viewer))
    url = f"/@{row.username}/posts/{row.public_id}"
    return PostCard(
        id=row.id,
        public_id=row.public_id,
        url=url,
        author_id=row.author_id,
        username=row.username,
        display_name=row.display_name,
        author_url=links.person_url(row.username),
        avatar=_artwork(Part(row, "avatar")),
        created_at=row.created_at,
        edited_at=row.edited_at,
        body_html=Markup() if is_veiled else body,
        summary="" if is_veiled else plain(row.body_markdown),
        pictures=[]
        if is_veiled
        else [
            (Artwork(key, tuple(widths), width, height), alt) for key, widths, width, height, alt in row.pictures or ()
        ],
        poll=None if is_veiled else _poll(row),
        medium=medium,
        set=one_set,
        lost_work=not is_veiled and row.carries_work and medium is None and one_set is None,
        is_veiled=is_veiled,
        is_own=viewer.id == row.author_id,
        hold=row.hold.value if row.hold is not None else "",
        waits=waits,
        reactions=Reactions(
            kind=SubjectKind.POST,
            public_id=row.public_id,
            subject=row.id.hex,
            url=url,
            counts=Counts(likes=row.likes_count, comments=row.comments_count),
            signed_in=viewer.id is not None,
            liked=row.liked,
            look="compact",
        ),
        comments_policy=row.comments_policy.value,
    )


def _medium(row: Any, viewer: Viewer) -> MediumCard | None:
    """The attached medium, where the gate lets everyone see it, or it is the reader's own."""
    if row.medium_id is None:
        return None
    part = Part(row, "medium")
    if not gate.is_public(part) and row.medium_owner_id != viewer.id:
        return None
    return to_card(part, own=row.medium_owner_id == viewer.id)


def _set(row: Any, viewer: Viewer) -> AttachedSet | None:
    if row.set_id is None:
        return None
    part = Part(
        row,
        "set",
        available_until=Set.available_until,
        state=Set.state,
        downloads_allowed=Set.downloads_allowed,
        explicit=Set.explicit,
        age_restricted=Set.age_restricted,
    )
    is_own = row.set_owner_id == viewer.id
    if not gate.is_public(cast("gate.Gated", part)) and not is_own:
        return None
    artwork = _artwork(part, secret=row.set_link_secret if is_own and not gate.is_public(part) else None)
    return AttachedSet(
        title=row.set_title,
        url=set_links.set_url(row.set_username, row.set_slug),
        kind=row.set_kind.value,
        display_name=row.set_display_name,
        artist_url=links.person_url(row.set_username),
        artwork=artwork,
        tints=(row.set_tint_1, row.set_tint_2) if artwork else fallback_tints(row.set_public_id),
    )


def _artwork(part: Any, secret: str | None = None) -> Artwork | None:
    return Artwork(part.key, tuple(part.widths), part.width, part.height, secret) if part.key else None


def _poll(row: Any) -> Poll | None:
    if row.poll_closes_at is None:
        return None
    options = row.options or []
    total = sum(votes for _position, _label, votes in options)
    return Poll(
        choices=[
            Choice(position, label, votes, round(100 * votes / total) if total else 0)
            for position, label, votes in options
        ],
        closes_at=row.poll_closes_at,
        is_closed=row.poll_closes_at <= now(),
        chosen=row.chosen,
        votes=total,
    )
