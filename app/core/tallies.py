"""Tallies: counts that many people change at once, of any thing that has a UUID.

Nobody updates a count. A change is one row that is only ever inserted, so that five hundred people who like one work in
one second never wait for each other; ``roll_up`` adds the changes up and writes each count once. What has not been
rolled up yet is added when somebody reads a page (``exact``), so a page is right at once; lists read the rows alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Integer, SmallInteger, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import enum_column
from app.extensions import Model, db


class Count(StrEnum):
    """What is counted; each is a column of ``Tally``."""

    LIKES = "likes"
    REPOSTS = "reposts"
    COMMENTS = "comments"
    FOLLOWERS = "followers"
    FOLLOWING = "following"
    VOTES = "votes"
    ITEMS = "items"


class Tally(Model):
    """The counts of one thing, as far as they were rolled up. A thing without a row has none."""

    __tablename__ = "tallies"
    __table_args__ = tuple(CheckConstraint(f"{count} >= 0", name=f"{count}_not_negative") for count in Count)

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    likes: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    reposts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    comments: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    followers: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    following: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    votes: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    items: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class TallyChange(Model):
    """One more or one less of something, which waits to be added to its tally."""

    __tablename__ = "tally_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    count: Mapped[Count] = mapped_column(enum_column(Count))
    by: Mapped[int] = mapped_column(SmallInteger)


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of one thing."""

    likes: int = 0
    reposts: int = 0
    comments: int = 0
    followers: int = 0
    following: int = 0
    votes: int = 0
    items: int = 0


def change(subject_id: UUID, count: Count, by: int) -> None:
    """Count ``by`` more (or less, below zero) of something of a thing, in the caller's transaction."""
    db.session.add(TallyChange(subject_id=subject_id, count=count, by=by))


def exact(subject_ids: Iterable[UUID]) -> dict[UUID, Counts]:
    """The counts of things with every change that was committed, in one statement. Every id asked for is in the answer.

    For the things that a page is about; a list of many reads the rows of ``Tally`` alone.
    """
    wanted = set(subject_ids)
    if not wanted:
        return {}
    kept = select(Tally.subject_id, *(getattr(Tally, one).label(one) for one in Count)).where(
        Tally.subject_id.in_(wanted)
    )
    waiting = (
        select(
            TallyChange.subject_id,
            *(
                func.coalesce(func.sum(TallyChange.by).filter(TallyChange.count == one), 0).cast(Integer).label(one)
                for one in Count
            ),
        )
        .where(TallyChange.subject_id.in_(wanted))
        .group_by(TallyChange.subject_id)
    )
    both = kept.union_all(waiting).subquery()
    rows = db.session.execute(
        select(both.c.subject_id, *(func.sum(both.c[one]) for one in Count)).group_by(both.c.subject_id)
    )
    found = {row[0]: Counts(*(max(0, int(value)) for value in row[1:])) for row in rows}
    return {subject_id: found.get(subject_id, Counts()) for subject_id in wanted}
