"""What erasure takes out of rows that stay because others need them: the words and names in them, not their place.

Most of what is somebody's goes with their row, by the database or by the farewells of the domains. Left over are rows
that belong to others, too: a conversation's other side, the history of a set, the moderators' records. Each trace is a
statement with ``:person``. What moderators wrote in office about others stays, and is not theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from app.extensions import db


@dataclass(frozen=True, slots=True)
class Trace:
    """What becomes of the rows of a table that say something of a person who leaves."""

    table: str
    columns: tuple[str, ...]
    """The columns that name a person, of which this takes care."""
    change: str
    where: str = ""
    """Which rows; without it those whose ``columns`` name the person."""

    @property
    def sql(self) -> str:
        """The statement."""
        named = " OR ".join(f"{column} = :person" for column in self.columns)
        return f"{self.change} WHERE {self.where or named}"


_CASES: Final = "(SELECT id FROM cases WHERE person_id = :person)"
_OF_PARTY: Final = "party_id IN (SELECT id FROM takedown_parties WHERE person_id = :person)"
TRACES: Final[Sequence[Trace]] = (
    Trace(
        "messages", ("sender_id",),
        "UPDATE messages SET body = '', client_key = id::text, link_secret = NULL, has_attachment = false,"
        " medium_id = NULL, set_id = NULL",
    ),
    Trace(
        "message_reports", ("reporter_id", "reported_id"),
        "UPDATE message_reports SET snapshot = '[]'::jsonb, note = ''",
    ),
    Trace("set_changes", ("actor_id",), "DELETE FROM set_changes"),
    Trace("set_items", ("added_by_id",), "UPDATE set_items SET note = '', medium_secret = NULL"),
    Trace("reports", ("reporter_id",), "UPDATE reports SET note = '', reporter_email = ''"),
    Trace("reports", (), "UPDATE reports SET snapshot = '{}'::jsonb, note = ''", f"case_id IN {_CASES}"),
    Trace("case_notes", (), "UPDATE case_notes SET body = ''", f"case_id IN {_CASES}"),
    Trace("cases", ("person_id",), "UPDATE cases SET title = '', excerpt = ''"),
    Trace(
        "appeals", ("by_id",), "UPDATE appeals SET words = '', answer = ''",
        "by_id = :person OR decision_id IN (SELECT id FROM decisions WHERE person_id = :person)",
    ),
    Trace("decisions", ("person_id",), "UPDATE decisions SET title = '', reasons = '', reversal_reasons = ''"),
    Trace(
        "takedown_complainants", ("user_id",),
        "UPDATE takedown_complainants SET email = '', email_key = 'gone:' || id::text, flag_reasons = ''",
    ),
    Trace(
        "takedown_notices", (),
        "UPDATE takedown_notices SET name = '', organisation = '', postal_address = '', works = '', explanation = '',"
        " signature = '', proofs = '{}', unfound = '{}', redactions = '{}', public_name = '', public_works = '',"
        " public_explanation = ''",
        "complainant_id IN (SELECT id FROM takedown_complainants WHERE user_id = :person)",
    ),
    Trace("takedown_claims", (), "UPDATE takedown_claims SET title = '', address = '', reasons = ''", _OF_PARTY),
    Trace(
        "takedown_parties", ("person_id",),
        "UPDATE takedown_parties SET counter_statement = '', counter_name = '', counter_address = '',"
        " counter_signature = '', court = ''",
    ),
    Trace("takedown_entries", ("author_id",), "UPDATE takedown_entries SET body = ''"),
    Trace(  # but for what the law wants kept for its time
        "filter_hits", ("author_id",), "UPDATE filter_hits SET finds = '[]'::jsonb",
        "author_id = :person AND (kept_until IS NULL OR kept_until <= now())",
    ),
    Trace(
        "filter_trials", (), "UPDATE filter_trials SET samples = '[]'::jsonb",
        "samples::text LIKE '%' || CAST(:person AS text) || '%'"
        " OR samples::text LIKE '%' || (SELECT username FROM users WHERE id = :person) || '%'",
    ),
    Trace("holds", (), "UPDATE holds SET kept = '{}'::jsonb", "thing_id = :person"),
    Trace("outbox", (), "DELETE FROM outbox", "payload::text LIKE '%' || CAST(:person AS text) || '%'"),
    Trace("sign_ups", (), "DELETE FROM sign_ups", "email_key = (SELECT email_key FROM users WHERE id = :person)"),
    Trace(
        "link_wishes", (), "DELETE FROM link_wishes",
        "lower(login) IN (SELECT unnest(ARRAY[email_key, lower(username)]) FROM users WHERE id = :person)",
    ),
    Trace("tallies", (), "DELETE FROM tallies", "subject_id = :person"),
    Trace("tally_changes", (), "DELETE FROM tally_changes", "subject_id = :person"),
)  # fmt: skip

IN_OFFICE: Final = {
    "cases": {"claimed_by_id", "closed_by_id"}, "holds": {"by_id", "lifted_by_id"}, "case_notes": {"author_id"},
    "decisions": {"by_id", "reversed_by_id"}, "appeals": {"answered_by_id"}, "staff_notes": {"author_id"},
    "options": {"changed_by"}, "takedown_complainants": {"flagged_by_id"}, "takedown_claims": {"decided_by_id"},
    "repeat_infringements": {"decided_by_id"}, "announcements": {"made_by"}, "filter_rules": {"created_by_id"},
    "filter_hits": {"decided_by_id"}, "filter_trials": {"created_by_id"}, "filter_rescans": {"created_by_id"},
    "filter_trusted": {"by_id"},
}  # fmt: skip
"""Columns that name who acted for the house: they are emptied by the database, and the act stays."""


def wipe_traces(person_id: UUID) -> None:
    """Take a person out of what stays. The caller commits."""
    for trace in TRACES:
        db.session.execute(text(trace.sql), {"person": person_id})
