"""Lists of hashes: files known by SHA-256, pictures known by PDQ; imported by the million, looked up by index."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select, text

from app.accounts.models import User
from app.core import audit, options
from app.core.options import Kind, Option
from app.extensions import db
from app.moderation.filter_errors import FilterInvalid
from app.moderation.filter_models import FileHash, FilterKind, FilterRule, PictureHash
from app.moderation.services.filter_rules import LISTS, begin_rescan, get_rule, raise_version

PDQ_BYTES: Final = 32
BANDS: Final = 16
_HEX: Final = re.compile(r"[0-9a-f]{64}")
LONGEST_LINE: Final = 4096
DISTANCE = options.register(
    Option(
        "filters.picture_distance", Kind.INT, 31, "How alike two pictures are the same",
        "Bits by which the PDQ hashes of two pictures may differ. 31 is what PDQ's makers advise.",
        group="Filters", high=31, unit="of 256 bits",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import. ``first_bad`` is the number of the first line that was no hash, 0 for none."""

    added: int
    known: int
    bad: int
    first_bad: int


def bands_of(pdq: bytes) -> list[int]:
    """The 16 bands of a hash, each with its number in front."""
    return [number << 16 | int.from_bytes(pdq[2 * number : 2 * number + 2], "big") for number in range(BANDS)]


def probes_of(pdq: bytes) -> list[int]:
    """The bands that a hash within 31 bits of this one shares at least one of: its own, and those a bit away."""
    return [key for band in bands_of(pdq) for key in (band, *(band ^ 1 << bit for bit in range(16)))]


def distance(one: bytes, other: bytes) -> int:
    """In how many bits two hashes differ."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def import_hashes(rule_id: UUID, lines: Iterable[str | bytes], *, by: User | None) -> Imported:
    """Add the hashes in ``lines`` to a list: 64 hexadecimal digits first, whatever follows is left out.

    Lines that are none are counted and left out; a list of which more than half is garbage is refused as a whole. The
    caller commits. What is there already is looked through by what a live list has learnt.

    Raises:
        FilterNotFound: there is no such rule.
        FilterInvalid: the rule is no list, or what was sent is none.
    """
    rule = get_rule(rule_id, lock=True)
    if rule.kind not in LISTS:
        raise FilterInvalid("file", "This rule is no list of hashes.")
    count = _Count()
    db.session.execute(text("CREATE TEMP TABLE incoming_hashes (hash bytea, keys int[]) ON COMMIT DROP"))
    cursor = db.session.connection().connection.cursor()
    with cursor.copy("COPY incoming_hashes (hash, keys) FROM STDIN") as copy:
        is_picture = rule.kind is FilterKind.PICTURES
        for value in count.hashes(lines):
            copy.write_row((value, bands_of(value) if is_picture else None))
    if not count.good or count.bad > count.good:
        line = f" Line {count.first_bad} is no hash." if count.first_bad else ""
        raise FilterInvalid("file", f"This is no list of hashes: each line begins with 64 hexadecimal digits.{line}")
    added = _take_over(rule)
    rule.entries += added
    rule.version += 1
    raise_version()
    if added:
        begin_rescan(rule, by=by)
    facts: dict[str, audit.Plain] = {"name": rule.name, "added": added, "known": count.good - added, "bad": count.bad}
    audit.record("filter.imported", actor=by, subject=("filter", rule.id), facts=facts)
    db.session.execute(text("DROP TABLE incoming_hashes"))
    return Imported(added, count.good - added, count.bad, count.first_bad)


def empty_list(rule_id: UUID, *, by: User) -> int:
    """Take every hash out of a list; says how many there were. The caller commits.

    Raises:
        FilterNotFound: there is no such rule.
    """
    rule = get_rule(rule_id, lock=True)
    table = PictureHash if rule.kind is FilterKind.PICTURES else FileHash
    had = rule.entries
    db.session.execute(delete(table).where(table.rule_id == rule.id))
    rule.entries, rule.version = 0, rule.version + 1
    raise_version()
    audit.record("filter.emptied", actor=by, subject=("filter", rule.id), facts={"name": rule.name, "removed": had})
    return had


def find_files(digests: Sequence[str], rules: Mapping[UUID, Any]) -> list[tuple[UUID, str]]:
    """Which of these files a list knows: rule and digest."""
    wanted = [bytes.fromhex(digest) for digest in digests if _HEX.fullmatch(digest)]
    if not wanted or not rules:
        return []
    query = select(FileHash.rule_id, FileHash.sha256).where(FileHash.sha256.in_(wanted), FileHash.rule_id.in_(rules))
    return [(row.rule_id, row.sha256.hex()) for row in db.session.execute(query)]


def find_pictures(pdq: bytes, rules: Mapping[UUID, Any]) -> list[tuple[UUID, str, int]]:
    """Which lists know a picture like this: rule, the hash that it knows, and by how many bits it differs."""
    if not rules:
        return []
    query = select(PictureHash.rule_id, PictureHash.pdq).where(
        PictureHash.keys.overlap(probes_of(pdq)), PictureHash.rule_id.in_(rules)
    )
    most = options.get(DISTANCE.name)
    near = ((row.rule_id, row.pdq.hex(), distance(row.pdq, pdq)) for row in db.session.execute(query))
    return sorted((one for one in near if one[2] <= most), key=lambda one: one[2])


class _Count:
    """Reads hashes out of lines, and counts."""

    def __init__(self) -> None:
        self.good = self.bad = self.first_bad = 0

    def hashes(self, lines: Iterable[str | bytes]) -> Iterator[bytes]:
        for number, line in enumerate(lines, 1):
            said = (line.decode("ascii", "replace") if isinstance(line, bytes) else line)[:LONGEST_LINE]
            first = said.replace("\ufeff", "").strip().strip('"').lower()
            if not first or first.startswith("#"):
                continue
            match = _HEX.match(first)
            if match is None or first[64:65].isalnum():
                self.bad += 1
                self.first_bad = self.first_bad or number
                continue
            self.good += 1
            yield bytes.fromhex(match[0])


def _take_over(rule: FilterRule) -> int:
    """Move what was copied in to its table; says how many are new."""
    is_picture = rule.kind is FilterKind.PICTURES
    incoming = "SELECT DISTINCT ON (hash) hash, CAST(:rule AS uuid)" + (", keys" if is_picture else "")
    into = "filter_picture_hashes (pdq, rule_id, keys)" if is_picture else "filter_file_hashes (sha256, rule_id)"
    statement = text(f"INSERT INTO {into} {incoming} FROM incoming_hashes ON CONFLICT DO NOTHING")
    return int(db.session.execute(statement, {"rule": rule.id}).rowcount)  # type: ignore[attr-defined]  # a cursor's


def lines_of_file(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of an uploaded file, none longer than a hash and its remark may be."""
    reader = io.BufferedReader(stream) if isinstance(stream, io.RawIOBase) else stream
    while line := reader.readline(LONGEST_LINE):
        yield line


def count_entries(rule: FilterRule) -> int:
    """How many hashes a list has, counted."""
    table = PictureHash if rule.kind is FilterKind.PICTURES else FileHash
    return db.session.scalar(select(func.count()).select_from(table).where(table.rule_id == rule.id)) or 0
