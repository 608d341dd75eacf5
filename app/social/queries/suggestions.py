"""People whom somebody might want to follow, each with the reason.

Every source is bounded before anything is joined, so that the cost is the same for everyone: the last ``OWN`` follows
of the viewer with the last ``EACH`` of each of those people; the owners of the last ``TASTED`` works that the viewer
played, and liked; the owners of the last ``FRESH`` works that were published. One statement, one index a source:
ix_follows_following, ix_positions_history, ix_likes_by_user, ix_media_newest. Nothing walks all follows.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import String, Uuid, func, literal, null, select, true, union_all
from sqlalchemy.orm import aliased

from app.accounts.models import Standing, User
from app.extensions import db
from app.media.models import Medium, Realm
from app.plays.models import Position
from app.social.models import Follow, Like
from app.social.queries.graph import PersonCard, not_muted, person_columns, to_person_card

OWN, EACH, TASTED, FRESH = 100, 20, 50, 100
MOST = 40
FRIENDS, PLAYED, LIKED, NEW = range(4)


def suggested_people(viewer_id: UUID, *, size: int = 4) -> list[PersonCard]:
    """Up to ``size`` people whom the viewer neither follows nor muted nor is apart from, the best reasons first."""
    found = _sources(viewer_id)
    via = aliased(User, name="via")
    query = person_columns(viewer_id, found.c.source, found.c.times, found.c.word, via.display_name.label("via"))
    query = (
        query.join(found, found.c.person_id == User.id)
        .outerjoin(via, via.id == found.c.via_id)
        .where(User.id != viewer_id, User.standing != Standing.LIMITED, *not_muted(viewer_id, User.id))
        .where(~select(Follow).where(Follow.follower_id == viewer_id, Follow.followed_id == User.id).exists())
        .order_by(found.c.source, found.c.times.desc(), User.id.desc())
        .limit(MOST)
    )
    cards: dict[UUID, PersonCard] = {}
    for row in db.session.execute(query):
        if row.id not in cards and len(cards) < size:
            cards[row.id] = to_person_card(row, viewer_id, reason=_reason(row))
    return list(cards.values())


def _reason(row: Any) -> str:
    """Why somebody is suggested, in words for the one to whom they are."""
    if row.source == FRIENDS:
        others = row.times - 1
        more = f" and {others} {'other' if others == 1 else 'others'} you follow" if others else ", whom you follow"
        return f"Followed by {row.via}{more}"
    if row.source == PLAYED:
        return f"Because you played “{row.word}”"
    if row.source == LIKED:
        return f"Because you liked “{row.word}”"
    return f"New here in {row.word}"


def _sources(viewer_id: UUID) -> Any:
    """One row for a person and a source: how often, through whom, in what word."""
    nobody, word = null().cast(Uuid), literal("").cast(String)
    own = (
        select(Follow.followed_id)
        .where(Follow.follower_id == viewer_id)
        .order_by(Follow.created_at.desc())
        .limit(OWN)
        .subquery("own")
    )
    theirs = (
        select(Follow.followed_id)
        .where(Follow.follower_id == own.c.followed_id)
        .order_by(Follow.created_at.desc())
        .limit(EACH)
        .lateral("theirs")
    )
    friends = (
        select(
            theirs.c.followed_id.label("person_id"),
            literal(FRIENDS).label("source"),
            func.count().label("times"),
            func.min(own.c.followed_id.cast(String)).cast(Uuid).label("via_id"),
            word.label("word"),
        )
        .select_from(own)
        .join(theirs, true())
        .where(theirs.c.followed_id != viewer_id)
        .group_by(theirs.c.followed_id)
    )
    played = (
        select(Position.medium_id)
        .where(Position.user_id == viewer_id)
        .order_by(Position.played_at.desc())
        .limit(TASTED)
        .subquery("played")
    )
    liked = (
        select(Like.medium_id).where(Like.user_id == viewer_id).order_by(Like.id.desc()).limit(TASTED).subquery("liked")
    )

    def owners(works: Any, source: int) -> Any:
        return (
            select(Medium.owner_id, literal(source), func.count(), nobody, func.max(Medium.title))
            .join(works, works.c.medium_id == Medium.id)
            .where(Medium.listed)
            .group_by(Medium.owner_id)
        )

    newest = (
        select(Medium.owner_id, Medium.realm_slug)
        .where(Medium.listed)
        .order_by(Medium.published_at.desc(), Medium.id.desc())
        .limit(FRESH)
        .subquery("newest")
    )
    fresh = (
        select(newest.c.owner_id, literal(NEW), literal(0), nobody, func.max(Realm.name))
        .join(Realm, Realm.slug == newest.c.realm_slug)
        .group_by(newest.c.owner_id)
    )
    return union_all(friends, owners(played, PLAYED), owners(liked, LIKED), fresh).subquery("found")
