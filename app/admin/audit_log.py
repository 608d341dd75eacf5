"""The audit log as staff reads it: narrowed, a page at a time, and an entry with what was sealed in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, text

from app.accounts.models import User
from app.core.audit import sealing
from app.core.audit.models import WORDS, AuditEntry
from app.core.errors import NotFound
from app.extensions import db
from app.web.pagination import BadCursor

SIZE = 50
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for; "" and None ask for nothing in particular."""

    actor: str = ""
    """Who did it: a username or an id; "system" for what nobody did."""
    person: str = ""
    """Who did it, or whom it concerns."""
    subject: str = ""
    """A kind, an id, or both as ``kind:id``."""
    action: str = ""
    """What its name begins with."""
    words: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An entry with what was sealed in it; None where the key is gone, {} where nothing was sealed."""

    entry: AuditEntry
    by: dict[str, Any] | None
    said: dict[str, Any] | None


def list_entries(wanted: Wanted, after: str | None) -> tuple[list[AuditEntry], str | None]:
    """The newest fifty that fit, before the one whose number is ``after``; and what to ask for next.

    Raises:
        BadCursor: ``after`` is no number of an entry.
    """
    query = select(AuditEntry).order_by(AuditEntry.number.desc()).limit(SIZE + 1)
    if after:
        if not after.isascii() or not after.isdigit() or int(after[:20]) > LARGEST:
            raise BadCursor
        query = query.where(AuditEntry.number < int(after))
    narrowed = _narrow(query, wanted)
    rows = list(db.session.scalars(narrowed)) if narrowed is not None else []
    return rows[:SIZE], str(rows[SIZE - 1].number) if len(rows) > SIZE else None


def open_entry(number: int) -> Opened:
    """One entry.

    Raises:
        NotFound: there is none with this number.
    """
    entry = db.session.get(AuditEntry, number) if 0 < number <= LARGEST else None
    if entry is None:
        raise NotFound
    by = sealing.unseal(entry.actor_id, entry.id, entry.actor_sealed) if entry.actor_sealed else {}
    about = entry.about_id or entry.actor_id
    return Opened(
        entry=entry, by=by, said=sealing.unseal(about, entry.id, entry.about_sealed) if entry.about_sealed else {}
    )


def names_of(entries: Iterable[AuditEntry]) -> dict[UUID, str]:
    """Usernames of those who are still here."""
    ids = {one for entry in entries for one in (entry.actor_id, entry.about_id) if one is not None}
    rows: Sequence[Any] = (
        db.session.execute(select(User.id, User.username).where(User.id.in_(ids))).all() if ids else []
    )
    return {row.id: row.username for row in rows}


def _narrow(query: Select[AuditEntry], wanted: Wanted) -> Select[AuditEntry] | None:
    """None where nobody is called what was asked for."""
    ids = {named: _person_id(named) for named in (wanted.actor, wanted.person) if named and named != "system"}
    if None in ids.values():
        return None
    if wanted.actor:
        query = query.where(AuditEntry.actor_id.is_not_distinct_from(ids.get(wanted.actor)))
    if wanted.person:
        person = ids.get(wanted.person)
        query = query.where(or_(AuditEntry.actor_id == person, AuditEntry.about_id == person))
    kind, colon, subject_id = wanted.subject.partition(":")
    if colon:
        query = query.where(AuditEntry.subject_kind == kind, AuditEntry.subject_id == subject_id)
    elif kind:
        query = query.where(or_(AuditEntry.subject_kind == kind, AuditEntry.subject_id == kind))
    return _narrow_more(query, wanted)


def _narrow_more(query: Select[AuditEntry], wanted: Wanted) -> Select[AuditEntry]:
    if wanted.action:
        query = query.where(AuditEntry.action.startswith(wanted.action, autoescape=True))
    if wanted.words:
        query = query.where(text(f"{WORDS} @@ websearch_to_tsquery('simple', :words)").bindparams(words=wanted.words))
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    return query.where(AuditEntry.at < wanted.until) if wanted.until is not None else query


def _person_id(named: str) -> UUID | None:
    try:
        return UUID(named)
    except ValueError:
        return db.session.scalar(select(User.id).where(func.lower(User.username) == named.removeprefix("@").lower()))
