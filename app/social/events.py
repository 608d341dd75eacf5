"""What happens between people."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class PersonFollowed(Event):
    """Someone began to follow someone."""

    follower_id: UUID
    followed_id: UUID


@dataclass(frozen=True, kw_only=True)
class PersonBlocked(Event):
    """Someone blocked someone; from now on neither finds the other."""

    blocker_id: UUID
    blocked_id: UUID


@dataclass(frozen=True, kw_only=True)
class ThingLiked(Event):
    """Someone likes a thing. ``kind`` is a ``SubjectKind``."""

    user_id: UUID
    kind: str
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class ThingReposted(Event):
    """Someone passed a thing on."""

    user_id: UUID
    kind: str
    subject_id: UUID


@dataclass(frozen=True, kw_only=True)
class CommentWritten(Event):
    """A comment can be read, for the first time: written, or let through by the owner of the thing."""

    comment_id: UUID


@dataclass(frozen=True, kw_only=True)
class CommentHeld(Event):
    """A comment waits for the owner of the thing."""

    comment_id: UUID


@dataclass(frozen=True, kw_only=True)
class CommentHearted(Event):
    """The owner of the thing gave a comment a heart."""

    comment_id: UUID


@dataclass(frozen=True, kw_only=True)
class CommentsChanged(Event):
    """What is said under a thing changed: open pages should look again. ``kind`` is a ``SubjectKind``."""

    kind: str
    public_id: str


@dataclass(frozen=True, kw_only=True)
class PostPublished(Event):
    """Someone wrote a post."""

    post_id: UUID


@dataclass(frozen=True, kw_only=True)
class FeedGrew(Event):
    """Someone did something that those who follow them hear of."""

    actor_id: UUID
