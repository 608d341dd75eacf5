"""Looking things up for staff by what is known of them: a row's id, a public id, an address. Each by an index."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import User
from app.accounts.names import username_key
from app.extensions import db
from app.media.models import Medium
from app.moderation.models import Appeal, Case, Decision
from app.playlists.models import Set
from app.social.models import Comment, Post


class Found(NamedTuple):
    """Where staff look at something, and what it is."""

    url: str
    title: str
    what: str


def _medium(row: Medium) -> Found:
    return Found(f"/admin/media/{row.public_id}", row.title, "medium")


def _set(row: Set) -> Found:
    return Found(f"/sets/{row.public_id}", row.title, "set")


def _comment(row: Comment) -> Found:
    return Found(f"/comments/{row.public_id}", row.body[:80] or "(deleted)", "comment")


def _post(row: Post) -> Found:
    return Found(f"/posts/{row.public_id}", row.body_markdown[:80] or "(pictures)", "post")


def _case(row: Case) -> Found:
    return Found(f"/admin/queue/{row.public_id}", f"Case {row.public_id}", "case")


def _decision(row: Decision) -> Found:
    return Found(f"/admin/decisions/{row.public_id}", f"Decision {row.public_id}", "decision")


def _appeal(row: Appeal) -> Found:
    return Found(f"/admin/appeals/{row.public_id}", f"Appeal {row.public_id}", "appeal")


_TABLES: Final[tuple[tuple[Any, Any], ...]] = (
    (Medium, _medium), (Set, _set), (Comment, _comment), (Post, _post), (Case, _case), (Decision, _decision),
    (Appeal, _appeal),
)  # fmt: skip


def by_public_id(public_id: str) -> Iterator[Found]:
    """Whatever has this public id: on a page it says of itself which kind of thing it is, in a mail it does not."""
    for table, show in _TABLES:
        row = db.session.scalar(select(table).where(table.public_id == public_id))
        if row is not None:
            yield show(row)


def by_row_id(row_id: UUID) -> Iterator[Found]:
    """Whatever has this id, as the log and commands have it."""
    for table, show in _TABLES:
        row = db.session.get(table, row_id)
        if row is not None:
            yield show(row)


def medium_at(username: str, slug: str) -> Iterator[Found]:
    """The medium at an address."""
    row = db.session.scalar(
        select(Medium).join(User, User.id == Medium.owner_id).where(
            User.username_key == username_key(username), Medium.slug == slug
        )
    )  # fmt: skip
    if row is not None:
        yield _medium(row)


def set_at(username: str, slug: str) -> Iterator[Found]:
    """The set at an address."""
    row = db.session.scalar(
        select(Set).join(User, User.id == Set.owner_id).where(
            User.username_key == username_key(username), Set.slug == slug
        )
    )  # fmt: skip
    if row is not None:
        yield _set(row)
