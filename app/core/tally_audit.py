"""Tallies held against what they count: where they drifted, what is right, and what they say of things that are gone.

Whatever changes a count writes its row (a like) and its change in one transaction. So in any one snapshot the rows are
as many as the tally and its waiting changes together say; where they are not, something was lost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, delete, exists, func, literal, select, union_all, update

from app.core import tallies
from app.core.tallies import Count, Counts, Tally, TallyChange
from app.extensions import db

BATCH = 500


@dataclass(frozen=True)
class Source:
    """What one count of one kind of thing is made of: the rows of a table, by the ``subject`` that they refer to."""

    count: Count
    subject: Any
    where: tuple[ColumnElement[bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Drift:
    """A count that is not what it should be."""

    subject_id: UUID
    count: Count
    said: int
    true: int

    def __str__(self) -> str:
        """One line for an operator."""
        return f"{self.count} of {self.subject_id}: it says {self.said}, there are {self.true}"


def find_drift(sources: Sequence[Source]) -> Iterator[Drift]:
    """Every count that differs from its rows, by counting all of them: minutes in a large place. Changes nothing."""
    for count in dict.fromkeys(source.count for source in sources):
        kept = getattr(Tally, count.value)
        true = union_all(*(_counted(source) for source in sources if source.count is count)).subquery()
        parts = (
            select(Tally.subject_id, kept.label("n"))
            .where(kept != 0)
            .union_all(select(TallyChange.subject_id, TallyChange.by).where(TallyChange.count == count))
            .subquery()
        )
        said = select(parts.c.subject_id, func.sum(parts.c.n).label("n")).group_by(parts.c.subject_id).subquery()
        says, is_true = func.greatest(0, func.coalesce(said.c.n, 0)), func.coalesce(true.c.n, 0)
        rows = db.session.execute(
            select(func.coalesce(said.c.subject_id, true.c.subject_id), says, is_true)
            .select_from(said.outerjoin(true, said.c.subject_id == true.c.subject_id, full=True))
            .where(says != is_true)
        )
        for subject_id, number, right in rows:
            yield Drift(subject_id, count, int(number), int(right))


def recount(sources: Sequence[Source], subject_ids: Sequence[UUID]) -> dict[UUID, Counts]:
    """Count the rows of things anew, whatever their tallies said; returns those that were free. The caller commits.

    People go on clicking meanwhile. The tallies are held, so that nobody adds changes to them; then one statement, of
    one snapshot, counts the rows and deletes the changes of these same rows. What is committed later is in neither.
    """
    held = tallies.hold(subject_ids)
    if not held:
        return {}
    counted = list(dict.fromkeys(source.count for source in sources))
    gone = (
        delete(TallyChange)
        .where(TallyChange.subject_id.in_(held), TallyChange.count.in_(counted))
        .returning(TallyChange.id)
        .cte("gone")
    )
    rows = union_all(*(_counted(source, held) for source in sources)).subquery()
    true = (
        select(
            Tally.subject_id,
            *(func.coalesce(func.sum(rows.c.n).filter(rows.c.count == one), 0).cast(Integer).label(one.value)
              for one in counted),
        )
        .outerjoin(rows, rows.c.subject_id == Tally.subject_id)
        .where(Tally.subject_id.in_(held))
        .group_by(Tally.subject_id)
        .cte("true_counts")
    )  # fmt: skip
    right: dict[Any, Any] = {one.value: true.c[one.value] for one in counted}
    answer = db.session.execute(
        update(Tally)
        .where(Tally.subject_id == true.c.subject_id)
        .values(right)
        .returning(Tally.subject_id, *(getattr(Tally, one.value) for one in Count))
        .add_cte(gone)
        .execution_options(synchronize_session=False)
    )
    return tallies.written({row[0]: Counts(*row[1:]) for row in answer})


def find_orphans(homes: Sequence[Any]) -> Sequence[UUID]:
    """Tallies of things that are in none of ``homes``, the id columns of everything that is counted."""
    return db.session.scalars(select(Tally.subject_id).where(*_nowhere(Tally.subject_id, homes))).all()


def drop_orphans(homes: Sequence[Any]) -> int:
    """Delete tallies and changes of things that are gone; returns how many tallies. The caller commits."""
    db.session.execute(
        delete(TallyChange).where(*_nowhere(TallyChange.subject_id, homes)).execution_options(synchronize_session=False)
    )
    found = db.session.execute(
        delete(Tally)
        .where(*_nowhere(Tally.subject_id, homes))
        .returning(Tally.subject_id)
        .execution_options(synchronize_session=False)
    )
    return len(found.all())


def _counted(source: Source, only: Sequence[UUID] | None = None) -> Select[Any]:
    query = select(
        source.subject.label("subject_id"), literal(source.count.value).label("count"), func.count().label("n")
    ).where(source.subject.is_not(None), *source.where)
    if only is not None:
        query = query.where(source.subject.in_(only))
    return query.group_by(source.subject)


def _nowhere(subject_id: Any, homes: Sequence[Any]) -> list[ColumnElement[bool]]:
    return [~exists().where(home == subject_id) for home in homes]
