"""Verification: a walk along the chain that names every entry that was changed, added, moved or taken away.

Whoever can write SQL, but has not the installation's secret, cannot do any of this unseen. Whoever has the secret, too,
or puts back an old head and cuts off what came after, is found by an anchor that lies elsewhere (``anchors.py``).

The walk holds one batch of entries at a time, in one snapshot, so that what is appended meanwhile does not disturb it.
"""

import hmac
import json
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, case, cast, literal, select
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import Text

from app.core.audit.chain import BEGINNING, Draft, digest_of, entry_mac, head_mac
from app.core.audit.models import AuditEntry, AuditHead
from app.extensions import db

BATCH = 1000
MOST_FAULTS = 100


class Fault(NamedTuple):
    """Something that is not as it was written. ``number`` is the entry where it shows."""

    number: int
    sentence: str


class End(NamedTuple):
    """The end of the chain, as the head's row has it."""

    number: int
    digest: bytes
    mac: bytes


class Said(Protocol):
    """An anchor whose signature was looked at."""

    @property
    def number(self) -> int: ...  # noqa: D102
    @property
    def digest(self) -> bytes: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk found: how many entries there are, and the first hundred faults."""

    entries: int
    anchors: int
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether nothing was touched."""
        return not self.faults


def verify(anchors: Sequence[Said] = ()) -> Verdict:
    """Walk the whole chain, and hold it against ``anchors``. It only reads."""
    with db.engine.connect() as plain:
        return verify_on(plain.execution_options(isolation_level="REPEATABLE READ"), anchors)


def verify_on(connection: Connection, anchors: Sequence[Said] = ()) -> Verdict:
    """Likewise, as a connection sees it."""
    heads = [End(*row) for row in connection.execute(select(AuditHead.number, AuditHead.digest, AuditHead.mac))]
    walk = _Walk(anchors)
    with closing(_stored(connection)) as rows:
        faults = list(islice(walk.faults(rows, heads), MOST_FAULTS))
    return Verdict(walk.seen, len(anchors), faults)


@dataclass(slots=True)
class _Stored:
    """A row as it lies there: ``draft`` is None where it says what no entry can say."""

    number: int
    draft: Draft | None
    digest: bytes
    mac: bytes


class _Walk:
    def __init__(self, anchors: Sequence[Said]) -> None:
        self.seen = 0
        self._anchors: dict[int, list[Said]] = defaultdict(list)
        for anchor in anchors:
            self._anchors[anchor.number].append(anchor)

    def faults(self, rows: Iterable[_Stored], heads: Sequence[End]) -> Iterator[Fault]:
        """What is wrong, from the beginning on."""
        last, digest = 0, BEGINNING
        for row in rows:
            self.seen += 1
            if row.number <= last:
                yield Fault(row.number, f"Entry {row.number} stands where none can be: it was added.")
                continue
            if row.number > last + 1:
                yield _missing(last + 1, row.number - 1)
            yield from self._faults_of(row, digest if row.number == last + 1 else None)
            last, digest = row.number, row.digest
        yield from self._faults_of_end(last, digest, heads)
        for number, anchors in sorted(self._anchors.items()):
            if number > last:
                yield Fault(
                    number, f"The log ends at {last}; {anchors[0].name} saw it reach {number}: its end was cut off."
                )

    def _faults_of(self, row: _Stored, before: bytes | None) -> Iterator[Fault]:
        """``before`` is None behind a gap, where what an entry says cannot be held against its digest."""
        follows = row.draft is not None and (before is None or _digest(row, before) == row.digest)
        if not hmac.compare_digest(entry_mac(row.digest), row.mac):
            yield Fault(row.number, f"Entry {row.number} was not written by this installation, or was changed.")
        elif not follows:
            yield Fault(row.number, f"Entry {row.number} was changed, or does not stand where it was written.")
        for anchor in self._anchors.get(row.number, ()):
            if anchor.digest != row.digest:
                yield Fault(row.number, f"Entry {row.number} is another than the one that {anchor.name} saw.")

    @staticmethod
    def _faults_of_end(last: int, digest: bytes, heads: Sequence[End]) -> Iterator[Fault]:
        if not heads and not last:
            return
        if len(heads) != 1:
            yield Fault(last, "The head is missing." if not heads else "There is more than one head.")
            return
        (head,) = heads
        if not hmac.compare_digest(head_mac(head.number, head.digest), head.mac):
            yield Fault(last, "The head was changed: it is not what this installation wrote.")
        elif head.number > last:
            yield _missing(last + 1, head.number, at_end=True)
        elif head.number < last:
            yield Fault(head.number + 1, f"{_which(head.number + 1, last)} behind the end of the chain: added.")
        elif head.digest != digest:
            yield Fault(last, f"Entry {last} is not the one with which the chain ends.")


def _digest(row: _Stored, before: bytes) -> bytes:
    try:
        return digest_of(before, row.number, row.draft) if row.draft is not None else b""
    except (ValueError, TypeError):
        return b""


def _which(first: int, last: int) -> str:
    return f"Entry {first} stands" if first == last else f"Entries {first} to {last} stand"


def _missing(first: int, last: int, *, at_end: bool = False) -> Fault:
    which = f"Entry {first} is" if first == last else f"Entries {first} to {last} are"
    return Fault(first, f"{which} missing{': the end was cut off' if at_end else ''}.")


def _stored(connection: Connection) -> Generator[_Stored, None, None]:
    """The rows in order. Times and numbers that Python cannot hold are no reason to stop, so both come as text."""
    possible = AuditEntry.at.between(
        cast(literal("1000-01-01 00:00+00"), TIMESTAMP(timezone=True)),
        cast(literal("9000-01-01 00:00+00"), TIMESTAMP(timezone=True)),
    )
    names = [name for name in Draft.__slots__ if name not in {"at", "facts"}]
    query = select(
        AuditEntry.number, AuditEntry.digest, AuditEntry.mac,
        case((possible, AuditEntry.at)).label("at"), cast(AuditEntry.facts, Text).label("facts"),
        *[getattr(AuditEntry, name) for name in names],
    ).order_by(AuditEntry.number)  # fmt: skip
    with connection.execution_options(yield_per=BATCH).execute(query) as result:
        for row in result.mappings():
            yield _Stored(row["number"], _draft(dict(row), names), row["digest"] or b"", row["mac"] or b"")


def _draft(row: dict[str, Any], names: Sequence[str]) -> Draft | None:
    try:
        facts = json.loads(row["facts"])
    except (ValueError, TypeError, RecursionError):
        return None
    if row["at"] is None:
        return None
    return Draft(at=row["at"], facts=facts, **{name: row[name] for name in names})
