"""A row of a person in every table that there is, with a word in every field that says something of them.

Rows are made from the tables themselves, so that a table which is added tomorrow is in the test without anybody's
doing; one that cannot be filled by rule fails it, and is told about in ``SPECIAL``.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Date, DateTime, Enum, Float, Integer, LargeBinary, Table, Uuid, insert
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Session
from sqlalchemy.schema import FetchedValue

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import Model

MARK = "quetzalmarker"

SKIPPED = {
    "users": "the people themselves",
    "realms": "the place's rooms", "house_rules": "the place's rules", "legal_texts": "the place's texts",
    "audit_entries": "written by audit.record", "audit_head": "likewise", "audit_keys": "likewise",
    "audit_anchors": "digests", "audit_checks": "digests", "spent_proofs": "digests",
    "outbox": "written by hand", "tallies": "numbers", "tally_changes": "numbers",
    "transparency_figures": "numbers", "daily_numbers": "numbers", "filter_version": "a number",
    "filter_file_hashes": "of forbidden files", "filter_picture_hashes": "likewise",
    "former_realms": "the place's rooms",
    "spent_usernames": "made by erasure",
    "pictures": "made with portraits and artworks",
}  # fmt: skip

MACHINE = {
    "public_id", "client_key", "rank", "delivery_key", "original_key", "storage_key", "key", "event_key", "by_name",
    "rule_slug", "realm_slug", "told", "reference", "sending", "theme", "content_type",
}  # fmt: skip
"""Columns that hold what the program made up, or a word from a list: nothing of a person."""

OF_THE_HOUSE = {
    "options": {"name", "value"}, "reports": {"reason"}, "filter_rules": {"name", "applies_to", "terms", "note"},
    "filter_hits": {"why", "kept_objects", "digest"}, "filter_trials": {"kind", "by_kind", "samples", "problem"},
    "filter_rescans": {"problem"},
    "announcements": {"body_markdown"},
}  # fmt: skip
"""What staff wrote in office, and words from a list."""

ABOUT_THEM = {"reports": {"snapshot", "note"}, "case_notes": {"body"}, "appeals": {"words", "answer"}}
"""Where others write about what is theirs: one more row, under their case or decision."""

ABOUT_OTHERS = {
    ("message_reports", "reporter_id"): set(), ("cases", "claimed_by_id"): {"title", "excerpt"},
    ("cases", "closed_by_id"): {"title", "excerpt"}, ("decisions", "by_id"): {"title", "reasons", "reversal_reasons"},
    ("decisions", "reversed_by_id"): {"title", "reasons", "reversal_reasons"}, ("appeals", "answered_by_id"): {
        "words", "answer"}, ("holds", "by_id"): {"kept"}, ("holds", "lifted_by_id"): {"kept"},
    ("reports", "reporter_id"): {"reason", "snapshot"}, ("notifications", "actor_id"): {"key"},
    ("takedown_complainants", "flagged_by_id"): {"email", "email_key", "flag_reasons"},
    ("takedown_claims", "decided_by_id"): {"title", "address", "reasons"},
    ("repeat_infringements", "decided_by_id"): {"reasons"},
    ("filter_hits", "decided_by_id"): {"finds"},
    ("staff_notes", "author_id"): {"body"}, ("case_notes", "author_id"): {"body"},
}  # fmt: skip
"""By the column that names the person: what in such a row is somebody else's."""

ONE_THING = {"comments", "activities", "likes", "reposts", "share_links", "fan_outs"}
SPECIAL: dict[str, dict[str, Any]] = {
    "uploads": {"state": "confirmed"}, "exports": {"state": "gone"}, "cases": {"state": "open", "claimed_until": None},
    "decisions": {"automated": True, "by_name": "moderator"}, "media": {"credits": [["Guitar", MARK]], "bars": b"\x01"},
    "sets": {"kind": "playlist"}, "legal_texts": {"number": 2}, "message_reports": {"snapshot": [{"text": MARK}]},
    "set_items": {"starts_at_ms": None, "stops_at_ms": None}, "share_links": {"play_cap": None},
    "sign_ups": {"email_key": f"{MARK}@example.org"}, "link_wishes": {"login": f"{MARK}@example.org"},
    "takedown_claims": {"kind": "medium"}, "versions": {"poster_names": [], "bars": b"\x01"},
}  # fmt: skip


