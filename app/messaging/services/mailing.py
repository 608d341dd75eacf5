"""Notifications by mail: at once, and once a day.

A letter is claimed before it is sent: its rows say ``sending``, and are committed so. A server that does not take it
gets it again later, with the same Message-ID. A process that dies while it sends leaves rows about which nobody knows
whether the mail went out; they count as sent, because twice is worse than not at all for something that stands in the
list of notifications anyway (docs/adr/0015-notifications.md).
"""

import hashlib
import smtplib
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from flask import current_app, render_template
from sqlalchemy import bindparam, text, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import User
from app.core.clock import now
from app.core.mail import send_mail
from app.extensions import db
from app.messaging import notice_queries, unsubscribing
from app.messaging.kinds import MailChoice
from app.messaging.models import Notification, NotificationMailing

AT_ONCE_EVERY = timedelta(minutes=5)
"""A busy hour is twelve mails at most."""
LOST_AFTER = timedelta(minutes=15)
LINES = 20
LONGEST_WAIT = timedelta(hours=1)
MOST_FAILURES = 48
SUBJECTS = {MailChoice.DIGEST: "Your day on Soundstage"}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that this process alone may send. ``news`` says how many events of each notification are new in it."""

    recipient_id: UUID
    how: MailChoice
    news: dict[UUID, int]


_DUE = """
SELECT n.recipient_id, n.mail_state FROM notifications n
JOIN users u ON u.id = n.recipient_id
LEFT JOIN notification_mailings m ON m.user_id = n.recipient_id
WHERE (m.retry_at IS NULL OR m.retry_at <= :moment) AND (
  n.mail_state = 'at_once' AND (m.mailed_at IS NULL OR m.mailed_at <= :quiet_since)
  OR n.mail_state = 'digest' AND n.happened_at < :cut)
ORDER BY n.mail_state, n.happened_at LIMIT 1
"""
_CLAIM = text("""
WITH old AS (
  SELECT n.id, n.count - n.mailed_count AS news,
    u.email_verified_at IS NOT NULL AND u.deletion_due_at IS NULL AND n.seen_at IS NULL AND n.count > n.mailed_count
    AND (n.kind <> 'message' OR EXISTS (SELECT 1 FROM participants p
      WHERE p.conversation_id = n.conversation_id AND p.user_id = n.recipient_id AND p.unread > 0)) AS wanted
  FROM notifications n JOIN users u ON u.id = n.recipient_id
  WHERE n.recipient_id = :recipient_id AND n.mail_state = :how AND n.happened_at < :before
  FOR UPDATE OF n
)
UPDATE notifications n SET mail_state = CASE WHEN old.wanted THEN 'sending' ELSE 'none' END,
  mail_claimed_at = :moment, mailed_count = n.count
FROM old WHERE n.id = old.id RETURNING n.id, old.news, old.wanted
""")


def are_due() -> bool:
    """Whether a mail is to be sent now."""
    return db.session.execute(text(_DUE), _moments()).first() is not None


def claim_letter() -> Letter | None:
    """The next letter that is due, claimed; None where there is none. The caller commits before it sends.

    One without news is put aside by that commit: everything in it was seen in the meantime.
    """
    moments = _moments()
    due = db.session.execute(text(_DUE), moments).first()
    if due is None:
        return None
    recipient_id, how = due[0], MailChoice(due[1])
    before = moments["cut"] if how is MailChoice.DIGEST else moments["moment"] + timedelta(days=1)
    rows = db.session.execute(
        _CLAIM, {"recipient_id": recipient_id, "how": how.value, "before": before, "moment": moments["moment"]}
    )
    return Letter(recipient_id, how, {row.id: row.news for row in rows if row.wanted})


def send_letter(letter: Letter) -> bool:
    """Send a letter that was claimed, and note that it went. Returns whether the server took it. The caller commits."""
    person = db.session.get(User, letter.recipient_id) if letter.news else None
    told = notice_queries.told_by_ids(person, list(letter.news), letter.news.__getitem__) if person else []
    if person is None or not told:
        _finish(letter)
        return True
    stop = unsubscribing.address_of(person.id, letter.how)
    values = {
        "user": person, "told": told[:LINES], "more": max(0, len(told) - LINES), "how": letter.how.value,
        "base": current_app.config["SETTINGS"].public_url, "stop": stop,
    }  # fmt: skip
    try:
        send_mail(
            to=person.email,
            subject=SUBJECTS.get(letter.how) or " ".join(told[0].sentence.split())[:120],
            text=render_template("mail/notifications.txt", **values),
            html=render_template("mail/notifications.html", link=f"{values['base']}/notifications", **values),
            headers={
                "List-Unsubscribe": f"<{stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Message-ID": _message_id(letter),
            },
        )
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_waits", user_id=str(person.id), error=str(error))
        _give_back(letter)
        return False
    _finish(letter)
    return True


def give_up_lost() -> None:
    """Letters whose process died while it sent them count as sent. The caller commits."""
    db.session.execute(
        text("UPDATE notifications SET mail_state = 'sent' WHERE mail_state = 'sending' AND mail_claimed_at < :moment"),
        {"moment": now() - LOST_AFTER},
    )


def last_digest_hour(moment: datetime, hour: int) -> datetime:
    """The latest moment at ``hour`` o'clock (UTC) that is not after ``moment``."""
    today = moment.replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today <= moment else today - timedelta(days=1)


def _moments() -> dict[str, datetime]:
    moment = now()
    return {
        "moment": moment,
        "quiet_since": moment - AT_ONCE_EVERY,
        "cut": last_digest_hour(moment, current_app.config["SETTINGS"].digest_hour),
    }


def _finish(letter: Letter) -> None:
    if not letter.news:
        return
    db.session.execute(
        update(Notification)
        .where(Notification.id.in_(letter.news), Notification.mail_state == "sending")
        .values(mail_state="sent")
        .execution_options(synchronize_session=False)
    )
    changes = {"mailed_at": now()} if letter.how is MailChoice.AT_ONCE else {}
    _note(letter.recipient_id, failures=0, retry_at=None, **changes)


def _give_back(letter: Letter) -> None:
    """The server did not take it: its rows wait again, and the person's mail is tried later, ever less often."""
    row = db.session.get(NotificationMailing, letter.recipient_id)
    failures = (row.failures if row else 0) + 1
    if failures > MOST_FAILURES:
        _finish(letter)
        return
    statement = text(
        "UPDATE notifications SET mailed_count = greatest(0, mailed_count - :news), mail_claimed_at = NULL,"
        " mail_state = CASE mail_state WHEN 'sending' THEN :how ELSE mail_state END WHERE id = :id"
    ).bindparams(bindparam("how", letter.how.value))
    db.session.execute(statement, [{"id": one, "news": news} for one, news in letter.news.items()])
    wait = min(timedelta(minutes=2 ** min(failures, 10)), LONGEST_WAIT)
    _note(letter.recipient_id, failures=failures, retry_at=now() + wait)


def _note(person_id: UUID, **values: object) -> None:
    statement = insert(NotificationMailing).values(user_id=person_id, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))


def _message_id(letter: Letter) -> str:
    """The same for the same letter, so that a mailbox that got it twice can tell."""
    told = ",".join(f"{one}:{news}" for one, news in sorted(letter.news.items()))
    digest = hashlib.sha256(f"{letter.recipient_id} {letter.how} {told}".encode()).hexdigest()[:32]
    return f"<{digest}@{urlsplit(current_app.config['SETTINGS'].public_url).hostname}>"
