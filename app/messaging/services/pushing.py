"""Web Push: browsers subscribe, notifications go to them sealed (RFC 8291), signed by our key (RFC 8292).

A push may go twice where a process dies between sending and noting it: it has the same tag, so that the second takes
the place of the first. It tells who and what in one line, and where it leads; what was written is read on the page.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import delete, exists, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import Session, User
from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import db
from app.messaging import notice_queries, push_addresses, vapid
from app.messaging.kinds import NoticeKind
from app.messaging.models import PushDelivery, PushSubscription
from app.messaging.notice_errors import SubscriptionRefused

LEASE = timedelta(minutes=2)
AT_ONCE = 50
MOST_ATTEMPTS = 8
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=4)
TTL_S = 24 * 3600
"""How long a push service keeps it for a browser that is off."""
URGENT = {NoticeKind.MESSAGE, NoticeKind.ANSWER, NoticeKind.MENTION, NoticeKind.INVITATION}
GONE = {404, 410}
MOST_SUBSCRIPTIONS = 20

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A push that this process is to send."""

    id: UUID
    notification_id: UUID
    subscription_id: UUID
    attempts: int


def subscribe(person: User, *, session_id: UUID, endpoint: str, p256dh: str, auth: str) -> None:
    """Push to this browser from now on. One that another account used here belongs to it no more. The caller commits.

    Raises:
        SubscriptionRefused: the address or the keys are none that a browser gives out.
    """
    settings = current_app.config["SETTINGS"]
    if not push_addresses.is_acceptable(endpoint, allows_local=settings.push_allows_local):
        raise SubscriptionRefused
    if not (_is_base64url(p256dh, 65) and _is_base64url(auth, 16)):
        raise SubscriptionRefused
    values = {"user_id": person.id, "session_id": session_id, "p256dh": p256dh, "auth": auth, "created_at": now()}
    statement = insert(PushSubscription).values(id=uuid7(), endpoint=endpoint, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["endpoint"], set_=values))
    oldest = (
        select(PushSubscription.id)
        .where(PushSubscription.user_id == person.id)
        .order_by(PushSubscription.created_at.desc())
        .offset(MOST_SUBSCRIPTIONS)
    )
    db.session.execute(delete(PushSubscription).where(PushSubscription.id.in_(oldest)))


def unsubscribe(person: User, *, subscription_id: UUID | None = None, endpoint: str | None = None) -> None:
    """Push to a browser no more, named by its row or by its address. The caller commits."""
    statement = delete(PushSubscription).where(PushSubscription.user_id == person.id)
    if subscription_id is not None:
        statement = statement.where(PushSubscription.id == subscription_id)
    else:
        statement = statement.where(PushSubscription.endpoint == (endpoint or ""))
    db.session.execute(statement)


