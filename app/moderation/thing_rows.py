"""Media, sets, comments and posts as staff look through them: by key, whoever else sees them, whatever holds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, literal, select

from app.accounts.models import User
from app.accounts.names import username_key
from app.core.holds import Hold
from app.extensions import db
from app.media import links
from app.media.models import Kind, Medium, MediumState, Visibility
from app.moderation.models import HoldRecord
from app.moderation.refs import Ref, RefKind
from app.playlists import links as set_links
from app.playlists.models import Set, SetKind
from app.social.models import Comment, CommentState, Post
from app.web.filters import plain

EXCERPT: Final = 160


class HoldWanted(StrEnum):
    """What a list is narrowed to by what stands against its things."""

    ANY = "any"
    HIDDEN = "hidden"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingsWanted:
    """Which things a list is to hold; empty leaves nothing out."""

    owner: str = ""
    hold: HoldWanted | None = None
    state: str = ""
    """A medium's, a comment's; of sets and posts only that there is none."""
    kind: str = ""
    """Audio or video; album, playlist …"""
    realm: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingRow:
    """A thing in such a list. ``says`` is its state in words, ``is_failing`` whether that wants somebody's look."""

    id: UUID
    public_id: str
    title: str
    url: str
    owner_id: UUID | None
    owner: str
    kind: str
    realm: str
    says: str
    is_failing: bool
    is_private: bool
    hold: Hold | None
    created_at: datetime


def thing_rows(what: RefKind, wanted: ThingsWanted, *, after: UUID | None = None, size: int) -> Sequence[ThingRow]:
    """The newest things first, ``size`` and one more, in one statement."""
    select_rows, show, table = _LISTS[what]
    query = select_rows(wanted)
    if wanted.hold is HoldWanted.ANY:
        query = query.where(table.hold.is_not(None))
    elif wanted.hold is not None:
        query = query.where(table.hold == Hold(wanted.hold.value))
    if after is not None:
        query = query.where(table.id < after)
    return [show(row) for row in db.session.execute(query.order_by(table.id.desc()).limit(size + 1))]


def _by(owner: str, column: Any) -> list[ColumnElement[bool]]:
    if not owner:
        return []
    key = username_key(owner.strip().removeprefix("@"))
    return [column == select(User.id).where(User.username_key == key).scalar_subquery()] if key else [literal(False)]


def _media(wanted: ThingsWanted) -> Any:
    query = select(
        Medium.id, Medium.public_id, Medium.title, Medium.slug, Medium.kind, Medium.realm_slug, Medium.state,
        Medium.visibility, Medium.published_at, Medium.hold, Medium.created_at, Medium.owner_id, User.username,
    ).join(User, User.id == Medium.owner_id)  # fmt: skip
    query = query.where(*_by(wanted.owner, Medium.owner_id))
    if wanted.state in {member.value for member in MediumState}:
        query = query.where(Medium.state == MediumState(wanted.state))
    if wanted.kind in {member.value for member in Kind}:
        query = query.where(Medium.kind == Kind(wanted.kind))
    return query.where(Medium.realm_slug == wanted.realm) if wanted.realm else query


def _medium(row: Any) -> ThingRow:
    draft = row.state is MediumState.READY and row.published_at is None
    return ThingRow(
        id=row.id, public_id=row.public_id, title=row.title, url=links.medium_url(row.username, row.slug),
        owner_id=row.owner_id, owner=row.username, kind=row.kind.value, realm=row.realm_slug,
        says="draft" if draft else row.state.value, is_failing=row.state is MediumState.FAILED,
        is_private=row.visibility is not Visibility.PUBLIC or row.published_at is None, hold=row.hold,
        created_at=row.created_at,
    )  # fmt: skip


def _sets(wanted: ThingsWanted) -> Any:
    query = select(
        Set.id, Set.public_id, Set.title, Set.slug, Set.kind, Set.realm_slug, Set.visibility, Set.listed, Set.hold,
        Set.created_at, Set.owner_id, User.username,
    ).join(User, User.id == Set.owner_id)  # fmt: skip
    query = query.where(Set.kind != SetKind.WATCH_LATER, *_by(wanted.owner, Set.owner_id))
    if wanted.kind in {member.value for member in SetKind}:
        query = query.where(Set.kind == SetKind(wanted.kind))
    return query.where(Set.realm_slug == wanted.realm) if wanted.realm else query


def _set(row: Any) -> ThingRow:
    return ThingRow(
        id=row.id, public_id=row.public_id, title=row.title, url=set_links.set_url(row.username, row.slug),
        owner_id=row.owner_id, owner=row.username, kind=row.kind.value, realm=row.realm_slug or "",
        says="listed" if row.listed else row.visibility.value, is_failing=False,
        is_private=row.visibility is not Visibility.PUBLIC, hold=row.hold, created_at=row.created_at,
    )  # fmt: skip


def _comments(wanted: ThingsWanted) -> Any:
    query = select(
        Comment.id, Comment.public_id, Comment.body, Comment.state, Comment.hold, Comment.created_at,
        Comment.author_id.label("owner_id"), User.username,
    ).outerjoin(User, User.id == Comment.author_id)  # fmt: skip
    query = query.where(*_by(wanted.owner, Comment.author_id))
    if wanted.state in {member.value for member in CommentState}:
        return query.where(Comment.state == CommentState(wanted.state))
    return query.where(Comment.state != CommentState.DELETED)


def _comment(row: Any) -> ThingRow:
    return ThingRow(
        id=row.id, public_id=row.public_id, title=_short(row.body) or "(deleted)", url=f"/comments/{row.public_id}",
        owner_id=row.owner_id, owner=row.username or "", kind="comment", realm="", says=row.state.value,
        is_failing=False, is_private=False, hold=row.hold, created_at=row.created_at,
    )  # fmt: skip


def _posts(wanted: ThingsWanted) -> Any:
    query = select(
        Post.id, Post.public_id, Post.body_markdown, Post.hold, Post.withheld, Post.created_at,
        Post.author_id.label("owner_id"), User.username,
    ).join(User, User.id == Post.author_id)  # fmt: skip
    return query.where(*_by(wanted.owner, Post.author_id))


def _post(row: Any) -> ThingRow:
    return ThingRow(
        id=row.id, public_id=row.public_id, title=plain(row.body_markdown, EXCERPT) or "(pictures)",
        url=f"/@{row.username}/posts/{row.public_id}", owner_id=row.owner_id, owner=row.username, kind="post", realm="",
        says="withheld" if row.withheld else "shown", is_failing=False, is_private=False, hold=row.hold,
        created_at=row.created_at,
    )  # fmt: skip


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= EXCERPT else words[: EXCERPT - 1] + "…"


_LISTS: Final[dict[RefKind, tuple[Any, Any, Any]]] = {
    RefKind.MEDIUM: (_media, _medium, Medium),
    RefKind.SET: (_sets, _set, Set),
    RefKind.COMMENT: (_comments, _comment, Comment),
    RefKind.POST: (_posts, _post, Post),
}


def standing_holds(ref: Ref) -> Sequence[HoldRecord]:
    """What holds a thing now, the latest first."""
    query = select(HoldRecord).where(
        HoldRecord.kind == ref.kind, HoldRecord.thing_id == ref.id, HoldRecord.lifted_at.is_(None)
    )
    return db.session.scalars(query.order_by(HoldRecord.id.desc())).all()
