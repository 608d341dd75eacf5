"""Polls: a few answers and a clock. One vote each, held by the database, and it stands."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

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
    post.poll_closes_at = now() + lasts
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
    values = {"post_id": post.id, "user_id": voter.id, "option_id": option_id, "created_at": now()}
    counted = db.session.scalar(insert(PollVote).values(values).on_conflict_do_nothing().returning(PollVote.option_id))
    if counted is not None:
        tallies.change(option_id, Count.VOTES, +1)
        return
    stands = select(PollVote.option_id).where(PollVote.post_id == post.id, PollVote.user_id == voter.id)
    if db.session.scalar(stands) != option_id:
        raise VoteStands
