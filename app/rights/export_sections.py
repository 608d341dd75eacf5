"""What stands in ``soundstage.json``: sections, each a statement whose rows are JSON objects made by the database.

Other people appear by their public names only, as the person sees them on pages. Secrets (digests, keys, tokens) are
nowhere in it. Tables without a section of their own are found by their columns (``more_rows``), so that a table which
is added tomorrow is taken along, too.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import LargeBinary, Table, or_, select, text

from app.core.audit.models import AuditEntry
from app.core.audit.sealing import unseal
from app.extensions import Model, db
from app.rights.traces import IN_OFFICE

AT_ONCE: Final = 500
Row = dict[str, Any]

_THING: Final = """
  CASE WHEN x.medium_id IS NOT NULL THEN (SELECT '/@' || u.username || '/' || m.slug FROM media m
      JOIN users u ON u.id = m.owner_id WHERE m.id = x.medium_id)
    WHEN x.set_id IS NOT NULL THEN (SELECT '/@' || u.username || '/sets/' || s.slug FROM sets s
      JOIN users u ON u.id = s.owner_id WHERE s.id = x.set_id)
    ELSE (SELECT '/@' || u.username || '/posts/' || p.public_id FROM posts p
      JOIN users u ON u.id = p.author_id WHERE p.id = x.post_id) END"""

_SECTIONS: Final[Mapping[str, str]] = {
    "media": """
      SELECT m.id, m.public_id, m.kind, m.realm_slug AS realm, m.slug, m.title, m.description_markdown AS description,
        m.genre, m.tags, m.language, m.licence, m.explicit, m.age_restricted, m.credits, m.release_date,
        m.downloads_allowed, m.comments_policy, m.visibility, m.link_secret AS link, m.publish_at, m.published_at,
        m.available_until, m.created_at, m.duration_ms, m.artwork_id AS picture_id, v.id AS version_id,
        v.original_name AS filename, v.content_type, v.size_bytes, v.sha256,
        (SELECT coalesce(json_agg(f.slug), '[]') FROM former_slugs f WHERE f.medium_id = m.id) AS former_slugs,
        (SELECT coalesce(json_agg(json_build_object('starts_at_ms', c.starts_at_ms, 'title', c.title)
          ORDER BY c.starts_at_ms), '[]') FROM chapters c WHERE c.medium_id = m.id) AS chapters,
        (SELECT coalesce(json_agg(json_build_object('language', c.language, 'label', c.label, 'kind', c.kind,
          'webvtt', c.webvtt, 'from_file', c.version_id IS NOT NULL) ORDER BY c.id), '[]')
          FROM captions c WHERE c.medium_id = m.id AND (c.version_id IS NULL OR c.version_id = m.version_id))
          AS captions
      FROM media m LEFT JOIN LATERAL (SELECT * FROM versions v WHERE v.medium_id = m.id
        ORDER BY v.id = m.version_id DESC NULLS LAST, v.number DESC LIMIT 1) v ON true
      WHERE m.owner_id = :person ORDER BY m.id""",
    "sets": """
      SELECT s.id, s.public_id, s.kind, s.slug, s.title, s.description_markdown AS description, s.realm_slug AS realm,
        s.genre, s.tags, s.release_date, s.visibility, s.link_secret AS link, s.published_at, s.comments_policy,
        s.newest_first, s.created_at, s.artwork_id AS picture_id,
        (SELECT coalesce(json_agg(json_build_object('medium_id', m.id, 'title', m.title,
          'address', '/@' || u.username || '/' || m.slug, 'is_own', m.owner_id = :person, 'note', i.note,
          'season', i.season, 'episode', i.episode, 'starts_at_ms', i.starts_at_ms, 'stops_at_ms', i.stops_at_ms)
          ORDER BY i.rank, i.id), '[]') FROM set_items i JOIN media m ON m.id = i.medium_id
          JOIN users u ON u.id = m.owner_id WHERE i.set_id = s.id AND (m.owner_id = :person OR m.listed)) AS items
      FROM sets s WHERE s.owner_id = :person ORDER BY s.id""",
    "posts": """
      SELECT p.id, p.public_id, p.body_markdown AS body, p.created_at, p.edited_at, p.comments_policy,
        p.age_restricted, p.medium_id, p.set_id, p.poll_closes_at, (SELECT @THING@
          FROM (SELECT p.medium_id, p.set_id, NULL::uuid AS post_id) x) AS work,
        (SELECT coalesce(json_agg(json_build_object('picture_id', x.picture_id, 'alt', x.alt) ORDER BY x.position),
          '[]') FROM post_pictures x WHERE x.post_id = p.id) AS pictures,
        (SELECT coalesce(json_agg(o.label ORDER BY o.position), '[]') FROM poll_options o WHERE o.post_id = p.id)
          AS answers
      FROM posts p WHERE p.author_id = :person ORDER BY p.id""",
    "comments": """
      SELECT x.id, x.public_id, x.body, x.at_ms, x.created_at, x.edited_at, x.medium_id, x.set_id, x.post_id,
        x.answers_id, @THING@ AS under, x.owner_id = :person AS is_on_own_thing
      FROM comments x WHERE x.author_id = :person AND x.state <> 'deleted' ORDER BY x.id""",
    "likes": """
      SELECT @THING@ AS of, coalesce(x.medium_id, x.set_id, x.post_id) AS of_id, x.comment_id,
        x.comment_id IS NOT NULL AS of_a_comment, x.created_at
      FROM (SELECT l.id, l.comment_id, l.created_at, coalesce(l.medium_id, c.medium_id) AS medium_id,
          coalesce(l.set_id, c.set_id) AS set_id, coalesce(l.post_id, c.post_id) AS post_id
        FROM likes l LEFT JOIN comments c ON c.id = l.comment_id WHERE l.user_id = :person) x ORDER BY x.id""",
    "reposts": """
      SELECT @THING@ AS of, coalesce(x.medium_id, x.set_id) AS of_id, x.caption, x.created_at
      FROM (SELECT *, NULL::uuid AS post_id FROM reposts) x
      WHERE x.user_id = :person ORDER BY x.id""",
    "votes": """
      SELECT '/@' || u.username || '/posts/' || p.public_id AS of, p.id AS of_id, o.label AS answer, v.created_at
      FROM poll_votes v JOIN poll_options o ON o.id = v.option_id JOIN posts p ON p.id = v.post_id
      JOIN users u ON u.id = p.author_id WHERE v.user_id = :person ORDER BY v.created_at, p.id""",
    "follows": """
      SELECT u.username, f.rings, f.created_at FROM follows f JOIN users u ON u.id = f.followed_id
      WHERE f.follower_id = :person ORDER BY f.created_at, u.id""",
    "blocks": """
      SELECT u.username, a.blocked_at FROM apart a JOIN users u ON u.id = a.other_id
      WHERE a.person_id = :person AND a.blocked_at IS NOT NULL ORDER BY a.blocked_at, u.id""",
    "mutes": """
      SELECT u.username, m.created_at FROM mutes m JOIN users u ON u.id = m.muted_id
      WHERE m.muter_id = :person ORDER BY m.created_at, u.id""",
    "messages": """
      SELECT c.public_id AS conversation, o.username AS "with", coalesce(m.sender_id = :person, false) AS is_own,
        m.number, m.body, m.created_at
      FROM participants p JOIN conversations c ON c.id = p.conversation_id
      JOIN messages m ON m.conversation_id = c.id LEFT JOIN users o ON o.id = p.other_id
      WHERE p.user_id = :person AND m.number > p.deleted_up_to AND (m.sender_id = :person OR NOT m.held)
        AND NOT CASE WHEN m.sender_id = :person THEN m.hidden_from_sender ELSE m.hidden_from_reader END
      ORDER BY c.id, m.number""",
    "history": """
      SELECT '/@' || u.username || '/' || m.slug AS of, m.id AS of_id, m.title, x.position_ms, x.finished, x.played_at
      FROM positions x JOIN media m ON m.id = x.medium_id JOIN users u ON u.id = m.owner_id
      WHERE x.user_id = :person ORDER BY x.played_at, m.id""",
    "share_links": """
      SELECT x.recipient, x.medium_id, x.set_id, x.expires_at, x.play_cap, x.plays, x.last_played_at, x.revoked_at,
        x.created_at FROM share_links x WHERE x.owner_id = :person ORDER BY x.id""",
    "sessions": """
      SELECT s.user_agent, s.address, s.created_at, s.last_seen_at, s.revoked_at FROM sessions s
      WHERE s.user_id = :person ORDER BY s.id""",
}  # fmt: skip

SECTIONS: Final = {name: statement.replace("@THING@", _THING) for name, statement in _SECTIONS.items()}
"""The sections in their order, and the statement of each, with ``:person``."""

SPOKEN_FOR: Final = frozenset({
    "users", "media", "sets", "posts", "comments", "likes", "reposts", "follows", "apart", "mutes", "conversations",
    "participants", "messages", "poll_votes", "positions", "share_links", "sessions", "former_slugs",
    "former_set_slugs",
})  # fmt: skip
"""Tables of which the sections above say everything."""

LEFT_OUT: Final = {
    "set_items": "with the sets", "activities": "follow from what is there", "fan_outs": "how far a telling has come",
    "notifications": "what others did", "notification_events": "what others did", "push_subscriptions": "secrets",
    "mailed_tokens": "secrets", "recovery_codes": "secrets", "ceremonies": "secrets", "uploads": "not finished",
    "filter_trusted": "the moderators' own", "filter_hits": "the moderators' own", "throttles": "secrets",
    "known_devices": "secrets",
    "takedown_claims": "with the parties",
    "exports": "this one", "staff_notes": "the moderators' own", "cases": "the moderators' own",
    "case_views": "the moderators' own", "case_notes": "the moderators' own", "holds": "the moderators' own",
}  # fmt: skip
"""Tables with a person's column that are not taken along, and why."""
OF_OTHERS: Final = {"message_reports": {"reported_id"}}
"""Columns that name a person in rows that somebody else wrote in confidence: who reported whom, and what they said."""
AMONG_STAFF: Final = ("case.", "staff_note.")
"""How acts begin that are about a person and told nobody but staff: the log has what ``LEFT_OUT`` leaves out, too."""
_SECRET: Final = re.compile(r"secret|digest|token|sealed|password|public_key|credential|(^|_)key$|sending|snapshot")


