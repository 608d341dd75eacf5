"""Tallies: counts that many people change at once, of any thing that has a UUID.

Nobody updates a count. A change is one row that is only ever inserted, so that five hundred people who like one work in
one second never wait for each other; ``roll_up`` adds the changes up and writes each count once. What has not been
rolled up yet is added when somebody reads a page (``exact``), so a page is right at once; lists read the rows alone.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Identity,
    Integer,
    SmallInteger,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import bell, live
from app.core.columns import enum_column
from app.extensions import Model, db

BATCH = 500
"""How many things one round of ``roll_up`` takes."""


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


Keeper = Callable[[Mapping[UUID, Counts]], None]
"""Told of counts in the transaction that writes them, for a domain that keeps a copy of one in a table of its own."""

_keepers: list[Keeper] = []


def keep_with(keeper: Keeper) -> None:
    """From now on tell ``keeper`` of every tally that is written."""
    if keeper not in _keepers:
        _keepers.append(keeper)


def change(subject_id: UUID, count: Count, by: int) -> None:
    """Count ``by`` more (or less, below zero) of something of a thing, in the caller's transaction.

    After its commit the spine is told, which writes the tally and tells open pages.
    """
    db.session.add(TallyChange(subject_id=subject_id, count=count, by=by))
    bell.ring_after_commit(db.session())


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


def exact_column(subject_id: Any, count: Count) -> ColumnElement[int]:
    """A column of a statement: one count of one thing, exact. ``subject_id`` is an id or a column of that statement."""
    kept = select(getattr(Tally, count.value)).where(Tally.subject_id == subject_id).scalar_subquery()
    waiting = (
        select(func.sum(TallyChange.by))
        .where(TallyChange.subject_id == subject_id, TallyChange.count == count)
        .scalar_subquery()
    )
    return func.greatest(0, func.coalesce(kept, 0) + func.coalesce(waiting, 0))


def hold(subject_ids: Iterable[UUID]) -> list[UUID]:
    """Lock the tallies of those things that nobody else holds, for this transaction, making them where there are none.

    Whoever moves changes into a tally holds it, so that what was added is added before what was taken away, and one
    that hangs keeps nobody from the others.
    """
    wanted = sorted(set(subject_ids))
    if not wanted:
        return []
    there = set(db.session.scalars(select(Tally.subject_id).where(Tally.subject_id.in_(wanted))))
    if missing := [{"subject_id": one} for one in wanted if one not in there]:
        db.session.execute(insert(Tally).values(missing).on_conflict_do_nothing())
    query = select(Tally.subject_id).where(Tally.subject_id.in_(wanted)).order_by(Tally.subject_id)
    return list(db.session.scalars(query.with_for_update(skip_locked=True)))


def roll_up(limit: int = BATCH) -> dict[UUID, Counts]:
    """Add the changes of up to ``limit`` things to their tallies; returns what these say now. The caller commits.

    Any number may do this at once: each takes the things that nobody else has. Changes that are committed in the
    meantime wait for the next round. No count goes below zero, even where rows were lost.
    """
    oldest = select(TallyChange.subject_id).order_by(TallyChange.id).limit(limit * 4).subquery()
    waiting = db.session.scalars(select(oldest.c.subject_id).distinct().limit(limit)).all()
    held = hold(waiting)
    if not held:
        return {}
    gone = (
        delete(TallyChange)
        .where(TallyChange.subject_id.in_(held))
        .returning(TallyChange.subject_id, TallyChange.count, TallyChange.by)
        .cte("gone")
    )
    sums = (
        select(
            gone.c.subject_id,
            *(func.coalesce(func.sum(gone.c.by).filter(gone.c.count == one), 0).label(one.value) for one in Count),
        )
        .group_by(gone.c.subject_id)
        .cte("sums")
    )
    added: dict[Any, Any] = {
        one.value: func.greatest(0, getattr(Tally, one.value) + sums.c[one.value]) for one in Count
    }
    rows = db.session.execute(
        update(Tally)
        .where(Tally.subject_id == sums.c.subject_id)
        .values(added)
        .returning(Tally.subject_id, *(getattr(Tally, one.value) for one in Count))
        .execution_options(synchronize_session=False)
    )
    return written({row[0]: Counts(*row[1:]) for row in rows})


MESSAGE = "tally"
"""The name under which new numbers go over the socket."""


def room(subject_id: UUID) -> str:
    """The room of the sockets that are told of a thing's numbers."""
    return f"tally:{subject_id}"


def said(subject_id: UUID, counts: Counts) -> dict[str, Any]:
    """What open pages are told: ``{"subject": hex, "likes": 3, …}``, every count."""
    return {"subject": subject_id.hex, **asdict(counts)}


def tell(subject_id: UUID, counts: Counts) -> None:
    """Say a thing's numbers to the pages that show it. Call it after the commit."""
    live.send(room(subject_id), MESSAGE, said(subject_id, counts))


def written(counts: dict[UUID, Counts]) -> dict[UUID, Counts]:
    """Hand tallies that were just written to those who keep a copy, in the same transaction; returns them."""
    for keeper in _keepers if counts else ():
        keeper(counts)
    return counts
