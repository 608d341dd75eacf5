"""Writing notifications down: one statement for as many as there are, each event once, whoever runs it how often."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from app.core.clock import now
from app.extensions import db
from app.messaging.kinds import OF_THE_HOUSE, RULES, NoticeKind
from app.messaging.models.notifications import SUBJECTS, Notification, NotificationEvent


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """An event as its receiver is to hear of it. ``event_key`` names the event, ``key`` what is told together."""

    recipient_id: UUID
    kind: NoticeKind
    actor_id: UUID
    event_key: str
    key: str
    medium_id: UUID | None = None
    set_id: UUID | None = None
    post_id: UUID | None = None
    comment_id: UUID | None = None
    conversation_id: UUID | None = None


def key_of(kind: NoticeKind, subject_id: object, moment: datetime) -> str:
    """What is told together: of one kind, about one thing, on one day (UTC)."""
    return f"{kind}:{subject_id}:{moment:%Y-%m-%d}"


_COLUMNS = {
    "recipient_id": "uuid", "kind": "text", "actor_id": "uuid", "event_key": "text", "key": "text", "medium_id": "uuid",
    "set_id": "uuid", "post_id": "uuid", "comment_id": "uuid", "conversation_id": "uuid",
}  # fmt: skip
RULES_VALUES = ", ".join(
    f"('{kind}', {rules.defaults.in_app}, '{rules.defaults.mail}', {rules.defaults.push},"
    f" interval '{int(rules.push_again.total_seconds())} seconds',"
    f" interval '{int(rules.push_after.total_seconds())} seconds')"
    for kind, rules in RULES.items()
)
"""The rules of ``kinds.RULES`` as rows of SQL: kind, in_app, mail, push, push_again, push_after. Constants of ours."""

WANTED = f"""
  SELECT DISTINCT ON (g.recipient_id, g.event_key) g.*, d.push_again, d.push_after,
    coalesce(c.in_app, d.in_app) AS in_app,
    CASE WHEN u.email_verified_at IS NULL OR coalesce(c.mail, d.mail) = 'off' THEN 'none'
         ELSE coalesce(c.mail, d.mail) END AS mail,
    coalesce(c.push, d.push) AND EXISTS (SELECT 1 FROM push_subscriptions s WHERE s.user_id = u.id) AS push
  FROM given g
  JOIN users u ON u.id = g.recipient_id AND u.deletion_due_at IS NULL
  JOIN (VALUES {RULES_VALUES}) AS d (kind, in_app, mail, push, push_again, push_after) ON d.kind = g.kind
  LEFT JOIN notification_choices c ON c.user_id = u.id AND c.kind = g.kind
  WHERE (g.actor_id <> g.recipient_id OR g.kind IN ({", ".join(f"'{kind}'" for kind in sorted(OF_THE_HOUSE))}))
    AND (g.actor_id = g.recipient_id OR NOT EXISTS (SELECT 1 FROM users x WHERE x.id = g.actor_id
      AND x.standing <> 'good' AND NOT (x.standing = 'limited' AND EXISTS (SELECT 1 FROM follows f
        WHERE f.follower_id = g.recipient_id AND f.followed_id = g.actor_id))))
    AND NOT EXISTS (SELECT 1 FROM apart a WHERE a.person_id = g.recipient_id AND a.other_id = g.actor_id)
    AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.muter_id = g.recipient_id AND m.muted_id = g.actor_id)
"""  # noqa: S608 - constants of ours  # nosec B608
"""Who of ``given`` is to hear of it, and how: not of themselves, of nobody apart or muted, by their choices."""

DELIVERIES = """
  INSERT INTO push_deliveries AS p (id, notification_id, subscription_id, due_at, attempts)
  SELECT gen_random_uuid(), w.id, s.id, :moment + w.push_after, 0
  FROM written w JOIN push_subscriptions s ON s.user_id = w.recipient_id
  WHERE w.push
  ON CONFLICT (notification_id, subscription_id) DO UPDATE SET due_at = excluded.due_at, attempts = 0, done_at = NULL
  WHERE p.done_at < :moment - (SELECT max(push_again) FROM written w WHERE w.id = p.notification_id)
"""

_WRITE = text(
    f"""
