"""Whoever tampers with the audit log by SQL is found, and what they touched is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from app.core import audit
from app.core.audit import anchors, chain, checking, verifying
from app.core.audit.anchors import Anchor
from app.core.audit.models import AuditEntry
from app.core.clock import now
from app.extensions import db
from tests.harness.kinds import MakePerson

LENGTH = 12
COLUMNS = "id, at, action, actor_id, actor_role, about_id, subject_kind, subject_id, facts, actor_sealed, about_sealed"


@pytest.fixture
def log(app: Flask, make_person: MakePerson) -> Iterator[None]:
    """A log of twelve entries, by somebody and about somebody; the context stays pushed."""
    ada, mo = make_person(username="ada"), make_person(username="mo", role="moderator")
    with app.app_context():
        for number in range(LENGTH):
            audit.record(
                "person.warned", actor=mo, about=ada, subject=("comment", number),
                reason="Spam.", facts={"count": number},
            )  # fmt: skip
            if number % 4 == 3:
                db.session.commit()
        yield


@contextmanager
def tampered(*statements: str) -> Iterator[Connection]:
    """A connection on which somebody wrote SQL; nothing of it stays."""
    with db.engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
        yield connection
        connection.rollback()


def numbers(connection: Connection, known: tuple[Anchor, ...] = ()) -> list[int]:
    return [fault.number for fault in verifying.verify_on(connection, known).faults]


def renumber(condition: str, by: int) -> tuple[str, str]:
    """Shift numbers, by way of where none are."""
    return (
        f"UPDATE audit_entries SET number = number + 1000 WHERE {condition}",  # noqa: S608 - a test's own words
        f"UPDATE audit_entries SET number = number - 1000 + ({by}) WHERE number > 1000",  # noqa: S608 - likewise
    )


def copied(number: str, digest: str = "digest", source: int = 6) -> str:
    return (
        f"INSERT INTO audit_entries (number, {COLUMNS}, digest, mac) SELECT {number}, gen_random_uuid(), "  # noqa: S608
        f"{COLUMNS.removeprefix('id, ')}, {digest}, mac FROM audit_entries WHERE number = {source}"
    )


SWAP = (
    "UPDATE audit_entries SET number = -1 WHERE number = 5", "UPDATE audit_entries SET number = 5 WHERE number = 6",
    "UPDATE audit_entries SET number = 6 WHERE number = -1",
)  # fmt: skip


def tampering(expected: set[int], *statements: str) -> tuple[set[int], tuple[str, ...]]:
    """What somebody does, and the numbers that must be named."""
    return expected, statements


TAMPERINGS: dict[str, tuple[set[int], tuple[str, ...]]] = {
    "nothing": tampering(set()),
    "another action": tampering({5}, "UPDATE audit_entries SET action = 'person.praised' WHERE number = 5"),
    "another moment": tampering({5}, "UPDATE audit_entries SET at = at + interval '1 microsecond' WHERE number = 5"),
    "no moment": tampering({5}, "UPDATE audit_entries SET at = 'infinity' WHERE number = 5"),
    "a moment beyond time": tampering({5}, "UPDATE audit_entries SET at = '200000-01-01' WHERE number = 5"),
    "another actor": tampering({5}, "UPDATE audit_entries SET actor_id = about_id WHERE number = 5"),
    "no actor": tampering({5}, "UPDATE audit_entries SET actor_id = NULL WHERE number = 5"),
    "another role": tampering({5}, "UPDATE audit_entries SET actor_role = 'admin' WHERE number = 5"),
    "about another": tampering({5}, "UPDATE audit_entries SET about_id = actor_id WHERE number = 5"),
    "another kind": tampering({5}, "UPDATE audit_entries SET subject_kind = 'post' WHERE number = 5"),
    "another subject": tampering({5}, "UPDATE audit_entries SET subject_id = '99' WHERE number = 5"),
    "other facts": tampering({5}, "UPDATE audit_entries SET facts = '{\"count\": 5}' WHERE number = 5"),
    "a number too long": tampering(
        {5},
        "UPDATE audit_entries SET facts = concat('{\"n\": 1', repeat('0', 5000), '}')::jsonb WHERE number = 5",
    ),
    "another id": tampering({5}, "UPDATE audit_entries SET id = gen_random_uuid() WHERE number = 5"),
    "another byte in a seal": tampering(
        {5},
        "UPDATE audit_entries SET about_sealed = overlay(about_sealed PLACING sha256('x') FROM 20) WHERE number = 5",
    ),
    "a seal of another": tampering(
        {5},
        "UPDATE audit_entries SET about_sealed = actor_sealed WHERE number = 5",
    ),
    "a seal taken off": tampering({5}, "UPDATE audit_entries SET actor_sealed = NULL WHERE number = 5"),
    "another digest": tampering({5, 6}, "UPDATE audit_entries SET digest = sha256('x') WHERE number = 5"),
    "an empty digest": tampering({5, 6}, "UPDATE audit_entries SET digest = '' WHERE number = 5"),
    "another mac": tampering({5}, "UPDATE audit_entries SET mac = sha256('x') WHERE number = 5"),
    "the first taken away": tampering({1}, "DELETE FROM audit_entries WHERE number = 1"),
    "one taken away": tampering({5}, "DELETE FROM audit_entries WHERE number = 5"),
    "some taken away": tampering({5}, "DELETE FROM audit_entries WHERE number BETWEEN 5 AND 7"),
    "one here, one there": tampering({3, 9}, "DELETE FROM audit_entries WHERE number IN (3, 9)"),
    "one taken away, the gap closed": tampering(
        {*range(5, 12), 12}, "DELETE FROM audit_entries WHERE number = 5", *renumber("number > 5", -1)
    ),
    "the last cut off": tampering({11}, "DELETE FROM audit_entries WHERE number > 10"),
    "all cut off": tampering({1}, "DELETE FROM audit_entries"),
    "cut off, the head's number put right": tampering(
        {10}, "DELETE FROM audit_entries WHERE number > 10", "UPDATE audit_head SET number = 10"
    ),
    "cut off, the head's digest put right": tampering(
        {10},
        "DELETE FROM audit_entries WHERE number > 10",
        "UPDATE audit_head SET number = 10, digest = (SELECT digest FROM audit_entries WHERE number = 10)",
    ),
    "cut off, an entry's mac for the head": tampering(
        {10},
        "DELETE FROM audit_entries WHERE number > 10",
        "UPDATE audit_head SET number = 10, (digest, mac) = (SELECT digest, mac FROM audit_entries WHERE number = 10)",
    ),
    "no head": tampering({12}, "DELETE FROM audit_head"),
    "two heads": tampering({12}, "INSERT INTO audit_head SELECT 2, number, digest, mac FROM audit_head"),
    "two swapped": tampering({5, 6, 7}, *SWAP),
    "one put in between": tampering({*range(6, 14)}, *renumber("number > 5", 1), copied("6", source=5)),
    "one put at the end": tampering({13}, copied("13")),
    "one put at the end, with a digest of its own": tampering({13}, copied("13", "sha256('x')")),
    "one put before the beginning": tampering({0}, copied("0")),
    "one put far before": tampering({-7}, copied("-7")),
    "one put far behind": tampering({13}, copied("1000000")),
}


@pytest.mark.usefixtures("log")
def test_every_tampering_is_found_and_named_by_its_number() -> None:
    wrong = {}
    for name, (expected, statements) in TAMPERINGS.items():
        with tampered(*statements) as connection:
            found = set(numbers(connection))
        if not expected <= found or (expected == set()) != (found == set()) or len(found - expected) > 1:
            wrong[name] = found
    assert wrong == {}


@pytest.mark.usefixtures("log")
def test_digests_that_were_made_anew_betray_themselves_by_their_macs() -> None:
    """Whoever knows how digests are made, and changes all that follow, has not the key."""
    with db.engine.connect() as connection:
        connection.execute(text("UPDATE audit_entries SET action = 'person.praised' WHERE number = 5"))
        rows = list(db.session.query(AuditEntry).order_by(AuditEntry.number))
        digest = rows[3].digest
        rows[4].action = "person.praised"
        for row in rows[4:]:
            digest = chain.digest_of(digest, row.number, row)
            connection.execute(
                text("UPDATE audit_entries SET digest = :digest WHERE number = :number"),
                {"digest": digest, "number": row.number},
            )
        connection.execute(text("UPDATE audit_head SET digest = :digest"), {"digest": digest})
        db.session.rollback()
        assert numbers(connection) == [*range(5, 13), 12]
        connection.rollback()


@pytest.mark.usefixtures("log")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_whatever_is_done_to_rows_is_found(data: Any) -> None:
    """Any change of any entries, any of them taken away, moved or copied: the walk finds the first touched number."""
    pick = st.integers(1, LENGTH)
    steps = data.draw(
        st.lists(
            st.one_of(
                st.tuples(st.just("DELETE FROM audit_entries WHERE number = {0}"), pick),
                st.tuples(st.just("UPDATE audit_entries SET subject_id = subject_id || 'x' WHERE number = {0}"), pick),
                st.tuples(st.just("UPDATE audit_entries SET number = number + 500 WHERE number = {0}"), pick),
                st.tuples(st.just("UPDATE audit_entries SET mac = digest WHERE number = {0}"), pick),
                st.tuples(st.just("UPDATE audit_entries SET facts = facts || '{{\"x\": 1}}' WHERE number = {0}"), pick),
            ),
            min_size=1, max_size=4,
        )
    )  # fmt: skip
    with tampered(*[statement.format(number) for statement, number in steps]) as connection:
        found = numbers(connection)
    assert found
    assert min(found) <= min(number for _statement, number in steps)


@pytest.mark.usefixtures("log")
def test_an_old_head_put_back_with_its_end_cut_off_is_found_by_an_anchor(settings: Any) -> None:
    earlier = db.session.execute(text("SELECT number, digest, mac FROM audit_head")).one()
    audit.record("person.banned", actor=None)
    db.session.commit()
    anchor = anchors.anchor_head()
    db.session.commit()
    assert anchor is not None
    put_back = (
        f"UPDATE audit_head SET number = 12, digest = '\\x{earlier.digest.hex()}', mac = '\\x{earlier.mac.hex()}'"  # noqa: S608
    )
    with tampered("DELETE FROM audit_entries WHERE number = 13", put_back) as connection:
        assert numbers(connection) == []
        assert numbers(connection, (anchor,)) == [13]
        connection.commit()
    verdict = checking.verify_with([settings.data_dir / "anchors"])
    assert [fault.sentence for fault in verdict.faults] == [
        f"The log ends at 12; {anchor.name} saw it reach 13: its end was cut off."
    ]
    with pytest.raises(anchors.HeadRefused):  # what was cut off is not signed over
        anchors.anchor_head()


@pytest.mark.usefixtures("log")
def test_a_log_made_anew_with_the_installations_own_secret_is_found_by_an_anchor() -> None:
    anchor = anchors.anchor_head()
    db.session.commit()
    assert anchor is not None
    db.session.execute(text("DELETE FROM audit_entries"))
    db.session.execute(text("DELETE FROM audit_head"))
    for number in range(LENGTH + 1):
        audit.record("person.praised", actor=None, facts={"count": number})
    db.session.commit()
    assert verifying.verify().is_whole
    assert [fault.number for fault in verifying.verify([anchor]).faults] == [LENGTH]


@pytest.mark.usefixtures("log")
def test_an_anchor_of_somebody_else_is_no_anchor(settings: Any) -> None:
    folder: Path = settings.data_dir / "anchors"
    anchor = anchors.anchor_head()
    db.session.commit()
    assert anchor is not None
    path = folder / anchor.file_name
    told = path.read_text()
    assert checking.verify_with([folder]).is_whole
    forged = Ed25519PrivateKey.generate()
    for written, sentence in (
        (told.replace(anchor.digest.hex(), "00" * 32), "is not signed"),
        (told.replace(anchor.key.hex(), forged.public_key().public_bytes_raw().hex()), "is not signed"),
        (told.replace('"number": 12', '"number": 11'), "is not the one that its name says"),
        ("{", "cannot be read"),
        ('{"number": "x"}', "cannot be read"),
        ("[" * 100_000, "cannot be read"),
    ):
        path.write_text(written)
        (fault,) = checking.verify_with([folder]).faults
        assert fault.number == LENGTH
        assert sentence in fault.sentence
    path.write_bytes(b"\xff")
    assert not checking.verify_with([folder]).is_whole


@pytest.mark.usefixtures("log")
def test_the_nightly_check_is_done_once_a_day_and_remembers_what_it_found() -> None:
    assert checking.is_due()
    assert checking.check_and_note().faults == []
    db.session.commit()
    assert not checking.is_due()
    db.session.execute(text("UPDATE audit_checks SET began_at = began_at - interval '25 hours'"))
    db.session.execute(text("DELETE FROM audit_entries WHERE number = 5"))
    db.session.commit()
    assert checking.is_due()
    check = checking.check_and_note()
    db.session.commit()
    assert check.faults == [{"number": 5, "sentence": "Entry 5 is missing."}]
    last = checking.last_check()
    assert last is not None
    assert last.id == check.id
    assert now() - last.ended_at < timedelta(minutes=1)


def test_a_log_in_which_nothing_stands_is_whole_and_not_due(app: Flask) -> None:
    with app.app_context():
        assert verifying.verify().is_whole
        assert not checking.is_due()
        assert anchors.anchor_head() is None


@pytest.mark.usefixtures("log")
def test_a_log_that_was_touched_everywhere_is_told_with_its_first_hundred_faults() -> None:
    with tampered(
        "INSERT INTO audit_entries (number, id, at, action, actor_role, subject_kind, subject_id, facts, digest, mac) "
        "SELECT n, gen_random_uuid(), now(), 'x', '', '', '', '{}', '', '' FROM generate_series(20, 3000) n"
    ) as connection:
        verdict = verifying.verify_on(connection)
    assert len(verdict.faults) == verifying.MOST_FAULTS
