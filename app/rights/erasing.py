"""Erasure: a person goes for good, with everything that is theirs, wherever it lies.

ADR 19 says what stays and why. The order is: what may be done twice first (Redis), then one transaction for all rows,
in which the files to delete are named in the outbox, so that a death in between leaves nothing half done.
"""

from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app.accounts.models import FormerUsername, User
from app.accounts.services import portraits, usernames
from app.core import audit
from app.core.audit.sealing import destroy_key
from app.core.clock import now
from app.core.events import publish
from app.extensions import db
from app.media.events import ObjectsDropped
from app.media.models import Medium
from app.media.services import editing, uploads
from app.messaging.services import notices
from app.rights.models import Export
from app.rights.redis_traces import forget_in_redis
from app.rights.traces import wipe_traces


def list_due(limit: int = 10) -> list[UUID]:
    """The people whose grace period is over, the longest waiting first."""
    due = select(User.id).where(User.deletion_due_at <= now()).order_by(User.deletion_due_at).limit(limit)
    return list(db.session.scalars(due))


def erase_if_due(person_id: UUID) -> bool:
    """Erase somebody whose grace period is over; says whether it was. The caller commits.

    Raises:
        RedisError: Redis is away; nothing was changed.
    """
    user = db.session.get(User, person_id, with_for_update={"of": User}, populate_existing=True)
    if user is None or user.deletion_due_at is None or user.deletion_due_at > now():
        return False
    forget_in_redis(user.id, user.email, user.email_key)
    _erase(user)
    return True


def _erase(user: User) -> None:
    for medium in db.session.scalars(select(Medium).where(Medium.owner_id == user.id)).all():
        editing.delete_medium(medium)
    wipe_traces(user.id)  # first, while every row still says whose it is
    for say_farewell in current_app.extensions["farewells"]:
        say_farewell(user.id)
    uploads.close_uploads_of(user.id)
    for which in ("avatar", "cover"):
        portraits.remove_portrait(user, which)
    for key in db.session.scalars(select(Export.storage_key).where(Export.user_id == user.id)):
        publish(ObjectsDropped(prefix=key))
    former = db.session.scalars(select(FormerUsername.username_key).where(FormerUsername.user_id == user.id))
    usernames.spend([user.username_key, *former])
    notices.forget_person(user.id)
    wipe_traces(user.id)  # and what the farewells left in the outbox
    destroy_key(user.id)
    audit.record("person.erased", actor=None, subject=("person", user.id))
    db.session.delete(user)