def list_subscriptions(person: User) -> list[tuple[PushSubscription, str]]:
    """The browsers of ``person`` that are pushed to, each with what it calls itself."""
    query = (
        select(PushSubscription, Session.user_agent)
        .join(Session, Session.id == PushSubscription.session_id)
        .where(PushSubscription.user_id == person.id, Session.revoked_at.is_(None), Session.expires_at > now())
        .order_by(PushSubscription.created_at.desc())
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def are_due() -> bool:
    """Whether a push is to be sent now."""
    return bool(db.session.scalar(select(exists().where(PushDelivery.done_at.is_(None), PushDelivery.due_at <= now()))))


def claim_due() -> list[Delivery]:
    """The next pushes, which nobody else takes for two minutes. The caller commits before it sends."""
    due = (
        select(PushDelivery.id)
        .where(PushDelivery.done_at.is_(None), PushDelivery.due_at <= now())
        .order_by(PushDelivery.due_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    rows = db.session.execute(
        update(PushDelivery)
        .where(PushDelivery.id.in_(due))
        .values(due_at=now() + LEASE, attempts=PushDelivery.attempts + 1)
        .returning(PushDelivery.id, PushDelivery.notification_id, PushDelivery.subscription_id, PushDelivery.attempts)
        .execution_options(synchronize_session=False)
    )
    return [Delivery(*row) for row in rows]


def send_delivery(delivery: Delivery) -> None:
    """Send one push, and note what became of it. The caller commits."""
    subscription = db.session.scalar(
        select(PushSubscription)
        .join(Session, Session.id == PushSubscription.session_id)
        .where(
            PushSubscription.id == delivery.subscription_id, Session.revoked_at.is_(None), Session.expires_at > now()
        )
    )
    if subscription is None:  # logged out, or gone
        db.session.execute(delete(PushSubscription).where(PushSubscription.id == delivery.subscription_id))
        return
    person = db.session.get_one(User, subscription.user_id)
    told = notice_queries.find_told(person, delivery.notification_id)
    if told is None or told.is_read or _was_read(delivery.notification_id):
        _note(delivery, done=True)
        return
    status, retry_after_s = _send(subscription, told)
    if status in GONE:
        db.session.delete(subscription)
    elif 200 <= status < 300 or delivery.attempts >= MOST_ATTEMPTS or status in {400, 401, 403, 413}:
        if status >= 300:
            log.warning("push_given_up", status=status, host=subscription.endpoint[:60])
        _note(delivery, done=True)
    else:
        wait = min(FIRST_WAIT * 2 ** (delivery.attempts - 1), LONGEST_WAIT)
        _note(delivery, due_at=now() + max(wait, timedelta(seconds=min(retry_after_s, 24 * 3600))))


def payload_of(told: notice_queries.Told) -> str:
    """What a browser shows: a line, where it leads, and a tag by which a later one takes its place."""
    return json.dumps(
        {
            "title": told.sentence[:180], "url": f"/notifications/{told.id}", "tag": str(told.id),
            "at": int(told.happened_at.timestamp() * 1000),
        },
        ensure_ascii=False,
    )  # fmt: skip


def _send(subscription: PushSubscription, told: notice_queries.Told) -> tuple[int, int]:
    """The push service's status and how many seconds it asks us to wait; 599 where it could not be reached."""
    from py_vapid import VapidException  # noqa: PLC0415 - 300 ms and 20 MB together, for the workers that push
    from pywebpush import WebPushException, webpush  # noqa: PLC0415 - likewise

    settings = current_app.config["SETTINGS"]
    try:
        with push_addresses.session(allows_local=settings.push_allows_local) as session:
            answer = webpush(
                subscription_info={
                    "endpoint": subscription.endpoint,
                    "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
                },
                data=payload_of(told),
                vapid_private_key=vapid.private_key(),
                vapid_claims={"sub": vapid.subject()},
                ttl=TTL_S,
                timeout=push_addresses.TIMEOUT_S,
                headers={"Urgency": "high" if told.kind in URGENT else "normal", "Topic": told.id.hex},
                requests_session=session,
            )
    except WebPushException as error:
        if error.response is None:
            log.warning("push_refused", error=str(error))
            return 400, 0
        return error.response.status_code, _seconds(error.response.headers.get("Retry-After"))
    except (VapidException, ValueError) as error:  # keys or an address that a browser would not give out
        log.warning("push_refused", error=str(error))
        return 400, 0
    except OSError as error:  # as requests' errors are
        log.warning("push_not_sent", error=str(error))
        return 599, 0
    return answer.status_code, 0


def _was_read(notification_id: UUID) -> bool:
    """Whether it is a message that its reader has open already."""
    return bool(db.session.scalar(_READ_MESSAGE, {"id": notification_id}))


_READ_MESSAGE = text("""
SELECT n.kind = 'message' AND NOT EXISTS (SELECT 1 FROM participants p
  WHERE p.conversation_id = n.conversation_id AND p.user_id = n.recipient_id AND p.unread > 0)
FROM notifications n WHERE n.id = :id
""")


def _note(delivery: Delivery, *, done: bool = False, due_at: datetime | None = None) -> None:
    values: dict[str, datetime] = {"done_at": now()} if done else {"due_at": due_at or now()}
    db.session.execute(
        update(PushDelivery)
        .where(PushDelivery.id == delivery.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _seconds(value: str | None) -> int:
    return int(value) if value is not None and value.isdigit() else 0


def _is_base64url(value: str, length: int) -> bool:
    """Whether it is so many bytes in base64url, as browsers write their keys."""
    try:
        return len(base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)) == length
    except ValueError:
        return False
