"""The feed: what those somebody follows published, reposted, liked and wrote, put together when it is read.

Nothing is kept for a reader, so a feed is right after every follow, unfollow, block, mute, deletion and change of
mind, and publishing costs the same whoever follows. Reading costs one look into ``ix_activities_by_actor`` for each
followed account (its newest before the cursor), and a page from each of the few that can be on the page: the newest
``LOOKED_AT`` of all are among the newest ``LOOKED_AT`` of those accounts whose newest is newest. See docs/adr/0010.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from app.accounts.models import Standing, User
from app.accounts.queries import not_apart
from app.core.pictures import Artwork, Picture
from app.extensions import db
from app.media import gate, links
from app.media.models import Medium
from app.playlists.models import Set, SetItem
from app.social.models import Activity, Follow, Like, Post, Repost, Verb
from app.social.queries.graph import not_muted

ENTRIES_A_PAGE = 20
LOOKED_AT = 60
"""How many activities a page is made of at most: several may be of one thing, and some may not be seen any more."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who did something."""

    username: str
    display_name: str
    url: str
    avatar: Artwork | None


@dataclass(slots=True)
class Entry:
    """One thing in the feed, with who did the same with it, the latest first. ``caption`` is the latest one's."""

    id: UUID
    kind: str
    thing_id: UUID
    verb: Verb
    happened_at: datetime
    caption: str
    actors: list[Actor] = field(default_factory=list)


def feed_entries(
    viewer_id: UUID, *, before: UUID | None = None, size: int = ENTRIES_A_PAGE
) -> tuple[list[Entry], UUID | None]:
    """The newest ``size`` things before an activity, and the activity before which the next page begins, if any.

    Where all of many activities lead to nothing that may still be seen, a page is shorter than ``size``, or empty, and
    the next one goes on behind them.
    """
    values = {"viewer": viewer_id} | ({} if before is None else {"before": before})
    rows = db.session.execute(_statement(before is not None), values).all()
    entries: dict[tuple[str, UUID], Entry] = {}
    reached = None
    for row in rows:
        if not row.is_seen:
            continue
        entry = _entry(row)
        known = entries.get((entry.kind, entry.thing_id))
        if known is None:
            if len(entries) == size:
                break
            entries[entry.kind, entry.thing_id] = entry
        elif known.verb is entry.verb:
            known.actors.extend(entry.actors)
        reached = row.id
    else:
        return list(entries.values()), rows[-1].id if len(rows) == LOOKED_AT else None
    return list(entries.values()), reached


def feed_statement(viewer_id: UUID, *, before: UUID | None = None) -> Select[Any]:
    """The newest ``LOOKED_AT`` activities before one, each with who did it and whether the viewer sees its thing."""
    return _statement(before is not None).params(viewer=viewer_id, **({} if before is None else {"before": before}))


@cache
def _statement(goes_on: bool) -> Select[Any]:  # noqa: FBT001 - which of two statements
    """Built once: putting it together takes a good part of asking it."""
    viewer_id: Any = bindparam("viewer", type_=Follow.follower_id.type)
    before: Any = bindparam("before", type_=Activity.id.type) if goes_on else None
    candidates = _candidates(viewer_id, before)
    face = aliased(Picture, name="face")
    caption = func.coalesce(_caption(candidates, "medium_id"), _caption(candidates, "set_id"))
    did = or_(
        candidates.c.verb == Verb.PUBLISHED,
        and_(candidates.c.verb == Verb.REPOSTED, caption.is_not(None)),
        and_(candidates.c.verb == Verb.LIKED, User.shares_likes, _likes(candidates)),
    )
    owner = func.coalesce(Medium.owner_id, Set.owner_id, Post.author_id)
    is_out = or_(
        Medium.listed, Set.listed, and_(Post.id.is_not(None), ~Post.withheld, _reaches(candidates)),
        Medium.owner_id == viewer_id, Set.owner_id == viewer_id, _is_of_limited(candidates),
    )  # fmt: skip
    seen = and_(is_out, did, ~User.is_withheld, *not_apart(viewer_id, owner), *not_muted(viewer_id, owner))
    columns: Any = select(
        candidates, User.username, User.display_name, face.key, face.widths, face.width, face.height,
        func.coalesce(caption, "").label("caption"), func.coalesce(seen, False).label("is_seen"),
    )  # fmt: skip
    return cast(
        "Select[Any]",
        columns.join(User, User.id == candidates.c.actor_id)
        .outerjoin(face, face.id == User.avatar_id)
        .outerjoin(Medium, Medium.id == candidates.c.medium_id)
        .outerjoin(Set, Set.id == candidates.c.set_id)
        .outerjoin(Post, Post.id == candidates.c.post_id)
        .order_by(candidates.c.id.desc()),
    )


