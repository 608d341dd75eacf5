"""The statement that posts are read by: one row a post, with its pictures, its poll and the work that it shows."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Label, Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.accounts.queries import not_apart
from app.core.pictures import Picture
from app.core.tallies import Count, Tally, TallyChange
from app.media.gate import Viewer
from app.media.models import Medium
from app.playlists.models import Set
from app.social.models import PollOption, PollVote, Post, PostPicture
from app.social.queries.reactions import liked_by
from app.social.subjects import SubjectKind

_Owner, _SetOwner = aliased(User), aliased(User)
_Avatar, _Art, _Cover = aliased(Picture), aliased(Picture), aliased(Picture)

_MEDIUM: Final = (
    "id", "public_id", "kind", "title", "slug", "realm_slug", "duration_ms", "bars", "published_at", "created_at",
    "state", "visibility", "explicit", "genre", "version_id", "description_markdown", "link_secret", "owner_id",
    "withheld", "hold", "available_until", "downloads_allowed", "age_restricted",
)  # fmt: skip
_SET: Final = (
    "id", "public_id", "kind", "title", "slug", "owner_id", "visibility", "link_secret", "published_at", "withheld",
    "hold",
)  # fmt: skip
_PICTURE: Final = ("key", "widths", "width", "height", "tint_1", "tint_2")
_PERSON: Final = ("username", "display_name")


class Part:
    """The columns of one table in a row, by the names that they have there; ``constants`` are what it has not."""

    def __init__(self, row: Any, prefix: str, **constants: Any) -> None:
        self._row, self._prefix = row, prefix
        self.__dict__.update(constants)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, f"{self._prefix}_{name}")


def _labelled(table: Any, prefix: str, names: Sequence[str]) -> list[Label[Any]]:
    return [getattr(table, name).label(f"{prefix}_{name}") for name in names]


def _pictures() -> Any:
    """A post's pictures as JSON: file key, widths, size, words."""
    one = func.jsonb_build_array(Picture.key, Picture.widths, Picture.width, Picture.height, PostPicture.alt)
    return (
        select(func.jsonb_agg(aggregate_order_by(one, PostPicture.position)))
        .join(Picture, Picture.id == PostPicture.picture_id)
        .where(PostPicture.post_id == Post.id)
        .correlate(Post)
        .scalar_subquery()
        .label("pictures")
    )


def _options() -> Any:
    """A post's poll as JSON: position, label, votes with every change that was committed."""
    waiting = (
        select(func.coalesce(func.sum(TallyChange.by), 0))
        .where(TallyChange.subject_id == PollOption.id, TallyChange.count == Count.VOTES)
        .correlate(PollOption)
        .scalar_subquery()
    )
    votes = func.coalesce(Tally.votes, 0) + waiting
    one = func.jsonb_build_array(PollOption.position, PollOption.label, votes)
    return (
        select(func.jsonb_agg(aggregate_order_by(one, PollOption.position)))
        .select_from(PollOption)
        .outerjoin(Tally, Tally.subject_id == PollOption.id)
        .where(PollOption.post_id == Post.id)
        .correlate(Post)
        .scalar_subquery()
        .label("options")
    )


def _count(count: Count) -> Any:
    """A count of a post, with every change that was committed."""
    kept = select(getattr(Tally, count)).where(Tally.subject_id == Post.id).correlate(Post).scalar_subquery()
    waiting = select(func.sum(TallyChange.by)).where(TallyChange.subject_id == Post.id, TallyChange.count == count)
    total = func.coalesce(kept, 0) + func.coalesce(waiting.correlate(Post).scalar_subquery(), 0)
    return func.greatest(total, 0).label(f"{count}_count")


def _chosen(viewer_id: Any) -> Any:
    return (
        select(PollOption.position)
        .join(PollVote, (PollVote.post_id == PollOption.post_id) & (PollVote.option_id == PollOption.id))
        .where(PollVote.post_id == Post.id, PollVote.user_id == viewer_id)
        .correlate(Post)
        .scalar_subquery()
        .label("chosen")
    )


def posts_statement(viewer: Viewer) -> Select[Any]:
    """Posts that ``viewer`` may see with all that their cards need; callers add conditions and order.

    It is carried out with ``values_for(viewer)``.
    """
    return _statement(viewer.id is not None)


def values_for(viewer: Viewer) -> dict[str, UUID]:
    """What ``posts_statement`` must be told of a viewer."""
    return {} if viewer.id is None else {"viewer": viewer.id}


@cache
def _statement(is_member: bool) -> Select[Any]:  # noqa: FBT001 - which of two statements
    """Built once: putting it together takes longer than asking it."""
    viewer_id: Any = bindparam("viewer", type_=Post.author_id.type) if is_member else None
    query = (
        select(
            Post.id, Post.public_id, Post.author_id, Post.body_markdown, Post.created_at, Post.edited_at,
            Post.poll_closes_at, Post.carries_work, Post.comments_policy, Post.age_restricted, Post.hold,
            User.username, User.display_name,
            _pictures(), _options(), _chosen(viewer_id), _count(Count.LIKES), _count(Count.COMMENTS),
            liked_by(viewer_id, SubjectKind.POST, Post.id).label("liked"),
            *_labelled(_Avatar, "avatar", _PICTURE),
            *_labelled(Medium, "medium", _MEDIUM), *_labelled(_Owner, "medium", _PERSON),
            *_labelled(_Art, "medium", _PICTURE),
            *_labelled(Set, "set", _SET), *_labelled(_SetOwner, "set", _PERSON), *_labelled(_Cover, "set", _PICTURE),
        )
        .join(User, User.id == Post.author_id)
        .outerjoin(_Avatar, _Avatar.id == User.avatar_id)
        .outerjoin(Medium, _all(Medium.id == Post.medium_id, *not_apart(viewer_id, Medium.owner_id)))
        .outerjoin(_Owner, _Owner.id == Medium.owner_id)
        .outerjoin(_Art, _Art.id == Medium.artwork_id)
        .outerjoin(Set, _all(Set.id == Post.set_id, *not_apart(viewer_id, Set.owner_id)))
        .outerjoin(_SetOwner, _SetOwner.id == Set.owner_id)
        .outerjoin(_Cover, _Cover.id == Set.artwork_id)
    )  # fmt: skip
    return cast("Select[Any]", query).where(
        ~Post.withheld | (Post.author_id == viewer_id), *not_apart(viewer_id, Post.author_id)
    )


def _all(first: ColumnElement[bool], *others: ColumnElement[bool]) -> ColumnElement[bool]:
    for one in others:
        first = first & one
    return first
