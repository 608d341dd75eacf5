"""When ``SECRET_KEY`` is changed: what it vouched for is vouched for by the new one.

The digests stay as they are: it is only the keys of people, and the macs, that were made with the secret.
"""

import hmac
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import audit
from app.core.audit import anchors
from app.core.audit.chain import LOCK, entry_mac, head_mac
from app.core.audit.models import AuditEntry, AuditHead
from app.core.audit.sealing import derive, forget_keys, installation_key, rewrap_keys
from app.extensions import db

BATCH = 2000


class ChainDoubtful(Exception):
    """Neither secret vouches for something in the chain: it was touched, or the old secret is another one."""


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """How many keys and entries are under the new secret, and how many keys were lost."""

    keys: int
    entries: int
    lost: int


def rewrap(old_secret: str) -> Rewrapped:
    """Put keys and macs under the present secret. An entry says so, and with which key anchors were signed before.

    What is under it already stays, so it may be run again, and also after the place has run under the new one.
    Nobody writes to the log meanwhile. The caller commits.

    Raises:
        ChainDoubtful: something is vouched for by neither secret; nothing is changed.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    entries = _sign_again(old_secret)
    keys, lost = rewrap_keys(derive(old_secret, b"wrapping"), installation_key(b"wrapping"))
    if lost:
        raise ChainDoubtful(f"{len(lost)} keys of people open with neither secret")
    _note(keys, entries, 0, old_secret)
    return Rewrapped(keys, entries, 0)


def give_up_old_secret() -> Rewrapped:
    """The old secret is lost: sign everything anew as it lies there, and drop the keys that nobody can open.

    What they sealed is gone for good, and only anchors can say whether the chain was touched before. An entry says so.
    The caller commits.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    entries = _sign_again(None)
    wrapping = installation_key(b"wrapping")
    keys, lost = rewrap_keys(wrapping, wrapping)
    forget_keys(lost)
    _note(keys, entries, len(lost), None)
    return Rewrapped(keys, entries, len(lost))


def _sign_again(old_secret: str | None) -> int:
    """Make macs with the present secret, after those of the old one were looked at, if it is known."""
    last = changed = 0
    while True:
        query = select(AuditEntry.number, AuditEntry.digest, AuditEntry.mac).where(AuditEntry.number > last)
        rows = db.session.execute(query.order_by(AuditEntry.number).limit(BATCH)).all()
        if not rows:
            break
        anew = []
        for number, digest, mac in rows:
            right = entry_mac(digest)
            if hmac.compare_digest(mac, right):
                continue
            if old_secret is not None and not hmac.compare_digest(mac, entry_mac(digest, old_secret)):
                raise ChainDoubtful(f"entry {number} is vouched for by neither secret")
            anew.append({"at_number": number, "new_mac": right})
        if anew:
            statement = update(AuditEntry).where(AuditEntry.number == bindparam("at_number"))
            db.session.connection().execute(statement.values(mac=bindparam("new_mac")), anew)
        changed += len(anew)
        last = rows[-1].number
    _sign_head_again(old_secret)
    return changed


def _sign_head_again(old_secret: str | None) -> None:
    head = db.session.execute(select(AuditHead.number, AuditHead.digest, AuditHead.mac)).one_or_none()
    if head is None:
        if old_secret is None:
            _put_head_back()
        return
    right = head_mac(head.number, head.digest)
    if head.mac == right:
        return
    if old_secret is not None and head.mac != head_mac(head.number, head.digest, old_secret):
        raise ChainDoubtful("the head is vouched for by neither secret")
    db.session.execute(update(AuditHead).values(mac=right))


def _put_head_back() -> None:
    newest = select(AuditEntry.number, AuditEntry.digest).order_by(AuditEntry.number.desc()).limit(1)
    last = db.session.execute(newest).one_or_none()
    if last is not None:
        values = {"number": last.number, "digest": last.digest, "mac": head_mac(last.number, last.digest)}
        db.session.execute(insert(AuditHead).values(id=1, **values))


def _note(keys: int, entries: int, lost: int, old_secret: str | None) -> None:
    facts: dict[str, audit.Plain] = {"keys": keys, "entries": entries, "lost": lost}
    if old_secret is not None:
        facts["key_before"] = anchors.public_key(old_secret).hex()
    audit.record(anchors.KEYS_CHANGED, actor=None, facts=facts)