class Everything:
    """Makes the rows. ``elder`` signed up before the ``victim``, ``younger`` after: some pairs are in that order."""

    def __init__(self, session: Session, victim: User, elder: User, younger: User, picture_id: UUID) -> None:
        self.session, self.picture_id = session, picture_id
        self.victim, self.elder, self.younger = victim.id, elder.id, younger.id
        self.mine: dict[str, dict[str, Any]] = {}
        self.others: dict[str, dict[str, Any]] = {}
        self._number = 0

    def make(self) -> int:
        """A row for each column of each table that names the person, and one under each of theirs; says how many."""
        made = 0
        for table in Model.metadata.sorted_tables:
            if table.name in SKIPPED:
                continue
            columns = people_of(table)
            for column in columns:
                self._insert(table, person=column)
                made += 1
            if not columns or table.name in ABOUT_THEM:
                self._insert(table, person=None)
                made += 1
        self.session.commit()
        return made

    def _insert(self, table: Table, *, person: str | None) -> None:
        row = self._row(table, person=person, marked=True)
        self.session.execute(insert(table).values(**row))
        self.mine.setdefault(table.name, row)

    def other(self, table: Table) -> dict[str, Any]:
        """A row of the same table that has nothing to do with the person."""
        if table.name not in self.others:
            row = self._row(table, person=None, marked=False)
            self.session.execute(insert(table).values(**row))
            self.others[table.name] = row
        return self.others[table.name]

    def _row(self, table: Table, *, person: str | None, marked: bool) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for constraint in table.foreign_key_constraints:
            names = [column.name for column in constraint.columns]
            if constraint.referred_table.name == "users":
                row[names[0]] = self._person(table, names[0], person, nullable=bool(table.c[names[0]].nullable))
            elif constraint.referred_table.name in SKIPPED or (
                all(table.c[name].nullable for name in names) and not self._is_wanted(table, names[0])
            ):
                row.setdefault(names[0], self._reference(table, names[0]))
            else:
                is_mine = marked and person is None and constraint.referred_table.name in self.mine
                parent = self.mine[constraint.referred_table.name] if is_mine else self.other(constraint.referred_table)
                for name, element in zip(names, constraint.elements, strict=True):
                    row[name] = parent[element.column.name]
        others = ABOUT_OTHERS.get((table.name, person or ""), set())
        kept = OF_THE_HOUSE.get(table.name, set())
        for column in table.columns:
            if column.name in row or column.computed is not None or isinstance(column.type, TSVECTOR):
                continue
            is_marked = marked and column.name not in MACHINE | kept | others
            if person is None and table.name in ABOUT_THEM:
                is_marked = marked and column.name in ABOUT_THEM[table.name]
            row[column.name] = self._value(column, marked=is_marked)
        special = SPECIAL.get(table.name, {})
        clean = {name: value for name, value in special.items() if marked or MARK not in str(value)}
        return {name: value for name, value in {**row, **clean}.items() if value is not FetchedValue}

    def _is_wanted(self, table: Table, name: str) -> bool:
        return table.name in ONE_THING and name == "medium_id"

    def _reference(self, table: Table, name: str) -> Any:
        if name == "realm_slug" and not table.c[name].nullable:
            return "music"
        return self.picture_id if name == "picture_id" else None

    def _person(self, table: Table, name: str, person: str | None, *, nullable: bool) -> UUID | None:
        if name == person:
            return self.victim
        if table.name == "conversations":
            return self.younger if name == "high_id" else self.elder
        people = people_of(table)
        if nullable and person is not None:
            return None
        return self.younger if people.index(name) == 0 else self.elder

    def _value(self, column: Column[Any], *, marked: bool) -> Any:  # noqa: C901, PLR0911 - a line a type
        self._number += 1
        word = f"{MARK if marked else 'plain'}{self._number}"
        kind = column.type
        if isinstance(kind, Enum):
            chosen = kind.enum_class or kind.enums
            return next(iter(chosen))
        if isinstance(kind, JSONB):
            return [word] if "list" in str(getattr(column.default, "arg", "")) else {"said": word}
        if isinstance(kind, ARRAY):
            return [320] if isinstance(kind.item_type, Integer) else [word]
        if isinstance(kind, LargeBinary):
            return word.encode()
        if isinstance(kind, Uuid):
            return uuid7() if not column.nullable else None
        if isinstance(kind, DateTime):
            return now() if not column.nullable else None
        if isinstance(kind, Date):
            return date(2026, 1, 2)
        if isinstance(kind, Boolean):
            return False
        if isinstance(kind, Float):
            return 1.0
        if isinstance(kind, Integer):
            return None if column.nullable else FetchedValue if column.autoincrement is True else 1
        return word


def people_of(table: Table) -> list[str]:
    """The columns of a table that name a person."""
    return [
        column.name for column in table.columns if any(key.column.table.name == "users" for key in column.foreign_keys)
    ]


def where_marked(session: Session) -> dict[str, int]:
    """In which tables the mark can be read, be it as text or as bytes, in any case of letters."""
    found = {}
    for table in Model.metadata.sorted_tables:
        rows = session.connection().exec_driver_sql(f"SELECT lower(t::text) FROM {table.name} t").scalars().all()  # noqa: S608
        count = sum(MARK in row or MARK.encode().hex() in row for row in rows)
        if count:
            found[table.name] = count
    return found
