"""Sessions: one row for each browser that is logged in, so that each can be ended from elsewhere."""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import joinedload

from app.accounts.errors import WrongCredentials
from app.accounts.events import SessionRevoked
from app.accounts.models import Session, User
from app.accounts.queries import named
from app.accounts.services import ceremonies, trusted_devices
from app.accounts.services.passwords import hash_password, needs_rehash, verify_password
from app.core import audit
from app.core.audit import Plain
from app.core.clock import now
from app.core.events import publish
from app.core.ids import uuid7
from app.extensions import db
from config import Settings

log = structlog.get_logger()
BY_STAFF = "staff"
SEEN_EVERY = timedelta(minutes=5)
UNDER_WAY_FOR = timedelta(minutes=1)
"""So long after a fresh proof the token of before still says whose session it is; as proven it counts no more."""
LONGEST_USER_AGENT = 300
_ALIVE = (
    select(Session)
    .options(joinedload(Session.user, innerjoin=True).joinedload(User.avatar))
    .where(
        Session.revoked_at.is_(None),
        Session.expires_at > bindparam("moment"),
        Session.last_seen_at > bindparam("idle_since"),
    )
)
_LIVING = _ALIVE.where(Session.token_digest == bindparam("digest"))
"""Built once: every request of everyone who is logged in asks it."""
_FORMER = _ALIVE.where(
    Session.former_token_digest == bindparam("digest"), Session.proven_at > bindparam("replaced_since")
)
_BY_ID = _ALIVE.where(Session.id == bindparam("id"))


@dataclass(frozen=True, slots=True)
class Candidate:
    """Whom somebody says that they are, before they have shown it. Made by one statement, also for nobody."""

    login: str
    user_id: UUID | None
    digest: bytes | None

    @property
    def account(self) -> str:
        """What wrong tries are counted by: the account, however it is named; else the name that was typed."""
        return str(self.user_id or self.login)


def find_candidate(login: str) -> Candidate:
    """Whose e-mail address or username this is; a look-alike is not the name."""
    login = login.strip().lower()
    whose = User.email_key == login if "@" in login else named(login)
    row = db.session.execute(select(User.id, User.password_digest).where(whose)).one_or_none()
    return Candidate(login, row.id, row.password_digest) if row is not None else Candidate(login, None, None)


def authenticate(candidate: Candidate, password: str) -> User:
    """The person, if the password is theirs. A wrong name takes as long as a wrong password.

    A digest made at another cost is made anew; where that fails, the person gets in all the same. Their row is locked
    until the caller commits: a password that changes meanwhile ends the session that begins, or refuses it.

    Raises:
        WrongCredentials: they do not go together.
    """
    if not verify_password(password, candidate.digest) or candidate.digest is None:
        raise WrongCredentials
    locked = {"of": User, "key_share": True}
    user = db.session.get(User, candidate.user_id, populate_existing=True, with_for_update=locked)
    if user is None:
        raise WrongCredentials
    digest = user.password_digest
    if digest != candidate.digest and not verify_password(password, digest):  # changed while it was looked at
        raise WrongCredentials
    if needs_rehash(digest):
        _rehash(user, digest, password)
    return user


def _rehash(user: User, before: bytes, password: str) -> None:
    """Keep the digest at today's cost, unless somebody changed the password meanwhile."""
    try:
        with db.session.begin_nested():
            db.session.execute(
                update(User)
                .where(User.id == user.id, User.password_digest == before)
                .values(password_digest=hash_password(password))
                .execution_options(synchronize_session=False)
            )
    except Exception:
        log.exception("digest_not_made_anew", user=str(user.id))
    db.session.expire(user, ["password_digest"])


def begin_session(
    user: User, *, remembered: bool, user_agent: str, address: str, means: Mapping[str, str] | None = None
) -> tuple[Session, str]:
    """A new session and the token for its cookie, which exists nowhere else.

    ``means``: by what the person got in, for the audit log.
    """
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
    facts: dict[str, Plain] = {"remembered": remembered, **(means or {})}
    audit.record("session.began", actor=user, subject=("session", session.id), facts=facts)
    return session, token


def find_session(token: str) -> Session | None:
    """The living session with this token, its user loaded: not revoked, not run out, not idle for too long."""
    return db.session.scalar(_LIVING, {"digest": _digest(token), **_moments()})


def find_replaced(token: str) -> Session | None:
    """The living session that had this token until less than a minute ago, for what was under way meanwhile.

    Whoever brings it is not proven: a token that somebody took before gains nothing by the owner's proof.
    """
    since = now() - UNDER_WAY_FOR
    return db.session.scalar(_FORMER, {"digest": _digest(token), "replaced_since": since, **_moments()})


def find_session_by_id(session_id: UUID) -> Session | None:
    """The session, as long as it lives, whatever its token is by now."""
    return db.session.scalar(_BY_ID, {"id": session_id, **_moments()})


def _moments() -> dict[str, datetime]:
    settings: Settings = current_app.config["SETTINGS"]
    moment = now()
    return {"moment": moment, "idle_since": moment - timedelta(seconds=settings.session_idle_s)}


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


def prove(session: Session) -> str:
    """Note that whoever sits there has just proved to be the owner; returns the session's new token for its cookie.

    Whoever had come by the old one is out within a minute, and was not proven in it.
    """
    token = secrets.token_urlsafe(32)
    session.former_token_digest, session.token_digest = session.token_digest, _digest(token)
    session.proven_at = now()
    return token


def revoke_session(user: User, session_id: UUID, *, by: User | None = None, why: str = "") -> None:
    """Log one browser of ``user`` out. One that is not theirs, or is out already, changes nothing.

    For ``BY_STAFF``, ``by`` is who does it, as in ``revoke_sessions``.
    """
    ended = db.session.scalar(
        update(Session)
        .where(Session.id == session_id, Session.user_id == user.id, Session.revoked_at.is_(None))
        .values(revoked_at=now())
        .returning(Session.id)
    )
    if ended is not None:
        actor = by if why == BY_STAFF else user
        audit.record("session.ended", actor=actor, about=user, subject=("session", ended))
        publish(SessionRevoked(session_id=ended))


def revoke_sessions(user: User, *, but: UUID | None = None, by: User | None = None, why: str = "") -> int:
    """Log every browser of ``user`` out, except the session ``but``, and ask for the second step everywhere again.

    Pages and sockets end within five seconds. Log-ins that are half done, with a password that may have been someone
    else's, end as well. ``why`` is one word for the audit log; for ``BY_STAFF``, ``by`` is who does it (None: a
    command). Returns how many it were.
    """
    ceremonies.end_log_ins_of(user.id)
    trusted_devices.distrust_all(user.id)
    query = update(Session).where(Session.user_id == user.id, Session.revoked_at.is_(None))
    if but is not None:
        query = query.where(Session.id != but)
    ended = db.session.scalars(query.values(revoked_at=now()).returning(Session.id)).all()
    for session_id in ended:
        publish(SessionRevoked(session_id=session_id))
    if ended:
        audit.record(
            "session.ended", actor=by if why == BY_STAFF else user, about=user, facts={"count": len(ended), "why": why}
        )
    return len(ended)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
