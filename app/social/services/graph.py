"""Following, muting, blocking. Everything is idempotent, in the caller's transaction, and counts what it changed once.

Whoever follows or blocks holds a lock on the pair until the transaction ends, so that a follow and a block in the same
instant come one after the other: a follow can never survive a block.
"""

from uuid import UUID

from sqlalchemy import and_, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.errors import PersonNotFound
from app.accounts.models import Apart
from app.core import tallies
from app.core.clock import now
from app.core.events import publish
from app.core.tallies import Count
from app.extensions import db
from app.social.errors import NotYourself
from app.social.events import PersonBlocked, PersonFollowed
from app.social.models import Follow, Mute


def follow_person(follower_id: UUID, followed_id: UUID) -> None:
    """Hear of what somebody does from now on. ``PersonFollowed`` goes out for a new follow.

    Raises:
        NotYourself: they are one and the same.
        PersonNotFound: a block stands between them.
    """
    hold_pair(follower_id, followed_id)
    if db.session.scalar(select(exists().where(Apart.person_id == follower_id, Apart.other_id == followed_id))):
        raise PersonNotFound
    row = insert(Follow).values(follower_id=follower_id, followed_id=followed_id).on_conflict_do_nothing()
    if db.session.scalar(row.returning(Follow.follower_id)) is None:
        return
    count_follow(follower_id, followed_id, 1)
    publish(PersonFollowed(follower_id=follower_id, followed_id=followed_id))


def unfollow_person(follower_id: UUID, followed_id: UUID) -> None:
    """Hear of them no more."""
    gone = delete(Follow).where(Follow.follower_id == follower_id, Follow.followed_id == followed_id)
    if db.session.scalar(gone.returning(Follow.follower_id)) is not None:
        count_follow(follower_id, followed_id, -1)


def set_bell(follower_id: UUID, followed_id: UUID, *, rings: bool) -> None:
    """Choose whether a follower is notified of what somebody publishes. Nothing where they do not follow."""
    db.session.execute(
        update(Follow).where(Follow.follower_id == follower_id, Follow.followed_id == followed_id).values(rings=rings)
    )


def block_person(blocker_id: UUID, blocked_id: UUID) -> None:
    """Keep two people apart: neither finds the other, and neither follows the other any more.

    ``PersonBlocked`` goes out for a new block.

    Raises:
        NotYourself: they are one and the same.
    """
    hold_pair(blocker_id, blocked_id)
    mine = insert(Apart).values(person_id=blocker_id, other_id=blocked_id, blocked_at=now())
    mine = mine.on_conflict_do_update(
        index_elements=[Apart.person_id, Apart.other_id],
        set_={"blocked_at": mine.excluded.blocked_at},
        where=Apart.blocked_at.is_(None),
    )
    is_new = db.session.scalar(mine.returning(Apart.person_id)) is not None
    theirs = insert(Apart).values(person_id=blocked_id, other_id=blocker_id, blocked_at=None)
    db.session.execute(theirs.on_conflict_do_nothing())
    unfollow_person(blocker_id, blocked_id)
    unfollow_person(blocked_id, blocker_id)
    if is_new:
        publish(PersonBlocked(blocker_id=blocker_id, blocked_id=blocked_id))


def unblock_person(blocker_id: UUID, blocked_id: UUID) -> None:
    """Take a block back. They find each other again, unless the other one blocked, too. Who followed does not again."""
    hold_pair(blocker_id, blocked_id)
    between = or_(
        and_(Apart.person_id == blocker_id, Apart.other_id == blocked_id),
        and_(Apart.person_id == blocked_id, Apart.other_id == blocker_id),
    )
    db.session.execute(
        update(Apart).where(Apart.person_id == blocker_id, Apart.other_id == blocked_id).values(blocked_at=None)
    )
    if not db.session.scalar(select(exists().where(between, Apart.blocked_at.is_not(None)))):
        db.session.execute(delete(Apart).where(between))


def mute_person(muter_id: UUID, muted_id: UUID) -> None:
    """Hear nothing of somebody, who does not learn of it.

    Raises:
        NotYourself: they are one and the same.
    """
    if muter_id == muted_id:
        raise NotYourself
    db.session.execute(insert(Mute).values(muter_id=muter_id, muted_id=muted_id).on_conflict_do_nothing())


def unmute_person(muter_id: UUID, muted_id: UUID) -> None:
    """Hear of them again."""
    db.session.execute(delete(Mute).where(Mute.muter_id == muter_id, Mute.muted_id == muted_id))


def end_follows_of(user_id: UUID) -> None:
    """Take a person who goes for good out of everyone's counts, before their row and their follows go."""
    for own, other, count in (
        (Follow.follower_id, Follow.followed_id, Count.FOLLOWERS),
        (Follow.followed_id, Follow.follower_id, Count.FOLLOWING),
    ):
        others = delete(Follow).where(own == user_id).returning(other)
        rows = db.session.scalars(others).all()
        if rows:
            db.session.execute(
                insert(tallies.TallyChange), [{"subject_id": one, "count": count, "by": -1} for one in rows]
            )


def count_follow(follower_id: UUID, followed_id: UUID, by: int) -> None:
    """Count a follow on both sides."""
    tallies.change(followed_id, Count.FOLLOWERS, by)
    tallies.change(follower_id, Count.FOLLOWING, by)


def hold_pair(one_id: UUID, other_id: UUID) -> None:
    """Wait until nobody else changes how these two stand, until the transaction ends.

    Raises:
        NotYourself: they are one and the same.
    """
    if one_id == other_id:
        raise NotYourself
    pair = "".join(sorted((one_id.hex, other_id.hex)))
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(pair, 0))))