WITH given AS (
  SELECT * FROM unnest({", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _COLUMNS.items())})
    AS g ({", ".join(_COLUMNS)})
), wanted AS ({WANTED}
), fresh AS (
  INSERT INTO notification_events (recipient_id, event_key, key, actor_id, happened_at)
  SELECT recipient_id, event_key, key, actor_id, :moment FROM wanted WHERE in_app OR mail <> 'none' OR push
  ORDER BY recipient_id, event_key
  ON CONFLICT DO NOTHING RETURNING recipient_id, event_key
), grouped AS (
  SELECT recipient_id, key, count(*) AS count, bool_or(event_key = key) AS alone,
    (array_agg(actor_id))[1] AS actor_id, min(kind) AS kind,
    {", ".join(f"(array_agg({one}_id))[1] AS {one}_id" for one in SUBJECTS)},
    bool_or(in_app) AS in_app, min(mail) AS mail, bool_or(push) AS push, max(push_again) AS push_again,
    max(push_after) AS push_after
  FROM wanted JOIN fresh USING (recipient_id, event_key) GROUP BY recipient_id, key
), upserted AS (
  INSERT INTO notifications AS n (id, recipient_id, kind, key, actor_id, medium_id, set_id, post_id, comment_id,
    conversation_id, count, in_app, happened_at, mail_state)
  SELECT gen_random_uuid(), recipient_id, kind, key, actor_id, medium_id, set_id, post_id, comment_id,
    conversation_id, count, in_app, :moment, mail FROM grouped ORDER BY recipient_id, key
  ON CONFLICT (recipient_id, key) DO UPDATE SET
    count = n.count + CASE WHEN n.key IN (SELECT key FROM grouped WHERE alone) THEN 0 ELSE excluded.count END,
    kind = excluded.kind, actor_id = excluded.actor_id, happened_at = excluded.happened_at,
    in_app = excluded.in_app, seen_at = NULL, read_at = NULL,
    mail_state = CASE excluded.mail_state WHEN 'none' THEN n.mail_state ELSE excluded.mail_state END
  RETURNING n.id, n.recipient_id, n.key
), written AS (
  SELECT u.id, u.recipient_id, g.push, g.push_again, g.push_after
  FROM upserted u JOIN grouped g USING (recipient_id, key)
), delivered AS ({DELIVERIES}
)
SELECT DISTINCT recipient_id FROM written
"""  # noqa: S608 - constants of ours  # nosec B608
)


def write_notices(notices: Sequence[Notice]) -> set[UUID]:
    """Write down what people are to be told, and what of it is to be mailed and pushed. The caller commits.

    An event that was written down before is passed over; nobody hears of their own deeds, of someone whom a block keeps
    apart or whom they muted, or through a channel that they switched off. Returns for whom there is something new.
    """
    if not notices:
        return set()
    values: dict[str, Any] = {
        field.name: [getattr(notice, field.name) for notice in notices] for field in fields(Notice)
    }
    return set(db.session.scalars(_WRITE, {**values, "moment": now()}))


def forget_between(one_id: UUID, other_id: UUID) -> set[UUID]:
    """Take back what two people were told of each other, as after a block. The caller commits.

    Returns for whom something is gone.
    """
    gone: set[UUID] = set()
    for recipient_id, actor_id in ((one_id, other_id), (other_id, one_id)):
        gone |= set(db.session.scalars(_FORGET, {"recipient_id": recipient_id, "actor_id": actor_id}))
        gone |= set(db.session.scalars(_FORGET_WHOLE, {"recipient_id": recipient_id, "actor_id": actor_id}))
    return gone


def forget_person(person_id: UUID) -> None:
    """Take back what everybody was told of somebody who goes for good. The caller commits."""
    recipients = select(Notification.recipient_id).where(Notification.actor_id == person_id)
    events = select(NotificationEvent.recipient_id).where(NotificationEvent.actor_id == person_id)
    for recipient_id in db.session.scalars(recipients.union(events)).all():
        values = {"recipient_id": recipient_id, "actor_id": person_id}
        db.session.execute(_FORGET, values)
        db.session.execute(_FORGET_WHOLE, values)


_FORGET = text("""
WITH gone AS (
  DELETE FROM notification_events WHERE recipient_id = :recipient_id AND actor_id = :actor_id RETURNING key
), counted AS (
  SELECT key, count(*) AS count FROM gone GROUP BY key
)
UPDATE notifications n SET count = n.count - c.count, mailed_count = least(n.mailed_count, n.count - c.count),
  actor_id = (SELECT e.actor_id FROM notification_events e WHERE e.recipient_id = n.recipient_id AND e.key = n.key
    AND e.actor_id <> :actor_id ORDER BY e.happened_at DESC LIMIT 1)
FROM counted c WHERE n.recipient_id = :recipient_id AND n.key = c.key AND n.count > c.count
RETURNING n.recipient_id
""")
_FORGET_WHOLE = text("""
DELETE FROM notifications n WHERE n.recipient_id = :recipient_id AND n.actor_id = :actor_id
  AND NOT EXISTS (SELECT 1 FROM notification_events e WHERE e.recipient_id = n.recipient_id AND e.key = n.key)
RETURNING n.recipient_id
""")