def count_newer(viewer_id: UUID, since: UUID, *, most: int = 20) -> int:
    """How many things, up to ``most``, came after an activity."""
    entries, _ = feed_entries(viewer_id, size=most)
    return sum(entry.id > since for entry in entries)


def _candidates(viewer_id: Any, before: Any) -> Any:
    followed = (
        select(Follow.followed_id)
        .where(Follow.follower_id == viewer_id, *not_muted(viewer_id, Follow.followed_id))
        .subquery("followed")
    )

    def newest_of(actor: Any, size: int) -> Any:
        query = select(Activity).where(Activity.actor_id == actor)
        if before is not None:
            query = query.where(Activity.id < before)
        return query.order_by(Activity.id.desc()).limit(size)

    latest = newest_of(followed.c.followed_id, 1).with_only_columns(Activity.id).correlate(followed).scalar_subquery()
    heads = select(followed.c.followed_id, latest.label("latest")).subquery("heads")
    authors = (
        select(heads.c.followed_id).order_by(heads.c.latest.desc().nulls_last()).limit(LOOKED_AT).subquery("authors")
    )
    each = newest_of(authors.c.followed_id, LOOKED_AT).lateral("each")
    return (select(each).select_from(authors).join(each, true()).order_by(each.c.id.desc()).limit(LOOKED_AT)).subquery(
        "candidates"
    )


def _caption(candidates: Any, thing: str) -> Any:
    """What was said of a repost that is still there; nothing where it is not. One look into an index a row."""
    mine = and_(Repost.user_id == candidates.c.actor_id, getattr(Repost, thing) == candidates.c[thing])
    reposted = candidates.c.verb == Verb.REPOSTED
    return select(Repost.caption).where(reposted, mine).correlate(candidates).scalar_subquery()


def _is_of_limited(candidates: Any) -> Any:
    """Whether somebody whose reach moderators limited published what is public: the reader follows them."""
    moment = func.now()
    holds_something = exists().where(SetItem.set_id == Set.id).correlate(Set)
    return and_(
        User.standing == Standing.LIMITED,
        candidates.c.verb == Verb.PUBLISHED,
        or_(
            and_(Medium.owner_id == candidates.c.actor_id, gate.listed_column(moment=moment)),
            and_(Set.owner_id == candidates.c.actor_id, gate.public_column(Set, moment=moment), holds_something),
        ),
    )


def _reaches(candidates: Any) -> Any:
    """Whether a post comes from whom the reader follows, or from somebody whose reach nobody limited."""
    author = aliased(User)
    limited = exists().where(author.id == Post.author_id, author.standing == Standing.LIMITED).correlate(Post)
    return or_(Post.author_id == candidates.c.actor_id, ~limited)


def _likes(candidates: Any) -> Any:
    """Whether the like that an activity is of is still there."""
    return or_(
        *(
            exists()
            .where(Like.user_id == candidates.c.actor_id, getattr(Like, thing) == candidates.c[thing])
            .correlate(candidates)
            for thing in ("medium_id", "set_id", "post_id")
        )
    )


def _entry(row: Any) -> Entry:
    kind, thing_id = next(_things(row))
    avatar = Artwork(row.key, tuple(row.widths), row.width, row.height) if row.key else None
    actor = Actor(row.username, row.display_name, links.person_url(row.username), avatar)
    return Entry(row.id, kind, thing_id, row.verb, row.happened_at, row.caption, [actor])


def _things(row: Any) -> Iterator[tuple[str, UUID]]:
    for kind in ("medium", "set", "post"):
        thing_id = getattr(row, f"{kind}_id")
        if thing_id is not None:
            yield kind, thing_id


def ids_of(entries: Sequence[Entry], kind: str) -> list[UUID]:
    """Which things of a kind are on a page."""
    return [entry.thing_id for entry in entries if entry.kind == kind]
