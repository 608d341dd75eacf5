"""Sessions: one row for each browser that is logged in, so that each can be ended from elsewhere."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import joinedload

from app.accounts.errors import WrongCredentials
from app.accounts.events import SessionRevoked
from app.accounts.models import Session, User
from app.accounts.names import username_key
from app.accounts.services import ceremonies, trusted_devices
from app.accounts.services.passwords import hash_password, needs_rehash, verify_password
from app.core.clock import now
from app.core.events import publish
from app.core.ids import uuid7
from app.extensions import db
from config import Settings

SEEN_EVERY = timedelta(minutes=5)
LONGEST_USER_AGENT = 300
_LIVING = (
    select(Session)
    .options(joinedload(Session.user, innerjoin=True).joinedload(User.avatar))
    .where(
        Session.token_digest == bindparam("digest"),
        Session.revoked_at.is_(None),
        Session.expires_at > bindparam("moment"),
        Session.last_seen_at > bindparam("idle_since"),
    )
)
"""Built once: every request of everyone who is logged in asks it."""


def authenticate(login: str, password: str) -> User:
    """The person whose e-mail address or username and password these are.

    A wrong name takes as long as a wrong password. A digest made at another cost is made anew.

    Raises:
        WrongCredentials: they do not go together.
    """
    login = login.strip()
    user = db.session.scalar(
        select(User).where(or_(User.email_key == login.lower(), User.username_key == username_key(login)))
        if "@" not in login
        else select(User).where(User.email_key == login.lower())
    )
    if user is not None and "@" not in login and user.username.lower() != login.lower():
        user = None  # a look-alike is not the name
    if not verify_password(password, user.password_digest if user else None) or user is None:
        raise WrongCredentials
    if needs_rehash(user.password_digest):
        user.password_digest = hash_password(password)
    return user


def begin_session(user: User, *, remembered: bool, user_agent: str, address: str) -> tuple[Session, str]:
    """A new session and the token for its cookie, which exists nowhere else."""
    settings: Settings = current_app.config["SETTINGS"]
    token = secrets.token_urlsafe(32)
    session = Session(
        id=uuid7(),
        user_id=user.id,
        token_digest=_digest(token),
        remembered=remembered,
        user_agent=user_agent[:LONGEST_USER_AGENT],
        address=address,
        expires_at=now() + timedelta(seconds=settings.session_max_s),
    )
    db.session.add(session)
    return session, token


def find_session(token: str) -> Session | None:
    """The living session with this token, its user loaded: not revoked, not run out, not idle for too long."""
    settings: Settings = current_app.config["SETTINGS"]
    moment = now()
    idle_since = moment - timedelta(seconds=settings.session_idle_s)
    return db.session.scalar(_LIVING, {"digest": _digest(token), "moment": moment, "idle_since": idle_since})


def living_among(ids: Collection[UUID]) -> set[UUID]:
    """Those of these sessions that still live, in one statement."""
    settings: Settings = current_app.config["SETTINGS"]
    moment = now()
    living = select(Session.id).where(
        Session.id.in_(ids),
        Session.revoked_at.is_(None),
        Session.expires_at > moment,
        Session.last_seen_at > moment - timedelta(seconds=settings.session_idle_s),
    )
    return set(db.session.scalars(living)) if ids else set()


def note_seen(session: Session, *, address: str) -> bool:
    """Note that the session is in use, at most once in five minutes; says whether there is anything to commit."""
    moment = now()
    if moment - session.last_seen_at < SEEN_EVERY:
        return False
    session.last_seen_at, session.address = moment, address
    return True


def prove(session: Session) -> None:
    """Note that whoever sits there has just proved to be the owner."""
    session.proven_at = now()


def revoke_session(user: User, session_id: UUID) -> None:
    """Log one browser of ``user`` out. One that is not theirs, or is out already, changes nothing."""
    ended = db.session.scalar(
        update(Session)
        .where(Session.id == session_id, Session.user_id == user.id, Session.revoked_at.is_(None))
        .values(revoked_at=now())
        .returning(Session.id)
    )
    if ended is not None:
        publish(SessionRevoked(session_id=ended))


def revoke_sessions(user: User, *, but: UUID | None = None) -> None:
    """Log every browser of ``user`` out, except the session ``but``, and ask for the second step everywhere again.

    Log-ins that are half done, with a password that may have been someone else's, end as well.
    """
    ceremonies.end_log_ins_of(user.id)
    trusted_devices.distrust_all(user.id)
    query = update(Session).where(Session.user_id == user.id, Session.revoked_at.is_(None))
    if but is not None:
        query = query.where(Session.id != but)
    for session_id in db.session.scalars(query.values(revoked_at=now()).returning(Session.id)).all():
        publish(SessionRevoked(session_id=session_id))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
