"""Refs: what moderation can be about, whatever domain it lives in: found, named and shown in excerpt here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.holds import Hold
from app.extensions import db
from app.media import links
from app.media.models import Medium
from app.messaging.models import Conversation, Message
from app.playlists import links as set_links
from app.playlists.models import Set
from app.social.models import Comment, Post
from app.web.filters import plain

EXCERPT: Final = 280
"""Characters of an excerpt."""


class RefKind(StrEnum):
    """The kinds of things, as addresses of reports name them."""

    MEDIUM = "medium"
    SET = "set"
    POST = "post"
    COMMENT = "comment"
    PERSON = "person"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Ref:
    """One thing, by its kind and its id."""

    kind: RefKind
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A thing as moderators see it. ``fields`` are its words by name, kept as evidence when it is reported."""

    ref: Ref
    public_id: str
    owner_id: UUID | None
    title: str
    url: str
    excerpt: str = ""
    hold: Hold | None = None
    age_restricted: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    row: Any = None
    """What it is in its domain."""


def find_thing(ref: Ref, *, lock: bool = False) -> Thing | None:
    """The thing, whoever may see it; with ``lock`` nobody else changes it until the transaction ends."""
    query, table, show = _KINDS[ref.kind]
    if lock:
        query = query.with_for_update(of=table).execution_options(populate_existing=True)
    row = db.session.execute(query.where(table.id == ref.id)).first()
    return show(row) if row is not None else None


def find_by_public_id(kind: RefKind, public_id: str) -> Ref | None:
    """The ref of a thing by what its address says, whoever may see it; people go by their username."""
    column = {
        RefKind.MEDIUM: Medium.public_id, RefKind.SET: Set.public_id, RefKind.POST: Post.public_id,
        RefKind.COMMENT: Comment.public_id, RefKind.PERSON: User.username,
    }.get(kind)  # fmt: skip
    if column is None or not public_id.isascii() or "\0" in public_id:
        return None
    found: UUID | None = db.session.scalar(select(column.class_.id).where(column == public_id))
    return Ref(kind, found) if found is not None else None


def _medium(row: Any) -> Thing:
    medium: Medium = row[0]
    tags, said = ", ".join(medium.tags), ", ".join(f"{role}: {name}" for role, name in medium.credits)
    return Thing(
        ref=Ref(RefKind.MEDIUM, medium.id), public_id=medium.public_id, owner_id=medium.owner_id, title=medium.title,
        url=links.medium_url(medium.owner.username, medium.slug),
        excerpt=plain(medium.description_markdown, EXCERPT), hold=medium.hold, age_restricted=medium.age_restricted,
        fields={
            "title": medium.title, "description": medium.description_markdown, "genre": medium.genre, "tags": tags,
            "credits": said,
        },
        row=medium,
    )  # fmt: skip


def _set(row: Any) -> Thing:
    one: Set = row[0]
    return Thing(
        ref=Ref(RefKind.SET, one.id), public_id=one.public_id, owner_id=one.owner_id, title=one.title,
        url=set_links.set_url(one.owner.username, one.slug), excerpt=plain(one.description_markdown, EXCERPT),
        hold=one.hold,
        fields={"title": one.title, "description": one.description_markdown, "tags": ", ".join(one.tags)}, row=one,
    )  # fmt: skip


def _post(row: Any) -> Thing:
    post: Post = row[0]
    return Thing(
        ref=Ref(RefKind.POST, post.id), public_id=post.public_id, owner_id=post.author_id,
        title=f"A post by {post.author.display_name}", url=f"/@{post.author.username}/posts/{post.public_id}",
        excerpt=plain(post.body_markdown, EXCERPT), hold=post.hold, age_restricted=post.age_restricted,
        fields={"words": post.body_markdown}, row=post,
    )  # fmt: skip


def _comment(row: Any) -> Thing:
    comment: Comment = row[0]
    return Thing(
        ref=Ref(RefKind.COMMENT, comment.id), public_id=comment.public_id, owner_id=comment.author_id,
        title=f"A comment by {comment.author.display_name if comment.author else 'someone who left'}",
        url=f"/comments/{comment.public_id}", excerpt=comment.body[:EXCERPT], hold=comment.hold,
        fields={"words": comment.body}, row=comment,
    )  # fmt: skip


def _person(row: Any) -> Thing:
    person: User = row[0]
    return Thing(
        ref=Ref(RefKind.PERSON, person.id), public_id=person.username, owner_id=person.id,
        title=f"@{person.username}", url=links.person_url(person.username),
        excerpt=plain(person.bio_markdown, EXCERPT), hold=person.hold,
        fields={
            "name": person.display_name, "username": person.username, "about": person.bio_markdown,
            "location": person.location, "links": "\n".join(person.links),
        },
        row=person,
    )  # fmt: skip


def _message(row: Any) -> Thing:
    message: Message = row[0]
    return Thing(
        ref=Ref(RefKind.MESSAGE, message.id), public_id=f"{row[1]}.{message.number}", owner_id=message.sender_id,
        title="A message", url=f"/messages/{row[1]}", excerpt=message.body[:EXCERPT], hold=message.hold,
        fields={"words": message.body}, row=message,
    )  # fmt: skip


_KINDS: Final[dict[RefKind, tuple[Any, Any, Callable[[Any], Thing]]]] = {
    RefKind.MEDIUM: (select(Medium).options(joinedload(Medium.owner, innerjoin=True)), Medium, _medium),
    RefKind.SET: (select(Set).options(joinedload(Set.owner, innerjoin=True)), Set, _set),
    RefKind.POST: (select(Post).options(joinedload(Post.author, innerjoin=True)), Post, _post),
    RefKind.COMMENT: (select(Comment).options(joinedload(Comment.author)), Comment, _comment),
    RefKind.PERSON: (select(User), User, _person),
    RefKind.MESSAGE: (
        select(Message, Conversation.public_id).join(Conversation, Conversation.id == Message.conversation_id),
        Message, _message,
    ),
}  # fmt: skip
