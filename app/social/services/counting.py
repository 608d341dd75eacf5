"""What the tallies of people and their doings are made of, for holding them against it."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import exists, func, select

from app.accounts.models import User
from app.core import tallies, tally_audit
from app.core.tallies import Count, Counts, Tally, TallyChange
from app.core.tally_audit import Drift, Source
from app.extensions import db
from app.media.models import Medium
from app.playlists.models import Set
from app.social.models import Comment, CommentState, Follow, Like, PollOption, PollVote, Post, Repost

_SAID = (Comment.state == CommentState.VISIBLE,)
SOURCES = (
    *(Source(Count.LIKES, column) for column in (Like.medium_id, Like.set_id, Like.post_id, Like.comment_id)),
    *(Source(Count.REPOSTS, column) for column in (Repost.medium_id, Repost.set_id)),
    *(Source(Count.COMMENTS, column, _SAID) for column in (Comment.medium_id, Comment.set_id, Comment.post_id)),
    Source(Count.COMMENTS, Comment.thread_id, _SAID),
    Source(Count.FOLLOWERS, Follow.followed_id),
    Source(Count.FOLLOWING, Follow.follower_id),
    Source(Count.VOTES, PollVote.option_id),
)
HOMES = (User.id, Medium.id, Set.id, Post.id, Comment.id, PollOption.id)
ROUNDS = 5
"""A tally that somebody holds in this moment is free in the next."""


def find_drift() -> Iterator[Drift]:
    """Every count that is not what its rows say, and every copy in a comment's row that is not its tally."""
    yield from tally_audit.find_drift(SOURCES)
    rows = db.session.execute(
        select(Comment.id, Comment.likes, func.coalesce(Tally.likes, 0))
        .outerjoin(Tally, Tally.subject_id == Comment.id)
        .where(
            Comment.likes != func.coalesce(Tally.likes, 0),
            ~exists().where(TallyChange.subject_id == Comment.id),
        )
    )
    for comment_id, copied, tallied in rows:
        yield Drift(comment_id, Count.LIKES, copied, tallied)


def repair(drifted: set[UUID]) -> Iterator[dict[UUID, Counts]]:
    """Count things anew, a batch at a time; yields what their tallies say then. The caller commits after each batch.

    The copies in comments' rows follow, also where only they were wrong.
    """
    for _ in range(ROUNDS):
        waiting = sorted(drifted)
        for start in range(0, len(waiting), tally_audit.BATCH):
            counts = tally_audit.recount(SOURCES, waiting[start : start + tally_audit.BATCH])
            drifted.difference_update(counts)
            yield counts
        if not drifted:
            return


def find_orphans() -> int:
    """How many tallies are of things that are gone."""
    return len(tally_audit.find_orphans(HOMES))


def drop_orphans() -> int:
    """Delete them; returns how many. The caller commits."""
    return tally_audit.drop_orphans(HOMES)


def tell(counts: dict[UUID, Counts]) -> None:
    """Say new numbers to open pages. Call it after the commit."""
    for subject_id, each in counts.items():
        tallies.tell(subject_id, each)
