"""What somebody does with their notifications: sees them, reads them, chooses how they come."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import User
from app.core.clock import now
from app.extensions import db
from app.messaging.kinds import RULES, Channels, MailChoice, NoticeKind
from app.messaging.models import Notification, NotificationChoice

KEPT_DAYS = 90
DELETED_AT_ONCE = 5000


def mark_seen(person: User) -> set[UUID]:
    """Everything that is listed was seen. Returns what had not been before. The caller commits."""
    statement = (
        update(Notification)
        .where(Notification.recipient_id == person.id, Notification.in_app, Notification.seen_at.is_(None))
        .values(seen_at=now())
        .returning(Notification.id)
    )
    return set(db.session.scalars(statement.execution_options(synchronize_session=False)))


def mark_read(person: User, notification_id: UUID | None = None) -> None:
    """One was followed, or all are declared as read. The caller commits."""
    statement = update(Notification).where(Notification.recipient_id == person.id, Notification.read_at.is_(None))
    if notification_id is not None:
        statement = statement.where(Notification.id == notification_id)
    moment = now()
    db.session.execute(statement.values(read_at=moment, seen_at=moment).execution_options(synchronize_session=False))


def choices_of(person: User) -> dict[NoticeKind, Channels]:
    """Through which channels each kind reaches ``person``, in the order of the settings."""
    rows = db.session.scalars(select(NotificationChoice).where(NotificationChoice.user_id == person.id))
    chosen = {row.kind: Channels(row.in_app, row.mail, row.push) for row in rows}
    return {kind: chosen.get(kind, rules.defaults) for kind, rules in RULES.items()}


def choose(person: User, choices: Mapping[NoticeKind, Channels]) -> None:
    """From now on these kinds come through these channels. The caller commits."""
    rows = [
        {"user_id": person.id, "kind": kind, "in_app": one.in_app, "mail": one.mail, "push": one.push}
        for kind, one in choices.items()
    ]
    statement = insert(NotificationChoice)
    given = statement.excluded
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id", "kind"],
            set_={"in_app": given.in_app, "mail": given.mail, "push": given.push},
        ),
        rows,
    )


def stop_mail(person: User, how: MailChoice) -> None:
    """No more mails at once, or no more digests: every kind that comes so is switched off.

    The caller commits.
    """
    choices = choices_of(person)
    stopped = {kind: Channels(one.in_app, MailChoice.OFF, one.push) for kind, one in choices.items() if one.mail is how}
    if stopped:
        choose(person, stopped)
    db.session.execute(_UNMAIL, {"person_id": person.id, "how": how.value})


_UNMAIL = text("UPDATE notifications SET mail_state = 'none' WHERE recipient_id = :person_id AND mail_state = :how")
