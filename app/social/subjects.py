"""Subjects: the things that people like, repost and comment on, whatever domain they live in, found through the gate.

Their addresses share one shape: ``/<kind>/<public id>/likes``, ``…/reposts``, ``…/comments``, with ``?s=`` where the
thing is unlisted. Tables that refer to a subject have one nullable column for each kind (``COLUMNS``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.extensions import db
from app.media import gate, links
from app.media.gate import Action, Viewer
from app.media.models import CommentPolicy, Medium
from app.playlists import links as set_links
from app.playlists import queries as set_queries
from app.playlists.models import Set
from app.social.errors import SubjectNotFound
from app.social.models import Comment, CommentState, Post


class SubjectKind(StrEnum):
    """The kinds of things, as their addresses begin."""

    MEDIUM = "media"
    SET = "sets"
    POST = "posts"
    COMMENT = "comments"


COLUMNS = {
    SubjectKind.MEDIUM: "medium_id",
    SubjectKind.SET: "set_id",
    SubjectKind.POST: "post_id",
    SubjectKind.COMMENT: "comment_id",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing that its asker may see. ``row`` is what it is in its domain, ``secret`` what opened it, if needed."""

    kind: SubjectKind
    id: UUID
    public_id: str
    owner_id: UUID | None
    title: str
    url: str
    row: Medium | Set | Post | Comment
    is_open: bool
    """Whether everyone may see it; what is not goes into no public list."""
    policy: CommentPolicy = CommentPolicy.CLOSED
    secret: str | None = None

    @property
    def column(self) -> str:
        """The column that refers to it."""
        return COLUMNS[self.kind]


def get_subject(kind: SubjectKind, public_id: str, viewer: Viewer, secret: str | None = None) -> Subject:
    """The thing with this public id, for someone whom the gate lets see it.

    Raises:
        SubjectNotFound: there is none, or the viewer may not know of it.
    """
    if not public_id.isascii() or "\0" in public_id:
        raise SubjectNotFound
    subject = _FINDERS[kind](public_id, viewer, secret)
    if subject is None:
        raise SubjectNotFound
    return subject


def of_medium(medium: Medium, secret: str | None = None) -> Subject:
    """A medium that the gate has let the viewer see, with its owner loaded."""
    kept = secret if not gate.is_public(medium) else None
    url = links.medium_url(medium.owner.username, medium.slug, kept)
    return Subject(
        SubjectKind.MEDIUM, medium.id, medium.public_id, medium.owner_id, medium.title, url, medium,
        gate.is_public(medium), medium.comments_policy, kept,
    )  # fmt: skip


def of_set(one: Set, secret: str | None = None) -> Subject:
    """A set, likewise."""
    kept = secret if not gate.is_public(one) else None
    url = set_links.set_url(one.owner.username, one.slug, kept)
    return Subject(
        SubjectKind.SET, one.id, one.public_id, one.owner_id, one.title, url, one, gate.is_public(one),
        one.comments_policy, kept,
    )  # fmt: skip


def of_post(post: Post) -> Subject:
    """A post, with its author loaded."""
    url = f"/@{post.author.username}/posts/{post.public_id}"
    title = f"a post by {post.author.display_name}"
    return Subject(
        SubjectKind.POST, post.id, post.public_id, post.author_id, title, url, post, not post.withheld,
        post.comments_policy,
    )  # fmt: skip


def of_comment(comment: Comment, on: Subject) -> Subject:
    """A comment on a thing that the viewer may see."""
    url = f"{on.url}{'&' if '?' in on.url else '?'}comment={comment.public_id}#comment-{comment.public_id}"
    return Subject(
        SubjectKind.COMMENT, comment.id, comment.public_id, comment.author_id, on.title, url, comment, on.is_open,
        secret=on.secret,
    )  # fmt: skip


def subject_of(row: Any, viewer: Viewer, secret: str | None = None) -> Subject | None:
    """What a row with the columns of ``COLUMNS`` (a comment, an activity) is about, if the viewer may see it."""
    if row.medium_id is not None:
        medium = db.session.scalar(select(Medium).options(*_MEDIUM_OPTIONS).where(Medium.id == row.medium_id))
        return _seen_medium(medium, viewer, secret)
    if row.set_id is not None:
        one = db.session.scalar(select(Set).options(joinedload(Set.owner)).where(Set.id == row.set_id))
        return _seen_set(one, viewer, secret)
    return _seen_post(db.session.scalar(_posts().where(Post.id == row.post_id)), viewer)


_MEDIUM_OPTIONS = (joinedload(Medium.owner, innerjoin=True),)


def _posts() -> Any:
    return select(Post).options(joinedload(Post.author, innerjoin=True).joinedload(User.avatar))


def _seen_medium(medium: Medium | None, viewer: Viewer, secret: str | None) -> Subject | None:
    if medium is None:
        return None
    if not gate.told(medium, Action.SEE, gate.decide(viewer, medium, Action.SEE, secret=secret)).allowed:
        return None
    return of_medium(medium, secret)


def _seen_set(one: Set | None, viewer: Viewer, secret: str | None) -> Subject | None:
    if one is None:
        return None
    if not gate.told(one, Action.SEE, gate.decide(viewer, one, Action.SEE, secret=secret)).allowed:
        return None
    return of_set(one, secret)


def _seen_post(post: Post | None, viewer: Viewer) -> Subject | None:
    if post is None or (post.author_id != viewer.id and (post.withheld or viewer.is_apart_from(post.author_id))):
        return None
    return of_post(post)


def _find_medium(public_id: str, viewer: Viewer, secret: str | None) -> Subject | None:
    query = select(Medium).options(*_MEDIUM_OPTIONS).where(Medium.public_id == public_id)
    return _seen_medium(db.session.scalar(query), viewer, secret)


def _find_set(public_id: str, viewer: Viewer, secret: str | None) -> Subject | None:
    return _seen_set(set_queries.find_by_public_id(public_id), viewer, secret)


def _find_post(public_id: str, viewer: Viewer, _secret: str | None) -> Subject | None:
    return _seen_post(db.session.scalar(_posts().where(Post.public_id == public_id)), viewer)


def _find_comment(public_id: str, viewer: Viewer, secret: str | None) -> Subject | None:
    query = select(Comment).options(joinedload(Comment.author)).where(Comment.public_id == public_id)
    comment = db.session.scalar(query)
    if comment is None or comment.state is CommentState.DELETED:
        return None
    on = subject_of(comment, viewer, secret)
    if on is None:
        return None
    if comment.author_id is not None and comment.author_id != viewer.id:
        if comment.state is CommentState.HELD and on.owner_id != viewer.id:
            return None
        if comment.hold is not None or viewer.is_apart_from(comment.author_id):
            return None
    return of_comment(comment, on)


_FINDERS: dict[SubjectKind, Callable[[str, Viewer, str | None], Subject | None]] = {
    SubjectKind.MEDIUM: _find_medium,
    SubjectKind.SET: _find_set,
    SubjectKind.POST: _find_post,
    SubjectKind.COMMENT: _find_comment,
}
