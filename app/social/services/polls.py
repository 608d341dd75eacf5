"""Polls: a few answers and a clock. One vote each, held by the database, and it stands."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import User
from app.core import tallies
from app.core.clock import now
from app.core.ids import uuid7
from app.core.tallies import Count
from app.extensions import db
from app.social.errors import PollClosed, PostNotFound, PostRefused, VoteStands
from app.social.models import PollOption, PollVote, Post
from app.social.tidy import tidied

FEWEST, MOST = 2, 6
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=14)
LONGEST_ANSWER: Final = 80


def open_poll(post: Post, answers: Sequence[str], *, lasts: timedelta) -> None:
    """Give a new post a poll. The caller commits.

    Raises:
        PostRefused: too few or too many answers, one twice, or a clock that is too short or too long.
    """
    if not FEWEST <= len(answers) <= MOST:
        raise PostRefused("answer_1", f"A poll has {FEWEST} to {MOST} answers.")
    if len({answer.casefold() for answer in answers}) < len(answers):
        raise PostRefused("answer_1", "Two of these answers are the same.")
    if not SHORTEST <= lasts <= LONGEST:
        raise PostRefused("lasts", "A poll is open for one hour to fourteen days.")
    _open(post, answers, closes_at=now() + lasts)


def bring_poll(post: Post, answers: Sequence[str], *, closes_at: datetime) -> bool:
    """Give a post from elsewhere the poll that it had, without anybody's vote; False where it cannot be one here."""
    labels = [" ".join(tidied(answer).split())[:LONGEST_ANSWER] for answer in answers]
    if not FEWEST <= len(labels) <= MOST or len({label.casefold() for label in labels}) < len(labels) or "" in labels:
        return False
    _open(post, labels, closes_at=max(post.created_at, min(closes_at, post.created_at + LONGEST)))
    return True


def _open(post: Post, answers: Sequence[str], *, closes_at: datetime) -> None:
    post.poll_closes_at = closes_at
    db.session.add_all(
        PollOption(id=uuid7(), post_id=post.id, position=position, label=answer)
        for position, answer in enumerate(answers)
    )


def vote(post: Post, voter: User, position: int) -> None:
    """Count ``voter``'s vote for the answer at ``position``. The same vote again changes nothing. The caller commits.

    Raises:
        PostNotFound: the post has no such answer.
        PollClosed: the clock has run out.
        VoteStands: they voted for something else before.
    """
    query = select(PollOption.id).where(PollOption.post_id == post.id, PollOption.position == position)
    option_id = db.session.scalar(query)
    if option_id is None or post.poll_closes_at is None:
        raise PostNotFound
    if post.poll_closes_at <= now():
        raise PollClosed
    _cast(post, voter, option_id, at=now())


def bring_vote(post: Post, voter: User, label: str, *, at: datetime, even_closed: bool) -> bool:
    """Count a vote that was cast elsewhere, in a poll that came along from there; returns whether that is new.

    ``even_closed`` is for such a poll: whoever voted before it closed has voted. One that voted here has voted.

    Raises:
        PostNotFound: the post has no such answer.
        PollClosed: the clock has run out, or had when the vote was cast.
    """
    query = select(PollOption.id).where(PollOption.post_id == post.id, PollOption.label == label)
    option_id = db.session.scalar(query.order_by(PollOption.position).limit(1))
    if option_id is None or post.poll_closes_at is None:
        raise PostNotFound
    if post.poll_closes_at <= at or (post.poll_closes_at <= now() and not even_closed):
        raise PollClosed
    try:
        return _cast(post, voter, option_id, at=at)
    except VoteStands:
        return False


def _cast(post: Post, voter: User, option_id: UUID, *, at: datetime) -> bool:
    """Write a vote down and count it; False where it is there already.

    Raises:
        VoteStands: they voted for something else before.
    """
    values = {"post_id": post.id, "user_id": voter.id, "option_id": option_id, "created_at": at}
    counted = db.session.scalar(insert(PollVote).values(values).on_conflict_do_nothing().returning(PollVote.option_id))
    if counted is not None:
        tallies.change(option_id, Count.VOTES, +1)
        return True
    stands = select(PollVote.option_id).where(PollVote.post_id == post.id, PollVote.user_id == voter.id)
    if db.session.scalar(stands) != option_id:
        raise VoteStands
    return False