def section_rows(name: str, person_id: UUID) -> Iterator[Row]:
    """The rows of a section, a few hundred at a time in memory."""
    statement = text(f"SELECT to_jsonb(t) AS said FROM ({SECTIONS[name]}) t")  # noqa: S608 - constants of ours  # nosec B608
    result = db.session.execute(statement, {"person": person_id}, execution_options={"yield_per": AT_ONCE})
    for row in result:
        yield row.said


def more_tables() -> list[tuple[Table, list[str]]]:
    """The tables that name a person and have no section, with the columns that do."""
    found = []
    for table in Model.metadata.sorted_tables:
        if table.name in SPOKEN_FOR or table.name in LEFT_OUT:
            continue
        others = IN_OFFICE.get(table.name, set()) | OF_OTHERS.get(table.name, set())
        columns = [name for name in _people_in(table) if name not in others]
        if columns:
            found.append((table, columns))
    return found


def more_rows(person_id: UUID) -> Iterator[Row]:
    """What every other table says of a person, without secrets and without anybody else's id."""
    for table, people in more_tables():
        said = [
            column
            for column in table.columns
            if column.name not in _people_in(table)
            and not isinstance(column.type, LargeBinary)
            and not _SECRET.search(column.name)
            and column.computed is None
        ]
        row = select(*said, *(table.c[name].label(f"as_{name}") for name in people)) if said else select(table)
        inner = row.where(or_(*(table.c[name] == person_id for name in people))).subquery()
        query = select(text("to_jsonb(anon_1)")).select_from(inner.alias("anon_1"))
        for (found,) in db.session.execute(query, execution_options={"yield_per": AT_ONCE}):
            mine = [name for name in people if found.pop(f"as_{name}", None) == str(person_id)]
            yield {"table": table.name, "as": mine, "said": found}


def log_rows(person_id: UUID) -> Iterator[Row]:
    """What the log of acts says of a person, opened: what they did, and what was done about them, but not by whom."""
    query = select(AuditEntry).where(or_(AuditEntry.about_id == person_id, AuditEntry.actor_id == person_id))
    for entry in db.session.scalars(query.order_by(AuditEntry.number), execution_options={"yield_per": AT_ONCE}):
        is_about = (entry.about_id or entry.actor_id) == person_id
        if entry.action.startswith(AMONG_STAFF):
            is_about = False
            if entry.actor_id != person_id:
                continue
        yield {
            "at": entry.at.isoformat(),
            "action": entry.action,
            "by_oneself": entry.actor_id == person_id,
            "said": (unseal(person_id, entry.id, entry.about_sealed) or {}) if is_about else {},
            "origin": (unseal(person_id, entry.id, entry.actor_sealed) or {}) if entry.actor_id == person_id else {},
        }


def _people_in(table: Table) -> list[str]:
    return [
        column.name for column in table.columns if any(key.column.table.name == "users" for key in column.foreign_keys)
    ]
