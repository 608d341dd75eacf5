"""Listed media that have given words, newest first: quick for a word that all use and for one that nobody does."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select, tuple_

from app.accounts.queries import not_apart
from app.extensions import db
from app.media.cards import card_columns
from app.media.models import Kind, Medium
from app.media.queries import Place
from app.web.pagination import PAGE_SIZE

RECENT = 4_000
"""How many of the newest are looked through for a common word before the index of words is asked for a rare one."""


def rows_with_words(
    words: Sequence[str],
    *,
    kind: Kind | None = None,
    viewer_id: UUID | None = None,
    after: Place = None,
    size: int = PAGE_SIZE,
) -> Sequence[Any]:
    """One more than ``size`` rows of listed media whose title or genre has a word that begins with each of ``words``.

    PostgreSQL keeps no counts of beginnings of words, so it guesses that a fiftieth of all rows match and walks the
    newest first: right for a common word, a walk through everything for a rare one. So both ways are written out in
    one statement: the newest ``RECENT`` are looked through and, only where they hold too few, the index of words is
    asked for all of them. A word too rare for the first way has few enough for the second. Works of people whom a block
    keeps from the viewer are left out.
    """
    values = {"terms": " & ".join(f"{word}:*" for word in words), "most": size + 1}
    if kind is not None:
        values["kind"] = kind
    if after is not None:
        values["published_at"], values["id"] = after
    if viewer_id is not None:
        values["viewer_id"] = viewer_id
    statement = _statement(kind is not None, after is not None, viewer_id is not None)
    return db.session.execute(statement, values).all()


@cache
def _statement(of_kind: bool, after: bool, viewed: bool) -> Select[Any]:  # noqa: FBT001 - which of eight statements
    """Built once: putting it together takes as long as asking it."""
    query = func.to_tsquery("simple", bindparam("terms"))
    most = bindparam("most", type_=Integer())
    reached: list[ColumnElement[bool]] = [Medium.listed.expression]
    if after:
        place = tuple_(bindparam("published_at", type_=Medium.published_at.type), bindparam("id", type_=Medium.id.type))
        reached.append(tuple_(Medium.published_at, Medium.id) < place)

    def wanted(table: Any) -> list[ColumnElement[bool]]:
        wanted = [table.search.op("@@")(query)]
        if of_kind:
            wanted.append(table.kind == bindparam("kind", type_=Medium.kind.type))
        viewer: Any = bindparam("viewer_id", type_=Medium.owner_id.type) if viewed else None
        return [*wanted, *not_apart(viewer, table.owner_id)]

    newest = (
        select(Medium.id, Medium.published_at, Medium.kind, Medium.owner_id, Medium.search)
        .where(*reached)
        .order_by(Medium.published_at.desc(), Medium.id.desc())
        .limit(RECENT)
        .subquery()
    )
    recent = (
        select(newest.c.id, newest.c.published_at)
        .where(*wanted(newest.c))
        .limit(most)
        .cte("recent")
        .prefix_with("MATERIALIZED")
    )
    too_few = select(func.count()).select_from(recent).scalar_subquery() < most
    everywhere = (
        select(Medium.id, Medium.published_at)
        .where(too_few, *reached, *wanted(Medium))
        .cte("everywhere")
        .prefix_with("MATERIALIZED")  # without it PostgreSQL would walk the newest first here, too
    )
    found = select(recent.c.id, recent.c.published_at).union(select(everywhere.c.id, everywhere.c.published_at))
    first = found.subquery()
    best = select(first.c.id).order_by(first.c.published_at.desc(), first.c.id.desc()).limit(most)
    return card_columns().where(Medium.id.in_(best)).order_by(Medium.published_at.desc(), Medium.id.desc())
